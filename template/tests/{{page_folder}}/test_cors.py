"""R-WEB-4: a page on another origin may trace, and can read every answer, the unhandled 500 among them."""

import pytest

from app.settings import SettingsError, load_settings
from tests.conftest import Client, Start

pytestmark = pytest.mark.anyio

PAGE = "https://app.example.com"


async def test_the_preflight_of_a_traced_call_is_answered(start: Start, client_for: Client) -> None:
    asked = "authorization,baggage,content-type,sentry-trace,x-request-id"
    headers = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": asked,
    }
    async with client_for(start(cors_origins=PAGE)) as client:
        answer = await client.options("/probe/price", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert set(asked.split(",")) <= allowed


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/nothing", 404),
        ("POST", "/diagnostics/http-500", 500),
        ("POST", "/diagnostics/unhandled", 500),
    ],
)
async def test_every_answer_can_be_read(
    start: Start, client_for: Client, method: str, path: str, status: int
) -> None:
    async with client_for(start(cors_origins=PAGE)) as client:
        answer = await client.request(method, path, headers={"Origin": PAGE})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]
    assert answer.headers["vary"] == "Origin"
    assert len(answer.headers.get_list("access-control-allow-origin")) == 1
    if path != "/health/live":
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/health/live", "/diagnostics/unhandled"])
async def test_other_origins_get_nothing(start: Start, client_for: Client, path: str) -> None:
    async with client_for(start(cors_origins=PAGE)) as client:
        answer = await client.post(path, headers={"Origin": "https://app.example.com.evil.example"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origins", ["*", "https://*.example.com", "example.com", "https://a.example/path"])
def test_origins_are_named_one_by_one(origins: str) -> None:
    with pytest.raises(SettingsError, match="CORS_ORIGINS is not a comma-separated list of origins"):
        load_settings(cors_origins=origins)


def test_a_slash_at_the_end_is_forgiven() -> None:
    settings = load_settings(cors_origins=f"{PAGE}/, https://other.example.com")
    assert settings.cors_origins == (PAGE, "https://other.example.com")
