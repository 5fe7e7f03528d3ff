"""Routes that fail on purpose exist where they may, and nowhere else (R-OPS-2)."""

from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

ROUTES = [
    "unhandled",
    "http-500",
    "captured-exception",
    "captured-message",
    "division-by-zero",
    "failing-task",
]


@pytest.mark.parametrize("route", ROUTES)
async def test_each_route_makes_one_event(
    client: httpx.AsyncClient, inbox: Inbox, flush: Callable[[], None], route: str
) -> None:
    await client.post(f"/diagnostics/{route}")
    flush()
    assert len(inbox.events) == 1


async def test_a_slow_request_is_reported(
    client: httpx.AsyncClient, inbox: Inbox, flush: Callable[[], None]
) -> None:
    assert (await client.post("/diagnostics/slow?seconds=0.6")).status_code == 200
    assert (await client.post("/diagnostics/slow?seconds=3600")).status_code == 422
    flush()
    [event] = inbox.events
    assert event["contexts"]["slow_operation"]["operation"] == "diagnostics.slow"


@pytest.mark.parametrize("token", [None, "let-me-in"])
async def test_production_has_none_of_them(start: Start, client_for: Client, token: str | None) -> None:
    app = start(environment="production", diagnostics_token=token)
    assert not [path for path in app.openapi()["paths"] if path.startswith("/diagnostics")]
    async with client_for(app) as client:
        for route in [*ROUTES, "slow"]:
            answer = await client.post(f"/diagnostics/{route}", headers={"X-Diagnostics-Token": "let-me-in"})
            assert answer.status_code == 404


@pytest.mark.parametrize(
    ("environment", "token", "given", "address", "status"),
    [
        ("test", None, None, "127.0.0.1", 202),
        ("development", None, None, "::1", 202),
        ("development", None, None, "10.1.2.3", 404),
        ("development", "let-me-in", None, "127.0.0.1", 404),
        ("development", "let-me-in", "let-me-in", "10.1.2.3", 202),
        ("staging", None, None, "127.0.0.1", 404),
        ("staging", "let-me-in", "wrong", "127.0.0.1", 404),
        ("staging", "let-me-in", "let-me-in", "10.1.2.3", 202),
    ],
)
async def test_elsewhere_they_are_guarded(
    start: Start, environment: str, token: str | None, given: str | None, address: str, status: int
) -> None:
    app = start(environment=environment, diagnostics_token=token)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        headers = {"X-Diagnostics-Token": given} if given else {}
        assert (await client.post("/diagnostics/failing-task", headers=headers)).status_code == status
