"""Scrub errors, messages and transactions: the parts of an event that Sentry knows by name."""

import logging
import sys
from collections.abc import Callable
from typing import Any

from app.observability.privacy.contexts import contexts
from app.observability.privacy.passes import Pass
from app.observability.privacy.requests import request
from app.observability.privacy.shapes import bare_hex, known_words, machine_value, machine_word, release
from app.observability.privacy.spans import classic_span, span_data
from app.observability.privacy.stacks import exceptions, stack, threads, values_of
from app.observability.privacy.structures import (
    BREADCRUMB_IDS,
    EVENT_IDS,
    copy_ids,
)
from app.observability.privacy.texts import DENIED

_MOST_BREADCRUMBS = 100
_MOST_SPANS = 1_000


def event(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """One error, message or transaction, rebuilt from what is allowed. `run.finish()` is up to the caller."""
    out = copy_ids(raw, EVENT_IDS)
    out.update(run.own(raw))
    value = out.get("logger")
    if isinstance(value, str) and not (
        machine_word(value) and run.plain_scan(value) == value and (not run.rules.strict or _logger(value))
    ):
        out["logger"] = DENIED
    if (
        "server_name" in raw
        and not run.rules.strict
        and isinstance(raw["server_name"], str)
        and machine_word(raw["server_name"])
    ):
        out["server_name"] = raw["server_name"]
    if raw.get("transaction") is not None:
        out["transaction"] = run.name(raw["transaction"])
        info = raw.get("transaction_info")
        if isinstance(info, dict):
            out["transaction_info"] = copy_ids(info, ("source",))
    if isinstance(raw.get("sdk"), dict):
        out["sdk"] = sdk(raw["sdk"])
    for key, handler in _PARTS.items():
        if raw.get(key) is not None:
            value = handler(run, raw[key])
            if value is not None:
                run.put(out, key, value)
    for key, handler in _STRUCTURED.items():
        if raw.get(key) is not None:
            out[key] = handler(run, raw[key])
    return out


def _logger(name: str) -> bool:
    """Is there a logger or a module of this name?"""
    return name in logging.root.manager.loggerDict or name in sys.modules or name == "root"


def sdk(raw: dict[str, Any]) -> dict[str, Any]:
    """Name, version, packages and integrations of the SDK."""
    out: dict[str, Any] = copy_ids(raw, ("name", "version"))
    rows = raw.get("packages")
    if isinstance(rows, list):
        out["packages"] = [copy_ids(row, ("name", "version")) for row in rows if isinstance(row, dict)]
    names = raw.get("integrations")
    if isinstance(names, list):
        out["integrations"] = [name for name in names if isinstance(name, str) and machine_word(name)]
    return out


def message(run: Pass, raw: Any) -> Any:
    """`message` as text or `logentry` as message, formatted and parameters."""
    if not isinstance(raw, dict):
        return run.text(raw)
    out: dict[str, Any] = {
        key: run.text(raw[key]) for key in ("message", "formatted") if raw.get(key) is not None
    }
    if raw.get("params") and not run.rules.strict:
        out["params"] = run.bag(raw["params"], people=True)
    return out


def breadcrumbs(run: Pass, raw: Any) -> dict[str, Any]:
    """Category and level stay, the message is free text, data is read like the data of a span."""
    return {"values": [breadcrumb(run, row) for row in values_of(raw)[-_MOST_BREADCRUMBS:]]}


def breadcrumb(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """One breadcrumb."""
    out = copy_ids(raw, BREADCRUMB_IDS)
    category = str(raw.get("category") or "")
    if category and hash(category) not in run.rules.clean_categories:
        named = not run.rules.strict or known_words(category, run.rules.machine_words)
        named = named or category in sys.modules or run.rules.addresses.code_name(category)
        if named and machine_word(category) and run.plain_scan(category) == category:
            run.rules.clean_categories.keep(category)
        else:
            out["category"] = DENIED
    text = raw.get("message")
    if isinstance(text, str):
        read = _BY_CATEGORY.get(category)
        out["message"] = run.text(text) if read is None else read(run, text)
    data = raw.get("data")
    if isinstance(data, dict):
        out["data"] = span_data(run, data)
    return out


def _command(run: Pass, text: str) -> Any:
    return run.attribute("redis", "message", text)


def _request_line(run: Pass, text: str) -> Any:
    return run.rules.addresses.request_line(text) or run.text(text)


def user(run: Pass, raw: Any) -> dict[str, Any] | None:
    """Id and role; contact data of a user never leaves, an IP address only shortened at gdpr."""
    if not isinstance(raw, dict):
        return None
    out: dict[str, Any] = {}
    for key, cls in (
        ("username", "person"),
        ("name", "person"),
        ("email", "email"),
        ("ip_address", "network"),
    ):
        value = raw.get(key)
        if value not in (None, "{{auto}}"):
            run.cover(value, cls, f"user:{key}")
    if raw.get("id") is not None:
        out["id"] = run.user_id(raw["id"])
    role = raw.get("role")
    if isinstance(role, str) and machine_word(role):
        kept = run.leaf("role", role)
        if kept == role:
            out["role"] = role
    return out


def tags(run: Pass, raw: Any) -> dict[str, Any]:
    """Tags as a dict, whatever form they came in."""
    pairs = (
        raw.items()
        if isinstance(raw, dict)
        else [pair for pair in raw or () if isinstance(pair, (list, tuple)) and len(pair) == 2]
    )
    return {run.key(str(name)): run.leaf(str(name), value) for name, value in pairs}


def fingerprint(run: Pass, raw: Any) -> list[str]:
    """Safe parts stay; any other part groups by its keyed hash."""
    out: list[str] = []
    for part in raw if isinstance(raw, list) else []:
        text = str(part)
        addresses = run.rules.addresses
        safe = (
            text in run.rules.safe
            or addresses.trusted(text)
            or addresses.code_name(text)
            or (machine_value(text) and not bare_hex(text))
        )
        if (
            text.replace(" ", "") == "{{default}}"
            or (safe and run.rules.rules.scan(text) == text)
            or (not run.rules.strict and machine_word(text) and run.leaf("part", text, people=True) == text)
        ):
            out.append(text)
        else:
            out.append(run.rules.pseudonyms.group(text))
    return out


def extra(run: Pass, raw: Any) -> Any:
    """Extra data, without the command line of the process."""
    return (
        run.bag({key: value for key, value in raw.items() if key != "sys.argv"})
        if isinstance(raw, dict)
        else None
    )


def spans(run: Pass, raw: Any) -> list[dict[str, Any]]:
    """The spans of a classic transaction."""
    return [
        classic_span(run, row)
        for row in (raw if isinstance(raw, list) else [])[:_MOST_SPANS]
        if isinstance(row, dict)
    ]


def measurements(run: Pass, raw: Any) -> dict[str, Any]:
    """Numbers with their units."""
    rows = raw.items() if isinstance(raw, dict) else ()
    return {
        run.key(str(name)): {**copy_ids(row, ("unit",)), "value": value}
        for name, row in rows
        if isinstance(row, dict)
        and isinstance(row.get("value"), (int, float))
        and (value := run.number(str(name), row["value"])) == row["value"]
    }


def modules(run: Pass, raw: Any) -> dict[str, Any] | None:
    """Installed packages and versions, at standard."""
    if run.rules.strict or not isinstance(raw, dict):
        return None
    return {
        str(name): version
        for name, version in raw.items()
        if isinstance(version, str) and len(version) < 40 and release(version)
    }


_BY_CATEGORY: dict[str, Callable[[Pass, str], Any]] = {
    "query": Pass.statement,
    "redis": _command,
    **dict.fromkeys(("http", "httplib", "xhr", "fetch"), _request_line),
}
_PARTS = {
    "message": message,
    "logentry": message,
    "request": request,
    "user": user,
    "tags": tags,
    "extra": extra,
    "breadcrumbs": breadcrumbs,
    "fingerprint": fingerprint,
    "modules": modules,
}
_STRUCTURED = {
    "exception": exceptions,
    "threads": threads,
    "stacktrace": stack,
    "contexts": contexts,
    "spans": spans,
    "measurements": measurements,
}
