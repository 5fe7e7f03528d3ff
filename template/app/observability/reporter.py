"""Decides for every error whether, when and as what it becomes an event."""

import uuid
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

import sentry_sdk
from sentry_sdk.types import Event, Hint

from app.observability import events
from app.observability.context import Context, current
from app.observability.held import HeldEvent, hold, take
from app.observability.marks import mark, reported_as
from app.observability.noise import IGNORED_ERRORS, RateLimit

_OWN: Final = "reported_by"
"""Key in the hint of events that came through `Reporter`."""


class Reporter:
    """One error, one event: however often it is logged, translated and raised on its way up."""

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
        earlier = take(context, error, even_same=not handled) if context is not None else None
        if earlier is None and (known := reported_as(error)) is not None:
            return known or None
        if earlier is None and not self._admit(error, events.kind_of(error)):
            return None
        try:
            event, hint = events.from_exception(
                error, mechanism=mechanism, handled=handled, variables=self._variables
            )
        except Exception:  # too deep in the stack, for example: what was there already must not go with it
            if context is not None and earlier is not None:
                hold(context, earlier)
            raise
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
        if error is not None and (isinstance(error, IGNORED_ERRORS) or reported_as(error) is not None):
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
            if isinstance(error, IGNORED_ERRORS) or reported_as(error) is not None:
                return None
            if not self._admit(error, events.kind_of(error)):
                return None
            mark(error, event["event_id"])
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
            mark(error, "")
        return admitted

    def _send(self, event: Event, hint: Hint, error: BaseException | None, context: Context | None) -> str:
        event_id = event.setdefault("event_id", uuid.uuid4().hex)
        event.setdefault("timestamp", datetime.now(UTC))
        if error is not None:
            mark(error, event_id)
        _describe(event, context)
        scope = sentry_sdk.get_current_scope().fork()
        held = HeldEvent(error, event, {**hint, _OWN: __name__}, scope)
        if context is not None and error is not None:
            hold(context, held)
        else:
            held.send()
        return event_id


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
    """Say which request the event belongs to, and how far it had come."""
    if context is None:
        return
    if route := context.route():
        event.setdefault("transaction", route)
        event.setdefault("transaction_info", {"source": "route"})
    if (request := context.request()) and "request" not in event:
        event["request"] = request
    crumbs = cast("dict[str, Any]", event.setdefault("breadcrumbs", {}))
    own = context.breadcrumbs()
    crumbs["values"] = [*own[:1], *crumbs.get("values", ()), *own[1:]]
