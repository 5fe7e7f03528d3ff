"""Scrub the request of an event, and what people wrote to us."""

from typing import Any

from app.observability.privacy.passes import Pass
from app.observability.privacy.structures import http_method, ident

_REQUEST_ENV = ("SERVER_NAME", "SERVER_PORT")


def request(run: Pass, raw: Any) -> dict[str, Any] | None:
    """Method, masked URL and allowed headers; query; cookie names and scrubbed body at standard."""
    if not isinstance(raw, dict):
        return None
    out: dict[str, Any] = {}
    strict = run.rules.strict
    method = raw.get("method")
    if isinstance(method, str):
        out["method"] = http_method(method)
    if isinstance(raw.get("url"), str):
        out["url"] = run.attribute("url", "url", raw["url"])
    query = raw.get("query_string")
    if query and run.rules.level != "hipaa":
        text = query if isinstance(query, str) else _query_text(query)
        out["query_string"] = run.attribute("query", "query_string", text)
    out["headers"] = run.headers(raw.get("headers"))
    cookies = raw.get("cookies")
    if cookies and not strict:
        names = (
            cookies.keys()
            if isinstance(cookies, dict)
            else [part.partition("=")[0].strip() for part in str(cookies).split(";")]
        )
        if isinstance(cookies, dict):
            for value in cookies.values():
                run.learned.teach(value, run.rules.markers["secret"], 6)
        out["cookies"] = {run.key(str(name)): run.rules.markers["secret"] for name in list(names)[:30]}
    data = raw.get("data")
    if data is not None and not strict:
        out["data"] = body(run, data)
    env = raw.get("env")
    if isinstance(env, dict) and not strict:
        out["env"] = {key: ident(env[key]) for key in _REQUEST_ENV if key in env}
    return out


def _query_text(query: Any) -> str:
    pairs = (
        query.items()
        if isinstance(query, dict)
        else [pair for pair in query if isinstance(pair, (list, tuple)) and len(pair) == 2]
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


def people_text(run: Pass, value: Any) -> Any:
    """What a person wrote to us: `[..]` at gdpr and hipaa."""
    return run.text(str(value or "")) if run.rules.strict else body(run, str(value or ""))


def body(run: Pass, data: Any) -> Any:
    """A body at standard: parsed data by keys; raw text is what a person wrote."""
    if isinstance(data, str):
        cleaned = run.scan(data)
        return run.leaf("", data, people=True) if cleaned == data and len(data) > 3 else cleaned
    return run.bag(data, people=True)
