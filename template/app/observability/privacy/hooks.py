"""The SDK's hooks: they run in the caller's context and know what the door cannot know any more.

They judge messages against the code that made them, apply what the request declared to items that leave from
a flusher thread, and drop frame variables early. A hook that fails never raises: it gives back a blanked
item, and the door scrubs that as well.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

from sentry_sdk.utils import get_error_message

from app.observability.privacy.declared import declared
from app.observability.privacy.frames import caller, named
from app.observability.privacy.messages import Messages, chain
from app.observability.privacy.passes import Pass
from app.observability.privacy.safe_texts import HOLE, constants
from app.observability.privacy.scrubber import Scrubber
from app.observability.privacy.shapes import machine_value
from app.observability.privacy.structures import (
    BREADCRUMB_IDS,
    EVENT_IDS,
    LOG_IDS,
    METRIC_IDS,
    SPAN_IDS,
    copy_ids,
)

Item = dict[str, Any]
Report = Callable[[str], None]

_BY_OPERATION = ("db", "http", "cache")
_BY_GRAMMAR = frozenset(("query", "redis", "httplib", "http"))


class Hooks:
    """`before_*` of one level."""

    def __init__(self, rules: Scrubber, messages: Messages, report: Report) -> None:
        self._rules = rules
        self._messages = messages
        self._report = report

    def _failed(self, name: str, error: Exception) -> None:
        try:
            self._report(f"privacy: {name} raised {type(error).__name__}, the item was blanked")
        except Exception:
            return

    def before_send(self, event: Any, hint: Any) -> Any:
        """Errors, messages and check-ins."""
        try:
            if event.get("type") == "check_in":
                return event
            self._exceptions(event, hint or {})
            self._texts(event, hint or {})
            self._variables(event)
            return event
        except Exception as error:
            self._failed("before_send", error)
            return blank_event(event)

    def before_send_transaction(self, event: Any, hint: Any) -> Any:
        """Transactions: names are judged when they are set, data at the door."""
        return event

    def before_send_log(self, log: Any, hint: Any) -> Any:
        """Sentry logs: body and attributes, judged and cleaned of what the request declared."""
        try:
            code = caller()
            log["body"] = self._messages.line(str(log.get("body", "")), code)
            self._attributes(log, code)
            log["body"] = self._rules.safe.add(self._undeclared(log["body"]))
            return log
        except Exception as error:
            self._failed("before_send_log", error)
            return {**copy_ids(log, LOG_IDS), **_log_frame(log), "body": HOLE, "attributes": {}}

    def before_send_metric(self, metric: Any, hint: Any) -> Any:
        """Metrics: attributes as for logs."""
        try:
            self._attributes(metric, caller())
            return metric
        except Exception as error:
            self._failed("before_send_metric", error)
            return {
                **copy_ids(metric, METRIC_IDS),
                "name": "unnamed",
                "value": metric.get("value", 0),
                "attributes": {},
            }

    def before_send_span(self, span: Any, hint: Any) -> Any:
        """Streamed spans. The SDK sends the original when this hook raises, so it must not."""
        try:
            code = caller()
            if isinstance(span.get("name"), str):
                span["name"] = self._undeclared(self._span_name(span, code))
            self._attributes(span, code)
            return span
        except Exception as error:
            self._failed("before_send_span", error)
            return {**copy_ids(span, SPAN_IDS), "name": "<unnamed>", "attributes": {}}

    def _span_name(self, span: Item, code: CodeType | None) -> str:
        """A name that is a sentence, judged like a message; request lines, SQL and names are for the door."""
        name = str(span["name"])
        operation = str((span.get("attributes") or {}).get("sentry.op") or "")
        if " " not in name or operation.startswith(_BY_OPERATION) or name.split(" ", 1)[0].isupper():
            return name
        said = self._messages.line(name, code)
        return name if said == HOLE else said

    def before_breadcrumb(self, crumb: Any, hint: Any) -> Any:
        """Breadcrumbs. The SDK keeps the original when this hook raises, so it must not."""
        try:
            text = crumb.get("message")
            if isinstance(text, str) and crumb.get("category") not in _BY_GRAMMAR:
                crumb["message"] = self._messages.line(text, self._record_code(hint), caller())
            return crumb
        except Exception as error:
            self._failed("before_breadcrumb", error)
            return {**{key: crumb[key] for key in BREADCRUMB_IDS if key in crumb}, "message": HOLE}

    def _exceptions(self, event: Item, hint: Item) -> None:
        rows = (event.get("exception") or {}).get("values") or []
        info = hint.get("exc_info")
        root = info[1] if isinstance(info, tuple) and len(info) == 3 else info
        said: dict[tuple[str, str], str] = {}
        for error in chain(root if isinstance(root, BaseException) else None):
            said.setdefault(
                (type(error).__qualname__, get_error_message(error)), self._messages.exception(error)
            )
        for row in rows:
            value = row.get("value") if isinstance(row, dict) else None
            if not isinstance(value, str) or not value:
                continue
            safe = said.get((str(row.get("type")), value))
            if safe is not None:
                row["value"] = safe
            elif self._rules.strict:
                row["value"] = HOLE

    def _texts(self, event: Item, hint: Item) -> None:
        code = self._record_code(hint)
        near = caller()
        if isinstance(event.get("message"), str):
            event["message"] = self._messages.line(event["message"], code, near)
        entry = event.get("logentry")
        if isinstance(entry, dict):
            for key in ("message", "formatted"):
                if isinstance(entry.get(key), str):
                    entry[key] = self._messages.line(entry[key], code, near)
        parts = event.get("fingerprint")
        if isinstance(parts, list):
            for part in parts:
                if isinstance(part, str) and near is not None and part in constants(near)[0]:
                    self._rules.safe.add(part, constant=True)

    @staticmethod
    def _record_code(hint: Any) -> CodeType | None:
        record = (hint or {}).get("log_record")
        if record is None:
            return None
        return named(getattr(record, "pathname", ""), getattr(record, "funcName", ""))

    def _variables(self, event: Item) -> None:
        holders = [
            *((event.get("exception") or {}).get("values") or []),
            *((event.get("threads") or {}).get("values") or []),
        ]
        for holder in holders:
            for frame in ((holder or {}).get("stacktrace") or {}).get("frames") or []:
                if self._rules.strict or not frame.get("in_app"):
                    frame.pop("vars", None)

    def _attributes(self, item: Item, code: CodeType | None) -> None:
        attributes = item.get("attributes")
        if not isinstance(attributes, dict):
            return
        sentences = constants(code)[0] if code is not None else frozenset()
        for key, value in attributes.items():
            if isinstance(value, str) and " " in value and not machine_value(value):
                if value in sentences:
                    self._rules.safe.add(value, constant=True)
                elif key == "sentry.message.template":
                    attributes[key] = self._messages.line(value, code)
        if declared() is not None:
            item["attributes"] = self._undeclared(attributes)

    def _undeclared(self, value: Any) -> Any:
        box = declared()
        if box is None:
            return value
        run = Pass(self._rules)
        run.learned.merge(box)
        return run.unlearn(value)


def _log_frame(log: Item) -> Item:
    return {
        key: log.get(key)
        for key in ("severity_text", "severity_number", "time_unix_nano", "trace_id", "span_id")
    }


def blank_event(event: Item) -> Item:
    """Type and stack of an event whose scrubbing failed: the error is not lost, its texts are."""
    out = copy_ids(event, EVENT_IDS)
    rows = (event.get("exception") or {}).get("values") or []
    values: list[Item] = []
    for row in rows:
        frames = ((row or {}).get("stacktrace") or {}).get("frames") or []
        kept = [
            copy_ids(frame, ("filename", "function", "module", "lineno", "in_app"))
            for frame in frames
            if isinstance(frame, dict)
        ]
        values.append({"type": row.get("type"), "value": HOLE, "stacktrace": {"frames": kept}})
    if values:
        out["exception"] = {"values": values}
    trace = (event.get("contexts") or {}).get("trace")
    if isinstance(trace, dict):
        out["contexts"] = {"trace": copy_ids(trace, ("trace_id", "span_id", "parent_span_id"))}
    return out
