"""Names that application code gives to steps, operations and events: trusted when they are in the code.

`span("db", "load order")` has its name in the calling function. `span("db", f"load {patient}")` has not, and
is treated like a message with something filled in: `load [..]`.
"""

import re
import sys
from enum import Enum
from types import CodeType, FrameType, ModuleType
from typing import Final

from app.observability import protection
from app.observability.privacy.frames import library
from app.observability.privacy.pieces import keep_unless_guessed
from app.observability.privacy.safe_texts import HOLE, align, keep_safe
from app.observability.privacy.shapes import safe_hole

_MOST: Final = 4096
_WORDS: Final = re.compile(r"[A-Za-z_]+(?:[.-][A-Za-z_]+)*")

_written: set[str] = set()
"""Names that were found in code; that never changes, whatever the level."""

_strings: dict[int, tuple[CodeType, frozenset[str]]] = {}
"""String constants by the identity of a code object: its hash would be made of all it holds."""


def checked(name: str, *, owner: str = "") -> str:
    """A name as it may leave, declared to the privacy door.

    Args:
        name: given by application code. It stays when it is a string of the calling function, an upper-case
            constant or enumeration member that the function can see, or the dotted name of something in a
            loaded module.
        owner: name of a class, put in front of it.
    """
    if name in _written or _is_written(name, frame := _caller()):
        return protection.trust_name(f"{owner}.{name}" if owner else str(name))
    safe = _scrubbed(name, frame.f_code if frame else None)
    return protection.active.trust_text(f"{owner}.{safe}" if owner else safe)


def logger_name(name: str | None) -> str | None:
    """The name of a logger as it may leave: its beginning that is a loaded module.

    One that is called otherwise keeps its name at standard, if that is made of words.
    """
    if name is None or name in sys.modules or name in _LOGGERS:
        return name
    module, _, rest = name.rpartition(".")
    while module:
        if module in sys.modules:
            return name if rest in vars(sys.modules[module]) else module
        module, _, rest = module.rpartition(".")
    return protection.active.scrub_text(name if _WORDS.fullmatch(name) else HOLE)


_LOGGERS: Final = frozenset(
    {"root", "py.warnings", "uvicorn.error", "uvicorn.asgi", "gunicorn.error", "hypercorn.error"}
    | {"sentry_sdk.errors", "celery.task", "celery.worker"}
)
"""Loggers of servers and libraries that are not called like a module."""


def _caller() -> FrameType | None:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and library(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _is_written(name: str, frame: FrameType | None) -> bool:
    found = isinstance(name, Enum) or _is_of_a_module(name) or (frame is not None and _is_in(name, frame))
    if found and len(_written) < _MOST:
        _written.add(str(name))
    return found


def _is_in(name: str, frame: FrameType) -> bool:
    if name in _strings_of(frame.f_code):
        return True
    seen = (frame.f_globals.get(known) for known in frame.f_code.co_names if known.isupper())
    return any(name == constant for constant in seen if isinstance(constant, str))


def _strings_of(code: CodeType) -> frozenset[str]:
    entry = _strings.get(id(code))
    if entry is None or entry[0] is not code:
        if len(_strings) >= _MOST:
            _strings.clear()
        found = frozenset(constant for constant in code.co_consts if isinstance(constant, str))
        entry = _strings[id(code)] = (code, found)
    return entry[1]


def _is_of_a_module(name: str) -> bool:
    """Whether a dotted name leads to something that exists, such as `app.tasks.rates.refresh`."""
    module, _, rest = name.rpartition(".")
    while module:
        if isinstance(found := sys.modules.get(module), ModuleType):
            return _leads_somewhere(found, rest)
        module, _, last = module.rpartition(".")
        rest = f"{last}.{rest}"
    return name in sys.modules


def _leads_somewhere(place: object, path: str) -> bool:
    for part in path.split("."):
        if part not in getattr(place, "__dict__", {}):
            return False
        place = vars(place)[part]
    return True


def _scrubbed(name: str, code: CodeType | None) -> str:
    standard = protection.active.level == "standard"
    judge = _keep_word if standard else keep_safe
    safe = align(name, code, judge) or judge("", name)
    return protection.active.scrub_text(safe) if standard else safe


def _keep_word(before: str, hole: str) -> str:
    """What is filled in stays at standard when it is a short number, or letters that are nobody's name."""
    if safe_hole(hole):
        return hole
    return HOLE if any(char.isdigit() for char in hole) else keep_unless_guessed(before, hole)
