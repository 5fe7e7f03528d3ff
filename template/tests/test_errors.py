"""One error, one event (R-LOG-2), and what is no event at all (R-FLT-1, 3, 4)."""

import asyncio
import logging
import threading
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

from app import observability
from app.observability import capture_business_error, logger
from app.observability.errors import report
from app.observability.noise import RateLimit
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


async def test_an_error_after_the_answer_is_an_event(
    client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    assert (await client.post("/diagnostics/failing-task")).status_code == 202
    flush()
    [event] = inbox.events
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is False


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
    app.user_middleware.append(Middleware(InAnotherTask))
    app.get("/break")(_translate)
    async with client_for(app) as client:
        assert (await client.get("/break")).status_code == 503
    flush()
    assert len(inbox.events) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429])  # R-FLT-1
async def test_what_the_client_did_wrong_is_no_event(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush, status: int
) -> None:
    @app.get("/refuse")
    def endpoint() -> None:
        raise HTTPException(status)

    assert (await client.get("/refuse")).status_code == status
    assert (await client.get("/orders/quote?item=pencil&quantity=many")).status_code == 422
    assert (await client.get("/nowhere")).status_code == 404
    flush()
    assert inbox.events == []


async def test_which_statuses_are_events_is_a_setting(
    start: Start, client_for: Client, inbox: Inbox, flush: Flush
) -> None:
    app = start(sentry_captured_statuses="409,500-599")

    @app.get("/refuse/{status}")
    def endpoint(status: int) -> None:
        raise HTTPException(status)

    async with client_for(app) as client:
        await client.get("/refuse/409")
        await client.get("/refuse/404")
    flush()
    assert [event["contexts"]["response"]["status_code"] for event in inbox.events] == [409]


@pytest.mark.parametrize("kind", [asyncio.CancelledError, BrokenPipeError, ConnectionResetError])  # R-FLT-3
async def test_ends_that_are_no_failures_are_no_events(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush, kind: type[BaseException]
) -> None:
    @app.get("/end")
    async def endpoint() -> None:
        try:
            raise kind
        except BaseException:
            logger.exception("ended")

    await client.get("/end")
    flush()
    assert inbox.events == []


async def test_a_burst_sends_the_limit_and_the_first_of_each_new_kind(  # R-FLT-4
    start: Start, inbox: Inbox, flush: Flush, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    start(sentry_error_rate_limit=50)
    for number in range(10_000):
        try:
            if number == 9_000:
                raise KeyError("the first of its kind")
            _raise()
        except Exception as error:
            report(error, mechanism="burst", handled=True)
    flush()
    types = [event["exception"]["values"][-1]["type"] for event in inbox.events]
    assert types.count("Broken") == 50
    assert types.count("KeyError") == 1
    lines()
    observability.stop()
    [told] = [line for line in lines() if "were not sent" in line["message"]]
    assert told["message"].startswith("9949 error events")


def test_the_rate_limit_starts_anew_every_minute_and_tells_once() -> None:  # R-FLT-4
    now, told = [0.0], list[tuple[int, int]]()
    limit = RateLimit(2, lambda *numbers: told.append(numbers), clock=lambda: now[0])
    assert [limit.admit("a") for _ in range(4)] == [True, True, False, False]
    assert limit.admit("b")
    assert told == []
    now[0] = 61.0
    assert [limit.admit("a") for _ in range(3)] == [True, True, False]
    assert told == [(2, 2)]
    limit.close()
    assert told == [(2, 2), (1, 2)]


def test_the_rate_limit_tells_although_no_further_error_comes() -> None:  # R-FLT-4
    done = threading.Event()
    limit = RateLimit(1, lambda *_: done.set(), window=0.05)
    limit.admit("a")
    limit.admit("a")
    assert done.wait(5)


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
