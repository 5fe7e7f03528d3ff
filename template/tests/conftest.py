"""Fixtures: a service that is started for a test, and the inbox that gets what leaves it."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
import sentry_sdk
from fastapi import FastAPI

from app import observability
from app.main import create_app
from app.settings import Settings, load_settings
from tests.inbox import Inbox

AUTH: dict[str, str] = {
    "auth_key": "a-key-that-only-the-tests-know-0123456789-0123456789",
    "auth_issuer": "https://issuer.example",
    "auth_audience": "service-tests",
}

Start = Callable[..., FastAPI]
Client = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither `.env` nor the shell decide what a test sees."""
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A Sentry on this machine."""
    with Inbox() as running:
        yield running


@pytest.fixture
def start(inbox: Inbox) -> Iterator[Start]:
    """Start the service, with Sentry on and no request traced; keywords are settings."""
    observability.stop(timeout=0)

    def start_service(**settings: Any) -> FastAPI:
        defaults = {
            "environment": "test",
            "sentry_dsn": inbox.dsn,
            "sentry_traces_sample_rate": 0.0,
            "rates_url": "http://127.0.0.1:9/",
            **AUTH,
        }
        return create_app(load_settings(**{**defaults, **settings}))

    yield start_service
    observability.stop(timeout=0)


@pytest.fixture
def app(start: Start) -> FastAPI:
    """The service with the settings that most tests want."""
    return start()


@pytest.fixture
def client_for() -> Client:
    """Make a client for an application; an unhandled error is an answer, as it is for real clients."""

    @asynccontextmanager
    async def make(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
            yield client

    return make


@pytest.fixture
async def client(app: FastAPI, client_for: Client) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service."""
    async with client_for(app) as client:
        yield client


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """The log lines written since the last call."""

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]

    return read


@pytest.fixture
def flush() -> Callable[[], None]:
    """Wait until everything that is queued has been sent."""
    return lambda: sentry_sdk.flush(5)
