"""The worker process, started by `celery -A app.worker:celery_app worker`; the scheduler, by `... beat`.

Sentry starts in Celery's first signal: in the parent, before the pool is made, so that every kind of pool
has it, and before the tasks are imported, so that it is told when one of them cannot be.
"""

import math
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any, Final, Literal

from celery import Task as CeleryTask
from celery import signals
from celery.exceptions import Reject, TimeLimitExceeded, WorkerLostError
from celery.schedules import crontab

from app import observability, wiring
from app.observability import sentry
from app.observability.jobs import RetryIn, WorkEnded
from app.observability.operators import operators
from app.settings import get_settings
from app.worker import background, engine, ledger, lines, liveness, recovery, runner
from app.worker.decorator import Task, registry
from app.worker.engine import celery_app
from app.worker.message import Message

_STOP_SECONDS: Final = 10
"""Between the time-out that a task can still handle and the one that ends its process."""

_DEATHS: Final = (TimeLimitExceeded, WorkerLostError)
_PAYLOAD: Final = {"arguments", "carried"}  # what `engine.payload` always gives

_dead: Final[deque[str]] = deque(maxlen=1_000)
"""Ids of tasks whose death was reported."""

_opened: Final = ExitStack()
_background: Final = background.Background()


@signals.celeryd_init.connect
def _worker_starts(**_: Any) -> None:
    _begin("worker")


@signals.setup_logging.connect
def _logging_starts(**_: Any) -> None:
    # Having a receiver keeps Celery from configuring logging. The worker has begun by now; beat begins here.
    _begin("scheduler")
    lines.route()


@signals.worker_process_init.connect
def _process_begins(**_: Any) -> None:
    _background.start()


@signals.worker_ready.connect
def _worker_is_ready(sender: Any = None, **_: Any) -> None:
    # A worker that forks has no thread of ours: a lock that it held would be held for ever in the child.
    if not sender.pool.uses_semaphore:
        _background.start()


@signals.worker_process_shutdown.connect
@signals.worker_shutdown.connect
def _process_stops(**_: Any) -> None:
    _background.stop()
    sentry.flush()


@signals.task_failure.connect
def _worker_died(
    sender: Any = None,
    task_id: str = "",
    exception: BaseException | None = None,
    kwargs: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    """Report a task that ended with its process: nobody in that process could.

    Celery tells of a time-out twice, when it happens and when the process has ended (celery 5.7).
    """
    if sender.name not in registry or not isinstance(exception, _DEATHS) or task_id in _dead:
        return
    _dead.append(task_id)
    with suppress(type(exception)), runner.frame(_delivery(sender, task_id, (), kwargs or {})):
        raise exception
    _settle(task_id)


@signals.task_revoked.connect
def _revoked(request: Any = None, **_: Any) -> None:
    _settle(request.id)


@signals.task_unknown.connect
def _unknown(id: str = "", **_: Any) -> None:
    _settle(id)


@signals.before_task_publish.connect
def _is_sent(
    sender: str = "", headers: Mapping[str, Any] | None = None, body: Sequence[Any] = (), **_: Any
) -> None:
    """Keep what the scheduler sends as `enqueue` keeps what it sends."""
    if sender in registry and headers and body[1].get("scheduled"):
        with suppress(*engine.UNAVAILABLE), engine.connection_to_broker() as connection:
            ledger.note(connection, Message(sender, headers["id"], {}, scheduled=True))


def _begin(component: Literal["worker", "scheduler"]) -> None:
    if observability.status() is not None:
        return
    observability.start(component, get_settings())
    with observability.starting(component):
        runner.load_tasks()
        for task in registry.values():
            celery_app.register_task(Delivered(task))
        celery_app.conf.beat_schedule = {task.name: _entry(task) for task in runner.scheduled()}
        if component == "worker":
            for listener in wiring.worker_listeners():
                _opened.enter_context(listener(get_settings()))
            _warn_of_long_tasks()
    operators.info("{} knows {} tasks", component, len(registry))


def _warn_of_long_tasks() -> None:
    allowed = get_settings().worker_redelivery_seconds
    for task in registry.values():
        if engine.keeps_time() and task.timeout_seconds > allowed:
            operators.warning(
                "task {} may take {} s: after WORKER_REDELIVERY_SECONDS ({}) another worker begins it, too",
                task.name,
                task.timeout_seconds,
                allowed,
            )


class Delivered(CeleryTask[Any, None]):
    """A task as Celery knows it."""

    default_retry_delay = 1
    retry_on_worker_lost = True

    def __init__(self, task: Task[..., Any]) -> None:
        soft = math.ceil(task.timeout_seconds) + (_STOP_SECONDS if task.is_coroutine else 0)
        self.name = task.name
        self.max_retries = task.deliveries - 1
        self.soft_time_limit = soft
        self.time_limit = soft + _STOP_SECONDS

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Run an attempt; Celery is told when to deliver the task again."""
        delivery = _delivery(self, str(self.request.id), args, kwargs)
        try:
            runner.run_blocking(delivery)
        except RetryIn as retry:
            self._again(delivery, retry)
        except MemoryError as error:
            # One that Celery sees ends the whole worker (celery 5.7). It was reported.
            _settle(delivery.id)
            raise WorkEnded.by(error) from None
        except Exception:
            _settle(delivery.id)
            raise
        _settle(delivery.id)

    def _again(self, delivery: runner.Delivery, retry: RetryIn) -> None:
        """Store the next attempt; where the broker cannot take it, this one is delivered again instead."""
        kinds = (*delivery.earlier, type(retry.__cause__).__name__)
        message = Message(
            self.name, delivery.id, delivery.arguments, delivery.carried, scheduled=delivery.scheduled
        )
        seconds = min(retry.seconds, engine.longest_wait())
        kwargs = engine.payload(message, kinds)
        try:
            raise self.retry(countdown=seconds, args=(), kwargs=kwargs, **engine.HIDDEN) from None
        except Reject:
            operators.warning("the broker took no next attempt of task {}", delivery.id)
            time.sleep(min(seconds, _STOP_SECONDS))
            raise Reject("the broker took no next attempt", requeue=True) from None


def _delivery(bound: Any, task_id: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> runner.Delivery:
    """What a message says. One that `enqueue` did not make holds the arguments and nothing else."""
    ours = not args and kwargs.keys() >= _PAYLOAD
    given: dict[str, Any] = dict(kwargs) if ours else {"arguments": runner.named(bound.name, args, kwargs)}
    return runner.Delivery(
        task=bound.name,
        id=task_id,
        engine=engine.NAME,
        attempt=(bound.request.retries or 0) + 1,
        queue=engine.QUEUE,
        **{"carried": {}, **given},
    )


def _settle(task_id: str) -> None:
    with suppress(*engine.UNAVAILABLE), engine.connection_to_broker() as connection:
        ledger.settle(connection, task_id)


def _entry(task: Task[..., Any]) -> dict[str, Any]:
    monitor = runner.monitor_of(task)
    minute, hour, day, month, weekday = monitor.crontab.split()
    return {
        "task": task.name,
        "schedule": crontab(minute, hour, weekday, day, month),
        "kwargs": engine.payload(Message(task.name, "", {}, scheduled=True)),
        "options": {"queue": engine.QUEUE, **engine.HIDDEN},
    }


celery_app.steps["consumer"].add(liveness.Liveness)
celery_app.steps["consumer"].add(recovery.Recovery)
recovery.survive_lost_connections()
