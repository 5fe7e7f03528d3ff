"""What runs in a process of a Celery worker beside its tasks: on an event loop, in a thread of its own."""

import asyncio
import threading
from contextlib import AsyncExitStack
from typing import Final

from app import wiring
from app.observability.operators import operators
from app.settings import get_settings

_START_SECONDS: Final = 2.0
_STOP_SECONDS: Final = 10.0


class Background:
    """The parts' lifespans, open from `start` to `stop`."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()
        self._ready = threading.Event()

    def start(self) -> None:
        """Open what the parts have, once; returns when it is open."""
        if self._thread is None and wiring.worker_lifespans():
            self._thread = threading.Thread(target=self._run, name="background", daemon=True)
            self._thread.start()
            self._ready.wait(_START_SECONDS)

    def stop(self) -> None:
        """Close it again."""
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(_STOP_SECONDS)
            self._thread = None

    def _run(self) -> None:
        try:
            asyncio.run(self._open())
        except Exception as error:  # tasks go on; what this process spools is carried by another one
            operators.error("what runs beside the tasks has ended: {}", type(error).__name__)

    async def _open(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with AsyncExitStack() as opened:
            for lifespan in wiring.worker_lifespans():
                await opened.enter_async_context(lifespan(get_settings()))
            self._ready.set()
            await self._stopped.wait()
