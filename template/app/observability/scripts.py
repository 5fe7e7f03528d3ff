"""Scripts and cron jobs: Sentry from start to flush round a function, as reliably as round a request."""

import asyncio
import functools
import inspect
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, ParamSpec

from app.observability import jobs, sentry
from app.observability.monitors import Monitor
from app.settings import get_settings

P = ParamSpec("P")

_INTERRUPTED = 128 + signal.SIGINT  # as a shell tells of Ctrl-C


def script(monitor: Monitor | None = None) -> Callable[[Callable[P, Any]], Callable[P, None]]:
    """Make a function, plain or coroutine, the entry point of a process.

        @script(NIGHTLY_REPORT)
        def main() -> None:
            ...

        if __name__ == "__main__":
            main()

    It starts Sentry, gives the run an id and a trace, checks in with the monitor, reports an error once and
    ends the process with code 1, and sends what is queued before it ends. `sys.exit(0)` is a success, any
    other code a failure; the process ends with that code.

    Args:
        monitor: of the schedule that starts the script; None for one that is run by hand.
    """

    def decorate(function: Callable[P, Any]) -> Callable[P, None]:
        @functools.wraps(function)
        def main(*args: P.args, **kwargs: P.kwargs) -> None:
            with _process(_name_of(function), monitor):
                result = function(*args, **kwargs)
                if inspect.iscoroutine(result):
                    asyncio.run(result)

        return main

    return decorate


@contextmanager
def _process(name: str, monitor: Monitor | None) -> Iterator[None]:
    settings = get_settings()
    sentry.start("script", settings)
    _stop_politely()
    job = jobs.Job(name=name, id=jobs.new_id(), engine="script", monitor=monitor)
    try:
        with jobs.run(job, {}, rate=settings.traces_sample_rate):
            yield
    except Exception as error:
        # It was reported and logged; a traceback or text on top would go round the privacy door.
        raise SystemExit(_exit_code(error)) from None
    finally:
        sentry.flush()


def _exit_code(error: Exception) -> int:
    cause = error.__cause__ if isinstance(error, jobs.WorkEnded) else None
    if isinstance(cause, KeyboardInterrupt):
        return _INTERRUPTED
    return cause.code if isinstance(cause, SystemExit) and isinstance(cause.code, int) else 1


def _stop_politely() -> None:
    """Make SIGTERM end the script like an error, so that its monitor and what is queued are told."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise Stopped(f"stopped by {signal.Signals(number).name}")

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)


class Stopped(Exception):
    """The script was told to stop before it was done."""


def _name_of(function: Callable[..., Any]) -> str:
    # Run by `python -m app.scripts.x` the module is called `__main__`.
    spec = inspect.getmodule(function)
    known = getattr(getattr(spec, "__spec__", None), "name", None)
    return f"{known or function.__module__}.{function.__qualname__}"
