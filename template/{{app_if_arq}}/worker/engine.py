"""The queue on ARQ: store a message, count what waits, see whether a worker is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import orjson
from arq.connections import ArqRedis
from arq.constants import health_check_key_suffix
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from app.settings import get_settings
from app.wiring import SERVICE
from app.worker.message import Message

if TYPE_CHECKING:
    from fastapi import FastAPI

NAME: Final = "arq"
PROCESSES: Final = {"worker": "arq app.worker.WorkerSettings"}
"""What runs beside the API, and the command that starts it; workers agree on who starts a schedule."""

QUEUE: Final = f"arq:{SERVICE}"
"""Services that share a Redis do not take each other's tasks."""

HEALTH_KEY: Final = QUEUE + health_check_key_suffix
UNAVAILABLE: Final[tuple[type[Exception], ...]] = (RedisError, OSError)
"""What the broker's client raises when the broker is away, full or refuses us; time-outs are OSErrors."""

ADVICE: Final = "Is REDIS_URL right, and does the server run?"
KEPT: Final = timedelta(days=30)
"""How long a task may wait for a worker; ARQ would forget it after a day."""

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, ArqRedis] = WeakKeyDictionary()


async def send(message: Message) -> None:
    """Store a message; it is safe when this returns (as safe as the broker's persistence).

    A message whose id is known already is not stored again.
    """
    await _client().enqueue_job(
        message.task,
        dict(message.arguments),
        dict(message.carried),
        message.scheduled,
        _job_id=message.id,
        _defer_by=timedelta(seconds=message.delay_seconds) if message.delay_seconds else None,
    )


async def depth() -> int:
    """How many messages wait, those with a delay included."""
    return int(await _client().zcard(QUEUE))


async def has_worker() -> bool:
    """Whether a worker has said within the last seconds that it is there."""
    return bool(await _client().exists(HEALTH_KEY))


def connect() -> ArqRedis:
    """A client whose connections are opened when they are first used."""
    settings = get_settings()
    patience = settings.queue_timeout_seconds
    pool = ConnectionPool.from_url(
        settings.redis_url, socket_connect_timeout=patience, socket_timeout=patience
    )
    return ArqRedis(
        pool,
        job_serializer=dumps,
        job_deserializer=orjson.loads,
        default_queue_name=QUEUE,
        expires_extra_ms=int(KEPT.total_seconds() * 1000),
    )


def dumps(content: dict[str, Any]) -> bytes:
    """JSON, not ARQ's pickle: whoever can write to the queue must not be able to run code."""
    return orjson.dumps(content, default=lambda value: type(value).__name__)


async def close() -> None:
    """Close the connections of the running event loop."""
    if client := _clients.pop(asyncio.get_running_loop(), None):
        await client.aclose(close_connection_pool=True)


@asynccontextmanager
async def lifespan(_app: "FastAPI") -> AsyncIterator[None]:
    """Close the API's connections when it stops."""
    try:
        yield
    finally:
        await close()


def _client() -> ArqRedis:
    """The client of the running event loop: connections cannot be shared between loops."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = connect()
    return _clients[loop]
