"""Sentry in trouble is nobody's trouble: requests keep their pace, memory stays bounded, the end comes."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import sentry_sdk
from fastapi import FastAPI
from loguru import logger
from sentry_sdk.envelope import Envelope

from app import observability, wiring
from app.observability.transport import Transport
from app.settings import load_settings
from tests.conftest import Client, Start
from tests.inbox import Inbox

Lines = Callable[[], list[dict[str, Any]]]

pytestmark = pytest.mark.anyio

REQUESTS = 20


async def _load(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(client.post("/diagnostics/unhandled") for _ in range(REQUESTS // 2)),
        *(client.get("/probe/price") for _ in range(REQUESTS // 2)),
    )
    assert sorted({answer.status_code for answer in answers}) == [200, 500]
    assert all(answer.headers["x-request-id"] for answer in answers)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {"Retry-After": "60"}),
        (429, {"X-Sentry-Rate-Limits": "60:error:organization"}),
        (500, {}),
        (413, {}),
    ],
)
async def test_a_sentry_in_trouble_disturbs_no_request(
    client: httpx.AsyncClient, inbox: Inbox, status: int, headers: dict[str, str]
) -> None:
    inbox.answer.status, inbox.answer.headers = status, headers
    await _load(client)
    observability.stop()
    assert inbox.requests > 0


async def test_a_sentry_that_never_answers_delays_neither_requests_nor_the_end(
    client: httpx.AsyncClient, inbox: Inbox
) -> None:
    inbox.answer.gate.clear()
    await _load(client)
    observability.stop(timeout=0.2)
    assert not inbox.answer.gate.is_set()  # all of it happened without a single answer
    assert inbox.envelopes == []


async def test_a_sentry_that_is_gone_disturbs_no_request(start: Start, client_for: Client) -> None:
    async with client_for(start(sentry_dsn="http://key@127.0.0.1:9/1")) as client:
        await _load(client)
    observability.stop()


async def test_memory_stays_bounded_while_sentry_does_not_answer(
    start: Start, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.observability.options.QUEUE_SIZE", 20)
    inbox.answer.gate.clear()
    start(sentry_error_rate_limit=10_000)
    for number in range(100):
        try:
            raise RuntimeError(f"number {number}")
        except RuntimeError:
            observability.logger.exception("while Sentry does not answer")
    transport = sentry_sdk.get_client().transport
    assert transport is not None
    assert not transport.is_healthy()
    assert transport.losses >= 70  # type: ignore[attr-defined]


async def test_what_was_queued_when_the_service_stops_is_sent(
    client: httpx.AsyncClient, inbox: Inbox
) -> None:
    await client.post("/diagnostics/unhandled")
    observability.stop()
    assert len(inbox.events) == 1


@pytest.mark.parametrize(
    "dsn",
    ["nonsense", "http://", "https://example.org/1", "ftp://key@example.org/1", "https://key@example.org/"],
)
async def test_a_bad_dsn_is_told_and_the_service_runs(  # R-INIT-2
    start: Start, client_for: Client, lines: Callable[[], list[dict[str, str]]], dsn: str
) -> None:
    app: FastAPI = start(sentry_dsn=dsn)
    [told] = [line for line in lines() if line["message"].startswith("Sentry is off")]
    assert told["level"] == "ERROR"
    assert "expected https://<key>@<host>/<project number>" in told["message"]
    async with client_for(app) as client:
        assert (await client.post("/diagnostics/unhandled")).status_code == 500
        assert (await client.get("/probe/price")).status_code == 200


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({"sentry_dsn": None}, "off: SENTRY_DSN is not set"),
        ({"sentry_enabled": False}, "off: SENTRY_ENABLED is false"),
        ({"environment": "development"}, "off: this is development"),
        ({"environment": "development", "sentry_enabled": True}, "on: "),
        ({"environment": "production"}, "on: "),
    ],
)
def test_when_sentry_is_on_and_one_line_about_it(  # R-INIT-2
    start: Start,
    lines: Callable[[], list[dict[str, str]]],
    settings: dict[str, object],
    state: str,
) -> None:
    start(log_format="json", **settings)
    [told] = [line["message"] for line in lines() if line["message"].startswith("Sentry is")]
    assert told.startswith(f"Sentry is {state}")
    assert "release" in told
    assert "component api" in told
    assert observability.status() is not None
    assert sentry_sdk.is_initialized() is state.startswith("on")


def test_nothing_is_enabled_that_was_not_chosen(app: FastAPI) -> None:  # R-INIT-6
    chosen = {integration.identifier for integration in wiring.sentry_integrations()}
    assert sentry_sdk.get_client().integrations.keys() == {"atexit", "threading", *chosen}


def test_starting_twice_changes_nothing(start: Start, inbox: Inbox) -> None:  # R-INIT-1
    start()
    client = sentry_sdk.get_client()
    observability.start("worker", load_settings(sentry_dsn="http://other@127.0.0.1:9/2"))
    assert sentry_sdk.get_client() is client


@pytest.fixture
def outages_are_told() -> Iterator[None]:
    logger.enable("app.observability.transport")
    yield
    logger.disable("app.observability.transport")


@pytest.mark.usefixtures("outages_are_told")
def test_an_outage_is_told_in_one_line_a_minute(start: Start, lines: Lines) -> None:
    start(sentry_dsn="http://key@127.0.0.1:9/1")
    for _ in range(3):
        sentry_sdk.capture_message("nobody hears this")
    observability.stop()
    [told] = [line["message"] for line in lines() if line["level"] == "WARNING"]
    assert re.fullmatch(r"events do not reach Sentry \(network\), \d so far", told)


def test_a_flush_waits_for_what_another_thread_is_scrubbing(
    app: FastAPI, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, scrubbed = threading.Event(), threading.Event()
    let_out = Transport.let_out

    def slowly(transport: Transport, envelope: Envelope) -> None:
        entered.set()
        scrubbed.wait(5)
        let_out(transport, envelope)

    monkeypatch.setattr(Transport, "let_out", slowly)
    threading.Thread(target=sentry_sdk.capture_message, args=["late"]).start()
    assert entered.wait(5)
    threading.Timer(0.2, scrubbed.set).start()
    sentry_sdk.flush(5)
    assert len(inbox.events) == 1
