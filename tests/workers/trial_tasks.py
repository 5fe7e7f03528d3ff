"""Tasks for the tests; copied into a rendered service as `app/tasks/trial.py`."""

import os
import time
from pathlib import Path

from app.observability import logger
from app.worker import task

DONE = Path(os.environ.get("TRIAL_DONE", "/dev/null"))


class NotYet(Exception):
    """Try again."""


def note(number: int) -> None:
    """Say that a task ran; one short write, so that processes do not mix."""
    with DONE.open("a") as done:
        done.write(f"{number}\n")


@task(timeout_seconds=1)
async def count(number: int) -> None:
    note(number)


@task(attempts=3, retry_on=(NotYet,), first_delay_seconds=0.2, timeout_seconds=1)
async def never(number: int) -> None:
    try:
        raise NotYet(f"number {number}")
    except NotYet:
        logger.exception("it did not work")
        raise


@task(timeout_seconds=1)
def broken(number: int) -> float:
    return number / 0


@task(timeout_seconds=1)
def deadly(number: int) -> None:
    note(number)
    os.kill(os.getpid(), 9)


@task(timeout_seconds=5)
def slow(number: int) -> None:
    note(-number)
    time.sleep(2)
    note(number)


@task(timeout_seconds=1)
async def scheduled() -> None:
    note(0)
