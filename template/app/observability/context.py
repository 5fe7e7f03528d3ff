"""Who and what a request (or job) is about: on log lines, and as tags and user on events."""

import random
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import sentry_sdk

from app.observability import names, protection

if TYPE_CHECKING:
    from threading import Timer

    from app.observability.held import HeldEvent

Category = Literal["db", "external_api", "business", "auth", "task", "http"]
BreadcrumbLevel = Literal["debug", "info", "warning", "error", "fatal"]


def _nothing() -> None:
    return None


def new_id() -> str:
    """32 random hexadecimal digits, for ids that are no secrets.

    Not from the system's source, which is slower and lets other threads run in between.
    """
    return f"{random.getrandbits(128):032x}"


@dataclass(slots=True)
class Context:
    """One request's or job's identity.

    It is one mutable object per request, held by a context variable: tasks, and threads that get a copy of
    the context (`asyncio.to_thread`, plain route functions), see the same object, so what they learn (a
    user, an error) is known where the request ends.
    """

    request_id: str
    trace_id: str
    route: Callable[[], str | None] = _nothing
    request: Callable[[], dict[str, Any] | None] = _nothing
    breadcrumbs: Callable[[], list[dict[str, Any]]] = list
    user_id: str | None = None
    tenant: str | None = None
    role: str | None = None
    answered: bool = False
    held: "list[HeldEvent]" = field(default_factory=list)
    patience: "Timer | None" = None
    error_count: int = 0
    crashed: bool = False
    started: float = field(default_factory=time.monotonic)


current: ContextVar[Context | None] = ContextVar("watchkeeper_context", default=None)


def request_id() -> str | None:
    """The id of the current request or job, as given to the client; None outside one."""
    context = current.get()
    return context.request_id if context else None


def set_user(user_id: str, *, tenant: str | None = None, role: str | None = None) -> None:
    """Say on whose behalf the current request or job runs.

    Args:
        user_id: an opaque id, never a name, an address or a record number.
        tenant: id of the customer or organization.
        role: what the user may do, for example `staff`.

    At gdpr and hipaa a keyed pseudonym stands for the user id, on events and log lines alike.
    """
    shown = protection.active.pseudonym(user_id)
    user: dict[str, str] = {"id": shown}
    if role:
        user["role"] = role
    scope = sentry_sdk.get_isolation_scope()
    scope.set_user(user)
    scope.set_attribute("user.id", shown)
    if context := current.get():
        context.user_id, context.role = shown, role
    if tenant:
        set_tenant(tenant)


def set_tenant(tenant: str) -> None:
    """Name the customer or organization (an id) that the current request or job belongs to.

    Tags, log lines, reports and jobs get what may leave: an id as it is, a pseudonym for a name.
    """
    shown = protection.clean_tenant(tenant)
    set_tags(tenant=shown)
    if context := current.get():
        context.tenant = shown


def set_business_context(*, action: str, feature: str | None = None, **ids: str | int | None) -> None:
    """Say what the current request or job does, and with which things.

    Args:
        action: a verb from your domain, for example `place_order`; becomes a tag.
        feature: part of the product, for example `checkout`; becomes a tag.
        ids: opaque ids such as `order_id=...`; they become the context `business`.
    """
    action = names.checked(action)
    set_tags(action=action)
    if feature:
        set_tags(feature=names.checked(feature))
    set_context("business", {"action": action, **{name: str(i) for name, i in ids.items() if i is not None}})


def set_tags(**tags: str | int | bool) -> None:
    """Add searchable tags to events of the current request or job, and to its logs, metrics and spans."""
    scope = sentry_sdk.get_isolation_scope()
    for name, value in tags.items():
        scope.set_tag(name, str(value))
        # Tags are on events and transactions only; the newer kinds of items have attributes.
        scope.set_attribute(name, str(value))


def set_context(name: str, values: Mapping[str, object]) -> None:
    """Add a named group of values to events of the current request or job; not searchable."""
    sentry_sdk.get_isolation_scope().set_context(name, dict(values))


def add_breadcrumb(
    message: str,
    *,
    category: Category,
    level: BreadcrumbLevel = "info",
    data: Mapping[str, object] | None = None,
) -> None:
    """Leave a trace of what happened, to be shown with an event that follows in this request or job."""
    sentry_sdk.add_breadcrumb(message=message, category=category, level=level, data=dict(data or {}))
