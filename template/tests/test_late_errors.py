"""Errors after the answer began: in streams and background tasks (R-LOG-2)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import StreamingResponse

from app.observability import logger
from app.observability.privacy import protect
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]


class Broken(Exception):
    """What the routes of these tests raise."""


def _log_and_raise() -> None:
    try:
        raise Broken("it broke")
    except Broken:
        logger.exception("it will be raised again")
        raise


async def test_an_error_after_the_answer_is_an_event(
    client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    assert (await client.post("/diagnostics/failing-task")).status_code == 202
    flush()
    [event] = inbox.events
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is False


async def test_an_error_that_is_logged_after_the_answer_and_raised_is_one_unhandled_event(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    @app.get("/later")
    def endpoint(tasks: BackgroundTasks) -> None:
        tasks.add_task(_log_and_raise)

    @app.get("/stream")
    def streaming() -> StreamingResponse:
        def parts() -> Iterator[str]:
            yield "a part"
            _log_and_raise()

        return StreamingResponse(parts())

    await client.get("/later")
    await client.get("/stream")
    flush()
    mechanisms = [event["exception"]["values"][-1]["mechanism"] for event in inbox.events]
    assert [(mechanism["type"], mechanism["handled"]) for mechanism in mechanisms] == [("asgi", False)] * 2


async def test_an_error_of_an_open_stream_is_an_event_long_before_the_stream_ends(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.observability.held.PATIENCE_SECONDS", 0.05)
    colour = "ultramarine"

    @app.get("/stream")
    async def endpoint() -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            try:
                yield "a part"
                raise Broken(f"no record of {protect(colour)}")
            except Broken:
                logger.exception("one part failed")
            seen = await asyncio.to_thread(inbox.wait_for, lambda inbox: bool(inbox.events))
            yield f"arrived: {seen}"

        return StreamingResponse(parts())

    assert (await client.get("/stream")).text.endswith("arrived: True")
    [event] = inbox.events
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is True
    assert event["tags"]["request_id"]
    assert colour.encode() not in inbox.raw
