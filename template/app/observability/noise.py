"""What is not worth an event, and how many events a minute are."""

import asyncio
import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.websockets import WebSocketDisconnect

IGNORED_ERRORS: Final[tuple[type[BaseException], ...]] = (
    KeyboardInterrupt,  # somebody stopped the process
    SystemExit,  # the process stopped itself
    GeneratorExit,  # a stream was closed
    asyncio.CancelledError,  # a task was cancelled, for example because the client went away
    BrokenPipeError,  # the client went away while it was being answered
    ConnectionResetError,  # likewise; clients of other services raise errors of their own for this
    ClientDisconnect,
    WebSocketDisconnect,
)
"""Ends of things that are not failures of the service. Status codes are SENTRY_CAPTURED_STATUSES."""

WINDOW_SECONDS: Final = 60.0
MAX_KINDS: Final = 1_000


class RateLimit:
    """At most so many events a minute in this process, and always the first of a new kind.

    A broken release would otherwise spend a month's quota in an hour. What was dropped is counted and
    told once per window.
    """

    def __init__(
        self,
        per_minute: int,
        tell: Callable[[int, int], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        window: float = WINDOW_SECONDS,
    ) -> None:
        """Start with a full budget.

        Args:
            per_minute: events allowed in a window.
            tell: called with (dropped, per_minute) after a window in which events were dropped.
            clock: seconds that never go backwards.
            window: length of a window in seconds.
        """
        self._per_minute = per_minute
        self._tell = tell
        self._clock = clock
        self._window = window
        self._lock = threading.Lock()
        self._kinds: set[Hashable] = set()
        self._started = clock()
        self._admitted = 0
        self._dropped = 0
        self._timer: threading.Timer | None = None

    def admit(self, kind: Hashable) -> bool:
        """Whether an event may be sent.

        Args:
            kind: what makes the error the same as an earlier one, for example its type and line.
        """
        with self._lock:
            dropped = self._begin_window_if_due()
            admitted = self._admit(kind)
        self._report(dropped)
        return admitted

    def close(self) -> None:
        """Tell what was dropped since the last window ended; called when the process stops."""
        with self._lock:
            dropped = self._begin_window()
        self._report(dropped)

    def _admit(self, kind: Hashable) -> bool:
        new = kind not in self._kinds and len(self._kinds) < MAX_KINDS
        if new:
            self._kinds.add(kind)
        if self._admitted < self._per_minute:
            self._admitted += 1
            return True
        if new:
            return True
        self._dropped += 1
        if self._timer is None:
            # The window's report must not depend on another error coming along.
            self._timer = threading.Timer(self._window - (self._clock() - self._started), self.close)
            self._timer.daemon = True
            self._timer.start()
        return False

    def _begin_window_if_due(self) -> int:
        return self._begin_window() if self._clock() - self._started >= self._window else 0

    def _begin_window(self) -> int:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        dropped, self._dropped = self._dropped, 0
        self._admitted = 0
        self._started = self._clock()
        return dropped

    def _report(self, dropped: int) -> None:
        if dropped:
            self._tell(dropped, self._per_minute)
