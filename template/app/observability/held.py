"""Reports that wait a little for the end of the story: logged first, raised to the top a moment later.

A report made before its request is answered waits for the answer. A later one - from a stream, a websocket, a
background task, a job that has no answer - waits `PATIENCE_SECONDS`: an error on its way up is quick, and a
connection may stay open for hours.
"""

import contextvars
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import sentry_sdk
from sentry_sdk.scope import use_scope
from sentry_sdk.types import Event, Hint

from app.observability.context import Context
from app.observability.marks import leaves_of, line_of
from app.observability.operators import operators

PATIENCE_SECONDS: Final = 1.0
"""How long a report waits that no answer will release."""

_lock = threading.Lock()
_waiting: list[threading.Timer] = []


@dataclass(slots=True, eq=False)
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
        except Exception as trouble:  # reporting never fails the code that reports
            operators.error(f"sending an event failed: {type(trouble).__name__}")


def hold(context: Context, held: HeldEvent) -> None:
    """Keep a report until the request is answered, or for a moment where it is already."""
    with _lock:
        context.held.append(held)
        if not context.answered or context.patience is not None:
            return
        # In a copy of the context: what was declared as personal there must be known when it is sent.
        run = contextvars.copy_context().run
        context.patience = threading.Timer(PATIENCE_SECONDS, run, [release, context])
        context.patience.daemon = True
        _waiting.append(context.patience)
    context.patience.start()


def take(context: Context, error: BaseException, *, even_same: bool) -> HeldEvent | None:
    """Remove the held reports that a report of `error` replaces; return the first of them.

    Args:
        context: of the request.
        error: what is reported now.
        even_same: replace a report of the very same exception, too.
    """
    parts = [*line_of(error), *(leaf for one in line_of(error) for leaf in leaves_of(one))]
    with _lock:
        if not even_same and any(held.error is error for held in context.held):
            return None
        replaced = [held for held in context.held if any(held.error is part for part in parts)]
        context.held = [held for held in context.held if held not in replaced]
    return replaced[0] if replaced else None


def withdraw(context: Context, error: BaseException) -> None:
    """Forget what was reported of an error that turned out not to be final: the work is tried again."""
    take(context, error, even_same=True)


def release(context: Context) -> None:
    """Send what the request held, now that its outcome is known."""
    context.answered = True
    if not context.held:
        return
    with _lock:
        waiting, context.held = context.held, []
        if (timer := context.patience) is not None:
            timer.cancel()
            _waiting.remove(timer)
            context.patience = None
    for held in waiting:
        held.send()


def release_all() -> None:
    """Send what waits for its moment to pass, because the process ends."""
    with _lock:
        waiting = tuple(_waiting)  # each is taken off the list when it is sent
    for timer in waiting:
        with suppress(RuntimeError):  # it is just being sent: a context cannot be entered twice
            timer.function(*timer.args)
