"""One attempt at a task, as both engines make it: found, counted, timed, and run inside its frame."""

import asyncio
import importlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app import schedule, tasks
from app.observability import Monitor, jobs
from app.settings import get_settings
from app.worker.decorator import Task, registry


class WorkerDied(Exception):
    """Workers died while they ran this task, so often that it is not delivered again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the engine knows about the message it is about to run.

    Args:
        task: name of the task.
        id: of the message.
        engine: `celery` or `arq`.
        attempt: 1 for the first delivery.
        queue: it came from.
        arguments: by name, as JSON.
        carried: identity that was packed when it was enqueued.
        scheduled: whether the scheduler made it.
        earlier: type of error that ended each earlier attempt.
    """

    task: str
    id: str
    engine: str
    attempt: int
    queue: str
    arguments: Mapping[str, Any]
    carried: Mapping[str, str]
    scheduled: bool = False
    earlier: Sequence[str] = ()


def load_tasks() -> None:
    """Make every task known: the service's own, and the one that fails on purpose."""
    tasks.load()
    importlib.import_module("app.worker.diagnostics")


def named(task: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name, of a message that `enqueue` did not make; where they do not fit, the task fails."""
    names = [
        *inspect.signature(registry[task].function).parameters,
        *(f"argument_{n}" for n in range(len(args))),
    ]
    return {**dict(zip(names, args, strict=False)), **kwargs}


def scheduled() -> list[Task[..., Any]]:
    """The tasks that `app/schedule.py` names.

    Raises:
        ValueError: it names one that does not exist.
    """
    if unknown := sorted(set(schedule.TASKS) - set(registry)):
        raise ValueError(f"app/schedule.py names {unknown[0]}, which is no task; `python -m app tasks list`")
    return [registry[name] for name in schedule.TASKS]


def monitor_of(task: Task[..., Any]) -> Monitor:
    """When a scheduled task runs.

    Raises:
        ValueError: its crontab restricts the day of the month *and* of the week. Cron and Sentry run on
            either, the schedulers only on both.
    """
    monitor = schedule.TASKS[task.name]
    _minute, _hour, day, _month, weekday = monitor.fields()
    if day is not None and weekday is not None:
        raise ValueError(f"monitor {monitor.slug!r}: give a day of the month or of the week, not both")
    return monitor


def time_zone() -> str:
    """The time zone of the schedule.

    Raises:
        ValueError: there is more than one; a scheduler has one clock.
    """
    zones = {monitor.time_zone for monitor in schedule.TASKS.values()} or {"UTC"}
    if len(zones) > 1:
        raise ValueError(f"app/schedule.py: tasks must share one time zone, there are {sorted(zones)}")
    return zones.pop()


async def run(delivery: Delivery) -> None:
    """Run it on the current event loop; a plain function gets a thread.

    Raises:
        RetryIn: it failed and has to be delivered again.
        Exception: it failed for good, which has been reported.
    """
    with frame(delivery) as task:
        async with asyncio.timeout(task.timeout_seconds):
            if task.is_coroutine:
                await task.validated(**delivery.arguments)
            else:
                await asyncio.to_thread(task.validated, **delivery.arguments)


def run_blocking(delivery: Delivery) -> None:
    """Run it in the current thread; a coroutine function gets an event loop of its own.

    Raises:
        RetryIn: it failed and has to be delivered again.
        Exception: it failed for good, which has been reported.
    """
    with frame(delivery) as task:
        if task.is_coroutine:
            asyncio.run(_timed(task, delivery.arguments))
        else:
            task.validated(**delivery.arguments)


async def _timed(task: Task[..., Any], arguments: Mapping[str, Any]) -> None:
    async with asyncio.timeout(task.timeout_seconds):
        await task.validated(**arguments)


@contextmanager
def frame(delivery: Delivery) -> Iterator[Task[..., Any]]:
    """Run a block as the delivery's attempt; see `jobs.run`."""
    task = registry[delivery.task]
    job = jobs.Job(
        name=task.name,
        id=delivery.id,
        engine=delivery.engine,
        attempt=delivery.attempt,
        attempts=task.attempts,
        queue=delivery.queue,
        earlier=delivery.earlier,
        monitor=monitor_of(task) if delivery.scheduled else None,
    )

    def retry_after(error: Exception) -> float | None:
        return task.retry_after(error, delivery.attempt)

    rate = get_settings().traces_sample_rate
    with jobs.run(job, delivery.carried, rate=rate, retry_after=retry_after):
        if delivery.attempt > task.deliveries:
            raise WorkerDied(f"given up after {task.deliveries} deliveries")
        yield task
