"""Errors after the answer began: in streams and background tasks (R-LOG-2)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import StreamingResponse

from app.observability import logger, sentry, set_user
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


async def test_reports_that_still_wait_when_the_process_ends_are_all_sent(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox
) -> None:
    answered = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    async def logs() -> None:
        await answered.wait()
        with suppress(Broken):
            _log_and_raise()

    @app.get("/later/{number}")
    async def endpoint(number: int) -> None:
        tasks.append(asyncio.create_task(logs()))

    for number in range(6):
        await client.get(f"/later/{number}")
    answered.set()
    await asyncio.gather(*tasks)
    sentry.flush()  # as every stop does
    assert len(inbox.events) == 6


async def test_what_asyncio_says_of_a_forgotten_task_is_about_nobody_else(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    @app.get("/collects")
    async def collects() -> None:
        set_user("user-2", tenant="tenant-2")
        # As the garbage collector makes asyncio do, in the middle of whatever runs.
        logging.getLogger("asyncio").error("Task exception was never retrieved", exc_info=Broken("alone"))

    await client.get("/collects")
    flush()
    [event] = inbox.events
    assert event["exception"]["values"][-1]["type"] == "Broken"
    assert event.get("transaction") != "/collects"
    assert not {"request_id", "tenant"} & event["tags"].keys()
    assert "id" not in event.get("user", {})
