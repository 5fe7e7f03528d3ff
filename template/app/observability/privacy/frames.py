"""Find the code that made a text: the first caller outside libraries, or the one a record names."""

import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType

_OWN_PACKAGE = str(Path(__file__).parent.parent)
_LIBRARIES = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
_FARTHEST = 60


@lru_cache(maxsize=4096)
def library(filename: str) -> bool:
    """Is this file part of Python, of an installed package, or of our own observability package?"""
    return (
        filename.startswith(("<", _OWN_PACKAGE))
        or "site-packages" in filename
        or "dist-packages" in filename
        or filename.startswith(_LIBRARIES)
    )


def caller() -> CodeType | None:
    """Code object of the nearest caller outside libraries, or None."""
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_FARTHEST):
        if frame is None:
            return None
        if not library(frame.f_code.co_filename):
            return frame.f_code
        frame = frame.f_back
    return None


def named(filename: str, function: str) -> CodeType | None:
    """Code object of the nearest caller with this file and function name, or None."""
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_FARTHEST):
        if frame is None:
            return None
        if frame.f_code.co_name == function and frame.f_code.co_filename == filename:
            return frame.f_code
        frame = frame.f_back
    return None
