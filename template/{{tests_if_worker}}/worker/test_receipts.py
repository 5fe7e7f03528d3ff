"""The sample task, from the request to the worker's event (R-WRK-2, R-WRK-3, R-WRK-4).

Sample code: yours to change or delete.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import jwt
import pytest
import sentry_sdk

from app.wiring import COMPLIANCE
from app.worker import engine
from tests.conftest import AUTH, Client, Start
from tests.inbox import Inbox
from tests.worker.conftest import PRIVACY_KEY, Receipts

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]

Ask = Callable[[], Awaitable[httpx.Response]]

ROUTE = "/orders/{order_id}/receipt"
TASK = "app.tasks.receipts.send_receipt"


@pytest.fixture
def headers() -> dict[str, str]:
    """A request of somebody."""
    claims = {"sub": "user-7", "tenant": "tenant-3", "iss": AUTH["auth_issuer"], "aud": AUTH["auth_audience"]}
    token = jwt.encode({**claims, "exp": 4_000_000_000}, AUTH["auth_key"], "HS256")
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def ask(start: Start, client_for: Client, worker_inbox: Inbox, headers: dict[str, str]) -> Ask:
    """Order something and ask for its receipt."""

    async def order_and_ask() -> httpx.Response:
        app = start(
            level=COMPLIANCE,
            privacy_key=PRIVACY_KEY,
            sentry_dsn=worker_inbox.dsn,
            sentry_traces_sample_rate=1.0,
        )
        worker_inbox.clear()
        async with engine.lifespan(app), client_for(app) as client:
            order = await client.post("/orders", json={"item": "notebook"}, headers=headers)
            answer = await client.post(f"/orders/{order.json()['order_id']}/receipt", headers=headers)
        sentry_sdk.flush(5)
        return answer

    return order_and_ask


def transactions(inbox: Inbox, name: str) -> list[dict[str, Any]]:
    """The transactions of a route or task."""
    return [item for item in inbox.transactions if item["transaction"] == name]


async def test_a_request_and_its_task_are_one_trace(
    ask: Ask, receipts: Receipts, worker_inbox: Inbox
) -> None:
    answer = await ask()
    assert answer.status_code == 202
    assert worker_inbox.wait_for(lambda inbox: bool(transactions(inbox, TASK)), 20)
    [task], [request] = transactions(worker_inbox, TASK), transactions(worker_inbox, ROUTE)
    [publishing] = [span for span in request["spans"] if span["op"] == "queue.publish"]
    assert task["contexts"]["trace"]["trace_id"] == request["contexts"]["trace"]["trace_id"]
    assert task["contexts"]["trace"]["parent_span_id"] == publishing["span_id"]
    assert task["tags"]["component"] == "worker"
    assert len(receipts.keys) == 1
    assert not worker_inbox.events


async def test_a_task_that_fails_for_good_is_one_event(
    ask: Ask, receipts: Receipts, worker_inbox: Inbox
) -> None:
    receipts.statuses = [422]
    answer = await ask()
    assert worker_inbox.wait_for(lambda inbox: bool(inbox.events and transactions(inbox, TASK)), 20)
    [event], [request] = worker_inbox.events, transactions(worker_inbox, ROUTE)
    assert event["tags"]["request_id"] == answer.headers["x-request-id"]
    assert event["tags"]["tenant"] == "tenant-3"
    assert event["user"]["id"] == request["user"]["id"]
    assert event["contexts"]["trace"]["trace_id"] == request["contexts"]["trace"]["trace_id"]
    task = event["contexts"]["task"]
    assert (task["name"], task["id"]) == (TASK, answer.json()["task_id"])
    assert (task["attempt"], task["max_attempts"]) == (1, 5)
    value = event["exception"]["values"][-1]
    assert value["type"] == "HTTPStatusError"
    assert value["mechanism"]["handled"] is False


async def test_a_service_that_recovers_gets_the_same_key_again(
    ask: Ask, receipts: Receipts, worker_inbox: Inbox
) -> None:
    receipts.statuses = [503, 200]
    await ask()
    assert worker_inbox.wait_for(lambda inbox: len(transactions(inbox, TASK)) == 2, 20)
    assert len(receipts.keys) == 2
    assert len(set(receipts.keys)) == 1
    assert not worker_inbox.events  # a retry is no event
