"""The tunnel takes envelopes of the page, of nobody else, of known types and size, and scrubs them."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api import tunnel
from app.page.visitors import VisitorRate
from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

PAGE = {"origin": "http://service.test"}


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has sent anything yet."""
    monkeypatch.setattr(tunnel, "_rate", VisitorRate(tunnel.ENVELOPES_PER_MINUTE))


@pytest.fixture
async def client(start: Start, client_for: Client) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(start(level="gdpr", sentry_tunnel_enabled=True)) as client:
        yield client


def envelope(dsn: str | None, payload: dict[str, Any] | None = None, kind: Any = "event") -> bytes:
    headers = {"event_id": "a" * 32, **({"dsn": dsn} if dsn else {})}
    item = json.dumps(payload or {"event_id": "a" * 32, "level": "error", "platform": "javascript"})
    return "\n".join([json.dumps(headers), json.dumps({"type": kind, "length": len(item)}), item]).encode()


async def send(client: httpx.AsyncClient, content: bytes, **headers: str) -> httpx.Response:
    return await client.post("/page/mail", content=content, headers={**PAGE, **headers})


async def test_an_envelope_arrives_scrubbed_and_alone(client: httpx.AsyncClient, inbox: Inbox) -> None:
    payload = {
        "event_id": "a" * 32,
        "platform": "javascript",
        "exception": {"values": [{"type": "Error", "value": "anna.schmidt@clinic.example is ill"}]},
        "user": {"id": "17", "email": "anna.schmidt@clinic.example", "ip_address": "203.0.113.9"},
    }
    answer = await send(
        client, envelope(inbox.dsn, payload), cookie="session=hunter2", authorization="Bearer abc"
    )
    assert (answer.status_code, answer.json()) == (200, {})
    [event] = inbox.events
    assert event["exception"]["values"][0]["type"] == "Error"
    for part in (b"anna", b"203.0.113.9", b"hunter2", b"Bearer", b"dsn"):
        assert part not in inbox.raw


async def test_sentences_of_the_pages_own_code_stay(
    start: Start, client_for: Client, inbox: Inbox, tmp_path: Path
) -> None:
    sentences = [["the API failed"], ["order ", " took ", " ms"], ["hiv"]]
    (tmp_path / "words.json").write_text(json.dumps(sentences), encoding="utf-8")
    sent = {
        "the API failed": "the API failed",
        "order [..] took 12 ms": "order [..] took 12 ms",
        "order anna took 12 ms": "[..]",
        "the API failed for anna": "[..]",
        "hiv": "[..]",
    }
    values = [{"type": "Error", "value": value} for value in sent]
    payload = {"event_id": "a" * 32, "platform": "javascript", "exception": {"values": values}}
    app = start(level="gdpr", sentry_tunnel_enabled=True, page_folder=tmp_path)
    async with client_for(app) as client:
        assert (await send(client, envelope(inbox.dsn, payload))).status_code == 200
    [event] = inbox.events
    assert [value["value"] for value in event["exception"]["values"]] == list(sent.values())


async def test_a_report_of_losses_holds_nothing_else(client: httpx.AsyncClient, inbox: Inbox) -> None:
    lost = {"reason": "network_error", "category": "error", "quantity": 2}
    told = {"reason": "anna", "category": "anna", "quantity": "anna", "note": "anna"}
    payload = {"timestamp": 1_795_380_750, "discarded_events": [lost, told, {"category": ["anna"]}, "anna"]}
    assert (await send(client, envelope(inbox.dsn, payload, "client_report"))).status_code == 200
    [item] = inbox.items("client_report")
    assert json.loads(item.body)["discarded_events"] == [lost, {}, {}]


async def test_an_id_is_no_number(client: httpx.AsyncClient, inbox: Inbox) -> None:
    payload = {"event_id": 4111111111111111, "level": "error", "platform": "javascript"}
    assert (await send(client, envelope(inbox.dsn, payload))).status_code == 200
    assert b"4111111111111111" not in inbox.raw


@pytest.mark.parametrize("exception", [[], "x", {"values": "x"}, {"values": [1, {"value": {}}]}])
async def test_an_event_of_another_shape_is_no_error_of_ours(
    client: httpx.AsyncClient, inbox: Inbox, exception: object
) -> None:
    answer = await send(client, envelope(inbox.dsn, {"event_id": "a" * 32, "exception": exception}))
    assert answer.status_code == 200


async def test_it_is_off_unless_it_is_switched_on(start: Start, client_for: Client, inbox: Inbox) -> None:
    async with client_for(start()) as client:
        assert (await send(client, envelope(inbox.dsn))).status_code == 404
    assert not inbox.requests


@pytest.mark.parametrize(
    "change",
    [
        lambda dsn: None,
        lambda dsn: dsn.replace("/1", "/2"),
        lambda dsn: dsn.replace("://", "://9999"),
        lambda dsn: dsn.replace("127.0.0.1", "127.0.0.2"),
        lambda dsn: dsn.replace("127.0.0.1", "127.0.0.1.evil.example"),
        lambda dsn: dsn.replace("http://", "https://"),
        lambda dsn: "nonsense",
    ],
)
async def test_another_dsn_is_refused(client: httpx.AsyncClient, inbox: Inbox, change: Any) -> None:
    assert (await send(client, envelope(change(inbox.dsn)))).status_code == 400
    assert not inbox.requests


@pytest.mark.parametrize("kind", ["replay_recording", "attachment", "check_in", "unheard_of", [], {}, None])
async def test_other_items_are_refused(client: httpx.AsyncClient, inbox: Inbox, kind: Any) -> None:
    assert (await send(client, envelope(inbox.dsn, kind=kind))).status_code == 400
    assert not inbox.requests


@pytest.mark.parametrize("content", [b"", b"\n", b"[]\n{}", b"\xff\xfe", b"{}\n{not json", b"null"])
async def test_no_envelope_is_refused(client: httpx.AsyncClient, inbox: Inbox, content: bytes) -> None:
    assert (await send(client, content)).status_code == 400
    assert not inbox.requests


async def test_size_is_limited_packed_and_unpacked(client: httpx.AsyncClient, inbox: Inbox) -> None:
    assert (await send(client, b"x" * (tunnel.MOST_BYTES + 1))).status_code == 413
    bomb = gzip.compress(b"x" * (tunnel.MOST_BYTES_UNPACKED + 1))
    assert len(bomb) < tunnel.MOST_BYTES
    assert (await send(client, bomb, **{"content-encoding": "gzip"})).status_code == 413
    assert (await send(client, b"not gzip", **{"content-encoding": "gzip"})).status_code == 400
    assert (await send(client, b"x", **{"content-encoding": "br"})).status_code == 415
    packed = gzip.compress(envelope(inbox.dsn))
    assert (await send(client, packed, **{"content-encoding": "gzip"})).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://service.test.evil.example", "http://[bad", ""]
)
async def test_other_pages_may_not_send(client: httpx.AsyncClient, inbox: Inbox, origin: str) -> None:
    assert (await send(client, envelope(inbox.dsn), origin=origin)).status_code == 403
    assert not inbox.requests


async def test_pages_of_listed_origins_may(start: Start, client_for: Client, inbox: Inbox) -> None:
    app = start(sentry_tunnel_enabled=True, cors_origins="https://app.example.com")
    async with client_for(app) as client:
        answer = await send(client, envelope(inbox.dsn), origin="https://app.example.com")
    assert answer.status_code == 200


@pytest.mark.parametrize("origin", [PAGE["origin"], "https://evil.example", "http://[bad"])
async def test_visitors_are_limited(client: httpx.AsyncClient, origin: str) -> None:
    answers = [await send(client, b"nonsense", origin=origin) for _ in range(tunnel.ENVELOPES_PER_MINUTE + 1)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_pause_that_sentry_asks_for_is_passed_back(client: httpx.AsyncClient, inbox: Inbox) -> None:
    inbox.answer.status = 429
    inbox.answer.headers = {"Retry-After": "30", "X-Sentry-Rate-Limits": "30:error:key", "X-Other": "no"}
    answer = await send(client, envelope(inbox.dsn))
    assert answer.status_code == 429
    assert answer.headers["x-sentry-rate-limits"] == "30:error:key"
    assert "x-other" not in answer.headers


async def test_sentry_away_is_told_to_the_sdk(start: Start, client_for: Client) -> None:
    dsn = "http://0123456789abcdef0123456789abcdef@127.0.0.1:9/1"
    async with client_for(start(sentry_dsn=dsn, sentry_tunnel_enabled=True)) as client:
        assert (await send(client, envelope(dsn))).status_code == 502
