"""Deliver in the background while a process runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from app.observability.operators import operators
from app.reports.delivery import Delivery

REST_SECONDS: Final = 5.0
"""Between two rounds, while nothing new comes or the last one failed."""
HOUR_SECONDS: Final = 3_600.0
LAST_SECONDS: Final = 3.0
"""How long a stopping process tries to leave nothing behind; what is left waits in spool and table."""


class Loop:
    """One step, again and again, until it is stopped."""

    def __init__(self, name: str, step: Callable[[], Awaitable[object]], *, seconds: float) -> None:
        self._name = name
        self._step = step
        self._seconds = seconds
        self._failing = False
        self._due = asyncio.Event()
        self._stopped = asyncio.Event()

    def wake(self) -> None:
        """There is something to do."""
        self._due.set()

    def stop(self) -> None:
        """End after the present step. Not by cancelling it: a mail that is cut off is sent twice."""
        self._stopped.set()
        self._due.set()

    async def run(self) -> None:
        """Run the step now, then whenever it is woken, and after its time at the latest."""
        while not self._stopped.is_set():
            self._due.clear()
            await self._once()
            if self._failing:
                await _wait(self._stopped, REST_SECONDS)
            elif not self._stopped.is_set():
                await _wait(self._due, self._seconds)

    async def _once(self) -> None:
        """One line for an outage and none to Sentry: each round would be another event about the same."""
        try:
            await self._step()
        except Exception as error:
            if not self._failing:
                operators.warning(f"{self._name} have to wait: {type(error).__name__}")
            self._failing = True
        else:
            if self._failing:
                operators.info(f"{self._name} go on")
            self._failing = False


@asynccontextmanager
async def delivering(
    delivery: Delivery, wake: Callable[[Callable[[], None]], None], *, all_of_it: bool
) -> AsyncIterator[None]:
    """Deliver in the background.

    Args:
        delivery: what is run.
        wake: is given what to call when there is something new.
        all_of_it: mail and delete old reports as well as write rows.
    """
    rows = Loop("reports", delivery.rows_and_events, seconds=REST_SECONDS)
    # On their own: a mail server that does not answer must not hold up rows.
    mails = Loop("mails about reports", delivery.mails, seconds=REST_SECONDS)
    old = Loop("old reports", delivery.forget_old, seconds=HOUR_SECONDS)
    loops = (rows, mails, old) if all_of_it else (rows,)
    wake(rows.wake)
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        _, late = await asyncio.wait(tasks, timeout=LAST_SECONDS)
        for task in late:
            task.cancel()
        with suppress(Exception):
            async with asyncio.timeout(LAST_SECONDS):
                await delivery.rows_and_events()


async def _wait(happened: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await happened.wait()
