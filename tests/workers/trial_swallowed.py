"""A client of the broker that swallows the end of its task; copied into a service as a module of tasks."""

import asyncio
from contextlib import suppress
from typing import Any

import arq.worker


async def heart_beat(_worker: object) -> None:
    """What `asyncio.wait_for` does until Python 3.12 when it is cancelled in the moment it is done."""
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(60)


arqs_own: Any = arq.worker.Worker.__base__
arqs_own.heart_beat = heart_beat
