"""What was enqueued and has not ended, so that nothing is lost between the broker and a worker.

On Redis, Kombu takes a message off the queue in one step and notes that it did in a second one (kombu 5.7).
When Redis or the worker stops in between, the message is gone. Every message is therefore kept here until
its task has ended, and a worker puts back what is here and nowhere else. RabbitMQ needs none of this.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any, Final

from app.wiring import SERVICE
from app.worker.message import Message

KEY: Final = f"{SERVICE}.ledger"
_DUE: Final = f"{SERVICE}.postponed"
"""When postponed messages are due. Redis gives those that wait with a worker for long to another one, too."""

_QUEUES: Final = (SERVICE, *(f"{SERVICE}\x06\x16{priority}" for priority in (3, 6, 9)))
"""The lists in which Kombu keeps the queue, one for each priority."""

_UNACKED: Final = f"{SERVICE}.unacked"  # as `config.py` names it
_PAGE: Final = 500


def note(connection: Any, message: Message) -> None:
    """Keep a message until it is settled; call it before the message is published."""
    if client := _client(connection):
        client.hset(KEY, message.id, json.dumps(asdict(message)))


def postpone(connection: Any, message: Message) -> None:
    """Keep a message until its delay is over; then `due` gives it. Only where there is a ledger."""
    client = connection.default_channel.client
    kept = replace(message, delay_seconds=0)
    with client.pipeline(transaction=True) as pipe:
        pipe.hset(KEY, message.id, json.dumps(asdict(kept)))
        pipe.zadd(_DUE, {message.id: time.time() + message.delay_seconds})
        pipe.execute()


def due(connection: Any) -> list[Message]:
    """Postponed messages whose time has come, each given to one caller; publish them."""
    if (client := _client(connection)) is None:
        return []
    waiting: list[bytes] = client.zrangebyscore(_DUE, 0, time.time(), start=0, num=_PAGE)
    # Who takes a message off the list publishes it; if that fails, it is `missing`.
    contents = [client.hget(KEY, message_id) for message_id in waiting if client.zrem(_DUE, message_id)]
    return [Message(**json.loads(content)) for content in contents if content is not None]


def settle(connection: Any, message_id: str) -> None:
    """Forget a message whose task has ended."""
    if client := _client(connection):
        client.hdel(KEY, message_id)


def missing(connection: Any) -> list[Message]:
    """Messages that are neither waiting nor with a worker.

    One that is just being taken looks the same for a moment, so look twice.
    """
    client = _client(connection)
    if client is None or client.hlen(KEY) <= _in_queues(client):
        return []
    # Read the ledger first: what is enqueued meanwhile must not look lost.
    kept: dict[str, bytes] = {key.decode(): content for key, content in client.hscan_iter(KEY)}
    there = {*_ids(client), *(message_id.decode() for message_id in client.zrange(_DUE, 0, -1))}
    return [Message(**json.loads(content)) for key, content in kept.items() if key not in there]


def _client(connection: Any) -> Any:
    """The Redis client of a Kombu connection; None for another kind of broker."""
    return connection.default_channel.client if connection.transport.driver_type == "redis" else None


def _in_queues(client: Any) -> int:
    return (
        int(client.hlen(_UNACKED))
        + int(client.zcard(_DUE))
        + sum(int(client.llen(queue)) for queue in _QUEUES)
    )


def _ids(client: Any) -> Iterator[str]:
    for queue in _QUEUES:
        start = 0
        while page := client.lrange(queue, start, start + _PAGE - 1):
            for content in page:
                yield json.loads(content)["headers"]["id"]
            start += _PAGE
    for _tag, content in client.hscan_iter(_UNACKED):
        yield json.loads(content)[0]["headers"]["id"]
