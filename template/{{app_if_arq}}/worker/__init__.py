"""Background tasks on ARQ: `arq app.worker.WorkerSettings`.

    from app.worker import enqueue, task

Importing this package does nothing: what it offers is loaded when it is first asked for, because the API
imports it before Sentry runs, and only a worker may start as a worker.
"""

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from app.worker.decorator import ArgumentsError, Task, task
    from app.worker.process import WorkerSettings
    from app.worker.queue import QueueUnavailable, enqueue

__all__ = ["ArgumentsError", "QueueUnavailable", "Task", "WorkerSettings", "enqueue", "task"]

_HOMES: Final = {
    "ArgumentsError": "decorator",
    "QueueUnavailable": "queue",
    "Task": "decorator",
    "WorkerSettings": "process",
    "enqueue": "queue",
    "task": "decorator",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
