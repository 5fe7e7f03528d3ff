"""Report statements that take too long: their shape, never their values."""

import time
from typing import Any

from sqlalchemy import Connection, Engine, ExecutionContext, event

from app.observability import slow_query


def watch(engine: Engine, *, threshold_ms: float) -> None:
    """Time every statement of an engine.

    Args:
        engine: to be watched.
        threshold_ms: milliseconds after which a statement is reported.
    """

    def begin(connection: Connection, *_: Any) -> None:
        connection.info["statement_started"] = time.perf_counter()

    def end(
        connection: Connection,
        _cursor: Any,
        statement: str,
        _parameters: Any,
        _context: ExecutionContext | None,
        _many: bool,
    ) -> None:
        duration_ms = (time.perf_counter() - connection.info.pop("statement_started")) * 1000
        slow_query(statement, duration_ms, threshold_ms=threshold_ms)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
