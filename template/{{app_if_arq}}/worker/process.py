"""The worker process, started by `arq app.worker.WorkerSettings`.

Sentry runs before the tasks are imported, so that it is told when one of them cannot be.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import tzinfo
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

import arq.worker
import orjson
from arq import Retry
from arq.cron import CronJob, cron
from arq.worker import Function, func

from app import observability, wiring
from app.observability import logger, sentry, standard_library
from app.observability.jobs import RetryIn
from app.observability.operators import operators
from app.settings import get_settings
from app.worker import engine, pulse, runner
from app.worker.decorator import Task, registry
from app.worker.message import Message

_GRACE_SECONDS: Final = 5.0
"""ARQ's own time-out comes after ours, which is told apart from a worker that stops."""

_NEVER: Final = 1_000_000
"""ARQ forgets a task that was delivered too often; the runner counts instead, and reports it."""

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 10.0
_HEALTH_SECONDS: Final = 5

_settings = get_settings()
observability.start("worker", _settings)


class Worker(arq.worker.Worker):
    """A worker that waits for a broker which is away; ARQ's ends its process."""

    async def main(self) -> None:
        _route_logs()
        beating = asyncio.create_task(_beat())
        try:
            await self._main()
        finally:
            beating.cancel()

    async def _main(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                await super().main()
            except engine.UNAVAILABLE as error:
                logger.warning("the queue is away ({}); next try in {} s", type(error).__name__, pause)
                self._forget_failed_bookkeeping()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                return

    async def heart_beat(self) -> None:
        # Until Python 3.12 `asyncio.wait_for`, by which redis-py 5 writes, may swallow what ends this task.
        await super().heart_beat()
        if self.main_task is not None and self.main_task.cancelling():
            raise asyncio.CancelledError

    async def close(self) -> None:
        self._forget_failed_bookkeeping()
        try:
            await super().close()
        except engine.UNAVAILABLE:
            await asyncio.to_thread(sentry.flush)

    def _forget_failed_bookkeeping(self) -> None:
        """Tasks whose end could not be noted are delivered again when ARQ's lock on them expires."""
        for job_id, running in list(self.tasks.items()):
            if running.done() and not running.cancelled() and running.exception() is not None:
                del self.tasks[job_id]


# The command `arq` makes this class and has no option for another (arq 0.28).
arq.worker.Worker = Worker  # type: ignore[misc]


def functions() -> list[Function]:
    """Every task as ARQ knows it."""
    return [_function(task) for task in registry.values()]


def cron_jobs() -> list[CronJob]:
    """The schedule as ARQ knows it; each entry only enqueues its task, once among all workers."""
    return [_cron_job(task) for task in runner.scheduled()]


async def on_startup(ctx: dict[str, Any]) -> None:
    """Open what runs beside the tasks, and say what this worker does; ARQ asks again after each outage."""
    if "parts" not in ctx:
        ctx["parts"] = AsyncExitStack()
        for listener in wiring.worker_listeners():
            ctx["parts"].enter_context(listener(_settings))
        for lifespan in wiring.worker_lifespans():
            await ctx["parts"].enter_async_context(lifespan(_settings))
    operators.info("worker is ready: {} tasks", len(registry))


async def on_shutdown(ctx: dict[str, Any]) -> None:
    """Close it again, and send what is queued for Sentry."""
    await ctx["parts"].aclose()
    await asyncio.to_thread(sentry.flush)


def _function(task: Task[..., Any]) -> Function:
    async def deliver(ctx: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        attempt, job_id = ctx["job_try"], ctx["job_id"]
        arguments, carried, scheduled = _message(task, args, kwargs)
        delivery = runner.Delivery(
            task=task.name,
            id=job_id,
            engine=engine.NAME,
            attempt=attempt,
            queue=engine.QUEUE,
            arguments=arguments,
            carried=carried,
            scheduled=scheduled,
            earlier=await _earlier(ctx["redis"], job_id) if attempt > 1 else (),
        )
        try:
            await runner.run(delivery)
        except RetryIn as retry:
            await _note(ctx["redis"], job_id, type(retry.__cause__).__name__)
            raise Retry(defer=retry.seconds) from None

    return func(
        deliver,
        name=task.name,
        timeout=task.timeout_seconds + _GRACE_SECONDS,
        max_tries=_NEVER,
        keep_result=0,
    )


def _message(
    task: Task[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, str], bool]:
    """Arguments, identity, and whether it is scheduled. What `enqueue` did not make holds arguments alone."""
    if not kwargs and list(map(type, args)) == [dict, dict, bool]:
        return args[0], args[1], args[2]
    return runner.named(task.name, args, kwargs), {}, False


def _cron_job(task: Task[..., Any]) -> CronJob:
    async def enqueue(ctx: dict[str, Any]) -> None:
        # The same id from every worker that takes this run, and from one that takes it twice.
        run_id = hashlib.sha256(ctx["job_id"].encode()).hexdigest()[:32]
        await engine.send(Message(task.name, run_id, {}, scheduled=True))

    minute, hour, day, month, weekday = runner.monitor_of(task).fields()
    return cron(
        enqueue,
        name=f"schedule:{task.name}",
        month=_set(month),
        day=_set(day),
        weekday=_set(None if weekday is None else {(number - 1) % 7 for number in weekday}),  # from Monday
        hour=_set(hour),
        minute=_set(minute),
        second=0,
        max_tries=_NEVER,
        keep_result=0,
    )


def _set(numbers: "frozenset[int] | set[int] | None") -> set[int] | None:
    return None if numbers is None else set(numbers)


async def _beat() -> None:
    while True:
        pulse.beat()
        await asyncio.sleep(pulse.SECONDS)


def _attempts_key(job_id: str) -> str:
    return f"{engine.QUEUE}:attempts:{job_id}"


# A breadcrumb may be lost with the broker away or full. The task may not: ARQ deletes one that raises.
async def _earlier(redis: Any, job_id: str) -> Sequence[str]:
    try:
        return [kind.decode() for kind in await redis.lrange(_attempts_key(job_id), 0, -1)]
    except engine.UNAVAILABLE:
        return ()


async def _note(redis: Any, job_id: str, kind: str) -> None:
    with suppress(*engine.UNAVAILABLE):
        async with redis.pipeline(transaction=True) as pipe:
            pipe.rpush(_attempts_key(job_id), kind)
            pipe.expire(_attempts_key(job_id), int(engine.KEPT.total_seconds()))
            await pipe.execute()


def _route_logs() -> None:
    """Take ARQ's lines through the door. The command configures handlers of its own; its lines about single
    tasks hold their arguments, and ours say the same without them.
    """
    standard_library.route()
    logging.getLogger("arq").handlers.clear()
    logging.getLogger("arq").setLevel(logging.WARNING)
    logging.getLogger("arq.worker").addFilter(_as_error)


def _as_error(record: logging.LogRecord) -> bool:
    """ARQ warns when it throws a task away: expired, unknown, unreadable. That is an error."""
    if record.levelno == logging.WARNING:
        record.levelno, record.levelname = logging.ERROR, "ERROR"
    return True


with observability.starting("worker"):
    runner.load_tasks()

    class WorkerSettings:
        """What `arq app.worker.WorkerSettings` reads."""

        functions: ClassVar[list[Function]] = functions()
        cron_jobs: ClassVar[list[CronJob]] = cron_jobs()
        redis_pool = engine.connect()
        queue_name = engine.QUEUE
        job_serializer = staticmethod(engine.dumps)
        job_deserializer = staticmethod(orjson.loads)
        on_startup = on_startup
        on_shutdown = on_shutdown
        job_completion_wait = _settings.worker_stop_seconds
        max_jobs = _settings.worker_concurrency
        keep_result = 0
        log_results = False
        health_check_interval = _HEALTH_SECONDS
        timezone: ClassVar[tzinfo] = ZoneInfo(runner.time_zone())
