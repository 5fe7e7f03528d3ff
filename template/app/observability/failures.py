"""Requests and tasks that failed, told to whoever wants to keep them, and whom this package does not know."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.observability.noise import IGNORED_ERRORS
from app.observability.operators import operators


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that nobody answered, or with a status such as 500; or a task in its last attempt."""

    error: BaseException
    event_id: str | None
    """Of the event in Sentry; None when there is none."""
    task: str | None = None
    """Name of the task, if it was one."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What else identifies it."""


Listener = Callable[[Failure], None]

_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call `listener` for each failed request, after it was answered, and for each failed task.

    It is called in the context of what failed, from any thread, and must be quick.
    """
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
