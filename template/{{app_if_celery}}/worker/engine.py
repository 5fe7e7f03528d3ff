"""The queue on Celery: store a message, count what waits, see whether a worker is there."""

import asyncio
import math
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from celery import Celery
from kombu import Connection
from kombu.exceptions import ChannelError, KombuError
from redis.exceptions import RedisError

from app.settings import get_settings
from app.wiring import SERVICE
from app.worker import ledger
from app.worker.message import Message

if TYPE_CHECKING:
    from fastapi import FastAPI
    from kombu.connection import ConnectionPool

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
_CONNECTIONS: Final = 10

celery_app: Final = Celery(SERVICE)
celery_app.config_from_object("app.worker.config")


async def send(message: Message) -> None:
    """Store a message; it is safe when this returns (as safe as the broker's persistence)."""
    await asyncio.to_thread(publish, message)


def publish(message: Message) -> None:
    """`send` for code without an event loop."""
    with connection_to_broker() as connection:
        if message.delay_seconds > longest_wait():
            ledger.postpone(connection, message)
            return
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


def keeps_time() -> bool:
    """Whether the broker gives a message to another worker when one has had it for long, as Redis does."""
    return bool(celery_app.conf.broker_url.startswith("redis"))


def longest_wait() -> float:
    """Seconds that a message may wait with a worker before it is due; Redis would give it to others."""
    return get_settings().worker_redelivery_seconds / 2 if keeps_time() else math.inf


@contextmanager
def connection_to_broker() -> Iterator[Connection]:
    """One of the process's connections, given back afterwards."""
    with _pool(os.getpid()).acquire(block=True) as connection:
        yield connection


@cache
def _pool(_process: int) -> "ConnectionPool":
    """Connections that give up soon, so that a caller is told; Celery's own wait for the broker, as a worker
    must. A process that was forked gets its own.
    """
    patience = {**celery_app.conf.broker_transport_options, "max_retries": 1, "interval_start": 0}
    return celery_app.connection_for_write(transport_options=patience).Pool(_CONNECTIONS)


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
    await asyncio.to_thread(_pool(os.getpid()).force_close_all)
    _pool.cache_clear()


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
    with connection_to_broker() as connection:
        inspect = celery_app.control.inspect(timeout=_PING_SECONDS, limit=1, connection=connection)
        return bool(inspect.ping())
