"""A base class for services: every operation is timed, traced, and known by name when it fails."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ClassVar

import sentry_sdk

from app.observability import names, protection
from app.observability.capture import SLOW_MS, tell_slow
from app.observability.context import add_breadcrumb
from app.observability.tracing import step

_running: ContextVar[dict[str, str | int] | None] = ContextVar("watchkeeper_operation", default=None)


class Service:
    """Business logic with tracked operations.

    class Orders(Service):
        async def place(self, ...) -> Order:
            with self.operation("place", sku=sku):
                ...
    """

    slow_ms: ClassVar[float] = SLOW_MS
    """Milliseconds after which an operation of this service is reported as slow."""

    @contextmanager
    def operation(self, name: str, *, slow_ms: float | None = None, **facts: str | int) -> Iterator[None]:
        """Track a block: a span, breadcrumbs at start and end, a context on events, a report when it
        finished slowly.

        An error passes through unchanged; it is reported where it ends, with this operation as context.

        Args:
            name: of the operation, a constant of the code; with the class it makes `Orders.place`.
            slow_ms: the block's own threshold in milliseconds.
            facts: ids and numbers that help to understand a failure.
        """
        full_name = names.checked(name, owner=type(self).__name__)
        trust = protection.active.trust_text
        scope, outer = sentry_sdk.get_isolation_scope(), _running.get()
        told = {"name": full_name, **facts}
        token = _running.set(told)
        scope.set_context("operation", told)
        add_breadcrumb(trust(f"{full_name} started"), category="business", data=facts)
        started = time.perf_counter()
        outcome = "failed"
        try:
            with step("service.operation", full_name):
                yield
            outcome = "finished"
            # After a failure the innermost operation stays, because it is the one that failed.
            if outer is not None:
                scope.set_context("operation", outer)
            else:
                scope.remove_context("operation")
        finally:
            _running.reset(token)
            duration_ms = (time.perf_counter() - started) * 1000
            add_breadcrumb(
                trust(f"{full_name} {outcome}"),
                category="business",
                level="info" if outcome == "finished" else "error",
                data={"duration_ms": round(duration_ms, 1)},
            )
        tell_slow(full_name, duration_ms, threshold_ms=self.slow_ms if slow_ms is None else slow_ms)
