"""Hand work to a worker: one call for both engines, which carries trace, request id, user and tenant."""

import asyncio
import json
from typing import Any, ParamSpec, TypeVar

import orjson

from app.errors import Unavailable
from app.observability import baton, span
from app.observability.context import add_breadcrumb
from app.observability.jobs import new_id
from app.settings import get_settings
from app.worker import engine
from app.worker.decorator import ArgumentsError, Task
from app.worker.message import Message

P = ParamSpec("P")
R = TypeVar("R")

__all__ = ["ArgumentsError", "QueueUnavailable", "enqueue"]


class QueueUnavailable(Unavailable):
    """The broker did not take the task. It will not run, unless the answer alone was lost."""

    public = "the task queue is not available right now"


async def enqueue(task: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> str:
    """Have a task run by a worker.

        await enqueue(send_receipt, order_id=order.order_id)
        await enqueue(send_receipt.later(timedelta(hours=1)), order_id=order.order_id)

    Args:
        task: declared with `@task`.
        args: its arguments; they are checked here, and written as JSON.
        kwargs: likewise.

    Returns:
        The task's id, once the broker has stored it.

    Raises:
        ArgumentsError: the arguments do not fit, cannot travel, or are too large.
        QueueUnavailable: the broker cannot be reached or is full; the API answers 503.
    """
    settings = get_settings()
    arguments = task.arguments(args, kwargs)
    _check_size(task.name, arguments, settings.queue_max_argument_bytes)
    with span("queue.publish", task.name) as publishing:
        message = Message(task.name, new_id(), arguments, baton.pack(), task.delay_seconds)
        publishing.set_data("messaging.message.id", message.id)
        publishing.set_data("messaging.destination.name", engine.QUEUE)
        try:
            async with asyncio.timeout(settings.queue_timeout_seconds):
                await engine.send(message)
        except engine.UNAVAILABLE as error:
            raise QueueUnavailable(f"{task.name} was not enqueued: {type(error).__name__}") from error
    add_breadcrumb("task enqueued", category="task", data={"task": task.name, "id": message.id})
    return message.id


def _check_size(name: str, arguments: dict[str, Any], allowed: int) -> None:
    try:
        size = len(orjson.dumps(arguments))
        json.dumps(arguments, allow_nan=False)  # orjson makes `null` of what JSON has no number for
    except (TypeError, ValueError):
        raise ArgumentsError(
            f"{name}: the arguments hold what JSON cannot: a number of more than 64 bits, NaN, infinity or "
            "half a character; send it as text"
        ) from None
    if size > allowed:
        raise ArgumentsError(
            f"{name}: the arguments take {size} bytes, {allowed} are accepted (QUEUE_MAX_ARGUMENT_BYTES); "
            "store them and enqueue an id"
        )
