"""Scrub the contexts of an event: the machine's, the trace's, the response's, and those of the service."""

from typing import Any

from app.observability.privacy.passes import Pass
from app.observability.privacy.patterns import pattern
from app.observability.privacy.requests import body, people_text
from app.observability.privacy.shapes import machine_word
from app.observability.privacy.spans import span_data
from app.observability.privacy.stacks import values_of
from app.observability.privacy.structures import (
    HEADER_TRACE_IDS,
    MACHINE_CONTEXTS,
    RUNTIME_KEYS,
    TRACE_IDS,
    copy_ids,
    technical,
)
from app.observability.privacy.texts import DENIED

_MOST_FLAGS = 100
_MANY_DIGITS = pattern(r"(?:[0-9][^0-9]?){4}")
_TWO_DIGITS = pattern(r"[0-9]{2}")


def contexts(run: Pass, raw: Any) -> dict[str, Any]:
    """The trace context by its own list, contexts of the machine by theirs, all others as nested data."""
    out: dict[str, Any] = {}
    for name, value in (raw if isinstance(raw, dict) else {}).items():
        if not isinstance(value, dict):
            continue
        if name == "trace":
            out[name] = trace_context(run, value)
        elif name in MACHINE_CONTEXTS:
            out[name] = {
                key: item
                for key in (*RUNTIME_KEYS, "profiler_id", "model", "arch")
                if (item := technical(value.get(key))) is not None
            }
        elif name == "feedback":
            run.put(out, name, {"message": people_text(run, value.get("message"))})
        elif name == "flags":
            run.put(out, name, {"values": [_flag(run, row) for row in values_of(value)[:_MOST_FLAGS]]})
        elif name == "response":
            run.put(out, name, {key: item for key, item in _response(run, value).items() if item is not None})
        else:
            run.put(
                out, run.key(str(name)), run.bag({key: item for key, item in value.items() if key != "type"})
            )
    return out


def _flag(run: Pass, row: dict[str, Any]) -> dict[str, Any]:
    """A feature flag: its name is given in code, its result is a switch."""
    name, result = row.get("flag"), row.get("result")
    digits = _TWO_DIGITS if run.rules.strict else _MANY_DIGITS
    plain = isinstance(name, str) and machine_word(name) and not digits.search(name)
    kept = run.leaf("flag", name) if plain else DENIED
    return {"flag": kept, "result": result if isinstance(result, bool) else None}


def _response(run: Pass, value: dict[str, Any]) -> dict[str, Any]:
    out = run.bag(
        {key: item for key, item in value.items() if key not in ("headers", "cookies", "data", "body")}
    )
    if value.get("headers"):
        out["headers"] = run.headers(value["headers"])
    if value.get("data") is not None and not run.rules.strict:
        out["data"] = body(run, value["data"])
    return dict(out)


def trace_context(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """Ids, operation and status of the trace; its data is read like the data of a span."""
    out = copy_ids(raw, TRACE_IDS)
    if isinstance(raw.get("description"), str):
        run.put(out, "description", run.name(raw["description"]))
    if isinstance(raw.get("data"), dict):
        run.put(out, "data", span_data(run, raw["data"]))
    if isinstance(raw.get("dynamic_sampling_context"), dict):
        out["dynamic_sampling_context"] = sampling_context(run, raw["dynamic_sampling_context"])
    return out


def sampling_context(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """What travels in the envelope header and in baggage; the transaction's name once more."""
    out = {**copy_ids(raw, HEADER_TRACE_IDS), **run.own(raw)}
    if raw.get("transaction") is not None:
        out["transaction"] = run.name(raw["transaction"])
    return out
