"""Request id, breadcrumbs and response context; nothing of one request is seen by another (R-CTX)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import sentry_sdk
from fastapi import BackgroundTasks, FastAPI, WebSocket
from fastapi.responses import StreamingResponse

from app.observability import (
    add_breadcrumb,
    logger,
    set_business_context,
    set_context,
    set_tags,
    set_user,
)
from app.observability.privacy import LEVELS
from tests.calls import call
from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]
Lines = Callable[[], list[dict[str, Any]]]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/probe/price", 200),
        ("GET", "/nowhere", 404),
        ("PUT", "/health", 405),
        ("GET", "/probe/price?quantity=many", 422),
        ("POST", "/diagnostics/http-500", 500),
        ("POST", "/diagnostics/unhandled", 500),
        ("GET", "/health/live", 200),
    ],
)
async def test_every_answer_has_a_request_id(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    given = await client.request(method, path, headers={"X-Request-ID": "support-request-42"})
    made = await client.request(method, path)
    assert given.status_code == made.status_code == status
    assert given.headers.get_list("x-request-id") == ["support-request-42"]
    assert len(made.headers["x-request-id"]) == 32
    if status >= 400:
        assert given.json()["request_id"] == "support-request-42"


@pytest.mark.parametrize(
    "malformed",
    [
        b"",
        b"short",
        b"x" * 65,
        b"x" * 10_000,
        b"has spaces in it",
        b"tab\tinside-it",
        b"nul\x00inside-it",
        b"ok-so-far\r\nset-cookie: a=b",
        b"ok-so-far\nforged-line",
        "größer-als-ascii".encode(),
        b"<script>alert(1)</script>",
        b'{"json": "12345678"}',
        b"-begins-with-a-hyphen",
    ],
)
async def test_a_malformed_request_id_is_replaced(app: FastAPI, malformed: bytes) -> None:
    sent = await call(app, "http", "/health/live", [(b"x-request-id", malformed)])
    [request_id] = [value for name, value in sent[0]["headers"] if name == b"x-request-id"]
    assert request_id.isalnum()
    assert len(request_id) == 32


async def test_the_id_of_a_500_is_on_its_event_and_on_its_lines(
    client: httpx.AsyncClient, inbox: Inbox, flush: Flush, lines: Lines
) -> None:
    answer = await client.post("/diagnostics/unhandled", headers={"X-Request-ID": "support-request-42"})
    flush()
    [event] = inbox.events
    written = [line for line in lines() if line.get("request_id")]
    assert event["tags"]["request_id"] == answer.json()["request_id"] == "support-request-42"
    assert written[0]["message"] == "unhandled error"
    assert {line["request_id"] for line in written} == {"support-request-42"}
    assert {line["trace_id"] for line in written} == {event["contexts"]["trace"]["trace_id"]}
    assert written[0]["sentry_event_id"] == event["event_id"]


@pytest.mark.parametrize("level", LEVELS)
async def test_the_event_tells_how_the_request_went(  # R-CTX-3, R-CTX-4
    start: Start, client_for: Client, inbox: Inbox, flush: Flush, level: str
) -> None:
    async with client_for(start(level=level)) as client:
        await client.post("/diagnostics/http-500?password=hunter2-in-a-query")
    flush()
    [event] = inbox.events
    crumbs = [(crumb["message"], crumb["data"]) for crumb in event["breadcrumbs"]["values"]]
    assert crumbs[0] == ("request started", {"method": "POST"})
    message, data = crumbs[-1]
    assert message == "request answered"
    assert (data["route"], data["status"]) == ("/diagnostics/http-500", 500)
    assert data["duration_ms"] >= 0
    assert event["contexts"]["response"]["status_code"] == 500
    assert event["request"]["method"] == "POST"
    assert b"hunter2" not in inbox.raw


async def test_an_event_of_the_sdk_itself_tells_it_as_well(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    @app.get("/capture")
    def endpoint() -> None:
        add_breadcrumb("looked it up", category="db")
        sentry_sdk.capture_message("found nothing")

    await client.get("/capture")
    flush()
    [event] = inbox.events
    crumbs = [crumb["message"] for crumb in event["breadcrumbs"]["values"]]
    assert crumbs == ["request started", "looked it up"]


async def test_200_concurrent_requests_see_nothing_of_each_other(
    start: Start, client_for: Client, inbox: Inbox, flush: Flush, lines: Lines
) -> None:
    app = start(sentry_error_rate_limit=1_000)

    @app.get("/mixed/{number}")
    async def endpoint(number: int, background: BackgroundTasks) -> None:
        set_user(f"user-{number}", tenant=f"tenant-{number}")
        set_tags(number=number)
        set_context("numbers", {"number": number})
        await asyncio.sleep(0.001 * (number % 7))
        set_business_context(action="mix", item_id=number)
        await asyncio.to_thread(logger.info, f"in a thread: {number}")
        if number % 2:
            raise RuntimeError(f"number {number}")
        background.add_task(_fail_later, number)

    async with client_for(app) as client:
        await asyncio.gather(
            *(client.get(f"/mixed/{n}", headers={"X-Request-ID": f"request-{n:04}"}) for n in range(200))
        )
    flush()
    assert len(inbox.events) == 200
    for event in inbox.events:
        number = event["tags"]["number"]
        assert event["tags"]["request_id"] == f"request-{int(number):04}"
        assert event["tags"]["tenant"] == f"tenant-{number}"
        assert event["user"]["id"] == f"user-{number}"
        assert event["contexts"]["numbers"]["number"] == int(number)
        assert event["exception"]["values"][-1]["value"] == f"number {number}"
        crumbs = [crumb["message"] for crumb in event["breadcrumbs"]["values"]]
        assert [text for text in crumbs if "thread" in text] == [f"in a thread: {number}"]
    for line in lines():
        if line["message"].startswith("in a thread"):
            number = line["message"].rpartition(" ")[2]
            assert line["request_id"] == f"request-{int(number):04}"
            assert line["user_id"] == f"user-{number}"


async def _fail_later(number: int) -> None:
    await asyncio.sleep(0.001)
    raise RuntimeError(f"number {number}")


async def test_what_a_request_set_is_gone_after_it(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    @app.get("/first")
    def first() -> None:
        set_user("user-1", tenant="tenant-1")
        set_tags(colour="red")

    await client.get("/first")
    await client.post("/diagnostics/unhandled")
    logger.error("outside of all requests")
    flush()
    for event in inbox.events:
        assert "user" not in event
        assert not {"colour", "tenant"} & event["tags"].keys()
    assert "request_id" not in inbox.events[-1]["tags"]


async def test_a_stream_that_breaks_is_reported_with_its_request(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("the stream broke")

    @app.get("/stream")
    def endpoint() -> StreamingResponse:
        return StreamingResponse(parts())

    answer = await client.get("/stream")
    flush()
    [event] = inbox.events
    assert answer.headers["x-request-id"] == event["tags"]["request_id"]
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is False


async def test_a_websocket_has_a_context_of_its_own(app: FastAPI, inbox: Inbox, flush: Flush) -> None:
    @app.websocket("/talk")
    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        logger.error("logged while the connection is open")
        sentry_sdk.flush(5)
        assert len(inbox.events) == 1  # not held back until the connection ends
        raise RuntimeError("the connection broke")

    with pytest.raises(RuntimeError, match="the connection broke"):
        await call(app, "websocket", "/talk", [(b"x-request-id", b"socket-request-42")])
    flush()
    assert [event["tags"]["request_id"] for event in inbox.events] == ["socket-request-42"] * 2
    assert [event["transaction"] for event in inbox.events] == ["/talk"] * 2


async def test_the_event_is_small_and_shows_the_services_own_code(
    client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    await client.post("/diagnostics/division-by-zero")
    flush()
    [event] = inbox.events
    [frame] = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert frame["filename"] == "app/api/diagnostics.py"
    assert frame["function"] == "division_by_zero"
    assert frame["context_line"].strip() == "return numerator / denominator"
    assert frame["in_app"] is True
    assert len(json.dumps(event)) < 6_000
