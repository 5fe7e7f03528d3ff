"""A file whose time says that a process is not stuck: what a container's health check of it looks at.

An outage of the broker does not stop it: another start would not bring the broker back.
"""

from contextlib import suppress
from typing import Final

from app.settings import get_settings

SECONDS: Final = 2.0
"""From one touch of the file to the next."""


def beat() -> None:
    """Touch the file that WORKER_PULSE names, where it names one. Never raises."""
    if path := get_settings().worker_pulse:
        with suppress(OSError):
            path.touch()
