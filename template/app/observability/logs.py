"""Loguru is the one logging API: standard-library logging is routed into it, errors go on to Sentry.

What a record means for Sentry is decided in Loguru's patcher, which runs in the caller's context and
outside of the handlers' lock; the handler only writes the line.
"""

import logging
import sys
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import sentry_sdk
from loguru import logger
from sentry_sdk import logger as sentry_logger

from app.observability import errors, events, protection
from app.observability.log_lines import JsonLines, text_format

if TYPE_CHECKING:
    from loguru import Record

    from app.settings import Settings

SERVERS: Final = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "gunicorn", "gunicorn.error", "hypercorn.error")
ACCESS_LOGGERS: Final = ("uvicorn.access", "gunicorn.access", "hypercorn.access")
"""Silenced: they log raw paths and query strings; the service writes an access line of its own."""

TALKATIVE: Final = {
    "alembic": 30,
    "asyncio": 30,
    "httpcore": 30,
    "httpx": 30,
    "urllib3": 40,
}
"""Loggers and the level from which on they are forwarded: below it they log whole addresses, every step
they take, or (urllib3, which sends to Sentry) every attempt of a delivery whose outcome is told elsewhere.
"""

NEVER_TO_SENTRY: Final = ("sentry_sdk", "urllib3")
"""What the transport itself uses; an error there must not cause the next one."""

ALREADY_REPORTED: Final = ("Traceback (most recent call last)", "Application startup failed")
"""Beginnings of uvicorn's second and third message about an error that the middleware has reported."""

SentryLevel = Literal["debug", "info", "warning", "error", "fatal"]

_ACCESS: Final = "{method} {route} {status} {duration_ms} ms"

OURS: Final = object()
"""Bound as `_ours` to lines that are made of constants, settings and measurements: they need no scrubbing."""

operators = logger.bind(_ours=OURS)
"""For lines about the service itself, made of constants and settings: nothing in them is anybody's data."""

_direct: "tuple[JsonLines, str] | None" = None
"""The sink for lines that need no record, and the handlers that Loguru had when it was the only one."""

_LOGGED: Final = "__logged__"
_busy: ContextVar[bool] = ContextVar("watchkeeper_logging", default=False)


def configure(settings: "Settings", *, component: str) -> None:
    """Set up the lines on standard error and the way from log records to Sentry.

    Args:
        settings: levels, format and environment.
        component: what this process is, for example `api`; a field of every line.
    """
    global _direct
    level = logger.level(settings.log_level).no
    observer = _Observer(settings)
    logger.remove()
    logger.configure(patcher=observer.observe)
    if settings.json_logs:
        # Records below `level` still have to be seen by the patcher, so the handler itself takes them.
        sink = JsonLines(component, level)
        logger.add(
            sink,
            level=observer.lowest(level),
            format=_nothing,
            backtrace=False,
            diagnose=False,
        )
        _direct = sink, repr(logger)
    else:
        _direct = None
        in_development = diagnoses(settings)
        logger.add(
            sys.stderr,
            level=observer.lowest(level),
            filter=lambda record: record["level"].no >= level,
            format=text_format,
            backtrace=in_development,
            diagnose=in_development,
        )
    route_standard_library(observer.lowest(level))


def access_line(**http: str | int | float) -> None:
    """Write the line about a request that has ended.

    Loguru's record would cost more than all else that observes a request, and only a sink of somebody else's
    has use for it. A logger's `repr` lists its handlers.

    Args:
        http: `method`, `route`, `status` and `duration_ms`.
    """
    if _direct is not None and repr(logger) == _direct[1]:
        _direct[0].access(_ACCESS.format(**http), http, logger=__name__)
    else:
        logger.bind(_ours=OURS, _http=http).info(_ACCESS, **http)


def diagnoses(settings: "Settings") -> bool:
    """Whether tracebacks show the values of variables: for people who develop at level standard only."""
    return (
        not settings.json_logs
        and settings.environment == "development"
        and protection.active.level == "standard"
    )


def route_standard_library(level: int | None = None) -> None:
    """Send all standard-library logging through Loguru.

    Servers configure their loggers when they start, which may be after `configure`; the middleware
    therefore calls this once more when the application starts.
    """
    logging.captureWarnings(True)
    logging.basicConfig(
        handlers=[_ToLoguru()], level=level if level is not None else logging.root.level, force=True
    )
    for name in SERVERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
    for name in ACCESS_LOGGERS:
        access = logging.getLogger(name)
        access.handlers.clear()
        access.propagate = False
        access.disabled = True
    for name, least in TALKATIVE.items():
        logging.getLogger(name).setLevel(least)


def mark_logged(error: BaseException) -> None:
    """Remember that a line was written for an error, so that the server's last word is not a second one."""
    with suppress(Exception):  # an exception may refuse whatever it likes
        vars(error)[_LOGGED] = True


class _ToLoguru(logging.Handler):
    """Pass a standard-library record on, as if its caller had called Loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if _is_told_elsewhere(record, error):
            return
        try:
            level: str | int = logger.level(record.levelname).name
        except ValueError:  # a level of the library's own
            level = record.levelno
        frame, depth = sys._getframe(), 0
        while frame.f_back and (depth == 0 or frame.f_code.co_filename == logging.__file__):
            frame, depth = frame.f_back, depth + 1
        template = record.msg if isinstance(record.msg, str) and record.args else None
        bound = logger.bind(_logger=record.name, _template=template)
        bound.opt(depth=depth, exception=error).log(level, _message_of(record))


def _is_told_elsewhere(record: logging.LogRecord, error: BaseException | None) -> bool:
    """A server's or worker's line about a crash that has one, or about a websocket, whose address holds the
    query.
    """
    if error is not None and _LOGGED in vars(error):
        return True
    return record.name in SERVERS and record.levelno < logging.WARNING and "WebSocket" in str(record.msg)


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # the caller's arguments do not fit the template; the template is still worth a line
        return str(record.msg)


class _Observer:
    """Turn records into breadcrumbs, events and (where wanted) Sentry logs."""

    def __init__(self, settings: "Settings") -> None:
        self._breadcrumb_level = logger.level(settings.sentry_breadcrumb_level).no
        self._event_level = logger.level(settings.sentry_event_level).no
        self._forward = settings.sentry_logs_enabled
        self._diagnose = diagnoses(settings)

    def lowest(self, level: int) -> int:
        """The lowest level at which anything is done with a record."""
        return min(level, self._breadcrumb_level, self._event_level)

    def observe(self, record: "Record") -> None:
        """Loguru's patcher; never raises and never observes what it causes itself."""
        if _busy.get():  # logged by what observing calls: a line, cleaned, and nothing more
            protection.active.scrub_record(record)
            record["exception"] = None
            return
        token = _busy.set(True)
        try:
            self._observe(record)
        except Exception as trouble:  # telemetry never fails the code that logs, and never lets out raw text
            record["message"], record["exception"] = f"[..] ({type(trouble).__name__} in a log record)", None
            record["extra"].clear()
        finally:
            _busy.reset(token)

    def _observe(self, record: "Record") -> None:
        extra = record["extra"]
        name, template = extra.pop("_logger", None), extra.pop("_template", None)
        ours = extra.pop("_ours", None) is OURS
        facts = {name: extra.pop(name) for name in ("_http", "_job") if ours and name in extra}
        reported = extra.pop("_reported", False)
        repeats = False
        if name is not None:
            record["name"] = name
            repeats = name.startswith("uvicorn") and record["message"].startswith(ALREADY_REPORTED)
        if facts:
            extra |= facts
        elif reported or not ours:
            protection.active.scrub_record(record)
        error = record["exception"].value if record["exception"] else None
        # Requests and jobs leave breadcrumbs of their own for their last line, and make the event of a crash.
        told = bool(facts) or reported or repeats or (name or "").startswith(NEVER_TO_SENTRY)
        if errors.reporter is not None and not told:
            self._tell_sentry(record, template, error)
        if error is not None and not self._diagnose:
            # Sinks write what `protection` makes of it; Loguru's own rendering has the raw text.
            cast("dict[str, Any]", record)["error"] = error
            record["exception"] = None

    def _tell_sentry(self, record: "Record", template: str | None, error: BaseException | None) -> None:
        number = record["level"].no
        level = _sentry_level(number)
        if self._forward and number >= self._breadcrumb_level:
            _forward(record, level)
        if number >= self._event_level:
            self._report(record, level, template, error)
        if number >= self._breadcrumb_level:
            sentry_sdk.add_breadcrumb(
                type="log",
                category=record["name"],
                level=level,
                message=record["message"],
                data=dict(record["extra"]),
            )

    def _report(
        self, record: "Record", level: SentryLevel, template: str | None, error: BaseException | None
    ) -> None:
        message = record["message"]
        details: dict[str, Any] = {"level": level, "logger": record["name"]}
        if error is not None:
            details["logentry"] = {"message": template or message, "formatted": message}
            event_id = errors.report(error, mechanism="logging", handled=True, details=details)
        else:
            place = (record["file"].path, record["function"], record["line"])
            event = events.from_message(message, template=template, at=place)
            event.update(details)  # type: ignore[typeddict-item]
            event_id = errors.report_message(event, place, _handled_at(record))
        if event_id:
            record["extra"]["sentry_event_id"] = event_id


def _handled_at(record: "Record") -> BaseException | None:
    """The exception that the logging function itself is handling, if it is.

    `except Failed as error: logging.error("...: %s", error)` is about that exception; a message from a
    function that is called in the `except` block is about something of its own.
    """
    error = sys.exc_info()[1]
    if error is None or error.__traceback__ is None:
        return None
    code = error.__traceback__.tb_frame.f_code
    same = code.co_filename == record["file"].path and code.co_name == record["function"]
    return error if same else None


def _forward(record: "Record", level: SentryLevel) -> None:
    attributes: dict[str, Any] = {"logger.name": record["name"], "code.function.name": record["function"]}
    attributes |= {
        key: value for key, value in record["extra"].items() if isinstance(value, str | int | float)
    }
    getattr(sentry_logger, level)(record["message"], attributes=attributes)


def _sentry_level(number: int) -> SentryLevel:
    steps: tuple[tuple[int, SentryLevel], ...] = ((50, "fatal"), (40, "error"), (30, "warning"), (20, "info"))
    return next((name for least, name in steps if number >= least), "debug")


def _nothing(_record: "Record") -> str:
    """A format that formats nothing: the line is made from the record itself."""
    return ""
