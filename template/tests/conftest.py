"""Fixtures: a service that is started for a test, and the inbox that gets what leaves it."""

import json
import math
import os
import sysconfig
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import Any

import httpx
import pytest
import sentry_sdk
from fastapi import FastAPI
from loguru import logger
from pydantic import SecretStr
from starlette.routing import BaseRoute

from app.settings import Settings, load_settings

# Importing `app.main` makes an application, which must not be the one of this machine's shell and `.env`.
Settings.model_config["env_file"] = None
for _name in Settings.model_fields:
    os.environ.pop(_name.upper(), None)

os.environ["LOG_LEVEL"] = "ERROR"  # that Sentry is off in it is no news

from app import observability  # noqa: E402
from app.main import create_app  # noqa: E402
from app.observability import resident_memory  # noqa: E402
from tests import probe  # noqa: E402
from tests.inbox import Inbox  # noqa: E402

del os.environ["LOG_LEVEL"]


AUTH: dict[str, str] = {
    "auth_key": "a-key-that-only-the-tests-know-0123456789-0123456789",
    "auth_issuer": "https://issuer.example",
    "auth_audience": "service-tests",
}

DEFAULTS: dict[str, Any] = {
    "environment": "test",
    "sentry_traces_sample_rate": 0.0,
    "rates_url": "http://127.0.0.1:9/",
    **AUTH,
}

Start = Callable[..., FastAPI]
Client = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def known_folders() -> Iterator[None]:
    """Loguru 0.7 looks up Python's folders for each sink that is added: a tenth of what the tests cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sysconfig.get_path", cache(sysconfig.get_path))
        yield


@pytest.fixture(scope="session", autouse=True)
def calm_output() -> None:
    """What earlier tests' clients still say of an inbox that is gone is no news."""
    logger.disable("app.observability.transport")


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A Sentry on this machine."""
    with Inbox() as running:
        yield running


@cache
def read_once(settings: tuple[tuple[str, Any], ...]) -> Settings:
    """Settings from these keywords alone; reading the environment is a good part of what a test costs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Settings, "settings_customise_sources", lambda _, init_settings, **_others: (init_settings,)
        )
        return load_settings(**dict(settings))


_overrides: dict[Callable[..., Any], Callable[..., Any]] = {}
_included: list[tuple[dict[str, Any], BaseRoute]] = []


def share_routes(app: FastAPI) -> FastAPI:
    """Give an application the routes that an earlier one has built, and all applications the same overrides.

    FastAPI 0.165 builds the routes of an included router again for each application, at its first request: a
    fifth of what the tests cost. Routers that are included in another way than before are left as they are.
    """
    app.dependency_overrides = _overrides
    for place, route in enumerate(app.router.routes):
        inclusion = dict(getattr(getattr(route, "include_context", None), "__dict__", {}))
        if inclusion.pop("dependency_overrides_provider", None) is None:
            continue  # a route of the application itself
        known = next((built for earlier, built in _included if earlier == inclusion), None)
        if known is None:
            _included.append((inclusion, route))
        else:
            app.router.routes[place] = known
    return app


@pytest.fixture
def start(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start the service, with Sentry on and no request traced; keywords are settings.

    At level standard, so that tests can read what was said; privacy has tests of its own, at every level.
    """
    observability.stop(timeout=0)
    # What an earlier test said outside of requests is not about this one.
    sentry_sdk.get_isolation_scope().clear()
    _overrides.clear()
    # Tests of other things must not meet the gauge that is due once a minute.
    monkeypatch.setattr(resident_memory, "_next", math.inf)

    def start_service(*, level: str = "standard", **settings: Any) -> FastAPI:
        monkeypatch.setattr("app.wiring.COMPLIANCE", level)
        chosen = {**DEFAULTS, **settings}
        dsn = chosen.pop("sentry_dsn", inbox.dsn)
        read = read_once(tuple(sorted(chosen.items())))
        app = create_app(read.model_copy(update={"sentry_dsn": SecretStr(dsn) if dsn else None}))
        app.include_router(probe.router)
        return share_routes(app)

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
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


@pytest.fixture
def flush() -> Callable[[], None]:
    """Wait until everything that is queued has been sent."""
    return lambda: sentry_sdk.flush(5)
