"""The queue on Celery: store a message, count what waits, see whether a worker is there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from celery import Celery
from kombu import Connection
from kombu.exceptions import ChannelError, KombuError
from redis.exceptions import RedisError

from app.wiring import SERVICE
from app.worker import ledger
from app.worker.message import Message

if TYPE_CHECKING:
    from fastapi import FastAPI

NAME: Final = "celery"
PROCESSES: Final = {
    "worker": "celery -A app.worker:celery_app worker --loglevel INFO",
    "scheduler": "celery -A app.worker:celery_app beat --loglevel INFO",
}
"""What runs beside the API, and the command that starts it; one scheduler, any number of workers."""

QUEUE: Final = SERVICE
"""Services that share a broker do not take each other's tasks."""

UNAVAILABLE: Final[tuple[type[Exception], ...]] = (KombuError, RedisError, OSError)
"""What the broker's client raises when the broker is away, full or refuses us; time-outs are OSErrors."""

ADVICE: Final = "Is CELERY_BROKER_URL or REDIS_URL right, and does the server run?"
HIDDEN: Final[dict[str, Any]] = {"argsrepr": "()", "kwargsrepr": "{}"}
"""What Celery shows of arguments in its log lines and events: nothing."""

_PING_SECONDS: Final = 1.0

celery_app: Final = Celery(SERVICE)
celery_app.config_from_object("app.worker.config")


async def send(message: Message) -> None:
    """Store a message; it is safe when this returns (as safe as the broker's persistence)."""
    await asyncio.to_thread(publish, message)


def publish(message: Message) -> None:
    """`send` for code without an event loop."""
    with connection_to_broker() as connection:
        ledger.note(connection, message)
        celery_app.send_task(
            message.task,
            kwargs=payload(message),
            task_id=message.id,
            queue=QUEUE,
            countdown=message.delay_seconds or None,
            connection=connection,
            retry=False,
            **HIDDEN,
        )


@contextmanager
def connection_to_broker() -> Iterator[Connection]:
    """One of the process's connections, given back afterwards."""
    with celery_app.pool.acquire() as connection:
        yield cast("Connection", connection)


def payload(message: Message, earlier: tuple[str, ...] = ()) -> dict[str, Any]:
    """A message as arguments of the Celery task."""
    return {
        "arguments": dict(message.arguments),
        "carried": dict(message.carried),
        "scheduled": message.scheduled,
        "earlier": list(earlier),
    }


async def depth() -> int:
    """How many messages wait for a worker."""
    return await asyncio.to_thread(_depth)


async def has_worker() -> bool:
    """Whether a worker answers."""
    return await asyncio.to_thread(_has_worker)


async def close() -> None:
    """Close this process's connections."""
    await asyncio.to_thread(celery_app.close)


@asynccontextmanager
async def lifespan(_app: "FastAPI") -> AsyncIterator[None]:
    """Close the API's connections when it stops."""
    try:
        yield
    finally:
        await close()


def _depth() -> int:
    with connection_to_broker() as connection:
        try:
            channel: Any = connection.default_channel
            return int(channel.queue_declare(QUEUE, passive=True).message_count)
        except ChannelError:  # nothing was ever enqueued
            return 0


def _has_worker() -> bool:
    return bool(celery_app.control.inspect(timeout=_PING_SECONDS, limit=1).ping())
