"""Report errors and notices: one error is one event, however often it is logged, translated and raised.

An error reported inside a request is *held* until the request is answered. If the same error, or one
raised `from` it, is reported again by then, the later report takes the place of the earlier one: it knows
how the error ended (unhandled, say) and inherits event id, tags and contexts. Outside of requests events are
sent at once, and the first report wins.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from sentry_sdk.types import Event

from app.observability import names, protection
from app.observability.operators import operators
from app.observability.reporter import Reporter

reporter: Reporter | None = None
"""The process's reporter, set by `sentry.start`; None while Sentry is off."""


def report(
    error: BaseException, *, mechanism: str, handled: bool, details: Mapping[str, Any] | None = None
) -> str | None:
    """`Reporter.exception` of this process; does nothing while Sentry is off."""
    if reporter is None:
        return None
    try:
        return reporter.exception(error, mechanism=mechanism, handled=handled, details=details)
    except Exception as trouble:  # an exception may break whoever looks at it; the service goes on
        operators.error(f"reporting an error failed: {type(trouble).__name__}")
        return None


@contextmanager
def reported(what: str) -> Iterator[None]:
    """Report an error that ends a block, and let it go on: for code that runs outside of requests.

    Args:
        what: is done in the block, for example `application start`; becomes a tag.
    """
    try:
        yield
    except Exception as error:
        report(error, mechanism="block", handled=False, details={"tags": {"during": names.checked(what)}})
        raise


def report_message(event: Event, kind: Hashable, error: BaseException | None = None) -> str | None:
    """`Reporter.message` of this process; does nothing while Sentry is off."""
    return reporter.message(event, kind, error) if reporter else None


def report_notice(
    message: str,
    *,
    level: Literal["info", "warning", "error"],
    tags: Mapping[str, str],
    contexts: Mapping[str, Mapping[str, Any]],
    fingerprint: Sequence[str],
) -> str | None:
    """Report something that is not an exception.

    Args:
        message: what happened, made of constants and names that `names.checked` gave.
        level: how bad it is.
        tags: searchable facts.
        contexts: further facts, in named groups.
        fingerprint: what makes it the same as an earlier notice.
    """
    told = protection.active.trust_text(message)
    event: Event = {
        "level": level,
        "logentry": {"message": told, "formatted": told},
        "tags": dict(tags),
        "contexts": {name: dict(values) for name, values in contexts.items()},
        "fingerprint": list(fingerprint),
    }
    return report_message(event, tuple(fingerprint))
