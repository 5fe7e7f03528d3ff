"""The lines on standard error: JSON for machines, coloured text for people."""

import json
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, cast

import orjson  # the fastest maintained JSON writer with wheels everywhere; half of a line's cost otherwise

from app.observability import events, protection
from app.observability.context import current
from app.wiring import SERVICE

if TYPE_CHECKING:
    from loguru import Message, Record

MAX_FRAMES: Final = 30
INFO: Final = 20
"""Loguru's number of the level."""


class JsonLines:
    """A Loguru sink that writes one JSON object a line."""

    def __init__(self, component: str, level: int) -> None:
        """Configure.

        Args:
            component: what this process is, for example `api`.
            level: number of the lowest level that is written.
        """
        self._component = component
        self._level = level

    def __call__(self, message: "Message") -> None:
        record = message.record
        if record["level"].no >= self._level:
            # Loguru would print the record as it is when its sink fails: deep in a recursion, for example.
            with suppress(Exception):
                _write(_dumps(self.fields(record)))

    def access(self, message: str, http: Mapping[str, Any], *, logger: str) -> None:
        """Write an access line as `__call__` would, without a record: that costs more than half a request."""
        if self._level <= INFO:
            line = self._head(_now(), "INFO", message, logger)
            _write(_dumps({**line, "http": http}))

    def _head(self, at: str, level: str, message: str, logger: str | None) -> dict[str, Any]:
        return {
            "time": at,
            "level": level,
            "message": message,
            "logger": logger,
            "service": SERVICE,
            "component": self._component,
            **identity(),
        }

    def fields(self, record: "Record") -> dict[str, Any]:
        """The fields of a line, in the order in which they are written."""
        # Loguru's own datetime class is not known to orjson.
        at = record["time"].isoformat(timespec="milliseconds")
        line = self._head(at, record["level"].name, record["message"], record["name"])
        extra = {name: value for name, value in record["extra"].items() if not name.startswith("_")}
        if event_id := extra.pop("sentry_event_id", None):
            line["sentry_event_id"] = event_id
        for name in ("_http", "_job"):
            if facts := record["extra"].get(name):
                line[name.removeprefix("_")] = facts
                break
        else:
            if extra:
                line["extra"] = extra
        error = record.get("error")
        if isinstance(error, BaseException):
            line["exception"] = describe(error)
        return line


_second: tuple[int, str, str] = (0, "", "")
"""The second of the last access line, as a number and as text before and after the milliseconds."""


def _now() -> str:
    """The local time; date and zone are worked out once a second."""
    global _second
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1_000)
    known = _second
    if known[0] != seconds:
        text = datetime.fromtimestamp(seconds).astimezone().isoformat()
        known = _second = seconds, text[:19], text[19:]
    return f"{known[1]}.{milliseconds:03}{known[2]}"


def identity() -> dict[str, str]:
    """The ids of the current request or job that have a value."""
    context = current.get()
    if context is None:
        return {}
    ids = {"request_id": context.request_id, "trace_id": context.trace_id}
    if context.user_id:
        ids["user_id"] = context.user_id
    if context.tenant:
        ids["tenant"] = context.tenant
    return ids


def describe(error: BaseException, *, depth: int = 4) -> dict[str, Any]:
    """An exception as data: type, text, where it came from (without variables), and its cause."""
    stack = [
        (step.tb_frame.f_code, step.tb_lineno) for step in events.steps(events.shorten(error.__traceback__))
    ]
    told: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins."),
        "value": protection.active.exception_text(error),
        "frames": [
            f"{events.shown_path(code.co_filename)}:{line} in {code.co_name}"
            for code, line in stack[-MAX_FRAMES:]
        ],
    }
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth:
        told["cause"] = describe(cause, depth=depth - 1)
    return told


def text_format(record: "Record") -> str:
    """Loguru format of a text line. Control characters are shown, so that no data can forge a line."""
    shown, ids, error = cast("dict[str, Any]", record), identity(), record.get("error")
    shown["shown"] = _escape(record["message"])
    shown["ids"] = f" [{ids['request_id'][:8]}]" if ids else ""
    shown["trace"] = f"{protection.active.render_exception(error)}\n" if error else ""
    return (
        "<green>{time:HH:mm:ss.SSS}</green> <level>{level: <8}</level> "
        "<cyan>{name}:{line}</cyan>{ids} <level>{shown}</level>\n{trace}{exception}"
    )


def _escape(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _dumps(line: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(line, default=_shape, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError):  # halves of characters, huge integers
        pass
    try:
        return json.dumps(line, default=_shape)
    except (TypeError, ValueError, RecursionError):  # cycles
        return json.dumps({name: value for name, value in line.items() if name != "extra"}, default=_shape)


def _shape(value: object) -> object:
    """What stands in a line for a value that JSON does not know; never its content unless it is plain."""
    if isinstance(value, Decimal | PurePath):
        return str(value)
    if isinstance(value, set | frozenset):
        return list(value)
    return f"<{type(value).__qualname__}>"


def _write(text: str) -> None:
    with suppress(OSError, ValueError):  # a full disk or a closed pipe: nobody is left to tell
        # Looked up at every line, because test runners and servers exchange it.
        sys.stderr.write(f"{text}\n")
