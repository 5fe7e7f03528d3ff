"""One routine for spans of both kinds, classic (in a transaction) and streamed (items of their own), and
their data.
"""

from typing import Any

from app.observability.privacy.passes import Pass
from app.observability.privacy.structures import SPAN_IDS, copy_ids

_DATABASE = ("db", "cache")
_REDIS = ("db.redis", "cache", "cache.get", "cache.put")


def description(run: Pass, op: str, text: Any, data: dict[str, Any]) -> Any:
    """What a span says it does, read by its operation: SQL, command, request line or a name from code."""
    if not isinstance(text, str):
        return None
    if run.rules.addresses.trusted(text):
        return text
    if op.startswith(_DATABASE):
        if op in _REDIS or data.get("db.system") == "redis" or data.get("db.system.name") == "redis":
            return run.attribute("redis", "description", text)
        return run.statement(text)
    if op.startswith("http"):
        method, _, url = text.partition(" ")
        if method.isupper() and method.isalpha() and "/" in url and " " not in url:
            return f"{method} {run.attribute('url', 'url', url)}"
    return run.name(text)


def span_data(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """Data of a span or breadcrumb, which is often the same from one to the next."""
    return run.rules.clean_data(raw, lambda data: _bag(run, data))


def _bag(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    out = run.bag(raw)
    return out if isinstance(out, dict) else {}


def classic_span(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """A span of a transaction."""
    out = copy_ids(raw, SPAN_IDS)
    data = raw.get("data")
    data = data if isinstance(data, dict) else {}
    if raw.get("description") is not None:
        run.put(out, "description", description(run, str(raw.get("op") or ""), raw["description"], data))
    if data:
        run.put(out, "data", span_data(run, data))
    if isinstance(raw.get("tags"), dict):
        run.put(
            out, "tags", {run.key(str(key)): run.leaf(str(key), value) for key, value in raw["tags"].items()}
        )
    return out


def plain_attributes(raw: Any) -> dict[str, Any]:
    """`{"key": {"value": v, "type": t}}` -> `{"key": v}`; plain values are taken as they are."""
    out: dict[str, Any] = {}
    for key, value in (raw if isinstance(raw, dict) else {}).items():
        out[str(key)] = value.get("value") if isinstance(value, dict) and "value" in value else value
    return out


def attributes(run: Pass, raw: Any) -> dict[str, Any]:
    """Attributes of a log, metric or streamed span in the form of the protocol."""
    out: dict[str, Any] = {}
    entry = run.entry
    for key, value in (raw if isinstance(raw, dict) else {}).items():
        name = key if key.__class__ is str else str(key)
        if value.__class__ is dict and "value" in value:
            inner = value["value"]
            kept, cleaned = entry(name, inner)
            out[kept] = value if cleaned is inner else {"value": cleaned, "type": _type(cleaned)}
        else:
            kept, cleaned = entry(name, value)
            out[kept] = cleaned
    return out


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "double"
    return "array" if isinstance(value, list) else "string"


def streamed_span(run: Pass, raw: dict[str, Any]) -> dict[str, Any]:
    """A span that is an item of its own."""
    out = copy_ids(raw, SPAN_IDS)
    plain = plain_attributes(raw.get("attributes"))
    if raw.get("name") is not None:
        op = str(plain.get("sentry.op") or "")
        said = description(run, "" if raw.get("is_segment") else op, raw["name"], plain)
        run.put(out, "name", said or "<unnamed>")
    if isinstance(raw.get("attributes"), dict):
        run.put(out, "attributes", attributes(run, raw["attributes"]))
    if isinstance(raw.get("links"), list):
        out["links"] = [
            copy_ids(link, ("trace_id", "span_id", "sampled"))
            for link in raw["links"][:20]
            if isinstance(link, dict)
        ]
    return out
