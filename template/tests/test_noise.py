"""What is no event at all, and how many events there may be (R-FLT-1, 3, 4)."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException

from app import observability
from app.observability import logger
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


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429])  # R-FLT-1
async def test_what_the_client_did_wrong_is_no_event(
    app: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Flush, status: int
) -> None:
    @app.get("/refuse")
    def endpoint() -> None:
        raise HTTPException(status)

    assert (await client.get("/refuse")).status_code == status
    assert (await client.get("/probe/price?quantity=many")).status_code == 422
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
