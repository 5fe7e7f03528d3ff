"""Requests that failed, told to whoever wants to keep them; this package does not know who that is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.observability.noise import IGNORED_ERRORS
from app.observability.operators import operators


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that nobody answered, or that was answered with a status such as 500."""

    error: BaseException
    event_id: str | None
    """Of the event in Sentry; None when there is none."""


Listener = Callable[[Failure], None]

_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call `listener` for each failed request, after it was answered and in its context; it must be quick."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def tell(failure: Failure) -> None:
    """Tell the listeners; never raises."""
    if isinstance(failure.error, IGNORED_ERRORS):
        return
    for listener in tuple(_listeners):
        try:
            listener(failure)
        except Exception as trouble:  # what keeps errors must not make another one
            operators.error(f"keeping a failure raised {type(trouble).__name__}")
