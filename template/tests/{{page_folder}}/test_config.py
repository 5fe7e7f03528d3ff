"""R-WEB-1, R-INIT-2, R-INIT-3: what the page is told about its environment."""

import json
from typing import Any

import httpx
import jwt
import pytest

from app.api import page
from app.page.visitors import VisitorRate
from tests.conftest import AUTH, Client, Start
from tests.inbox import Inbox
from tests.test_auth import claims

OTHER = "https://0123456789abcdef0123456789abcdef@sentry.example/7"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has reported anything yet."""
    monkeypatch.setattr(page, "_reports", VisitorRate(page.REPORTS_PER_MINUTE))


async def config(start: Start, client_for: Client, **settings: Any) -> dict[str, Any]:
    async with client_for(start(**settings)) as client:
        answer = await client.get("/config.json")
    assert answer.headers["cache-control"] == "no-cache"
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.anyio
async def test_the_page_is_told_release_level_and_rates(start: Start, client_for: Client) -> None:
    told = await config(
        start,
        client_for,
        level="gdpr",
        app_version="2.1.0",
        git_commit="abcdef12",
        sentry_traces_sample_rate=0.5,
    )
    assert told["release"].endswith("@2.1.0+abcdef12")
    assert (told["environment"], told["level"]) == ("test", "gdpr")
    assert told["sentry"]["traces_sample_rate"] == 0.5
    assert told["sentry"]["replay_sample_rate"] == 0


@pytest.mark.anyio
@pytest.mark.parametrize(("tunnel", "rate"), [(False, 0.5), (True, 0)])
async def test_nothing_is_recorded_that_the_tunnel_would_refuse(
    start: Start, client_for: Client, capsys: pytest.CaptureFixture[str], tunnel: bool, rate: float
) -> None:
    settings = {"sentry_replay_sample_rate": 0.5, "sentry_replay_error_sample_rate": 0.5}
    told = await config(start, client_for, sentry_tunnel_enabled=tunnel, **settings)
    assert [told["sentry"][f"replay_{kind}sample_rate"] for kind in ("", "error_")] == [rate, rate]
    assert ("the page is not recorded" in "".join(capsys.readouterr())) is tunnel


@pytest.mark.anyio
async def test_the_page_has_a_dsn_of_its_own_or_the_common_one(
    start: Start, client_for: Client, inbox: Inbox
) -> None:
    assert (await config(start, client_for))["sentry"]["dsn"] == inbox.dsn
    assert (await config(start, client_for, sentry_dsn_frontend=OTHER))["sentry"]["dsn"] == OTHER


@pytest.mark.anyio
@pytest.mark.parametrize(
    "settings",
    [
        {"sentry_dsn": None},
        {"sentry_enabled": False},
        {"environment": "development"},
        {"sentry_dsn_frontend": "not a dsn"},
    ],
)
async def test_sentry_is_off_in_the_page_where_it_is_off(
    start: Start, client_for: Client, settings: dict[str, Any]
) -> None:
    assert (await config(start, client_for, **settings))["sentry"] is None


@pytest.mark.anyio
async def test_a_variable_may_only_make_the_level_stricter(start: Start, client_for: Client) -> None:
    told = await config(start, client_for, level="gdpr", compliance_level="standard")
    assert told["level"] == "gdpr"
    told = await config(start, client_for, level="gdpr", compliance_level="hipaa")
    assert told["level"] == "hipaa"


@pytest.mark.anyio
@pytest.mark.parametrize(("environment", "expected"), [("test", True), ("production", False)])
async def test_the_page_breaks_things_outside_of_production_only(
    start: Start, client_for: Client, environment: str, expected: bool
) -> None:
    assert (await config(start, client_for, environment=environment))["diagnostics"] is expected


@pytest.mark.anyio
async def test_reports_are_offered_where_the_api_takes_them(start: Start, client_for: Client) -> None:
    app = start()
    takes = "post" in app.openapi()["paths"].get("/reports", {})
    async with client_for(app) as client:
        assert (await client.get("/config.json")).json()["reports"] is takes


@pytest.mark.anyio
@pytest.mark.parametrize("level", ["standard", "hipaa"])
async def test_the_page_learns_its_user_as_sentry_knows_it(
    start: Start, client_for: Client, level: str
) -> None:
    async with client_for(start(level=level, **AUTH)) as client:
        headers = {"Authorization": f"Bearer {jwt.encode(claims(sub='user-17'), AUTH['auth_key'], 'HS256')}"}
        told = (await client.get("/page/user", headers=headers)).json()["id"]
        assert (await client.get("/page/user")).status_code == 401
    assert (told == "user-17") is (level == "standard")
    assert told == "user-17" or told.startswith("u-")


REPORT = {
    "csp-report": {
        "document-uri": "https://app.example/patients/anna-schmidt?token=hunter2",
        "referrer": "https://app.example/anna",
        "blocked-uri": "https://evil.example/x.js",
        "effective-directive": "script-src-elem",
    }
}


@pytest.mark.anyio
@pytest.mark.parametrize("level", ["standard", "gdpr", "hipaa"])
async def test_what_the_policy_stops_is_an_event_without_addresses(
    start: Start, client_for: Client, inbox: Inbox, flush: Any, level: str
) -> None:
    async with client_for(start(level=level)) as client:
        answer = await client.post("/page/policy", content=json.dumps(REPORT))
    assert answer.status_code == 204
    flush()
    [event] = inbox.events
    assert "the policy of the page stopped something" in json.dumps(event)
    for part in (b"anna", b"hunter2", b"evil.example"):
        assert part not in inbox.raw


@pytest.mark.anyio
async def test_other_things_are_no_report(start: Start, client_for: Client, inbox: Inbox, flush: Any) -> None:
    async def post(client: httpx.AsyncClient, content: bytes) -> int:
        return (await client.post("/page/policy", content=content)).status_code

    async with client_for(start()) as client:
        assert await post(client, b"{}") == 400
        assert await post(client, b"x" * 20_000) == 413
        statuses = [await post(client, b"nothing") for _ in range(20)]
    assert 429 in statuses
    flush()
    assert not inbox.events
