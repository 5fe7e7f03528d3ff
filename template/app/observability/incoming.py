"""What a request says of itself, and what of that may be told: its id, method, route and some headers."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from starlette.routing import BaseRoute, Mount
from starlette.types import Scope

from app.observability import protection
from app.observability.headers import described, known_host
from app.observability.payloads import payload

REQUEST_ID_HEADER: Final = "X-Request-ID"
HEADER: Final = REQUEST_ID_HEADER.lower().encode()

_WELL_FORMED: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
"""Ids that are taken over from the client: long enough to be unique, nothing that needs escaping."""

_RANDOM: Final = re.compile(rb"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
"""A UUID, with or without hyphens; needs no further look."""

_METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "WEBSOCKET"}
)
"""Any other word in the method's place is the client's own, and told as `_OTHER` (as OpenTelemetry does)."""

Headers = Mapping[bytes, bytes]
"""Names in lower case; of equal ones the first."""


def headers_of(scope: Scope) -> Headers:
    """The headers of a request or websocket connection."""
    return dict(reversed(list(scope["headers"])))


def given_id(headers: Headers) -> str | None:
    """The client's request id, if it is one: well-formed, and nothing that the level holds back."""
    raw = headers.get(HEADER)
    if raw is None or not _WELL_FORMED.fullmatch(raw):
        return None
    given = raw.decode()
    return given if _RANDOM.fullmatch(raw) or protection.lets_out(given) else None


def method_of(scope: Scope) -> str:
    """The method; `WEBSOCKET` for a connection of that kind."""
    method: str = scope.get("method", "WEBSOCKET")
    return method if method in _METHODS else "_OTHER"


def trace_of(headers: Headers) -> dict[str, str]:
    """The headers that continue the caller's trace."""
    if b"sentry-trace" not in headers:
        return {}
    names = (b"sentry-trace", b"baggage")
    return {name.decode(): headers[name].decode("latin-1") for name in names if name in headers}


def routes_of(scope: Scope) -> Iterable[BaseRoute]:
    """The routes of the application that a request came to; a mounted one takes its place in the scope."""
    return getattr(scope.get("app"), "routes", ())


def route_of(scope: Scope, routes: Iterable[BaseRoute]) -> str | None:
    """The template of the route that was matched, such as `/orders/{order_id}`.

    Args:
        scope: of the request.
        routes: of the outermost application, which know where others are mounted.
    """
    # FastAPI 0.137 and newer keep a router's prefix beside the route, not on it.
    resolved = getattr(scope.get("fastapi", {}).get("effective_route_context"), "path", None)
    route = scope.get("route")
    path = resolved or getattr(route, "path", None)
    if "app_root_path" in scope:
        mounted = scope["root_path"].removeprefix(scope["app_root_path"])
        prefix = _mounts(routes, f"{mounted}/")
        path = (prefix or path) if isinstance(route, Mount) else f"{prefix}{path or ''}"
    return protection.trust_name(path) if path else None


def _mounts(routes: Iterable[BaseRoute], path: str) -> str:
    """The templates of the mounts that a path (with a slash at its end) leads through: it may hold values."""
    for route in routes:
        if isinstance(route, Mount) and (match := route.path_regex.match(path)):
            return route.path + _mounts(route.routes, f"/{match['path']}")
    return ""


def has_body(scope: Scope, headers: Headers) -> bool:
    """Whether the request announces a body."""
    return scope["type"] == "http" and (b"content-length" in headers or b"transfer-encoding" in headers)


def describe(
    scope: Scope, route: str | None, headers: Headers, body: bytes, known_hosts: Collection[str]
) -> dict[str, Any]:
    """The request as part of an event; the privacy door decides what of it leaves."""
    told: dict[str, Any] = {
        "method": method_of(scope),
        "url": route or "/",
        "headers": described(headers, known_hosts),
    }
    if host := known_host(headers, known_hosts):
        told["url"] = f"{scope.get('scheme', 'http')}://{host}{told['url']}"
    if query := scope.get("query_string"):
        told["query_string"] = query.decode("latin-1")
    if protection.active.level == "standard":
        told |= payload(headers, body)
    return told
