"""The built page behind the API: files, addresses of its own, headers; and no 404 of the API is swallowed."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

NAVIGATION = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built page."""
    (tmp_path / "static").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>the page</title>" + " " * 2_000)
    (tmp_path / "static" / "index-abc123.js").write_text("'a script'")
    (tmp_path / "static" / "index-abc123.js.map").write_text("{}")
    (tmp_path.parent / "secret.txt").write_text("not the page's")
    return tmp_path


@pytest.fixture
async def client(start: Start, client_for: Client, dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(start(page_folder=dist)) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/items/desk", "/anything/at/all"])
async def test_addresses_of_the_page_are_the_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=NAVIGATION)
    assert (answer.status_code, "the page" in answer.text) == (200, True)
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["x-request-id"]


async def test_files_are_kept_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/index-abc123.js")
    assert answer.text == "'a script'"
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nothing", {}, 404),  # a program asks, not a person's browser
        ("GET", "/health/nothing", NAVIGATION, 404),  # below an address of the API
        ("GET", "/probe/mine/not-a-uuid", NAVIGATION, 401),
        ("POST", "/nothing", NAVIGATION, 404),
        ("POST", "/health", NAVIGATION, 405),
        ("GET", "/static/index-abc123.js.map", {}, 404),
        ("GET", "/static/gone.js", {}, 404),
        ("GET", "/static/../../secret.txt", {}, 404),
        ("GET", "/static/%2e%2e/%2e%2e/secret.txt", {}, 404),
    ],
)
async def test_what_is_not_the_pages_is_answered_as_json(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await client.request(method, path, headers=headers)
    assert answer.status_code == status
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_target_without_a_slash_is_not_found(start: Start, dist: Path) -> None:
    status: list[int] = []
    scope = {"type": "http", "method": "GET", "path": "*", "raw_path": b"*", "query_string": b""}
    headers = [(b"host", b"service.test"), (b"accept", b"text/html")]

    async def send(message: Message) -> None:
        status.extend([message["status"]] if message["type"] == "http.response.start" else ())

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    await start(page_folder=dist)({**scope, "headers": headers}, receive, send)
    assert status == [404]


async def test_the_policy_lets_the_page_talk_to_sentry_alone(
    client: httpx.AsyncClient, start: Start, client_for: Client, dist: Path, inbox: Inbox
) -> None:
    host = inbox.dsn.rpartition("@")[2].partition("/")[0]
    policy = (await client.get("/", headers=NAVIGATION)).headers["content-security-policy"]
    assert f"connect-src 'self' http://{host};" in policy
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    async with client_for(start(page_folder=dist, sentry_tunnel_enabled=True)) as tunnelled:
        policy = (await tunnelled.get("/", headers=NAVIGATION)).headers["content-security-policy"]
    assert "connect-src 'self';" in policy


async def test_other_headers_keep_the_page_to_itself(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/", headers=NAVIGATION)).headers
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


async def test_without_a_built_page_the_api_is_as_it_was(
    start: Start, client_for: Client, tmp_path: Path
) -> None:
    async with client_for(start(page_folder=tmp_path / "none")) as client:
        assert (await client.get("/", headers=NAVIGATION)).json()["detail"] == "Not Found"


async def test_the_page_is_no_transaction(
    start: Start, client_for: Client, dist: Path, inbox: Inbox, flush: object
) -> None:
    async with client_for(start(page_folder=dist, sentry_traces_sample_rate=1.0)) as client:
        await client.get("/static/index-abc123.js")
        await client.get("/config.json")
        await client.get("/items/anna-schmidt", headers=NAVIGATION)
    assert callable(flush)
    flush()
    assert [item["transaction"] for item in inbox.transactions] == ["/{page}"]
    assert b"anna" not in inbox.raw
