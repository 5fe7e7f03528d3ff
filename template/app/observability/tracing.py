"""Traces: the decision for a request, and spans for the service's own functions."""

import functools
import inspect
import random
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, ParamSpec, TypeVar, overload

import sentry_sdk
from sentry_sdk.scope import Scope
from sentry_sdk.tracing import Span, Transaction, TransactionSource

from app.observability import protection

P = ParamSpec("P")
R = TypeVar("R")


def begin_request(
    scope: Scope, incoming: dict[str, str], *, name: str, op: str, rate: float
) -> Transaction | None:
    """Continue or begin the trace of a request; return a transaction if the request is sampled.

    Building a transaction costs more than the rest of the middleware, and the SDK builds one for every
    request before it decides. Here a new trace is decided first (sentry-sdk 2.75).

    Args:
        scope: the request's isolation scope.
        incoming: the headers `sentry-trace` and `baggage`, where present.
        name: of the transaction, until the route is known.
        op: what kind of request, for example `http.server`.
        rate: share of new traces to sample, 0..1; 0 also refuses what the caller sampled.
    """
    scope.generate_propagation_context(incoming)
    trace = scope.get_active_propagation_context()
    continued = trace.parent_span_id is not None
    if rate > 0 and continued and trace.parent_sampled is not False:
        # The caller decided, or left it to a decision that comes out the same in every service.
        transaction = _transaction(scope, incoming, name, op)
        sentry_sdk.start_transaction(transaction)
        if transaction.sampled:
            return transaction
    elif not continued and random.random() < (drawn := _effective(rate)):  # noqa: S311 - not a secret
        transaction = _transaction(scope, {}, name, op)
        transaction.sampled = True
        sentry_sdk.start_transaction(transaction)
        # The SDK takes a decision made beforehand for a rate of 1; extrapolation needs the real one.
        transaction.sample_rate = drawn
        return transaction
    sentry_sdk.get_current_scope().span = UnsampledSpan(
        trace_id=trace.trace_id, parent_span_id=trace.parent_span_id, sampled=False, op=op
    )
    return None


class UnsampledSpan(Span):
    """Stands for a request that is not traced, and makes outgoing calls tell their peers so.

    The SDK sends trace headers for spans of a transaction only, so this one makes its transaction, which
    is never sent, when the first outgoing call asks for it.
    """

    _transaction: Transaction | None = None

    @property
    def containing_transaction(self) -> Transaction:
        if self._transaction is None:
            self._transaction = Transaction(
                trace_id=self.trace_id,
                span_id=self.span_id,
                parent_span_id=self.parent_span_id,
                sampled=False,
                name="request",
                source=TransactionSource.URL,
            )
        return self._transaction


def _transaction(scope: Scope, incoming: dict[str, str], name: str, op: str) -> Transaction:
    # Source `url` keeps the provisional name out of outgoing `baggage` headers.
    return scope.continue_trace(
        incoming, op=op, name=name, source=TransactionSource.URL, origin="auto.http.watchkeeper"
    )


def _effective(rate: float) -> float:
    """The rate after the SDK's back-pressure: it samples less while its queue is full."""
    monitor = sentry_sdk.get_client().monitor
    return rate / 2**monitor.downsample_factor if monitor else rate


@contextmanager
def span(op: str, name: str) -> Iterator[Span | None]:
    """Time a block as a span of the current trace, or as a transaction of its own outside of one.

    Yields None when nothing is recorded; the block's errors are left to whoever catches them.

    Args:
        op: a category with dots, for example `service.operation` or `serialize`.
        name: what is done; a constant of the code, never data.
    """
    name = protection.trust_name(name)
    parent = sentry_sdk.get_current_span()
    if not sentry_sdk.is_initialized() or (parent is not None and not parent.sampled):
        yield None
    elif parent is not None:
        # A scope of its own: concurrent tasks of a request must not take each other's span for their parent.
        with sentry_sdk.new_scope(), parent.start_child(op=op, name=name) as child:
            yield child
    else:
        with sentry_sdk.start_transaction(op=op, name=name, source=TransactionSource.TASK) as transaction:
            yield transaction


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

    def decorate(wrapped: Callable[P, R]) -> Callable[P, R]:
        return _wrap(wrapped, op, name or _name_of(wrapped))

    return decorate(function) if function is not None else decorate


def _wrap(function: Callable[..., Any], op: str, name: str) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            with span(op, name):
                async with aclosing(function(*args, **kwargs)) as items:
                    async for item in items:
                        yield item

        return async_generator
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with span(op, name):
                return (yield from function(*args, **kwargs))

        return generator
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with span(op, name):
                return await function(*args, **kwargs)

        return coroutine

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        with span(op, name):
            return function(*args, **kwargs)

    return plain


def _name_of(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return f"{function.__module__}.{function.__qualname__}"
