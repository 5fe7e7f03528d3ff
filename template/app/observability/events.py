"""Build the events of errors: the service's own frames, small and cheap.

The SDK reads whole source files and the variables of every frame, FastAPI's route tree among them, which
makes an event of megabytes out of a failing request. Here the stack starts at the first frame of the
service, and only the service's own frames get source lines and (where the level allows) variables.
"""

import linecache
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import sentry_sdk
from sentry_sdk.serializer import serialize
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import event_from_exception, iter_event_frames

PROJECT_ROOT = Path(__file__).resolve().parents[2]
SOURCE_LINES = 5
"""Lines of source shown before and after the one that raised."""
MAX_FRAMES = 200
"""Frames kept of a longer stack, the innermost ones; the SDK drops a stack of more than 500 whole."""

_ROOT = f"{PROJECT_ROOT}{os.sep}"
_NOT_OWN = (
    # What observes the service, and what hands work to it, is not what fails.
    *(f"{_ROOT}app{os.sep}{name}{os.sep}" for name in ("observability", "worker")),
    *(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages", ".venv")),
)
_ASGI = frozenset({"scope", "receive", "send"})


def is_own_code(filename: str) -> bool:
    """Whether a source file is the service's code: in its folder, but neither a library nor this package.

    What is not Python was compiled: its name is relative to where that was done (asyncpg 0.31), as if it lay
    in the service's folder.
    """
    return (
        filename.endswith(".py")
        and filename.startswith(_ROOT)
        and not any(part in filename for part in _NOT_OWN)
    )


def from_exception(
    error: BaseException, *, mechanism: str, handled: bool, variables: bool
) -> tuple[Event, Hint]:
    """An event and its hint for an exception, with its causes and notes.

    Args:
        error: what was raised.
        mechanism: what noticed it, for example `asgi` or `loguru`.
        handled: False when nothing but the server's last resort answered it.
        variables: collect the variables of the service's own frames.
    """
    stack = shorten(error.__traceback__)
    event, hint = event_from_exception(
        (type(error), error, stack),
        client_options=sentry_sdk.get_client().options,
        mechanism={"type": mechanism, "handled": handled},
    )
    frames = _own_frames(error, stack) if variables else {}
    for frame in iter_event_frames(event):
        path, line = frame.get("abs_path") or "", frame.get("lineno") or 0
        frame["in_app"] = is_own_code(path)
        if frame["in_app"]:
            frame |= source_lines(path, line)
            if live := frames.get((path, line, frame.get("function") or "")):
                frame["vars"] = serialize(dict(live.pop(0).f_locals), is_vars=True)
    return event, hint


def from_message(message: str, *, template: str | None, at: tuple[str, str, int]) -> Event:
    """An event for a log message without an exception; its one frame is the line that logged it.

    Args:
        message: as it was logged.
        template: the message before its arguments were put in; groups events of one kind.
        at: file, function and line of the log call.
    """
    filename, function, line = at
    own = is_own_code(filename)
    frame: dict[str, Any] = {
        "filename": shown_path(filename),
        "abs_path": filename,
        "function": function,
        "lineno": line,
        "in_app": own,
    }
    if own:
        frame |= source_lines(filename, line)
    return {
        "logentry": {"message": template or message, "formatted": message},
        "threads": {"values": [{"stacktrace": {"frames": [frame]}, "crashed": False, "current": True}]},
    }


def kind_of(error: BaseException) -> tuple[str, str, int]:
    """Type, file and line of the innermost frame: what tells one kind of error from another."""
    filename, line = "", 0
    for step in steps(error.__traceback__):
        filename, line = step.tb_frame.f_code.co_filename, step.tb_lineno
    return f"{type(error).__module__}.{type(error).__qualname__}", filename, line


def steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    """A traceback's steps, outermost first."""
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def shorten(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback from the service's code on, without the frameworks and middleware before it.

    All of it where the service's code has no part in it; never more than `MAX_FRAMES`.
    """
    found = list(steps(traceback))
    first = next((index for index, step in enumerate(found) if _is_service_code(step.tb_frame)), 0)
    first = max(first, len(found) - MAX_FRAMES)
    return found[first] if found else None


def shown_path(filename: str) -> str:
    """A source file's path as people know it: from the service's folder on, or from the package on."""
    if filename.startswith(_ROOT):
        return filename.removeprefix(_ROOT)
    return filename.rpartition(f"{os.sep}site-packages{os.sep}")[2]


def source_lines(filename: str, line: int) -> dict[str, Any]:
    """Source round a line, as fields of a frame; empty where the source is not at hand."""
    lines = linecache.getlines(filename)
    if not 0 < line <= len(lines):
        return {}
    text = [item.rstrip("\n") for item in lines[max(0, line - 1 - SOURCE_LINES) : line + SOURCE_LINES]]
    middle = min(line - 1, SOURCE_LINES)
    return {"pre_context": text[:middle], "context_line": text[middle], "post_context": text[middle + 1 :]}


def _own_frames(
    error: BaseException, stack: TracebackType | None
) -> dict[tuple[str, int, str], list[FrameType]]:
    """The service's live frames of an exception and all it is chained to, by file, line and function."""
    found: dict[tuple[str, int, str], list[FrameType]] = defaultdict(list)
    queue: list[tuple[BaseException, TracebackType | None]] = [(error, stack)]
    seen: set[int] = set()
    while queue:
        exception, traceback = queue.pop()
        if id(exception) in seen:
            continue
        seen.add(id(exception))
        for step in steps(traceback):
            code = step.tb_frame.f_code
            if is_own_code(code.co_filename):
                found[code.co_filename, step.tb_lineno, code.co_name].append(step.tb_frame)
        linked = [exception.__cause__, exception.__context__]
        if isinstance(exception, BaseExceptionGroup):
            linked += exception.exceptions
        queue += [(one, one.__traceback__) for one in linked if one is not None]
    return found


def _is_service_code(frame: FrameType) -> bool:
    code = frame.f_code
    # A function of an ASGI application's form is the service's middleware: it only passes the request on.
    is_middleware = set(code.co_varnames[: code.co_argcount]) >= _ASGI
    return is_own_code(code.co_filename) and not is_middleware
