"""The sample domain, and how to test with the service's fixtures. Yours to change or delete."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.conftest import AUTH, Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio


def as_user(user: str, tenant: str) -> dict[str, str]:
    claims = {
        "sub": user,
        "tenant": tenant,
        "iss": AUTH["auth_issuer"],
        "aud": AUTH["auth_audience"],
        "exp": int(time.time()) + 60,
    }
    return {"Authorization": f"Bearer {jwt.encode(claims, AUTH['auth_key'], 'HS256')}"}


@pytest.fixture
def rates() -> Iterator[str]:
    """An exchange-rate service on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"rates": {"USD": 1.25}}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/latest"
    server.shutdown()
    server.server_close()


async def test_a_quote_in_another_currency(start: Start, client_for: Client, rates: str) -> None:
    async with client_for(start(rates_url=rates)) as client:
        answer = await client.get("/orders/quote?item=desk&quantity=2&currency=USD")
        assert answer.json()["total"] == "622.50"
        unknown = await client.get("/orders/quote?item=desk&currency=QQQ")
        assert unknown.status_code == 503


async def test_an_order_is_paid_with_credits_and_seen_by_its_organization_only(
    client: httpx.AsyncClient, inbox: Inbox
) -> None:
    tenant = f"tenant-{uuid4()}"
    placed = await client.post(
        "/orders", json={"item": "desk", "quantity": 3}, headers=as_user("ada", tenant)
    )
    assert placed.status_code == 201
    assert placed.json()["credits"] == 747
    order = f"/orders/{placed.json()['order_id']}"
    assert (await client.get(order, headers=as_user("bob", tenant))).status_code == 200
    assert (await client.get(order, headers=as_user("eve", "another-tenant"))).status_code == 404
    assert (await client.get(order)).status_code == 401
    broke = await client.post("/orders", json={"item": "desk", "quantity": 3}, headers=as_user("ada", tenant))
    assert broke.status_code == 402
    assert inbox.events == []
