"""One error, one event: however often it is logged, translated and raised on its way up.

An error reported inside a request is *held* until the request is answered. If the same error, or one
raised `from` it, is reported again by then, the later report takes the place of the earlier one: it knows
how the error ended (unhandled, say) and inherits event id, tags and contexts. Outside of requests, and
once a request is answered, events are sent at once and the first report wins.
"""

import sys
import time
import uuid
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, cast

import sentry_sdk
from sentry_sdk.scope import use_scope
from sentry_sdk.types import Event, Hint

from app.observability import events
from app.observability.context import Context, current
from app.observability.noise import IGNORED_ERRORS, RateLimit

_MARK: Final = "__sentry_event_id__"
"""Key in the `__dict__` of a reported exception, which every exception has; `""` when it was not sent."""
_OWN: Final = "reported_by"
"""Key in the hint of events that came through `Reporter`."""


@dataclass(slots=True)
class HeldEvent:
    """A report that waits for the outcome of its request, with the scope it was made in."""

    error: BaseException | None
    event: Event
    hint: Hint
    scope: sentry_sdk.Scope

    def send(self) -> None:
        try:
            with use_scope(self.scope):
                sentry_sdk.capture_event(self.event, self.hint)
        except Exception as trouble:  # as in `report`
            sys.stderr.write(f"sending an event failed: {type(trouble).__name__}\n")


class Reporter:
    """Decides for every error whether, when and as what it becomes an event."""

    def __init__(self, rate_limit: RateLimit, *, variables: bool) -> None:
        """Start.

        Args:
            rate_limit: asked before an event is built.
            variables: put the variables of the service's own frames on events.
        """
        self._rate_limit = rate_limit
        self._variables = variables

    def exception(
        self, error: BaseException, *, mechanism: str, handled: bool, details: Mapping[str, Any] | None = None
    ) -> str | None:
        """Report an exception.

        Args:
            error: what was raised.
            mechanism: what noticed it, for example `asgi`.
            handled: False when nothing but the server's last resort answers it.
            details: further fields of the event (`level`, `tags`, `contexts`, `user`, `logentry`, `logger`).

        Returns:
            The event's id, the same for every report of this error; None if it is not an event.
        """
        if not sentry_sdk.is_initialized() or isinstance(error, IGNORED_ERRORS):
            return None
        context = current.get()
        earlier = _take_held(context, error, even_same=not handled)
        if earlier is None and (known := _reported_as(error)) is not None:
            return known or None
        if earlier is None and not self._admit(error, events.kind_of(error)):
            return None
        event, hint = events.from_exception(
            error, mechanism=mechanism, handled=handled, variables=self._variables
        )
        event.update(details or {})  # type: ignore[typeddict-item]
        if earlier is not None:
            _inherit(event, earlier.event)
        return self._send(event, hint, error, context)

    def message(self, event: Event, kind: Hashable, error: BaseException | None = None) -> str | None:
        """Report a message that was logged as an error.

        Args:
            event: made by `events.from_message`.
            kind: what makes it the same as an earlier message.
            error: the exception that was being handled where the message was logged, if any.
        """
        if not sentry_sdk.is_initialized():
            return None
        if error is not None and (isinstance(error, IGNORED_ERRORS) or _reported_as(error) is not None):
            return None
        if not self._admit(error, kind, level=event.get("level") or "error"):
            return None
        return self._send(event, {}, error, current.get())

    def before_send(self, event: Event, hint: Hint) -> Event | None:
        """The SDK's hook: the same rules for events made by the SDK or by direct calls of it."""
        if hint.get(_OWN) or event.get("type") == "check_in":
            return event
        error = (hint.get("exc_info") or (None, None, None))[1]
        if isinstance(error, BaseException):
            if isinstance(error, IGNORED_ERRORS) or _reported_as(error) is not None:
                return None
            if not self._admit(error, events.kind_of(error)):
                return None
            _mark(error, event["event_id"])
        elif not self._admit(None, ("message", str((event.get("logentry") or {}).get("message"))[:100])):
            return None
        _describe(event, current.get())
        return event

    def close(self) -> None:
        """Tell what the rate limit dropped last."""
        self._rate_limit.close()

    def _admit(self, error: BaseException | None, kind: Hashable, *, level: str = "error") -> bool:
        context = current.get()
        if context is not None and level in ("error", "fatal"):
            context.error_count += 1
        admitted = self._rate_limit.admit(kind)
        if not admitted and error is not None:
            _mark(error, "")
        return admitted

    def _send(self, event: Event, hint: Hint, error: BaseException | None, context: Context | None) -> str:
        event_id = event.setdefault("event_id", uuid.uuid4().hex)
        event.setdefault("timestamp", datetime.now(UTC))
        if error is not None:
            _mark(error, event_id)
        _describe(event, context)
        held = HeldEvent(error, event, {**hint, _OWN: __name__}, sentry_sdk.get_current_scope().fork())
        if context is not None and not context.answered and error is not None:
            context.held.append(held)
        else:
            held.send()
        return event_id


def release(context: Context) -> None:
    """Send what the request held, now that its outcome is known."""
    context.answered = True
    held, context.held = context.held, []
    for event in held:
        event.send()


def withdraw(context: Context, error: BaseException) -> None:
    """Forget what was reported of an error that turned out not to be final: the work is tried again."""
    _take_held(context, error, even_same=True)


def _take_held(context: Context | None, error: BaseException, *, even_same: bool) -> HeldEvent | None:
    """Remove the held events that a report of `error` replaces; return the first of them."""
    if context is None or (not even_same and any(held.error is error for held in context.held)):
        return None
    parts = [*_line(error), *(leaf for one in _line(error) for leaf in _leaves(one))]
    replaced = [held for held in context.held if any(held.error is part for part in parts)]
    context.held = [held for held in context.held if held not in replaced]
    return replaced[0] if replaced else None


def _inherit(event: Event, earlier: Event) -> None:
    """Keep what an earlier report of the same error said about it."""
    new, old = cast("dict[str, Any]", event), cast("dict[str, Any]", earlier)
    for name in ("event_id", "timestamp", "logentry", "logger", "user", "fingerprint"):
        if name in old:
            new.setdefault(name, old[name])
    for name in ("tags", "contexts"):
        if name in old:
            new[name] = {**old[name], **new.get(name, {})}


def _describe(event: Event, context: Context | None) -> None:
    """Say which request the event belongs to."""
    if context is None:
        return
    if route := context.route():
        event.setdefault("transaction", route)
        event.setdefault("transaction_info", {"source": "route"})
    if (request := context.request()) and "request" not in event:
        event["request"] = request


def _line(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was explicitly raised from: one failure, translated on its way up.

    A plain `__context__` is left out: an error while another one is handled is a second failure.
    """
    seen: set[int] = set()
    step: BaseException | None = error
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        yield step
        step = step.__cause__ or (step.__context__ if step.__suppress_context__ else None)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions inside a group, without the groups."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part) if isinstance(part, BaseExceptionGroup) else (part,)


def _reported_as(error: BaseException) -> str | None:
    """The event id under which an error is known; None if it is new.

    A mark made in another request does not count: an exception object that is kept and raised again is a
    new failure. Outside of requests (a server's last log line, an exit hook) every mark counts. A group is
    known when all that is in it is.
    """
    for one in _line(error):
        if (event_id := _mark_of(one)) is not None:
            return event_id
    leaves = [_mark_of(leaf) for leaf in _leaves(error)]
    return leaves[0] if leaves and None not in leaves else None


def _mark_of(error: BaseException) -> str | None:
    context = current.get()
    event_id, marked_in, marked_at = vars(error).get(_MARK, (None, None, 0.0))
    if event_id is None:
        return None
    # A thread that does not know its request marks without it.
    in_this_request = marked_in is context or (
        marked_in is None and context is not None and marked_at >= context.started
    )
    return str(event_id) if context is None or in_this_request else None


def _mark(error: BaseException, event_id: str) -> None:
    vars(error)[_MARK] = event_id, current.get(), time.monotonic()


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
        sys.stderr.write(f"reporting an error failed: {type(trouble).__name__}\n")
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
        report(error, mechanism="block", handled=False, details={"tags": {"during": what}})
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
        message: what happened, in words that are the same each time.
        level: how bad it is.
        tags: searchable facts.
        contexts: further facts, in named groups.
        fingerprint: what makes it the same as an earlier notice.
    """
    event: Event = {
        "level": level,
        "logentry": {"message": message, "formatted": message},
        "tags": dict(tags),
        "contexts": {name: dict(values) for name, values in contexts.items()},
        "fingerprint": list(fingerprint),
    }
    return report_message(event, tuple(fingerprint))
