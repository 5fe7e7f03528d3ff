"""One error, one event (R-LOG-2)."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response

from app.observability import capture_business_error, logger
from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]


class Broken(Exception):
    """What the routes of these tests raise."""


def _raise() -> None:
    raise Broken("it broke")


def _log_with_loguru() -> None:
    try:
        _raise()
    except Broken:
        logger.exception("loguru saw it")


def _log_with_stdlib() -> None:
    logging.getLogger("library").error("stdlib %s it", "saw")


def _log_and_raise() -> None:
    try:
        _raise()
    except Broken as error:
        logger.exception("loguru saw it")
        logging.getLogger("library").error("stdlib saw it", exc_info=True)
        logging.getLogger("library").error("without a traceback: %s", error)
        raise


def _translate() -> None:
    try:
        _raise()
    except Broken as error:
        logger.exception("before the translation")
        raise HTTPException(503, "try again later") from error


def _capture_and_raise() -> None:
    try:
        _raise()
    except Broken as error:
        capture_business_error(error, feature="checkout", context={"step": 3})
        raise


@pytest.mark.parametrize(
    ("endpoint", "status", "handled", "last_type"),
    [
        (_raise, 500, False, "Broken"),
        (_log_with_loguru, 200, True, "Broken"),
        (_log_and_raise, 500, False, "Broken"),
        (_translate, 503, True, "HTTPException"),
        (_capture_and_raise, 500, False, "Broken"),
    ],
)
async def test_one_error_is_one_event(  # R-LOG-2
    app: FastAPI,
    client: httpx.AsyncClient,
    inbox: Inbox,
    flush: Flush,
    endpoint: Callable[[], None],
    status: int,
    handled: bool,
    last_type: str,
) -> None:
    app.get("/break")(endpoint)
    answer = await client.get("/break")
    flush()
    assert answer.status_code == status
    [event] = inbox.events
    assert event["exception"]["values"][-1]["type"] == last_type
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is handled
    assert event["transaction"] == "/break"
    assert event["tags"]["request_id"] == answer.headers["x-request-id"]


async def test_a_log_message_without_exception_is_one_event_with_its_line(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    app.get("/break")(_log_with_stdlib)
    await client.get("/break")
    flush()
    [event] = inbox.events
    assert event["logentry"] == {"message": "stdlib %s it", "formatted": "stdlib saw it"}
    assert event["logger"] == "library"
    [frame] = event["threads"]["values"][0]["stacktrace"]["frames"]
    assert (frame["filename"], frame["function"]) == ("tests/test_errors.py", "_log_with_stdlib")


async def test_what_was_said_about_an_error_stays_on_its_event(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    app.get("/break")(_capture_and_raise)
    await client.get("/break")
    flush()
    [event] = inbox.events
    assert event["tags"]["feature"] == "checkout"
    assert event["contexts"]["business_error"] == {"step": 3}


async def test_another_error_in_the_same_request_is_an_event_of_its_own(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    def roll_back() -> None:
        logger.error("three rows could not be rolled back")

    @app.get("/break")
    def endpoint() -> None:
        try:
            _raise()
        except Broken:
            logger.exception("writing failed")
            roll_back()
        _ = [][0]

    await client.get("/break")
    flush()
    titles = {
        (event.get("exception") or {"values": [{"type": event["logentry"]["formatted"]}]})["values"][-1][
            "type"
        ]
        for event in inbox.events
    }
    assert titles == {"Broken", "three rows could not be rolled back", "IndexError"}
    assert len(inbox.events) == 3


async def test_an_exception_object_that_is_kept_is_a_new_error_in_every_request(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    kept = Broken("made once, raised often")

    @app.get("/break")
    def endpoint() -> None:
        raise kept

    for _ in range(3):
        await client.get("/break")
    flush()
    assert len(inbox.events) == 3


async def test_a_handler_of_ones_own_that_answers_5xx_does_not_hide_the_error(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    @app.exception_handler(Broken)
    def handler(_request: object, _error: Broken) -> JSONResponse:
        return JSONResponse({"sorry": True}, 502)

    app.get("/break")(_raise)
    assert (await client.get("/break")).json() == {"sorry": True}
    flush()
    [event] = inbox.events
    assert event["exception"]["values"][-1]["type"] == "Broken"


async def test_middleware_that_runs_the_app_in_another_task_does_not_hide_a_503(
    start: Start, client_for: Client, inbox: Inbox, flush: Flush
) -> None:
    class InAnotherTask(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
            return await call_next(request)

    app = start()
    app.user_middleware.insert(-1, Middleware(InAnotherTask))
    app.get("/break")(_translate)
    async with client_for(app) as client:
        assert (await client.get("/break")).status_code == 503
    flush()
    assert len(inbox.events) == 1


def _log_in_a_thread_and_raise() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_log_and_raise).result()


def _raise_a_group() -> None:
    caught: list[Exception] = []
    for _ in range(3):
        try:
            _raise()
        except Broken as error:
            logger.exception("one of several")
            caught.append(error)
    raise ExceptionGroup("all of them", caught)


def _translate_from_none() -> None:
    try:
        _raise()
    except Broken:
        logger.exception("before the translation")
        raise HTTPException(503) from None


@pytest.mark.parametrize("endpoint", [_log_in_a_thread_and_raise, _raise_a_group, _translate_from_none])
async def test_one_error_is_one_event_in_threads_groups_and_translations(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush, endpoint: Callable[[], None]
) -> None:
    app.get("/break")(endpoint)
    assert (await client.get("/break")).status_code in (500, 503)
    flush()
    assert len(inbox.events) == 1


class Hostile(Exception):
    """An exception that breaks whoever looks at it."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)

    def __str__(self) -> str:
        raise RuntimeError("no text")


async def test_an_exception_that_cannot_be_reported_changes_nothing(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    @app.get("/hostile")
    def endpoint() -> str:
        capture_business_error(Hostile(), feature="hostile")
        logger.opt(exception=Hostile()).error("hostile")
        return "fine"

    assert (await client.get("/hostile")).json() == "fine"


async def test_a_handled_error_leaves_a_line_where_sentry_is_off(
    start: Start, client_for: Client, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    app = start(sentry_enabled=False)
    app.get("/break")(_translate_from_none)
    async with client_for(app) as client:
        lines()
        await client.get("/break")
        await client.post("/diagnostics/captured-exception")
    told = [(line["message"], "exception" in line) for line in lines() if line["level"] == "ERROR"]
    assert ("error answered with status 503", True) in told
    assert ("business error in diagnostics", True) in told
