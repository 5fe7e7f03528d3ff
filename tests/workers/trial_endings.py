"""Tasks that end in unusual ways; copied into a rendered service as `app/tasks/endings.py`."""

import asyncio
import sys
import time

from app.tasks.trial import NotYet, note
from app.worker import task


@task(timeout_seconds=1)
def leave(way: str) -> None:
    match way:
        case "exit":
            sys.exit("no account for jane.doe@example.org")
        case "success":
            sys.exit(0)
        case "interrupt":
            raise KeyboardInterrupt
        case "cancel":
            raise asyncio.CancelledError
        case "memory":
            raise MemoryError


@task(timeout_seconds=1)
async def wait_for_cancelled() -> None:
    waited_for = asyncio.create_task(asyncio.sleep(10))
    waited_for.cancel()
    await waited_for


@task(timeout_seconds=1)
def stubborn() -> None:
    try:
        time.sleep(60)
    except Exception:  # Celery's soft time limit
        time.sleep(60)


@task(attempts=2, retry_on=(NotYet,), first_delay_seconds=0.2, timeout_seconds=5)
def second_time(number: int) -> None:
    note(number)
    time.sleep(2)
    raise NotYet
