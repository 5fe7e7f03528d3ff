"""One request's frame: id, scope, trace, breadcrumbs, access line, and its last error."""

import asyncio
import sys
import time
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import sentry_sdk
from loguru import logger
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.observability import (
    errors,
    failures,
    held,
    incoming,
    logs,
    protection,
    release_health,
    resident_memory,
    tracing,
)
from app.observability.context import Context, new_id
from app.observability.marks import mark_logged
from app.observability.noise import IGNORED_ERRORS
from app.observability.payloads import KEPT_BODY_BYTES
from app.observability.recording import Recording

CLIENT_CLOSED_REQUEST: Final = 499
"""Status on the access line of a request whose client left before the answer (nginx' convention)."""

_ENDS: Final = (ClientDisconnect, WebSocketDisconnect, GeneratorExit, KeyboardInterrupt)
"""What nobody can be answered after: the client left, or the process stops."""

UNMATCHED: Final = "(unmatched)"
"""Stands for the route of a request that no route was made for; its path is never told."""


class Policy(NamedTuple):
    """What all requests have in common."""

    traces_sample_rate: float
    captured_statuses: frozenset[int]
    known_hosts: frozenset[str]


class Request:
    """One request or websocket connection on its way through the middleware."""

    def __init__(self, policy: Policy, scope: Scope, send: Send, *, quiet: bool) -> None:
        """Start.

        Args:
            policy: of the service.
            scope: of the request, as the server made it.
            send: where its answer goes.
            quiet: without trace, breadcrumbs and access line.
        """
        self.policy = policy
        self.scope = scope
        self.headers = incoming.headers_of(scope)
        self.method = incoming.method_of(scope)
        self.downstream = send
        self.quiet = quiet
        self.body = bytearray()
        self.keeps_body = protection.active.level == "standard" and incoming.has_body(scope, self.headers)
        self.routes = incoming.routes_of(scope)
        self.began, self.started = time.time(), time.perf_counter()
        self.status: int | None = None
        self.duration_ms: float | None = None
        self.failure: failures.Failure | None = None
        self.ended = False
        self._route: str | None = None
        self.context = Context(
            request_id=incoming.given_id(self.headers) or new_id(),
            trace_id="",
            route=self.route,
            request=self.describe,
            breadcrumbs=self.breadcrumbs,
            # A connection that stays open for hours must not hold its errors back until it ends.
            answered=scope["type"] == "websocket",
        )
        # For whoever answers outside of this middleware: the handler of unhandled errors.
        scope.setdefault("state", {})["request_id"] = self.context.request_id

    async def run(self, app: ASGIApp, isolation: sentry_sdk.Scope, receive: Receive) -> None:
        """Pass the request on to the application, and account for how it ended."""
        active = sentry_sdk.is_initialized()
        self.upstream = receive
        isolation.clear_breadcrumbs()
        isolation.set_tag("request_id", self.context.request_id)
        isolation.set_attribute("request_id", self.context.request_id)
        trace = tracing.begin(
            incoming.trace_of(self.headers),
            name=f"{self.method} request",
            op=f"{self.scope['type']}.server",
            rate=0.0 if self.quiet else self.policy.traces_sample_rate,
            source="url",
            origin="auto.http.watchkeeper",
        )
        self.context.trace_id = trace.trace_id
        try:
            with trace:
                try:
                    await app(self.scope, self.receive, self.send)
                except BaseException as error:
                    await self._raised(isolation, error)
                    raise
                finally:
                    if trace.sampled:
                        self._name(trace)
        finally:
            held.release(self.context)
            if active:
                release_health.count(errors=self.context.error_count, crashed=self.context.crashed)
                resident_memory.measure()
            if not self.quiet:
                self._access_line()
            if self.failure is not None:
                failures.tell(self.failure)

    async def receive(self) -> Message:
        """Pass a message of the client on: keep the beginning of a body for an event, and see it leave."""
        message = await self.upstream()
        if message["type"] == "http.request":
            if self.keeps_body and len(self.body) < KEPT_BODY_BYTES:
                self.body += message.get("body", b"")
        elif message["type"] in ("http.disconnect", "websocket.disconnect"):
            self.ended = True
        return message

    async def send(self, message: Message) -> None:
        """Pass a message on; on the first of an answer, add the id and look at the outcome."""
        if self.status is None:  # else it began; a server refuses a second answer, in the application
            self._begin(message)
        await self.downstream(message)

    def _begin(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self._answer(message)
        elif message["type"] == "websocket.accept":
            self.status = 101
            message["headers"] = [*message.get("headers", ()), self._id_header()]
        elif message["type"] == "websocket.close":
            self.status = 403  # what servers make of it before the connection is accepted

    def route(self) -> str | None:
        """The template of the route, once it is known."""
        if self._route is None:
            self._route = incoming.route_of(self.scope, self.routes)
        return self._route

    def describe(self) -> dict[str, Any]:
        """The request as part of an event."""
        return incoming.describe(
            self.scope, self.route(), self.headers, bytes(self.body), self.policy.known_hosts
        )

    def breadcrumbs(self) -> list[dict[str, Any]]:
        """The request's own breadcrumbs so far, made when an event asks for them: most requests have none."""
        if self.quiet:
            return []
        crumbs = [self._breadcrumb("request started", 0.0, {"method": self.method})]
        if self.duration_ms is not None:
            message = "request failed" if self.context.crashed else "request answered"
            ended = {
                "route": self.route() or UNMATCHED,
                "status": self.status,
                "duration_ms": self.duration_ms,
            }
            crumbs.append(self._breadcrumb(message, self.duration_ms, ended))
        return crumbs

    def _breadcrumb(self, message: str, after_ms: float, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "default",
            "category": "http",
            "level": "info",
            "message": protection.active.trust_text(message),
            "data": data,
            "timestamp": datetime.fromtimestamp(self.began + after_ms / 1000, UTC).isoformat(),
        }

    def _answer(self, message: Message) -> None:
        status: int = message["status"]
        self.status, self.duration_ms = status, self._elapsed_ms()
        headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != incoming.HEADER]
        message["headers"] = [*headers, self._id_header()]
        if status >= 400:
            self._set_response(sentry_sdk.get_isolation_scope())
        if status in self.policy.captured_statuses:
            # Exception handlers answer inside their `except` block, so the exception is at hand here,
            # whichever handler it is and whoever wrote it; or noted by `HandledErrorMiddleware`.
            error = sys.exc_info()[1] or self.scope["state"].get("error")
            if error is not None:
                # A mounted application answers and raises then: the report waits for that, not for more.
                self.context.answered = True
                event_id = errors.report(error, mechanism="asgi", handled=True)
                self.failure = failures.Failure(error, event_id)
                line = logger.bind(_reported=True, sentry_event_id=event_id).opt(exception=error)
                line.error("error answered with status {}", status)
                return
        held.release(self.context)

    async def _raised(self, isolation: sentry_sdk.Scope, error: BaseException) -> None:
        """Account for what the application raised, and answer it where Starlette does not."""
        self.ended = isinstance(error, _ENDS) or (
            isinstance(error, IGNORED_ERRORS) and (self.ended or _is_being_cancelled())
        )
        if self.ended:
            mark_logged(error)  # not a failure: servers would write a line for it
            return
        unanswered = self.status is None
        self._crashed(isolation, error)
        if unanswered and self._is_left_to_the_server(error):
            request_id = self.context.request_id
            body = {"detail": "Internal Server Error", "request_id": request_id}
            response = JSONResponse(body, 500, {incoming.REQUEST_ID_HEADER: request_id})
            await response(self.scope, self.receive, self.downstream)

    def _is_left_to_the_server(self, error: BaseException) -> bool:
        """Whether Starlette answers no such error, and the connection can still be answered."""
        if self.scope["type"] == "websocket":
            return "websocket.http.response" in (self.scope.get("extensions") or {})
        return not isinstance(error, Exception)

    def _crashed(self, isolation: sentry_sdk.Scope, error: BaseException) -> None:
        """Report an error that nobody handled; its answer comes after us."""
        self.context.crashed = True
        if self.status is None:
            self.status, self.duration_ms = 500, self._elapsed_ms()
            self._set_response(isolation)
        event_id = errors.report(error, mechanism="asgi", handled=False)
        if self.failure is None or self.failure.error is not error:  # else there is a line
            line = logger.bind(_reported=True, sentry_event_id=event_id)
            line.opt(exception=error).error("unhandled error")
        self.failure = failures.Failure(error, event_id)
        mark_logged(error)

    def _name(self, trace: Recording) -> None:
        route = self.route()
        trace.rename(route or f"{self.method} unmatched", "route" if route else "custom")
        trace.set_data("http.request.method", self.method)
        if self.status is not None:
            trace.set_http_status(self.status)

    def _set_response(self, isolation: sentry_sdk.Scope) -> None:
        isolation.set_context("response", {"status_code": self.status, "duration_ms": self.duration_ms})

    def _access_line(self) -> None:
        unanswered = CLIENT_CLOSED_REQUEST if self.ended else 500
        logs.access_line(
            method=self.method,
            route=self.route() or UNMATCHED,
            status=unanswered if self.status is None else self.status,
            duration_ms=self._elapsed_ms(),
        )

    def _id_header(self) -> tuple[bytes, bytes]:
        return incoming.HEADER, self.context.request_id.encode()

    def _elapsed_ms(self) -> float:
        return round((time.perf_counter() - self.started) * 1000, 1)


def _is_being_cancelled() -> bool:
    """Whether somebody cancels this task; a `CancelledError` may also be raised like any other error."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
