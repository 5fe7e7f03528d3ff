"""Report what application code knows better than a stack trace: business errors, slow work, failing peers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from loguru import logger

from app.observability import errors, names, protection
from app.observability.context import BreadcrumbLevel, Category, add_breadcrumb, set_tags

if TYPE_CHECKING:
    from loguru import Logger

SLOW_MS: Final = 1_000.0
"""Milliseconds after which an operation is slow, where nothing else is said."""


def capture_business_error(
    error: Exception,
    *,
    feature: str,
    user_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    context: Mapping[str, object] | None = None,
) -> str | None:
    """Report a failure that the service handles but somebody should look at.

    Args:
        error: what went wrong.
        feature: part of the product; becomes a tag.
        user_id: opaque id of the user it happened to, where that is not the request's user.
        tags: searchable facts.
        context: further facts, shown with the event.

    Returns:
        The event's id, for support and for your own records; None when nothing is sent.
    """
    feature = names.checked(feature)
    details: dict[str, object] = {"tags": {"feature": feature, **(tags or {})}}
    if context:
        details["contexts"] = {"business_error": dict(context)}
    if user_id:
        details["user"] = {"id": user_id}
    event_id = errors.report(error, mechanism="business", handled=True, details=details)
    _line(event_id, error).error("business error in {}", feature)
    return event_id


def business_event(name: str, **facts: str | int | float | bool) -> None:
    """Note that something happened in the business, for example `order_placed`.

    It is a breadcrumb and a tag on what follows in this request or job; it sends nothing by itself.
    """
    name = names.checked(name)
    _note(name, category="business", data=facts)
    set_tags(business_event=name)


def credit_operation(operation: str, *, amount: int, tenant: str, succeeded: bool) -> None:
    """Note a movement of a prepaid balance: the worked example of a business event of your own.

    Args:
        operation: for example `spend` or `refund`.
        amount: in credits.
        tenant: whose balance it is.
        succeeded: False leaves a warning, which stands out among the breadcrumbs.
    """
    operation = names.checked(operation)
    _note(
        f"credit {operation}",
        category="business",
        level="info" if succeeded else "warning",
        data={"operation": operation, "amount": amount, "tenant": tenant, "succeeded": succeeded},
    )
    set_tags(credit_operation=operation)


def slow_operation(operation: str, duration_ms: float, *, threshold_ms: float = SLOW_MS) -> str | None:
    """Report work that took longer than it may.

    Args:
        operation: a constant name, for example `orders.place`; groups the reports.
        duration_ms: how long it took, in milliseconds.
        threshold_ms: how long it may take.

    Returns:
        The event's id; None below the threshold or when nothing is sent.
    """
    return tell_slow(names.checked(operation), duration_ms, threshold_ms=threshold_ms)


def tell_slow(operation: str, duration_ms: float, *, threshold_ms: float) -> str | None:
    """`slow_operation` with a name that is declared to the privacy door already."""
    if duration_ms <= threshold_ms:
        return None
    facts = {
        "operation": operation,
        "duration_ms": round(duration_ms, 1),
        "threshold_ms": threshold_ms,
        "factor": round(duration_ms / threshold_ms, 2),
    }
    _note(f"slow operation {operation}", category="business", level="warning", data=facts)
    event_id = errors.report_notice(
        f"slow operation: {operation}",
        level="warning",
        tags={"operation": operation},
        contexts={"slow_operation": facts},
        fingerprint=["slow_operation", operation],
    )
    _line(event_id).warning("slow operation {}: {} ms", operation, facts["duration_ms"])
    return event_id


def slow_query(statement: str, duration_ms: float, *, threshold_ms: float) -> str | None:
    """Report a statement that took longer than it may; of the statement its shape, never a value.

    Args:
        statement: SQL.
        duration_ms: how long it took, in milliseconds.
        threshold_ms: how long it may take.

    Returns:
        The event's id; None below the threshold or when nothing is sent.
    """
    if duration_ms <= threshold_ms:
        return None
    shape = protection.statement_shape(statement)
    facts = {
        "db.query.text": shape,
        "duration_ms": round(duration_ms, 1),
        "threshold_ms": threshold_ms,
        "factor": round(duration_ms / threshold_ms, 2),
    }
    add_breadcrumb("slow query", category="db", level="warning", data=facts)
    event_id = errors.report_notice(
        "slow query",
        level="warning",
        tags={"operation": "query"},
        contexts={"slow_query": facts},
        fingerprint=["slow_query", shape],
    )
    _line(event_id).bind(**facts).warning("slow query")
    return event_id


def external_api_error(
    service: str,
    *,
    endpoint: str,
    status: int | None,
    duration_ms: float,
    error: Exception | None = None,
) -> str | None:
    """Report that another service failed us.

    Args:
        service: its name, for example `rates`.
        endpoint: a template such as `/v1/latest`, without ids and query.
        status: its answer; None when there was none.
        duration_ms: how long we waited, in milliseconds.
        error: what the client raised. What you raise `from` it later is then the same event.

    Returns:
        The event's id; None when nothing is sent.
    """
    service, endpoint = names.checked(service), names.checked(endpoint)
    facts = {"service": service, "endpoint": endpoint, "status": status, "duration_ms": round(duration_ms, 1)}
    _note(f"{service} failed", category="external_api", level="error", data=facts)
    tags = {"external_service": service}
    fingerprint = ["external_api", service, endpoint, str(status)]
    contexts = {"external_api": facts}
    if error is None:
        message = f"{service} failed: {endpoint} answered {status or 'nothing'}"
        event_id = errors.report_notice(
            message, level="error", tags=tags, contexts=contexts, fingerprint=fingerprint
        )
    else:
        details = {"tags": tags, "contexts": contexts, "fingerprint": fingerprint}
        event_id = errors.report(error, mechanism="external_api", handled=True, details=details)
    _line(event_id, error).error("{} failed: {} answered {}", service, endpoint, status or "nothing")
    return event_id


def _note(
    message: str,
    *,
    category: Category,
    level: BreadcrumbLevel = "info",
    data: Mapping[str, object],
) -> None:
    """A breadcrumb of our words and checked names, which stays readable at every level."""
    add_breadcrumb(protection.active.trust_text(message), category=category, level=level, data=data)


def _line(event_id: str | None, error: Exception | None = None) -> "Logger":
    """A line for what was reported: it must be known where Sentry is off, too."""
    return logger.bind(_reported=True, sentry_event_id=event_id).opt(exception=error, depth=1)
