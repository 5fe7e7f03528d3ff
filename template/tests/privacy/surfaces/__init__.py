"""Every surface of R-PRV-3 as one function: it makes telemetry in which a value lies, as application code
would.

Each takes (privacy, key, label, value); `label` stands in sentences, `key` in data. The caller has opened an
isolation scope and a box for declared values.
"""

from tests.privacy.surfaces import events, exceptions, items, lines, steps
from tests.privacy.surfaces.registry import LINES, STREAMED, SURFACES, Surface, capture, fail

__all__ = [
    "LINES",
    "STREAMED",
    "SURFACES",
    "Surface",
    "capture",
    "events",
    "exceptions",
    "fail",
    "items",
    "lines",
    "steps",
]
