"""Scrub any envelope item: one function for each type the door knows."""

import contextlib
import csv
import io
import json
from collections.abc import Callable
from typing import Any

from app.observability.privacy import events
from app.observability.privacy.guesses import account_shaped, record_shaped
from app.observability.privacy.passes import Pass
from app.observability.privacy.patterns import pattern
from app.observability.privacy.people import given_names
from app.observability.privacy.requests import body, people_text
from app.observability.privacy.shapes import machine_word
from app.observability.privacy.spans import attributes, streamed_span
from app.observability.privacy.structures import (
    CHECK_IN_IDS,
    FRAME_IDS,
    LOG_IDS,
    METRIC_IDS,
    MONITOR_IDS,
    PROFILE_IDS,
    SCHEDULE_IDS,
    SESSION_IDS,
    copy_ids,
    ident,
    place,
    thread_name,
)

Payload = dict[str, Any]
NewPass = Callable[[], Pass]

_MOST_DIGITS = 4
_NAME_PARTS = pattern(r"[._:/-]")
_CATEGORY = pattern(
    r"default|error|transaction|span|session|attachment|replay|profile|profile_chunk|monitor|feedback|metric"
    r"|trace_metric|log_item|log_byte|security|statsd|internal"
)
"""What Sentry counts losses of."""
_MONITOR = pattern(r"(?![0-9_-]*\Z)(?!.*[0-9]{5})[a-z0-9_-]{1,50}")


def _one(new: NewPass, scrub: Callable[[Pass, Payload], Payload], raw: Payload) -> Payload:
    run = new()
    out = scrub(run, raw)
    run.finish()
    return out


def event(new: NewPass, raw: Payload) -> Payload:
    """Errors, messages, transactions, feedback."""
    return _one(new, events.event, raw)


def _batch(
    new: NewPass, raw: Payload, scrub: Callable[[Pass, Payload], Payload], *, together: bool
) -> Payload:
    """Items of a batch; entries of different requests never teach each other."""
    rows = [row for row in raw.get("items") or () if isinstance(row, dict)]
    out: Payload = copy_ids(raw, ("version",))
    if together:
        run = new()
        out["items"] = []
        for row in rows:
            run.budget = type(run.budget)()
            out["items"].append(scrub(run, row))
        run.finish()
    else:
        out["items"] = [_one(new, scrub, row) for row in rows]
    return out


def logs(new: NewPass, raw: Payload) -> Payload:
    """A batch of logs."""
    return _batch(new, raw, log, together=False)


def log(run: Pass, raw: Payload) -> Payload:
    """One log: body is free text."""
    out = copy_ids(raw, LOG_IDS)
    run.put(out, "body", run.text(raw.get("body")))
    run.put(out, "attributes", attributes(run, raw.get("attributes")))
    return out


def metrics(new: NewPass, raw: Payload) -> Payload:
    """A batch of metrics."""
    return _batch(new, raw, metric, together=False)


def metric(run: Pass, raw: Payload) -> Payload:
    """One metric: its name is given in code, but is held to the shape of a name."""
    out = copy_ids(raw, METRIC_IDS)
    run.put(out, "name", _metric_name(run, raw.get("name")))
    value = raw.get("value")
    out["value"] = value if isinstance(value, (int, float)) else 0
    run.put(out, "attributes", attributes(run, raw.get("attributes")))
    return out


def _metric_name(run: Pass, name: Any) -> str:
    plain = isinstance(name, str) and machine_word(name) and name == name.lower()
    if not plain or sum(map(str.isdigit, name)) > _MOST_DIGITS or account_shaped(name):
        return "unnamed"
    parts = _NAME_PARTS.split(name)
    told = not (run.rules.rules.named.isdisjoint(parts) and given_names().keys().isdisjoint(parts))
    return "unnamed" if told else run.rules.rules.scan(name, run.hit)


def streamed_spans(new: NewPass, raw: Payload) -> Payload:
    """A batch of streamed spans, which all belong to one trace."""
    return _batch(new, raw, streamed_span, together=True)


def session(new: NewPass, raw: Payload) -> Payload:
    """A session, or a bucket of them: the device id is a user id; address and browser go."""
    run = new()
    out = copy_ids(raw, SESSION_IDS)
    if raw.get("did") is not None:
        # It counts users and is shown to nobody, so that a pseudonym does at every level.
        out["did"] = run.cover(str(raw["did"]), "user", "pseudonym")
    attrs = raw.get("attrs")
    if isinstance(attrs, dict):
        out["attrs"] = run.own(attrs)
    rows = raw.get("aggregates")
    if isinstance(rows, list):
        names = ("started", "exited", "errored", "crashed", "abnormal", "unhandled")
        out["aggregates"] = [copy_ids(row, names) for row in rows if isinstance(row, dict)]
    return out


def check_in(new: NewPass, raw: Payload) -> Payload:
    """A check-in of a monitor with its schedule."""
    run = new()
    out = {**copy_ids(raw, CHECK_IN_IDS), **run.own(raw)}
    name = out.get("monitor_slug")
    addresses = run.rules.addresses
    plain = isinstance(name, str) and _MONITOR.fullmatch(name) and not _numbered(name)
    if isinstance(name, str) and not (plain or addresses.trusted(name) or addresses.code_name(name)):
        run.put(out, "monitor_slug", run.rules.pseudonyms.group(name))
    elif isinstance(name, str):
        run.put(out, "monitor_slug", run.rules.rules.scan(name, run.hit))
    config = raw.get("monitor_config")
    if isinstance(config, dict):
        out["monitor_config"] = copy_ids(config, MONITOR_IDS)
        if isinstance(config.get("schedule"), dict):
            out["monitor_config"]["schedule"] = copy_ids(config["schedule"], SCHEDULE_IDS)
    trace = (raw.get("contexts") or {}).get("trace")
    if isinstance(trace, dict):
        out["contexts"] = {"trace": copy_ids(trace, ("trace_id", "span_id", "parent_span_id"))}
    run.finish()
    return out


def _numbered(name: str) -> bool:
    """Does it hold a long number, or a random id, as `tj3lsklnd0drfvblfk743sho` in `nightly-tj3l..`?"""
    digits = sum(map(str.isdigit, name))
    return digits > _MOST_DIGITS or any(map(record_shaped, _NAME_PARTS.split(name)))


def profile(new: NewPass, raw: Payload) -> Payload:
    """A profile: functions and files, no values."""
    run = new()
    out = {**copy_ids(raw, PROFILE_IDS), **run.own(raw)}
    inner = raw.get("profile")
    if isinstance(inner, dict):
        out["profile"] = {
            "frames": [
                place(frame, FRAME_IDS) for frame in inner.get("frames") or () if isinstance(frame, dict)
            ],
            "stacks": [[at for at in stack if isinstance(at, int)] for stack in inner.get("stacks") or ()],
            "samples": [
                copy_ids(sample, ("stack_id", "thread_id", "timestamp", "elapsed_since_start_ns"))
                for sample in inner.get("samples") or ()
                if isinstance(sample, dict)
            ],
            "thread_metadata": {
                str(key): {"name": thread_name(row.get("name"))}
                for key, row in (inner.get("thread_metadata") or {}).items()
                if str(key).isdigit() and isinstance(row, dict)
            },
        }
    for key, names in (
        ("device", ("architecture",)),
        ("os", ("name", "version")),
        ("runtime", ("name", "version")),
        ("client_sdk", ("name", "version")),
    ):
        if isinstance(raw.get(key), dict):
            out[key] = copy_ids(raw[key], names)
    rows = raw.get("transactions")
    if isinstance(rows, list):
        ids = ("id", "relative_start_ns", "relative_end_ns", "trace_id", "active_thread_id")
        out["transactions"] = [
            {**copy_ids(row, ids), "name": run.name(row.get("name"))} for row in rows if isinstance(row, dict)
        ]
    return out


def client_report(new: NewPass, raw: Payload) -> Payload:
    """What the SDK itself lost: reasons and counts."""
    out = copy_ids(raw, ("timestamp",))
    rows = raw.get("discarded_events") or ()
    out["discarded_events"] = [_lost(row) for row in rows if isinstance(row, dict)]
    return out


def _lost(raw: Payload) -> Payload:
    """One row of it: a page's comes through the tunnel, where anybody may have written it."""
    out = copy_ids(raw, ("reason",))
    category = raw.get("category")
    if isinstance(category, str) and _CATEGORY.fullmatch(category):
        out["category"] = category
    if isinstance(raw.get("quantity"), int):
        out["quantity"] = raw["quantity"]
    return out


def user_report(new: NewPass, raw: Payload) -> Payload:
    """A user's words about an event: scrubbed at standard, `[..]` above."""
    run = new()
    return {"event_id": ident(raw.get("event_id")), "comments": people_text(run, raw.get("comments"))}


def other(new: NewPass, raw: Payload) -> Payload:
    """A type that the door does not know, at standard: every value is scanned."""
    run = new()
    out: Payload = {}
    for key, value in raw.items():
        run.put(out, run.key(str(key)), run.bag({key: value}, people=True).get(run.key(str(key))))
    run.finish()
    return out


def attachment(new: NewPass, payload: bytes) -> bytes:
    """Text of an attachment at standard, line by line as what a person wrote. Raises UnicodeDecodeError for
    binary.
    """
    run = new()
    text = payload[:131_072].decode("utf-8")
    if "\x00" in text:
        raise UnicodeDecodeError("utf-8", payload[:1], 0, 1, "binary")
    parsed: Any = None
    with contextlib.suppress(ValueError):
        parsed = json.loads(text)
    holder: dict[str, Any] = {}
    if isinstance(parsed, (dict, list)):
        run.put(holder, "data", run.bag(parsed, people=True))
        run.finish()
        return json.dumps(holder["data"]).encode()
    run.put(
        holder,
        "lines",
        _table(run, text) or [body(run, line) if line.strip() else line for line in text.split("\n")],
    )
    run.finish()
    return "\n".join(str(line) for line in holder["lines"]).encode()


def _table(run: Pass, text: str) -> list[str] | None:
    """The lines of a table whose first line names the columns, each value under its column's key, or None."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    except csv.Error:
        return None
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        return None
    if not all(head.strip() and len(head) <= 60 and not head.strip().isdigit() for head in rows[0]):
        return None
    heads = [head.strip() for head in rows[0]]
    lines = [",".join(run.key(head) for head in heads)]
    for row in rows[1:]:
        lines.append(
            ",".join(str(run.leaf(head, cell, people=True)) for head, cell in zip(heads, row, strict=True))
        )
    return lines


ITEMS: dict[str, Callable[[NewPass, Payload], Payload]] = {
    "event": event,
    "transaction": event,
    "feedback": event,
    "log": logs,
    "trace_metric": metrics,
    "span": streamed_spans,
    "session": session,
    "sessions": session,
    "check_in": check_in,
    "profile": profile,
    "profile_chunk": profile,
    "client_report": client_report,
    "user_report": user_report,
}
