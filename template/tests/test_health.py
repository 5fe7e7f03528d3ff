"""Liveness, readiness, the full report: nothing hangs, and Sentry's state is the real one (R-OPS-1)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

import httpx
import pytest
from fastapi import FastAPI

from app import observability
from app.api.health import Degraded, HealthCheck, wanted
from app.observability import logger
from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]


async def works() -> str:
    return "works"


_released: list[bool] = []


async def hangs() -> str:
    while not _released:  # like a driver that does not let itself be cancelled
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0.01)
    return "at last"


@pytest.fixture(autouse=True)
async def _release() -> AsyncIterator[None]:
    _released.clear()
    yield
    _released.append(True)


async def breaks() -> str:
    raise ConnectionError("postgresql://user:a-password@db/orders is gone")


async def limps() -> str:
    raise Degraded("the replica is behind")


def use(app: FastAPI, checks: Sequence[HealthCheck]) -> None:
    app.dependency_overrides[wanted] = lambda: checks


@pytest.mark.parametrize(
    ("checks", "state", "ready"),
    [
        ([("database", works, True)], "healthy", 200),
        ([("database", breaks, True)], "unhealthy", 503),
        ([("database", limps, True)], "degraded", 200),
        ([("database", works, True), ("cache", breaks, False)], "degraded", 200),
        ([("database", hangs, True), ("cache", works, False)], "unhealthy", 503),
    ],
)
async def test_what_the_parts_say_about_the_whole(
    app: FastAPI,
    client: httpx.AsyncClient,
    checks: list[tuple[str, Callable[[], object], bool]],
    state: str,
    ready: int,
) -> None:
    use(app, [HealthCheck(name, probe, critical, 0.1) for name, probe, critical in checks])  # type: ignore[arg-type]
    report = await client.get("/health")
    assert report.json()["state"] == state
    assert report.status_code == (await client.get("/health/ready")).status_code == ready
    assert (await client.get("/health/live")).status_code == 200
    assert "a-password" not in report.text


async def test_a_check_that_hangs_does_not_hang_the_report(app: FastAPI, client: httpx.AsyncClient) -> None:
    use(app, [HealthCheck(f"check-{number}", hangs, False, 0.2) for number in range(10)])
    report = (await client.get("/health")).json()
    assert {check["detail"] for check in report["checks"].values()} == {"no answer within 0.2 s"}


async def sentry_check(client: httpx.AsyncClient) -> dict[str, object]:
    check: dict[str, object] = (await client.get("/health")).json()["checks"]["sentry"]
    assert check["critical"] is False
    return check


async def test_sentry_on(client: httpx.AsyncClient) -> None:
    assert (await sentry_check(client))["detail"] == "on"


async def test_sentry_off_is_healthy_and_says_why(start: Start, client_for: Client) -> None:
    async with client_for(start(sentry_enabled=False)) as client:
        check = await sentry_check(client)
    assert (check["state"], check["detail"]) == ("healthy", "off: SENTRY_ENABLED is false")


async def test_sentry_that_refuses_is_degraded_with_the_reason(
    client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    inbox.answer.status = 403
    logger.error("will not arrive")
    flush()
    check = await sentry_check(client)
    assert check["state"] == "degraded"
    assert "status_403" in str(check["detail"])


async def test_sentry_that_asks_for_a_pause_is_degraded(
    client: httpx.AsyncClient, inbox: Inbox, flush: Flush
) -> None:
    inbox.answer.status, inbox.answer.headers = 429, {"Retry-After": "60"}
    logger.error("will not arrive")
    flush()
    check = await sentry_check(client)
    assert check["state"] == "degraded"
    assert "asked for a pause" in str(check["detail"])


async def test_a_stopped_client_is_told(client: httpx.AsyncClient) -> None:
    observability.stop(timeout=0)
    assert (await sentry_check(client))["detail"] == "off: not started"
