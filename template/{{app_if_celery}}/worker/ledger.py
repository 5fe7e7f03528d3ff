"""What was enqueued and has not ended, so that nothing is lost between the broker and a worker.

On Redis, Kombu takes a message off the queue in one step and notes that it did in a second one (kombu 5.7).
When Redis or the worker stops in between, the message is gone. Every message is therefore kept here until
its task has ended, and a worker puts back what is here and nowhere else. RabbitMQ needs none of this.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from app.wiring import SERVICE
from app.worker.message import Message

KEY: Final = f"{SERVICE}.ledger"
_QUEUES: Final = (SERVICE, *(f"{SERVICE}\x06\x16{priority}" for priority in (3, 6, 9)))
"""The lists in which Kombu keeps the queue, one for each priority."""

_UNACKED: Final = f"{SERVICE}.unacked"  # as `config.py` names it
_PAGE: Final = 500


def note(connection: Any, message: Message) -> None:
    """Keep a message until it is settled; call it before the message is published."""
    if client := _client(connection):
        client.hset(KEY, message.id, json.dumps(asdict(message)))


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
    there = set(_ids(client))
    return [Message(**json.loads(content)) for key, content in kept.items() if key not in there]


def _client(connection: Any) -> Any:
    """The Redis client of a Kombu connection; None for another kind of broker."""
    return connection.default_channel.client if connection.transport.driver_type == "redis" else None


def _in_queues(client: Any) -> int:
    return int(client.hlen(_UNACKED)) + sum(int(client.llen(queue)) for queue in _QUEUES)


def _ids(client: Any) -> Iterator[str]:
    for queue in _QUEUES:
        start = 0
        while page := client.lrange(queue, start, start + _PAGE - 1):
            for content in page:
                yield json.loads(content)["headers"]["id"]
            start += _PAGE
    for _tag, content in client.hscan_iter(_UNACKED):
        yield json.loads(content)[0]["headers"]["id"]
