"""Declare a function as a background task: its name, retries and time-out, whatever engine runs it."""

import inspect
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, Generic, ParamSpec, TypeVar, overload

from pydantic import ConfigDict, validate_call
from pydantic_core import PydanticSerializationError, to_jsonable_python

P = ParamSpec("P")
R = TypeVar("R")

DEATHS: Final = 2
"""How often a task may be delivered again because its worker died, on top of its attempts."""

LONGEST_DELAY_SECONDS: Final = 3600.0

registry: Final[dict[str, "Task[Any, Any]"]] = {}
"""Every declared task by its name."""


class ArgumentsError(TypeError):
    """The arguments do not fit the task, or cannot travel; the text never repeats their values."""


@dataclass(frozen=True, slots=True)
class Task(Generic[P, R]):
    """A function that a worker runs. Calling it runs it here and now, as tests do."""

    name: str
    function: Callable[P, R]
    attempts: int
    retry_on: tuple[type[Exception], ...]
    first_delay_seconds: float
    timeout_seconds: float
    delay_seconds: float = 0.0
    validated: Callable[..., Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Types of arguments are restored from JSON by their annotations; errors do not repeat the input.
        check = validate_call(config=ConfigDict(hide_input_in_errors=True))
        object.__setattr__(self, "validated", check(self.function))

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    def later(self, delay: timedelta) -> "Task[P, R]":
        """The same task, to be run after a delay."""
        return replace(self, delay_seconds=delay.total_seconds())

    @property
    def is_coroutine(self) -> bool:
        """Whether it has to be awaited."""
        return inspect.iscoroutinefunction(self.function)

    @property
    def deliveries(self) -> int:
        """How often a worker may begin it, deaths of workers included."""
        return self.attempts + DEATHS

    def retry_after(self, error: Exception, attempt: int) -> float | None:
        """Seconds until the next attempt, doubling and scattered; None when the error is final."""
        if attempt >= self.attempts or not isinstance(error, self.retry_on):
            return None
        delay: float = min(self.first_delay_seconds * 2 ** (attempt - 1), LONGEST_DELAY_SECONDS)
        return delay * random.uniform(0.75, 1.25)  # noqa: S311 - so that many tasks do not come back at once

    def arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by name, as JSON knows them.

        Raises:
            ArgumentsError: they do not fit the function, or one of them cannot be written as JSON.
        """
        try:
            bound = inspect.signature(self.function).bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentsError(f"{self.name}: {error}") from None
        packed: dict[str, Any] = {}
        for name, value in bound.arguments.items():
            try:
                packed[name] = to_jsonable_python(value)
            except (PydanticSerializationError, ValueError) as error:
                raise ArgumentsError(
                    f"{self.name}: argument {name} is a {type(value).__name__}, which cannot travel to a "
                    f"worker ({type(error).__name__}); expected what JSON can hold or a pydantic model"
                ) from None
        return packed


@overload
def task(function: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    *,
    attempts: int = ...,
    retry_on: tuple[type[Exception], ...] = ...,
    first_delay_seconds: float = ...,
    timeout_seconds: float = ...,
) -> Callable[[Callable[P, R]], Task[P, R]]: ...
def task(
    function: Callable[P, R] | None = None,
    /,
    *,
    attempts: int = 1,
    retry_on: tuple[type[Exception], ...] = (),
    first_delay_seconds: float = 2.0,
    timeout_seconds: float = 60.0,
) -> Task[P, R] | Callable[[Callable[P, R]], Task[P, R]]:
    """Declare a task: `@task`, or `@task(attempts=3, retry_on=(ServiceDown,))`.

    A task may be run more than once (a worker can die after the work and before it says so), so write it such
    that this does no harm.

    Args:
        function: plain or coroutine function at module level; parameters are annotated and JSON-like or
            pydantic models.
        attempts: how often it is tried when it fails with one of `retry_on`.
        retry_on: errors that may go away by themselves. Others fail the task at once.
        first_delay_seconds: pause before the second attempt; doubled before each further one.
        timeout_seconds: how long an attempt may take. A plain function cannot be stopped on ARQ or in
            Celery's threads; it is told as failed when it comes back.

    Raises:
        ValueError: another task has the same name.
    """

    def declare(declared: Callable[P, R]) -> Task[P, R]:
        name = f"{declared.__module__}.{declared.__qualname__}"
        if name in registry:
            raise ValueError(f"there are two tasks called {name}; rename one")
        made = Task(name, declared, attempts, retry_on, first_delay_seconds, timeout_seconds)
        registry[name] = made
        return made

    return declare(function) if function is not None else declare
