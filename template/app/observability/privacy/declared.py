"""`protect(value)`: code says that a value is personal; it is then removed wherever it occurs in this
request or task.

The values live in a mutable box in a context variable. The box is made once, by `begin()`, when a request or
task starts; thread pools and child tasks copy the context and so share the box, and a declaration made in
them counts for the whole request. Two requests never share one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, TypeVar

from app.observability.privacy.keys import verdict
from app.observability.privacy.learned import Learned

T = TypeVar("T")

MARKER = "[protected]"
_SHORTEST = 2
_MAX_DEPTH = 12
_MAX_NODES = 2000

_box: ContextVar[Learned | None] = ContextVar("watchkeeper_protected", default=None)


@contextmanager
def begin() -> Iterator[None]:
    """Open an empty box for one request or task; what is declared inside is forgotten at the end."""
    token = _box.set(Learned())
    try:
        yield
    finally:
        _box.reset(token)


def protect(value: T) -> T:
    """Declare `value` (text, number, date, bytes, or a collection of them) as personal; returns it unchanged.

    >>> name = protect(row.full_name)
    """
    box = _box.get()
    if box is None:
        box = Learned()
        _box.set(box)
    box.teach(value, MARKER, _SHORTEST, parts=True)
    return value


def learn(payload: Any) -> None:
    """Declare every value that lies under a sensitive key of a parsed body, form or header mapping."""
    budget = [_MAX_NODES]
    _learn(payload, False, budget, _MAX_DEPTH)


def _learn(payload: Any, covered: bool, budget: list[int], depth: int) -> None:
    budget[0] -= 1
    if budget[0] < 0 or depth < 0:
        return
    if isinstance(payload, dict):
        for key, value in payload.items():
            _learn(value, covered or verdict(str(key)).answer == "sensitive", budget, depth - 1)
    elif isinstance(payload, (list, tuple)):
        for item in payload:
            _learn(item, covered, budget, depth - 1)
    elif covered and len(str(payload)) >= 4:
        protect(payload)


def declared() -> Learned | None:
    """The box of the running request or task, if one is open and not empty."""
    box = _box.get()
    return box if box is not None and len(box) else None


class Personal:
    """Marks a model field whose value is personal data: `name: Annotated[str, Personal]`.

    Pydantic calls the hook below when it builds the model; every validated value is then declared with
    `protect`, so that it disappears from bodies, frame variables, messages and log lines of that request.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(protect, handler(source))


PersonalStr = Annotated[str, Personal]
