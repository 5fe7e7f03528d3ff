"""The frame of work that no request waits for: id, scope, trace, breadcrumbs, check-in, line, last error.

The counterpart of `middleware.py` for background tasks and scripts. It does not know what runs them.
"""

import asyncio
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import sentry_sdk
from loguru import logger

from app.observability import baton, errors, failures, held, privacy, protection, resident_memory, tracing
from app.observability.context import Context, add_breadcrumb, current
from app.observability.marks import mark_logged
from app.observability.monitors import CheckIn, Monitor
from app.observability.operators import operators

Outcome = Literal["succeeded", "retried", "failed", "interrupted"]

_LEVELS: Final[dict[Outcome, str]] = {
    "succeeded": "INFO",
    "retried": "WARNING",
    "failed": "ERROR",
    "interrupted": "WARNING",
}

_SIGNALLED: Final = range(-255, -191)  # the exit codes by which a pool's process ends on signals 1 to 64


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt at a piece of work.

    Args:
        name: written in the code, for example `app.tasks.receipts.send_receipt`.
        id: the same for all attempts.
        engine: what runs it: `celery`, `arq` or `script`.
        attempt: 1 for the first.
        attempts: how many there may be.
        queue: where it waited, if it did.
        earlier: the type of error that ended each earlier attempt.
        monitor: of the schedule that started it, if one did.
    """

    name: str
    id: str
    engine: str
    attempt: int = 1
    attempts: int = 1
    queue: str | None = None
    earlier: Sequence[str] = ()
    monitor: Monitor | None = None


class WorkEnded(Exception):
    """The work ended its own process or task: `sys.exit`, Ctrl-C, or something cancelled that it waited for.

    Raised in place of the cause, which no engine takes for the failure of a task, and whose text the
    interpreter would print.
    """

    @classmethod
    def by(cls, cause: BaseException) -> "WorkEnded":
        """The error that stands for `cause`."""
        made = cls().with_traceback(cause.__traceback__)
        made.__cause__ = cause
        return made


class RetryIn(Exception):
    """The attempt failed, and the next one is due in `seconds`. Nothing was reported: it is not over yet."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"next attempt in {seconds:.1f} s")
        self.seconds = seconds


def new_id() -> str:
    """An id for a piece of work."""
    return os.urandom(16).hex()


@contextmanager
def run(
    job: Job,
    carried: Mapping[str, str],
    *,
    rate: float,
    retry_after: Callable[[Exception], float | None] = lambda _error: None,
) -> Iterator[None]:
    """Run a block as an attempt at a job.

    Args:
        job: what it is.
        carried: what `baton.pack` gave where the job was enqueued; may be empty.
        rate: share of jobs that are traced when nobody upstream decided, 0..1.
        retry_after: seconds until the next attempt after this error; None makes the failure final.

    Raises:
        RetryIn: the block failed, and there is another attempt.
        WorkEnded: the block ended by `sys.exit` with a code, by Ctrl-C, or by a cancellation of its own;
            reported once. `sys.exit(0)` is a success.
        Exception: the block's own error, reported once, when there is no other attempt.
        BaseException: whoever runs the block stops it.
    """
    context = Context(request_id=baton.request_id_of(carried) or new_id(), trace_id="")
    token = current.set(context)
    ended: BaseException | None = None
    try:
        with privacy.begin(), sentry_sdk.isolation_scope() as scope:
            attempt = _Attempt(job, context, scope)
            with tracing.begin(
                baton.trace_of(carried),
                name=protection.trust_name(job.name),
                op="queue.process" if job.queue else "task",
                rate=rate if sentry_sdk.is_initialized() else 0.0,
                source="task",
                origin=f"auto.queue.{job.engine}",
            ) as trace:
                context.trace_id = trace.trace_id
                baton.unpack(carried, scope)
                attempt.begin()
                try:
                    yield
                except Exception as error:
                    seconds = retry_after(error)
                    ended = error if seconds is None else RetryIn(seconds)
                    ended.__cause__ = error.__cause__ if seconds is None else error
                    attempt.failed(error, seconds)
                except BaseException as stop:
                    if _is_success(stop):
                        attempt.end("succeeded")
                    elif _is_own(stop):
                        ended = WorkEnded.by(stop)
                        attempt.failed(ended, None)
                    else:
                        attempt.end("interrupted")
                        ended = stop
                else:
                    attempt.end("succeeded")
                trace.set_status("error" if attempt.outcome == "failed" else "ok")
            held.release(context)
            resident_memory.measure()
    finally:
        current.reset(token)
    if ended is not None:
        raise ended


def _is_success(stop: BaseException) -> bool:
    return type(stop) is SystemExit and not stop.code


def _is_own(stop: BaseException) -> bool:
    """Did the work end itself, and is not ended by what runs it? Engines stop by subclasses of `SystemExit`,
    by exit codes that tell of a signal, and by cancelling the task that runs it.
    """
    if isinstance(stop, asyncio.CancelledError):
        return not _is_cancelled()
    if isinstance(stop, SystemExit):
        return type(stop) is SystemExit and stop.code not in _SIGNALLED
    return not isinstance(stop, GeneratorExit)


def _is_cancelled() -> bool:
    try:
        running = asyncio.current_task()
    except RuntimeError:  # no event loop: what was cancelled is a part of the work
        return False
    return running is not None and running.cancelling() > 0


class _Attempt:
    """What is told about an attempt, and to whom."""

    def __init__(self, job: Job, context: Context, scope: sentry_sdk.Scope) -> None:
        self.job = job
        self.context = context
        self.scope = scope
        self.outcome: Outcome = "interrupted"
        self._started = time.perf_counter()

    def begin(self) -> None:
        job = self.job
        self.scope.clear_breadcrumbs()
        self.scope.set_transaction_name(job.name, source="task")
        self.scope.set_tags({"request_id": self.context.request_id, "task": job.name})
        facts = {"name": job.name, "id": job.id, "attempt": job.attempt, "max_attempts": job.attempts}
        self.scope.set_context("task", {**facts, "queue": job.queue} if job.queue else facts)
        for number, error_type in enumerate(job.earlier, 1):
            self._breadcrumb("task retried", level="warning", attempt=number, error_type=error_type)
        self._breadcrumb("task started", attempt=job.attempt)
        if job.attempt == 1:
            self._check_in("in_progress")

    def failed(self, error: Exception, seconds: float | None) -> None:
        kind = type(error).__name__
        if seconds is not None:
            # What was reported of this error on its way up is not final either.
            held.withdraw(self.context, error)
            self._breadcrumb("task retried", level="warning", attempt=self.job.attempt, error_type=kind)
            self.end("retried", error_type=kind, next_attempt_s=round(seconds, 1))
            return
        self._breadcrumb("task failed for good", level="error", attempt=self.job.attempt, error_type=kind)
        self.context.crashed = True
        event_id = errors.report(error, mechanism=self.job.engine, handled=False)
        logger.bind(_reported=True, sentry_event_id=event_id).opt(exception=error).error("task failed")
        mark_logged(error)
        facts = {"task_id": self.job.id, "attempt": self.job.attempt}
        failures.tell(failures.Failure(error, event_id, self.job.name, facts))
        self.end("failed", error_type=kind)

    def end(self, outcome: Outcome, **facts: str | float) -> None:
        self.outcome = outcome
        if outcome == "succeeded":
            self._breadcrumb("task succeeded", attempt=self.job.attempt)
            self._check_in("ok")
        elif outcome == "failed":
            self._check_in("error")
        told: dict[str, Any] = {
            "task": self.job.name,
            "id": self.job.id,
            "attempt": self.job.attempt,
            "outcome": outcome,
            "duration_ms": round((time.perf_counter() - self._started) * 1000, 1),
            **facts,
        }
        line = operators.bind(_job=told)
        line.log(_LEVELS[outcome], "{task} {outcome} in attempt {attempt} after {duration_ms} ms", **told)

    def _breadcrumb(
        self, message: str, *, level: Literal["info", "warning", "error"] = "info", **data: object
    ) -> None:
        add_breadcrumb(protection.active.trust_text(message), category="task", level=level, data=data)

    def _check_in(self, status: CheckIn) -> None:
        if self.job.monitor is not None:
            self.job.monitor.check_in(status, hashlib.sha256(self.job.id.encode()).hexdigest()[:32])
