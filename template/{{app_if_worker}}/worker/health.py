"""The queue in the health report: does the broker answer, and is there a worker?"""

from typing import TYPE_CHECKING

from app.api.health import Degraded, HealthCheck
from app.worker import engine

if TYPE_CHECKING:
    from collections.abc import Sequence


def checks() -> "Sequence[HealthCheck]":
    """Not critical: most of the API works without them, and what needs the queue answers 503."""
    return (
        HealthCheck("queue", _queue, critical=False),
        HealthCheck("worker", _worker, critical=False),
    )


async def _queue() -> str:
    return f"{await engine.depth()} tasks are waiting"


async def _worker() -> str:
    if not await engine.has_worker():
        raise Degraded("no worker answers; tasks wait")
    return "answers"
