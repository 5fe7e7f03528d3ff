"""The worker process, started by `celery -A app.worker:celery_app worker`; the scheduler, by `... beat`.

Sentry starts in Celery's first signal: in the parent, before the pool is made, so that every kind of pool
has it, and before the tasks are imported, so that it is told when one of them cannot be.
"""

import math
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Any, Final, Literal

from celery import Task as CeleryTask
from celery import signals
from celery.exceptions import TimeLimitExceeded, WorkerLostError
from celery.schedules import crontab

from app import observability, wiring
from app.observability import sentry
from app.observability.jobs import RetryIn
from app.observability.operators import operators
from app.settings import get_settings
from app.worker import background, engine, ledger, lines, liveness, recovery, runner
from app.worker.decorator import Task, registry
from app.worker.engine import celery_app
from app.worker.message import Message

_STOP_SECONDS: Final = 10
"""Between the time-out that a task can still handle and the one that ends its process."""

_DEATHS: Final = (TimeLimitExceeded, WorkerLostError)

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
    """Report a task that ended with its process: nobody in that process could."""
    if sender.name not in registry or not isinstance(exception, _DEATHS) or kwargs is None:
        return
    with suppress(type(exception)), runner.frame(_delivery(sender, task_id, **kwargs)):
        raise exception
    _settle(task_id)


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
    operators.info("{} knows {} tasks", component, len(registry))


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

    def run(
        self,
        arguments: dict[str, Any],
        carried: dict[str, str],
        scheduled: bool = False,
        earlier: Sequence[str] = (),
    ) -> None:
        """Run an attempt; Celery is told when to deliver the task again."""
        task_id = str(self.request.id)
        delivery = _delivery(self, task_id, arguments, carried, scheduled, earlier)
        try:
            runner.run_blocking(delivery)
        except RetryIn as retry:
            kinds = (*earlier, type(retry.__cause__).__name__)
            again = Message(self.name, task_id, arguments, carried, scheduled=scheduled)
            kwargs = engine.payload(again, kinds)
            raise self.retry(countdown=retry.seconds, kwargs=kwargs, **engine.HIDDEN) from None
        except Exception:
            _settle(task_id)
            raise
        _settle(task_id)


def _delivery(
    bound: Any,
    task_id: str,
    arguments: dict[str, Any],
    carried: dict[str, str],
    scheduled: bool = False,
    earlier: Sequence[str] = (),
) -> runner.Delivery:
    return runner.Delivery(
        task=bound.name,
        id=task_id,
        engine=engine.NAME,
        attempt=(bound.request.retries or 0) + 1,
        queue=engine.QUEUE,
        arguments=arguments,
        carried=carried,
        scheduled=scheduled,
        earlier=earlier,
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
