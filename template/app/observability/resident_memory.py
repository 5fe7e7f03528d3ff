"""The memory of this process as a gauge, once a minute while there is work; `ops/sentry` watches it."""

import os
import time
from pathlib import Path
from typing import Final

import sentry_sdk
from sentry_sdk import metrics

GAUGE: Final = "process.memory.rss"
"""Its name in Sentry; in bytes."""
INTERVAL_SECONDS: Final = 60.0

_STATM: Final = Path("/proc/self/statm")
_next: float = time.monotonic() + INTERVAL_SECONDS


def measure() -> None:
    """Send the gauge if it is due. Ends of requests and jobs call it, so it needs no thread of its own."""
    global _next
    now = time.monotonic()
    if now < _next or not sentry_sdk.is_initialized():
        return
    _next = now + INTERVAL_SECONDS
    size = resident_bytes()
    if size is not None:
        with sentry_sdk.isolation_scope() as scope:
            scope.clear()  # it is about the process, not about the request that happened to end
            metrics.gauge(GAUGE, size, unit="byte")


def resident_bytes() -> int | None:
    """Memory that this process holds now, in bytes; None where the system tells its peak only (not Linux)."""
    try:
        pages = int(_STATM.read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
