"""Enqueues the planted tasks and broken messages; copied into a service and run there, without Sentry."""

import asyncio
import json
import sys
from typing import Any

import redis

from app.settings import get_settings
from app.tasks import planted
from app.wiring import SERVICE
from app.worker import engine, enqueue
from app.worker.decorator import Task
from app.worker.message import Message

PERSON: dict[str, str] = json.loads(sys.argv[1])
BROKEN = json.dumps(PERSON)[:-1]


async def main() -> None:
    tasks: list[Task[Any, Any]] = [planted.told, planted.failing, planted.hanging, planted.forgotten]
    if sys.argv[2:] == ["deadly"]:
        await enqueue(planted.deadly, PERSON)
        return
    for task in [*tasks, *([planted.blocking] if engine.NAME == "celery" else [])]:
        await enqueue(task, PERSON)
    await engine.send(Message(planted.mistaken.name, "1" * 32, {"count": PERSON["email"]}))
    await engine.send(Message("app.tasks.planted.unknown", "2" * 32, {"person": PERSON}))
    broker = redis.Redis.from_url(get_settings().redis_url)
    if engine.NAME == "arq":
        broker.set(f"arq:job:{'3' * 32}", BROKEN)
        broker.zadd(engine.QUEUE, {"3" * 32: 1})
    else:
        properties = {
            "delivery_info": {"exchange": "", "routing_key": SERVICE},
            "delivery_tag": "3" * 32,
            "body_encoding": "utf-8",
        }
        headers = {"id": "3" * 32, "task": planted.told.name, "argsrepr": BROKEN}
        kind = {"content-type": "application/json", "content-encoding": "utf-8"}
        message = {"body": BROKEN, **kind, "headers": headers, "properties": properties}
        broker.lpush(engine.QUEUE, json.dumps(message))


asyncio.run(main())
