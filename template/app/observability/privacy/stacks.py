"""Scrub exceptions, threads and stacks: types and places stay, texts and variables are looked at."""

import sys
from typing import Any

from app.observability.privacy.passes import Pass
from app.observability.privacy.structures import (
    FRAME_IDS,
    MECHANISM_IDS,
    SOURCE,
    copy_ids,
    ident,
    module_name,
    place,
    thread_name,
    type_name,
)

_FRAME_WITH_PATH = frozenset(FRAME_IDS) | {"abs_path"}
_MOST_FRAMES = 250
_MOST_VALUES = 60


def values_of(raw: Any) -> list[dict[str, Any]]:
    rows = raw.get("values") if isinstance(raw, dict) else raw
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def exceptions(run: Pass, raw: Any) -> dict[str, Any]:
    """Type, module, mechanism and stack stay; the value is free text."""
    rows: list[dict[str, Any]] = []
    for row in values_of(raw)[-_MOST_VALUES:]:
        module = module_name(row.get("module"))
        out: dict[str, Any] = {
            "type": type_name(row.get("type")) or "Exception",
            "module": module if not run.rules.strict or module in sys.modules else None,
        }
        if row.get("value") is not None:
            run.put(out, "value", run.text(row["value"]))
        mechanism = row.get("mechanism")
        if isinstance(mechanism, dict):
            out["mechanism"] = copy_ids(mechanism, MECHANISM_IDS)
            number = ((mechanism.get("meta") or {}).get("errno") or {}).get("number")
            if isinstance(number, int):
                out["mechanism"]["meta"] = {"errno": {"number": number}}
        if "thread_id" in row:
            out["thread_id"] = ident(row["thread_id"])
        if isinstance(row.get("stacktrace"), dict):
            out["stacktrace"] = stack(run, row["stacktrace"])
        rows.append(out)
    return {"values": rows}


def stack(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """Frames with function, file, line and source; variables of in-app frames at standard only."""
    frames = raw.get("frames")
    return {"frames": [frame(run, row) for row in (frames or [])[-_MOST_FRAMES:] if isinstance(row, dict)]}


def frame(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """One frame. What is left without its variables is code, and comes again with the next error."""
    code = raw.copy()
    variables = code.pop("vars", None)
    if run.rules.strict:
        code.pop("abs_path", None)
    out = run.rules.clean_frames(code, lambda frame: _code(run, frame))
    if variables.__class__ is dict and not run.rules.strict and raw.get("in_app") is True:
        run.put(out, "vars", _variables(run, variables))
    return out


def _code(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """Function, file and line, and lines of source without literal secrets."""
    out = place(raw, _FRAME_WITH_PATH)
    before, line, after = raw.get("pre_context"), raw.get("context_line"), raw.get("post_context")
    if run.rules.clean_source(before, line, after):
        out["pre_context"], out["context_line"], out["post_context"] = before, line, after
    elif before is not None or line is not None or after is not None:
        out.update(_source(run, raw))
    return out


def _source(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """Lines of source one by one, without literal secrets."""
    out: dict[str, Any] = {}
    for key in SOURCE:
        value = raw.get(key)
        if value.__class__ is list:
            out[key] = [run.rules.source_line(str(line)) for line in value]
        elif value.__class__ is str:
            out[key] = run.rules.source_line(value)
    return out


def _variables(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """Variables of one frame. A collection that several frames hold is scrubbed once and shared."""
    out: dict[str, Any] = {}
    for name, value in raw.items():
        if isinstance(value, (dict, list)) and value:
            seen = (repr(value), True, f"variable:{name}")
            known = run.memo.get(seen)
            if known is None:
                known = run.memo[seen] = run.bag({name: value}, people=True)
            out.update(known)
        else:
            kept, cleaned = run.entry(name, value, people=True)
            out[kept] = cleaned
    return out


def threads(run: Pass, raw: Any) -> dict[str, Any]:
    """Threads with their stacks; names are shapes or nothing."""
    rows: list[dict[str, Any]] = []
    for row in values_of(raw)[:_MOST_VALUES]:
        out = copy_ids(row, ("id", "crashed", "current"))
        if "name" in row:
            out["name"] = thread_name(row["name"])
        if isinstance(row.get("stacktrace"), dict):
            out["stacktrace"] = stack(run, row["stacktrace"])
        rows.append(out)
    return {"values": rows}
