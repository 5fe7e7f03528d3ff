"""What is handed on to a background task: the trace, the request's id, and on whose behalf it runs."""

import re
from collections.abc import Mapping
from typing import Final

import sentry_sdk

from app.observability import tracing
from app.observability.context import current

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_TRACE: Final = ("sentry-trace", "baggage")


def pack() -> dict[str, str]:
    """The current request's or task's identity, to be sent along with a task that it enqueues.

    The user is the one shown on events: at gdpr and hipaa a pseudonym, so that the queue holds no more than
    Sentry does.
    """
    packed = tracing.carrier()
    context = current.get()
    if context is not None:
        told = {
            "request_id": context.request_id,
            "user_id": context.user_id,
            "role": context.role,
            "tenant": context.tenant,
        }
        packed |= {name: value for name, value in told.items() if value}
    return packed


def unpack(carried: Mapping[str, str], scope: sentry_sdk.Scope) -> None:
    """Give the current task the identity that was packed."""
    context = current.get()
    assert context is not None, "a task has a context before it unpacks"
    context.user_id, context.role = carried.get("user_id"), carried.get("role")
    context.tenant = carried.get("tenant")
    if context.user_id:
        user = {"id": context.user_id, "role": context.role}
        scope.set_user({name: value for name, value in user.items() if value})
    if context.tenant:
        scope.set_tag("tenant", context.tenant)


def request_id_of(carried: Mapping[str, str]) -> str | None:
    """The id of the request that enqueued the task, if it is well-formed."""
    given = carried.get("request_id", "")
    return given if _REQUEST_ID.fullmatch(given) else None


def trace_of(carried: Mapping[str, str]) -> dict[str, str]:
    """The headers that continue the request's trace."""
    return {name: carried[name] for name in _TRACE if name in carried}
