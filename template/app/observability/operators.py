"""Lines about the service itself, of constants, settings and measurements: nothing in them is anybody's."""

from typing import Final

from loguru import logger

OURS: Final = object()
"""Bound as `_ours` to such lines: they need no scrubbing."""

operators = logger.bind(_ours=OURS)
