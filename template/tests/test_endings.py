"""How requests end that are not simply answered: what the client, the access line and Sentry are told."""

import asyncio
import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException, WebSocket
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect, Request
from starlette.websockets import WebSocketDisconnect

from tests.calls import call
from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]
Lines = Callable[[], list[dict[str, Any]]]


class Broken(Exception):
    """What the routes of these tests raise."""


class Halt(BaseException):
    """No `Exception`: neither the framework nor a handler takes it."""


def told(lines: Lines) -> tuple[list[int], list[str]]:
    """Statuses of the access lines, and the messages of the lines about errors."""
    written = lines()
    statuses = [line["http"]["status"] for line in written if "http" in line]
    return statuses, [line["message"] for line in written if line["level"] == "ERROR"]


@pytest.mark.parametrize(
    ("error", "events"),
    [
        (Halt(), 1),
        (BaseExceptionGroup("all", [Halt()]), 1),
        (SystemExit(3), 0),
        (asyncio.CancelledError(), 0),
    ],
)
async def test_what_is_no_exception_is_answered_with_the_id_like_an_error(
    app: FastAPI, inbox: Inbox, flush: Flush, lines: Lines, error: BaseException, events: int
) -> None:
    @app.get("/halt")
    async def endpoint() -> None:
        raise error

    lines()
    sent: list[dict[str, Any]] = []
    with pytest.raises(type(error)):
        await call(app, "http", "/halt", [(b"x-request-id", b"request-number-42")], sent=sent)
    flush()
    assert sent[0]["status"] == 500
    assert (b"x-request-id", b"request-number-42") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["request_id"] == "request-number-42"
    assert told(lines) == ([500], ["unhandled error"])
    assert [event["tags"]["request_id"] for event in inbox.events] == ["request-number-42"] * events


async def test_a_cancelled_request_is_one_whose_client_left(app: FastAPI, inbox: Inbox, lines: Lines) -> None:
    began = asyncio.Event()

    @app.get("/wait")
    async def endpoint() -> None:
        began.set()
        await asyncio.Event().wait()

    lines()
    sent: list[dict[str, Any]] = []
    running = asyncio.create_task(call(app, "http", "/wait", sent=sent))
    await began.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (sent, told(lines)) == ([], ([499], []))


async def test_a_client_that_leaves_while_it_sends_is_no_failure(app: FastAPI, lines: Lines) -> None:
    @app.get("/upload")
    async def endpoint(request: Request) -> None:
        await request.body()

    lines()
    with pytest.raises(ClientDisconnect):
        await call(app, "http", "/upload", leaves=True)
    assert told(lines) == ([499], [])


@pytest.fixture
def sockets(app: FastAPI) -> FastAPI:
    """An application with websocket routes that end in different ways."""

    @app.websocket("/denied")
    async def denied(socket: WebSocket) -> None:
        await socket.accept()
        raise HTTPException(500)

    @app.websocket("/closed")
    async def closed(socket: WebSocket) -> None:
        await socket.close()

    @app.websocket("/broken")
    async def broken(socket: WebSocket) -> None:
        raise Broken

    @app.websocket("/left")
    async def left(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive_text()

    return app


@pytest.mark.parametrize(
    ("path", "raised", "status", "errors"),
    [
        ("/denied", RuntimeError, 101, 1),
        ("/closed", None, 403, 0),
        ("/nowhere", None, 403, 0),
        ("/broken", Broken, 500, 1),
        ("/left", WebSocketDisconnect, 101, 0),
    ],
)
async def test_an_ended_websocket_has_one_status_and_its_error_is_one_event(
    sockets: FastAPI,
    inbox: Inbox,
    flush: Flush,
    lines: Lines,
    path: str,
    raised: type[Exception] | None,
    status: int,
    errors: int,
) -> None:
    lines()
    with pytest.raises(raised) if raised else nullcontext():
        await call(sockets, "websocket", path, leaves=path == "/left")
    flush()
    assert told(lines) == ([status], ["unhandled error"] * errors)
    assert len(inbox.events) == errors


async def test_a_websocket_that_fails_before_it_is_accepted_is_answered_with_the_id(sockets: FastAPI) -> None:
    sent: list[dict[str, Any]] = []
    with pytest.raises(Broken):
        await call(sockets, "websocket", "/broken", [(b"x-request-id", b"socket-request-42")], sent=sent)
    assert (sent[0]["type"], sent[0]["status"]) == ("websocket.http.response.start", 500)
    assert (b"x-request-id", b"socket-request-42") in sent[0]["headers"]


def _with_a_mounted(app: FastAPI) -> FastAPI:
    below = FastAPI()

    @below.get("/fail/{number}")
    async def fail(number: int) -> None:
        raise Broken

    @below.get("/busy")
    async def busy() -> None:
        raise HTTPException(503)

    between = FastAPI()
    between.mount("/below", below)
    app.mount("/of/{customer}", between)
    return app


async def test_an_unhandled_error_of_a_mounted_application_is_one_event_and_one_line(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush, lines: Lines
) -> None:
    _with_a_mounted(app)
    lines()
    answer = await client.get("/of/anna/below/fail/3")
    flush()
    [event] = inbox.events
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is False
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "fail"
    assert event["tags"]["request_id"] == answer.headers["x-request-id"]
    assert told(lines) == ([500], ["error answered with status 500"])


async def test_the_route_of_a_mounted_application_says_where_it_is_mounted(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush, lines: Lines
) -> None:
    _with_a_mounted(app)
    lines()
    for path in ("fail/3", "busy", "nothing"):
        await client.get(f"/of/anna/below/{path}")
    flush()
    below = "/of/{customer}/below"
    assert [event["transaction"] for event in inbox.events] == [f"{below}/fail/{{number}}", f"{below}/busy"]
    assert [line["http"]["route"] for line in lines() if "http" in line] == [
        f"{below}/fail/{{number}}",
        f"{below}/busy",
        below,
    ]


@pytest.mark.parametrize("path", ["/own", "/of/anna/below/busy"])
async def test_middleware_that_answers_in_another_task_does_not_hide_a_handled_error(
    start: Start, client_for: Client, inbox: Inbox, flush: Flush, path: str
) -> None:
    app = _with_a_mounted(start())
    inner, outermost = app.user_middleware[1:], app.user_middleware[0]
    app.user_middleware[:] = inner

    @app.middleware("http")
    async def pass_on(request: Request, call_next: Any) -> Any:
        return await call_next(request)

    app.user_middleware.insert(0, outermost)

    @app.exception_handler(Broken)
    async def busy(_request: object, _error: Broken) -> JSONResponse:
        return JSONResponse({"own": True}, 503)

    @app.get("/own")
    async def endpoint() -> None:
        raise Broken

    async with client_for(app) as client:
        answer = await client.get(path)
    flush()
    assert answer.status_code == 503
    [event] = inbox.events
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is True
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] in ("busy", "endpoint")
    assert event["tags"]["request_id"] == answer.headers["x-request-id"]
