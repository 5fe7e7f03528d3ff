"""Log lines: a Loguru record scrubbed in place, and exceptions rendered without what they carry.

Use `scrub_record` as the patcher (`logger.configure(patcher=...)`): it then runs once, in the caller's
context, before any sink, so that stderr and Sentry's own sinks get the same clean record.
"""

import datetime
import enum
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from app.observability.privacy.frames import named
from app.observability.privacy.messages import Messages, chain
from app.observability.privacy.passes import Pass
from app.observability.privacy.safe_texts import HOLE
from app.observability.privacy.scrubber import Scrubber
from app.observability.privacy.structures import type_name

_MOST_FRAMES = 60
_MAX_DEPTH = 8
_JSON = frozenset((str, int, float, bool, type(None)))

Report = Callable[[str], None]


def plain(value: Any, depth: int = 0) -> Any:
    """A value of `extra` as JSON data; an object that is none of the usual types becomes its `repr`."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value.value if isinstance(value, enum.Enum) else value
    if depth > _MAX_DEPTH:
        return HOLE
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, enum.Enum):
        return plain(value.value, depth + 1)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    try:
        return repr(value)
    except Exception:
        return HOLE


class LogLines:
    """Log lines of one level."""

    def __init__(self, rules: Scrubber, messages: Messages, report: Report) -> None:
        self._rules = rules
        self._messages = messages
        self._report = report

    def scrub_record(self, record: Any) -> None:
        """Scrub message and extra of a Loguru record in place. Never raises; on failure both are blanked.

        `record["exception"]` stays for Sentry: a sink writes it with `render_exception`, never by itself.
        """
        try:
            run = Pass(self._rules)
            code = named(record["file"].path, record["function"])
            said = self._messages.line(record["message"], code)
            run.put(record, "message", said)
            extra = record["extra"]
            if extra:
                flat = _JSON.issuperset(map(type, extra.values()))
                run.put(record, "extra", run.bag(extra if flat else plain(extra)))
            run.finish()
            if record["message"] != said:
                self._rules.safe.add(record["message"])
        except Exception as error:
            record["message"] = HOLE
            record["extra"] = {}
            try:
                self._report(f"privacy: scrubbing a log line raised {type(error).__name__}")
            except Exception:
                return

    def render_exception(self, error: Any) -> str:
        """Traceback as text: files, lines, functions, types, and messages as safe as in Sentry.

        Takes an exception, an `exc_info` tuple or Loguru's `record["exception"]`; anything else gives "".
        """
        value = error[1] if isinstance(error, tuple) and len(error) == 3 else error
        if not isinstance(value, BaseException):
            return ""
        try:
            return self._render(value)
        except Exception as failure:
            name = type_name(type(value).__name__) or "Exception"
            return f"{name}: {HOLE} (rendering raised {type(failure).__name__})"

    def exception_text(self, error: BaseException) -> str:
        """The message of an exception, with its notes, as safe as in Sentry."""
        try:
            run = Pass(self._rules)
            holder: dict[str, Any] = {}
            run.put(holder, "text", run.text(self._messages.exception(error)))
            run.finish()
            return str(holder["text"])
        except Exception:
            return HOLE

    def _render(self, error: BaseException) -> str:
        parts: list[str] = []
        for part in reversed(list(chain(error))):
            lines = ["Traceback (most recent call last):"]
            trace = part.__traceback__
            frames: list[str] = []
            while trace is not None:
                code = trace.tb_frame.f_code
                frames.append(f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_qualname}')
                trace = trace.tb_next
            lines += frames[-_MOST_FRAMES:]
            text = self.exception_text(part)
            name = type_name(type(part).__qualname__) or "Exception"
            lines.append(f"{name}: {text}" if text else name)
            parts.append("\n".join(lines))
        return "\n\n".join(parts)
