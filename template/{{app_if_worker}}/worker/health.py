"""The queue in the health report: does the broker answer, and is there a worker?"""

from typing import TYPE_CHECKING

from app.api.health import Broken, Degraded, HealthCheck
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
    try:
        return f"{await engine.depth()} tasks are waiting"
    except Exception as error:  # of whichever client
        raise Broken(f"the broker does not answer ({type(error).__name__}); is REDIS_URL right?") from error


async def _worker() -> str:
    try:
        answers = await engine.has_worker()
    except Exception as error:
        raise Broken(f"unknown: the broker does not answer ({type(error).__name__})") from error
    if not answers:
        raise Degraded("no worker answers; tasks wait")
    return "answers"
