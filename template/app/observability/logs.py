"""Loguru is the one logging API: standard-library logging is routed into it, errors go on to Sentry.

What a record means for Sentry is decided in Loguru's patcher, which runs in the caller's context and
outside of the handlers' lock; the handler only writes the line.
"""

import logging
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import sentry_sdk
from loguru import logger
from sentry_sdk import logger as sentry_logger

from app.observability import errors, events, protection, standard_library
from app.observability.log_lines import INFO, JsonLines, text_format
from app.observability.operators import OURS

if TYPE_CHECKING:
    from loguru import Record

    from app.settings import Settings

NEVER_TO_SENTRY: Final = ("sentry_sdk", "urllib3")
"""What the transport itself uses; an error there must not cause the next one."""

ALREADY_REPORTED: Final = "Application startup failed"
"""How uvicorn's message begins about an error that the middleware has reported."""

SentryLevel = Literal["debug", "info", "warning", "error", "fatal"]

_ACCESS: Final = "{method} {route} {status} {duration_ms} ms"

_direct: "tuple[JsonLines, str] | None" = None
"""The sink for lines that need no record, and the handlers that Loguru had when it was the only one."""

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
        _add(sink, observer.lowest(level))
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
    standard_library.route(observer.lowest(level))


def until_started() -> None:
    """Write what is logged before `configure` at the strictest level.

    Loguru's own handler, and the last resort of the standard library, would write it as it is.
    """
    logger.remove()
    logger.configure(patcher=_clean)
    _add(JsonLines("starting", INFO), INFO)
    logging.lastResort = standard_library.ToLoguru(logging.WARNING)


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
            _clean(record)
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
            _hide(record, error)

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


def _clean(record: "Record") -> None:
    """A line and nothing more."""
    extra = record["extra"]
    record["name"] = extra.pop("_logger", None) or record["name"]
    ours = extra.pop("_ours", None) is OURS
    for name in ("_template", "_reported"):
        extra.pop(name, None)
    if not ours:
        protection.active.scrub_record(record)
    if record["exception"] is not None and record["exception"].value is not None:
        _hide(record, record["exception"].value)


def _hide(record: "Record", error: BaseException) -> None:
    """Sinks write what `protection` makes of an error; Loguru's own rendering has the raw text."""
    cast("dict[str, Any]", record)["error"] = error
    record["exception"] = None


def _add(sink: JsonLines, level: int) -> None:
    logger.add(sink, level=level, format=_nothing, backtrace=False, diagnose=False)


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
