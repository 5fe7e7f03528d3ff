"""Which errors are known already: an exception carries the id of its event in its `__dict__`."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from app.observability.context import current

_MARK: Final = "__sentry_event_id__"
"""Key in the `__dict__` of a reported exception, which every exception has; `""` when it was not sent."""
_LOGGED: Final = "__logged__"


def line_of(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was explicitly raised from: one failure, translated on its way up.

    A plain `__context__` is left out: an error while another one is handled is a second failure.
    """
    seen: set[int] = set()
    step: BaseException | None = error
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        yield step
        step = step.__cause__ or (step.__context__ if step.__suppress_context__ else None)


def leaves_of(error: BaseException) -> Iterator[BaseException]:
    """The exceptions inside a group, without the groups."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from leaves_of(part) if isinstance(part, BaseExceptionGroup) else (part,)


def reported_as(error: BaseException) -> str | None:
    """The event id under which an error is known; None if it is new.

    A mark made in another request does not count: an exception object that is kept and raised again is a
    new failure. Outside of requests (a server's last log line, an exit hook) every mark counts. A group is
    known when all that is in it is.
    """
    for one in line_of(error):
        if (event_id := _mark_of(one)) is not None:
            return event_id
    leaves = [_mark_of(leaf) for leaf in leaves_of(error)]
    return leaves[0] if leaves and None not in leaves else None


def mark(error: BaseException, event_id: str) -> None:
    vars(error)[_MARK] = event_id, current.get(), time.monotonic()


def mark_logged(error: BaseException) -> None:
    """Remember that a line was written for an error, so that somebody's last word is not a second one."""
    with suppress(Exception):  # an exception may refuse whatever it likes
        vars(error)[_LOGGED] = True


def is_logged(error: BaseException) -> bool:
    """Whether a line was written for an error."""
    return _LOGGED in vars(error)


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
