"""What tells that Celery's processes are not stuck; see `pulse`."""

import time
from threading import Thread
from typing import Any, Final

from celery import bootsteps
from celery.beat import PersistentScheduler

from app.worker import pulse

_STUCK_SECONDS: Final = 10.0


class Liveness(bootsteps.StartStopStep):
    """Has the worker's loop turned lately? While there is no broker, it is not asked to."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._turned: float | None = None
        self._timer: Any = None
        # The loop itself stands still while Celery looks for its broker.
        Thread(target=self._beat, name="pulse", daemon=True).start()

    def start(self, consumer: Any) -> None:
        """Watch the loop, from each (re)connection on."""
        self._turn()
        self._timer = consumer.timer.call_repeatedly(pulse.SECONDS, self._turn)

    def stop(self, _consumer: Any) -> None:
        """Stop watching: the connection is gone."""
        self._turned = None
        if self._timer is not None:
            self._timer.cancel()

    def _turn(self) -> None:
        self._turned = time.monotonic()

    def _beat(self) -> None:
        while True:
            turned = self._turned
            if turned is None or time.monotonic() - turned < _STUCK_SECONDS:
                pulse.beat()
            time.sleep(pulse.SECONDS)


class Scheduler(PersistentScheduler):
    """Celery's own, which says after each look at the clock that it goes on."""

    def tick(self, *args: Any, **options: Any) -> float:
        """Enqueue what is due; returns the seconds until the next look."""
        pulse.beat()
        return min(float(super().tick(*args, **options)), pulse.SECONDS)
