"""The request's frame: id, scope, trace, breadcrumbs, session, access line, and its last error.

Pure ASGI. It takes the place of the SDK's web integration: one layer that knows how the request ends
costs a third of it and collects nothing that is not named here.
"""

import asyncio
import os
import re
import sys
import time
from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

import sentry_sdk
from loguru import logger
from sentry_sdk.session import Session
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.observability import errors, failures, logs, privacy, protection, sentry, tracing
from app.observability.context import Context, current
from app.observability.payloads import KEPT_BODY_BYTES, payload

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.settings import Settings

REQUEST_ID_HEADER: Final = "X-Request-ID"
_HEADER: Final = REQUEST_ID_HEADER.lower().encode()
_WELL_FORMED: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
"""Ids that are taken over from the client: long enough to be unique, nothing that needs escaping."""

_RANDOM: Final = re.compile(rb"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
"""A UUID, with or without hyphens; needs no further look."""

_KEPT_HEADERS: Final = frozenset(
    b"accept accept-encoding accept-language content-encoding content-length content-type host".split()
)
"""Request headers that may be part of an event; an allow-list, so a new header is never a new leak."""

CLIENT_CLOSED_REQUEST: Final = 499
"""Status on the access line of a request whose client left before the answer (nginx' convention)."""


def instrument(app: "FastAPI", settings: "Settings") -> None:
    """Give every request of the application its context; call it after all other middleware is added."""
    app.add_middleware(
        RequestContextMiddleware,
        traces_sample_rate=settings.traces_sample_rate,
        untraced_paths=settings.sentry_untraced_paths,
        captured_statuses=settings.captured_statuses,
    )


class RequestContextMiddleware:
    """Wrap the application; must be the outermost of the added middleware."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        traces_sample_rate: float,
        untraced_paths: Iterable[str],
        captured_statuses: Iterable[int],
    ) -> None:
        """Configure.

        Args:
            app: the next application.
            traces_sample_rate: share of new traces that are sampled, 0..1.
            untraced_paths: path prefixes without transaction, access line and breadcrumb.
            captured_statuses: status codes that make a *handled* exception an event.
        """
        self.app = app
        self._rate = traces_sample_rate
        paths = [path.rstrip("/") for path in untraced_paths]
        self._untraced = frozenset(paths), tuple(f"{path}/" for path in paths)
        self._captured = frozenset(captured_statuses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._run_lifespan(scope, receive, send)
            return
        request = _Request(self, scope, send)
        token = current.set(request.context)
        try:
            with privacy.begin(), sentry_sdk.isolation_scope() as isolation:
                await request.run(isolation, receive)
        finally:
            current.reset(token)

    def is_untraced(self, scope: Scope) -> bool:
        """Whether a request is of the kind that only says that the service is there."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        whole, prefixes = self._untraced
        return path in whole or path.startswith(prefixes)

    async def _run_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        logs.route_standard_library()

        async def send_after_flush(message: Message) -> None:
            # The server may end the process once it has this message, without running exit hooks. A failure
            # is told inside its `except` block, so the exception is at hand.
            if message["type"].endswith(".failed") and (error := sys.exc_info()[1]) is not None:
                errors.report(error, mechanism="lifespan", handled=False)
            if message["type"].startswith("lifespan.shutdown."):
                await asyncio.to_thread(sentry.flush)
            await send(message)

        try:
            await self.app(scope, receive, send_after_flush)
        except Exception as error:
            errors.report(error, mechanism="lifespan", handled=False)
            raise


class _Request:
    """One request or websocket connection on its way through the middleware."""

    def __init__(self, middleware: RequestContextMiddleware, scope: Scope, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(reversed(list(scope["headers"])))  # of equals the first
        request_id = _given_id(headers.get(_HEADER)) or os.urandom(16).hex()
        self.settings = middleware
        self.scope = scope
        self.headers = headers
        self.downstream = send
        self.body = bytearray()
        self.method: str = scope.get("method", "WEBSOCKET")
        self.quiet = middleware.is_untraced(scope)
        self.started = time.perf_counter()
        self.status: int | None = None
        self.failure: failures.Failure | None = None
        self._route: str | None = None
        self.context = Context(
            request_id=request_id,
            trace_id="",
            route=self.route,
            request=self.describe,
            # A connection that stays open for hours must not hold its errors back until it ends.
            answered=scope["type"] == "websocket",
        )
        # For whoever answers outside of this middleware: the handler of unhandled errors.
        scope.setdefault("state", {})["request_id"] = request_id

    async def run(self, isolation: sentry_sdk.Scope, receive: Receive) -> None:
        active = sentry_sdk.is_initialized()
        self.upstream = receive
        incoming = self.receive if self._keeps_body() else receive
        isolation.clear_breadcrumbs()
        isolation.set_tag("request_id", self.context.request_id)
        transaction = tracing.begin_request(
            isolation,
            self._incoming_trace(),
            name=f"{self.method} request",
            op=f"{self.scope['type']}.server",
            rate=self.settings._rate if active and not self.quiet else 0.0,
        )
        self.context.trace_id = isolation.get_active_propagation_context().trace_id
        if active and not self.quiet:
            self._breadcrumb("request started", {"method": self.method})
        try:
            with transaction or nullcontext():
                try:
                    await self.settings.app(self.scope, incoming, self.send)
                except Exception as error:
                    self._crashed(isolation, error)
                    raise
                finally:
                    if transaction is not None:
                        self._name(transaction)
        finally:
            errors.release(self.context)
            if active:
                self._end_session()
            self._access_line()
            if self.failure is not None:
                failures.tell(self.failure)

    async def receive(self) -> Message:
        """Pass a part of the body on, and keep the beginning of it for an event."""
        message = await self.upstream()
        if message["type"] == "http.request" and len(self.body) < KEPT_BODY_BYTES:
            self.body += message.get("body", b"")
        return message

    async def send(self, message: Message) -> None:
        """Pass a message on; on the first of an answer, add the id and look at the outcome."""
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self._answer(message)
        elif message["type"] == "websocket.accept":
            self.status = 101
            message["headers"] = [*message.get("headers", ()), (_HEADER, self.context.request_id.encode())]
        await self.downstream(message)

    def route(self) -> str | None:
        """The template of the route that was matched, such as `/orders/{order_id}`."""
        if self._route is None:
            # FastAPI 0.137 and newer keep a router's prefix beside the route, not on it.
            resolved = getattr(self.scope.get("fastapi", {}).get("effective_route_context"), "path", None)
            path = resolved or getattr(self.scope.get("route"), "path", None)
            self._route = protection.trust_name(path) if path else None
        return self._route

    def describe(self) -> dict[str, Any]:
        """The request as part of an event; the privacy door decides what of it leaves."""
        kept = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in self.headers.items()
            if name in _KEPT_HEADERS
        }
        host = kept.get("host", "")
        told: dict[str, Any] = {
            "method": self.method,
            "url": f"{self.scope.get('scheme', 'http')}://{host}{self.route() or '/'}",
            "headers": kept,
        }
        if query := self.scope.get("query_string"):
            told["query_string"] = query.decode("latin-1")
        if protection.active.level == "standard":
            told |= payload(self.headers, bytes(self.body))
        return told

    def _keeps_body(self) -> bool:
        has_body = b"content-length" in self.headers or b"transfer-encoding" in self.headers
        return has_body and self.scope["type"] == "http" and protection.active.level == "standard"

    def _incoming_trace(self) -> dict[str, str]:
        if b"sentry-trace" not in self.headers:
            return {}
        names = (b"sentry-trace", b"baggage")
        return {name.decode(): self.headers[name].decode("latin-1") for name in names if name in self.headers}

    def _answer(self, message: Message) -> None:
        status: int = message["status"]
        self.status = status
        headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != _HEADER]
        message["headers"] = [*headers, (_HEADER, self.context.request_id.encode())]
        if status >= 400:
            self._set_response(sentry_sdk.get_isolation_scope(), status)
        self._breadcrumb("request answered", {"status": status})
        if status in self.settings._captured:
            # Exception handlers answer inside their `except` block, so the exception is at hand here,
            # whichever handler it is and whoever wrote it.
            error = sys.exc_info()[1] or self.scope["state"].get("error")
            if error is not None:
                event_id = errors.report(error, mechanism="asgi", handled=True)
                self.failure = failures.Failure(error, event_id)
                line = logger.bind(_reported=True, sentry_event_id=event_id).opt(exception=error)
                line.error("error answered with status {}", status)
        errors.release(self.context)

    def _crashed(self, isolation: sentry_sdk.Scope, error: Exception) -> None:
        """Report an error that nobody handled; the server's last resort answers it after us."""
        self.context.crashed = True
        if self.status is None:
            self.status = 500
            self._set_response(isolation, 500)
            self._breadcrumb("request failed", {"status": 500})
        event_id = errors.report(error, mechanism="asgi", handled=False)
        self.failure = failures.Failure(error, event_id)
        logger.bind(_reported=True, sentry_event_id=event_id).opt(exception=error).error("unhandled error")
        logs.mark_logged(error)

    def _name(self, transaction: sentry_sdk.tracing.Transaction) -> None:
        route = self.route()
        transaction.name = route or f"{self.method} unmatched"
        transaction.source = "route" if route else "custom"
        transaction.set_data("http.request.method", self.method)
        if self.status is not None:
            transaction.set_http_status(self.status)

    def _set_response(self, isolation: sentry_sdk.Scope, status: int) -> None:
        isolation.set_context("response", {"status_code": status, "duration_ms": self._duration_ms()})

    def _breadcrumb(self, message: str, data: dict[str, Any]) -> None:
        if route := self.route():
            data["route"] = route
        if "status" in data:
            data["duration_ms"] = self._duration_ms()
        sentry_sdk.add_breadcrumb(message=message, category="http", level="info", data=data)

    def _end_session(self) -> None:
        """Count the request for release health: exited, errored or crashed."""
        client = sentry_sdk.get_client()
        session = Session(
            sid=_ANY_SESSION,
            release=client.options["release"],
            environment=client.options["environment"],
            session_mode="request",
            errors=self.context.error_count,
            status="crashed" if self.context.crashed else "ok",
        )
        session.close()
        client.capture_session(session)

    def _access_line(self) -> None:
        if self.quiet:
            return
        status = self.status if self.status is not None else CLIENT_CLOSED_REQUEST
        http = {
            "method": self.method,
            "route": self.route() or "(unmatched)",
            "status": status,
            "duration_ms": self._duration_ms(),
        }
        logger.bind(_ours=logs.OURS, _http=http).info("{method} {route} {status} {duration_ms} ms", **http)

    def _duration_ms(self) -> float:
        return round((time.perf_counter() - self.started) * 1000, 1)


def _given_id(raw: bytes | None) -> str | None:
    """The client's request id, if it is one: well-formed, and nothing that the level holds back."""
    if raw is None or not _WELL_FORMED.fullmatch(raw):
        return None
    given = raw.decode()
    return given if _RANDOM.fullmatch(raw) or protection.lets_out(given) else None


_ANY_SESSION: Final = "00000000000000000000000000000000"
"""Sessions are sent as counts per minute; a random id for each would cost more than counting it."""
