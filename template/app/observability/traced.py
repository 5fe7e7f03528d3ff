"""`@traced`: time a function as a step of the current trace."""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from typing import Any, ParamSpec, TypeVar, overload

from app.observability import names, protection
from app.observability.tracing import step

P = ParamSpec("P")
R = TypeVar("R")


@overload
def traced(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def traced(*, op: str = ..., name: str | None = ...) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def traced(
    function: Callable[P, R] | None = None, /, *, op: str = "function", name: str | None = None
) -> Callable[P, R] | Callable[[Callable[P, R]], Callable[P, R]]:
    """Time a function as a span: plain and coroutine functions, generators of both kinds, methods.

    Nothing is captured here: an error is reported where it ends.

    Args:
        function: when used as `@traced` without arguments.
        op: category of the span.
        name: defaults to module and qualified name.
    """

    # Looked at here, where the caller is the code that gave it.
    safe = names.checked(name) if name else None

    def decorate(wrapped: Callable[P, R]) -> Callable[P, R]:
        return _wrap(wrapped, op, safe or _name_of(wrapped))

    return decorate(function) if function is not None else decorate


def _wrap(function: Callable[..., Any], op: str, name: str) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            with step(op, protection.trust_name(name)):
                async with aclosing(function(*args, **kwargs)) as items:
                    async for item in items:
                        yield item

        return async_generator
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with step(op, protection.trust_name(name)):
                return (yield from function(*args, **kwargs))

        return generator
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with step(op, protection.trust_name(name)):
                return await function(*args, **kwargs)

        return coroutine

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        with step(op, protection.trust_name(name)):
            return function(*args, **kwargs)

    return plain


def _name_of(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return f"{function.__module__}.{function.__qualname__}"
