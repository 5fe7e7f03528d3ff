"""What a client may write into a request freely is told in our words or not at all (R-PRV-3)."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from app.observability import carrier
from app.observability.privacy import LEVELS
from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

NAME, NUMBER = "leilani-takahashi", "431279876"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def failing(app: FastAPI, queued: list[dict[str, str]]) -> FastAPI:
    """With a route that fails, and one that looks at what would be handed on."""

    @app.api_route("/break", methods=["POST", NUMBER])
    async def endpoint() -> None:
        queued.append(carrier())
        raise RuntimeError("a constant text")

    return app


@pytest.mark.parametrize("level", LEVELS)
async def test_a_clients_own_words_are_not_told(
    start: Start,
    client_for: Client,
    inbox: Inbox,
    flush: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    level: str,
) -> None:
    queued: list[dict[str, str]] = []
    app = failing(start(level=level, sentry_traces_sample_rate=1.0), queued)
    given = ("release", "environment", "public_key", "org_id", "user_segment", "replay_id", "sampled")
    baggage = [f"sentry-{name}={quote(value)}" for name in given for value in (NAME, NUMBER)]
    headers = {
        "Host": f"{NAME}.clinic.example",
        "Content-Type": f"multipart/form-data; boundary={NUMBER}",
        "Accept-Language": f"{NUMBER}, de-AT;q=0.9, {NAME}",
        "Accept": f"text/{NAME}, application/json",
        "Accept-Encoding": f"gzip, {NAME}",
        "sentry-trace": f"{TRACE}-00f067aa0ba902b7-1",
        "baggage": ",".join(["sentry-sample_rate=0.5", f"sentry-trace_id={TRACE}", *baggage]),
    }
    async with client_for(app) as client:
        assert (await client.request("POST", "/break", headers=headers)).status_code == 500
        assert (await client.request(NUMBER, "/break")).status_code == 500
    flush()
    left = inbox.raw.decode() + capsys.readouterr().err + str(queued)
    assert NAME not in left
    assert NUMBER not in left
    event = inbox.events[0]
    assert event["contexts"]["trace"]["trace_id"] == TRACE
    assert event["request"]["url"] == "/break"
    assert event["request"]["headers"]["accept"] == "text/*, application/json"
    assert event["request"]["headers"]["content-type"] == "multipart/form-data"
    assert "sentry-sample_rate=0.5" in queued[0]["baggage"]
    assert "sentry-environment=test" in queued[0]["baggage"]


async def test_a_host_of_ours_is_told(
    start: Start, client_for: Client, inbox: Inbox, flush: Callable[[], None]
) -> None:
    app = failing(start(sentry_known_hosts=("api.example.org",)), [])
    async with client_for(app) as client:
        await client.post("/break", headers={"Host": "API.example.org:8443"})
    flush()
    assert inbox.events[0]["request"]["url"] == "http://api.example.org/break"
    assert inbox.events[0]["request"]["headers"]["host"] == "api.example.org"
