"""Enqueues tasks; copied into a rendered service. Arguments: a way to do it, and what it takes."""

import asyncio
import sys
from datetime import timedelta

from app.tasks import endings, trial
from app.worker import engine
from app.worker.queue import enqueue

WAYS = ("exit", "interrupt", "cancel", "memory", "success")


async def main() -> None:
    match sys.argv[1:]:
        case ["endings"]:
            for way in WAYS:
                await enqueue(endings.leave, way)
            await enqueue(endings.wait_for_cancelled)
            for number in range(1, 7):
                await enqueue(trial.count, number)
        case ["stubborn"]:
            await enqueue(endings.stubborn)
        case ["twice", number]:
            await enqueue(endings.second_time, int(number))
        case ["later", number, seconds]:
            await enqueue(trial.count.later(timedelta(seconds=float(seconds))), int(number))
        case ["foreign", number] if engine.NAME == "celery":
            from app.worker import celery_app

            for name in ("trial.count", "trial.broken", "trial.removed"):
                celery_app.send_task(f"app.tasks.{name}", kwargs={"number": int(number)}, queue=engine.QUEUE)
        case ["foreign", number]:
            client = engine.connect()
            for name in ("trial.count", "trial.broken"):
                await client.enqueue_job(f"app.tasks.{name}", int(number))
            await client.aclose()


asyncio.run(main())
