"""A base class for services: every operation is timed, traced, and known by name when it fails."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import sentry_sdk

from app.observability.capture import SLOW_MS, slow_operation
from app.observability.context import add_breadcrumb
from app.observability.tracing import span


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
        """Track a block: a span, breadcrumbs at start and end, a context on events, a report when slow.

        An error passes through unchanged; it is reported where it ends, with this operation as context.

        Args:
            name: of the operation; with the class it makes `Orders.place`.
            slow_ms: the block's own threshold in milliseconds.
            facts: ids and numbers that help to understand a failure.
        """
        full_name = f"{type(self).__name__}.{name}"
        sentry_sdk.get_isolation_scope().set_context("operation", {"name": full_name, **facts})
        add_breadcrumb(f"{full_name} started", category="business", data=facts)
        started = time.perf_counter()
        outcome = "failed"
        try:
            with span("service.operation", full_name):
                yield
            outcome = "finished"
        finally:
            duration_ms = (time.perf_counter() - started) * 1000
            add_breadcrumb(
                f"{full_name} {outcome}",
                category="business",
                level="info" if outcome == "finished" else "error",
                data={"duration_ms": round(duration_ms, 1)},
            )
        slow_operation(full_name, duration_ms, threshold_ms=slow_ms or self.slow_ms)
