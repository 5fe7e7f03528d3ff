"""Handing work over: what is refused, and what a request hears of it (R-WRK-7)."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.settings import get_settings
from app.worker import ArgumentsError, QueueUnavailable, engine, enqueue, task
from app.worker.decorator import Task
from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

ORDER = UUID("6ba7b810-9dad-41d1-80b4-00c04fd430c8")


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where the broker should be."""

    async def refused(_message: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(engine, "send", refused)


def made(function: Callable[..., Any]) -> Task[..., Any]:
    """A task that no worker knows."""
    return Task(function.__name__, function, 1, (), 1.0, 1.0)


def ship(order: UUID, parcels: int) -> None:
    """Take two arguments."""


async def test_arguments_that_do_not_fit_are_told_at_once() -> None:
    with pytest.raises(ArgumentsError, match="ship: missing a required argument: 'parcels'"):
        await enqueue(made(ship), ORDER)


async def test_an_argument_that_cannot_travel_is_named_without_its_value() -> None:
    def keep(thing: object) -> None:
        """Take anything."""

    with pytest.raises(ArgumentsError, match="argument thing is a Lock") as refused:
        await enqueue(made(keep), asyncio.Lock())
    assert "0x" not in str(refused.value)


async def test_arguments_that_are_too_large_are_refused() -> None:
    def keep(text: str) -> None:
        """Take a text."""

    with pytest.raises(ArgumentsError, match="QUEUE_MAX_ARGUMENT_BYTES"):
        await enqueue(made(keep), "x" * (get_settings().queue_max_argument_bytes + 1))


async def test_types_are_the_same_on_the_other_side() -> None:
    seen: list[object] = []

    def keep(order: UUID, when: datetime) -> None:
        seen.extend([order, when])

    when = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
    declared = made(keep)
    declared.validated(**declared.arguments((ORDER, when), {}))
    assert seen == [ORDER, when]


async def test_two_tasks_of_one_name_are_refused() -> None:
    def twice() -> None:
        """Be declared."""

    task(twice)
    with pytest.raises(ValueError, match="there are two tasks called"):
        task(twice)


@pytest.mark.usefixtures("no_broker")
async def test_without_a_broker_the_request_is_told_and_one_event_is_sent(
    start: Start, client_for: Client, inbox: Inbox, flush: Callable[[], None]
) -> None:
    app: FastAPI = start()

    @app.post("/enqueue")
    async def enqueue_it() -> str:
        return await enqueue(made(ship), ORDER, parcels=1)

    async with client_for(app) as client:
        answer = await client.post("/enqueue")
    request_id = answer.headers["x-request-id"]
    assert answer.status_code == 503
    assert answer.json() == {
        "detail": "the task queue is not available right now",
        "request_id": request_id,
    }
    assert answer.headers["retry-after"]
    flush()
    [event] = inbox.events
    assert event["exception"]["values"][-1]["type"] == "QueueUnavailable"
    assert event["tags"]["request_id"] == request_id


async def test_a_broker_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = asyncio.Event()

    async def hang(_message: object) -> None:
        await answered.wait()

    monkeypatch.setattr(engine, "send", hang)
    monkeypatch.setenv("QUEUE_TIMEOUT_SECONDS", "0.05")
    get_settings.cache_clear()
    with pytest.raises(QueueUnavailable, match="TimeoutError"):
        await enqueue(made(ship), ORDER, parcels=1)
    get_settings.cache_clear()
