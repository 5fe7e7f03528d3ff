"""Users come from verified tokens only; a bad token changes nothing and breaks nothing (R-CTX-2)."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI

from app.api.diagnostics import DiagnosticError
from app.auth import REMEMBERED_SECONDS, CurrentUser, TokenVerifier
from app.observability.privacy import LEVELS
from app.settings import Settings, SettingsError
from tests.conftest import AUTH, Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

KEY = AUTH["auth_key"]


def claims(**changes: Any) -> dict[str, Any]:
    valid = {
        "sub": "user-1",
        "tenant": "tenant-1",
        "role": "staff",
        "email": "ada@example.org",
        "iss": AUTH["auth_issuer"],
        "aud": AUTH["auth_audience"],
        "exp": int(time.time()) + 60,
    }
    return {name: value for name, value in {**valid, **changes}.items() if value is not None}


def unsigned(content: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, content)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, ""])


BAD_TOKENS: dict[str, Callable[[], str]] = {
    "expired": lambda: jwt.encode(claims(exp=int(time.time()) - 3600), KEY, "HS256"),
    "without expiry": lambda: jwt.encode(claims(exp=None), KEY, "HS256"),
    "not valid yet": lambda: jwt.encode(claims(nbf=int(time.time()) + 3600), KEY, "HS256"),
    "forged": lambda: jwt.encode(claims(), "another-key-that-is-long-enough-0123456789", "HS256"),
    "wrong audience": lambda: jwt.encode(claims(aud="another-service"), KEY, "HS256"),
    "wrong issuer": lambda: jwt.encode(claims(iss="https://evil.example"), KEY, "HS256"),
    "without issuer": lambda: jwt.encode(claims(iss=None), KEY, "HS256"),
    "without user": lambda: jwt.encode(claims(sub=None), KEY, "HS256"),
    "empty user": lambda: jwt.encode(claims(sub=""), KEY, "HS256"),
    "another algorithm": lambda: jwt.encode(claims(), KEY, "HS384"),
    "unsigned": lambda: unsigned(claims()),
    "cut": lambda: jwt.encode(claims(), KEY, "HS256")[:-10],
    "no token at all": lambda: "not.a.token",
    "control characters": lambda: "\x01\x02",
    "very long": lambda: "a" * 100_000,
    "a long user": lambda: jwt.encode(claims(sub="u" * 256), KEY, "HS256"),
    "a long tenant": lambda: jwt.encode(claims(tenant="t" * 256), KEY, "HS256"),
    "a long role": lambda: jwt.encode(claims(role="r" * 256), KEY, "HS256"),
}


@pytest.fixture
def service(app: FastAPI) -> FastAPI:
    @app.get("/open")
    def open_to_all() -> None:
        raise DiagnosticError("for everybody")

    @app.get("/closed")
    def for_users(user: CurrentUser) -> dict[str, str | None]:
        return {"user": user.user_id, "tenant": user.tenant, "role": user.role}

    return app


def bearer(token: str) -> dict[bytes, bytes]:
    return {b"Authorization": b"Bearer " + token.encode("latin-1")}


async def test_a_verified_token_sets_the_user_everywhere(
    service: FastAPI,
    client: httpx.AsyncClient,
    inbox: Inbox,
    flush: Callable[[], None],
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    token = jwt.encode(claims(), KEY, "HS256")
    answer = await client.get("/closed", headers=bearer(token))
    assert answer.json() == {"user": "user-1", "tenant": "tenant-1", "role": "staff"}
    lines()
    await client.get("/open", headers=bearer(token))
    flush()
    [event] = inbox.events
    assert event["user"]["id"] == "user-1"
    assert event["user"]["role"] == "staff"
    assert event["tags"]["tenant"] == "tenant-1"
    assert {(line["user_id"], line["tenant"]) for line in lines() if "request_id" in line} == {
        ("user-1", "tenant-1")
    }
    assert token.encode() not in inbox.raw


@pytest.mark.parametrize("level", LEVELS)
async def test_a_user_is_an_id_and_above_standard_a_pseudonym(
    start: Start, client_for: Client, inbox: Inbox, flush: Callable[[], None], level: str
) -> None:
    app = start(level=level)
    async with client_for(app) as client:
        token = jwt.encode(claims(), KEY, "HS256")
        await client.post("/diagnostics/unhandled", headers=bearer(token))
    flush()
    [event] = inbox.events
    assert event["user"].keys() == {"id", "role"}
    assert event["user"]["role"] == "staff"
    assert (event["user"]["id"] == "user-1") is (level == "standard")
    assert b"ada@example.org" not in inbox.raw


@pytest.mark.parametrize("kind", BAD_TOKENS)
async def test_a_bad_token_is_as_good_as_none(
    service: FastAPI, client: httpx.AsyncClient, inbox: Inbox, flush: Callable[[], None], kind: str
) -> None:
    headers = bearer(BAD_TOKENS[kind]())
    assert (await client.get("/probe/price", headers=headers)).status_code == 200
    refused = await client.get("/closed", headers=headers)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    await client.get("/open", headers=headers)
    flush()
    [event] = inbox.events
    assert "user" not in event
    assert "tenant" not in event["tags"]


Writes = Callable[[Callable[[bytes], object], bytes], None]
"""How an answer is written: given what writes, and the answer."""


def at_once(write: Callable[[bytes], object], body: bytes) -> None:
    write(body)


def slowly(write: Callable[[bytes], object], body: bytes) -> None:
    time.sleep(0.3)
    write(body)


def drop_by_drop(write: Callable[[bytes], object], body: bytes) -> None:
    for _ in range(100):
        write(b" ")
        time.sleep(0.1)
    write(body)


def far_too_much(write: Callable[[bytes], object], body: bytes) -> None:
    write(b" " * 2_000_000)
    write(body)


class Issuer:
    """An identity provider that publishes its keys."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.requests = 0
        self.works = True
        self.writes: Writes = at_once
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.requests += 1
                public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(issuer.key.public_key()))
                body = json.dumps(
                    {"keys": [{**public, "kid": "key-1", "use": "sig", "alg": "RS256"}]}
                ).encode()
                self.send_response(200 if issuer.works else 500)
                self.end_headers()
                with suppress(OSError):  # who asked has gone
                    issuer.writes(self.wfile.write, body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/keys"
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def token(self, key_id: str = "key-1", **changes: Any) -> str:
        return jwt.encode(claims(**changes), self.key, "RS256", {"kid": key_id})

    def public_pem(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@pytest.fixture(scope="module")
def running_issuer() -> Iterator[Issuer]:
    running = Issuer()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def issuer(running_issuer: Issuer) -> Issuer:
    running_issuer.requests, running_issuer.works, running_issuer.writes = 0, True, at_once
    return running_issuer


async def test_keys_of_an_identity_provider(start: Start, client_for: Client, issuer: Issuer) -> None:
    app = start(auth_key=None, auth_jwks_url=issuer.url, auth_algorithm="RS256")

    async with client_for(app) as client:

        async def status(token: str) -> int:
            return (await client.get(f"/probe/mine/{'0' * 32}", headers=bearer(token))).status_code

        assert await status(issuer.token()) == 200
        assert await status(issuer.token(aud="another-service")) == 401
        for number in range(20):
            assert await status(issuer.token(key_id=f"made-up-{number}")) == 401
        # The classic confusion: the public key as the secret of a symmetric signature.
        header = {"alg": "HS256", "kid": "key-1", "typ": "JWT"}
        assert await status(_signed_with_text(header, claims(), issuer.public_pem())) == 401
        # A key id of the key set under another algorithm's name.
        confused = base64.urlsafe_b64encode(b'{"alg":"ES256","kid":"key-1"}').decode().rstrip("=")
        assert await status(f"{confused}.{issuer.token().split('.')[1]}.AAAA") == 401
        issuer.works = False
        assert await status(issuer.token()) == 200
        issuer.works = True
    assert issuer.requests == 1


def _signed_with_text(header: dict[str, Any], content: dict[str, Any], secret: str) -> str:
    def encode(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    body = f"{encode(json.dumps(header).encode())}.{encode(json.dumps(content).encode())}"
    return f"{body}.{encode(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest())}"


async def test_an_identity_provider_that_is_down_breaks_nothing(start: Start, client_for: Client) -> None:
    app = start(auth_key=None, auth_jwks_url="http://127.0.0.1:9/keys", auth_algorithm="RS256")
    async with client_for(app) as client:
        token = bearer(jwt.encode(claims(), KEY, "HS256", {"kid": "key-1"}))
        assert (await client.get("/probe/price", headers=token)).status_code == 200
        answer = await client.get(f"/probe/mine/{'0' * 32}", headers=token)
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        assert (await client.get(f"/probe/mine/{'0' * 32}")).status_code == 401


async def test_requests_of_a_cold_start_wait_for_the_keys_together(
    start: Start, client_for: Client, issuer: Issuer
) -> None:
    app = start(auth_key=None, auth_jwks_url=issuer.url, auth_algorithm="RS256")
    issuer.writes = slowly
    async with client_for(app) as client:
        asked = [client.get(f"/probe/mine/{'0' * 32}", headers=bearer(issuer.token())) for _ in range(20)]
        answers = await asyncio.gather(*asked)
    assert ({answer.status_code for answer in answers}, issuer.requests) == ({200}, 1)


async def test_keys_are_asked_for_again_soon_while_there_are_none(
    start: Start, client_for: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.auth.KEYS_FIRST_RETRY_SECONDS", 0.0)
    app = start(auth_key=None, auth_jwks_url=issuer.url, auth_algorithm="RS256")
    async with client_for(app) as client:
        issuer.works = False
        down = await client.get(f"/probe/mine/{'0' * 32}", headers=bearer(issuer.token()))
        issuer.works = True
        back = await client.get(f"/probe/mine/{'0' * 32}", headers=bearer(issuer.token()))
    assert (down.status_code, back.status_code) == (503, 200)


@pytest.mark.parametrize("writes", [drop_by_drop, far_too_much])
async def test_a_key_set_that_takes_too_long_or_is_too_long_is_none(
    start: Start, client_for: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, writes: Writes
) -> None:
    monkeypatch.setattr("app.auth.KEYS_TIMEOUT_SECONDS", 1.0)
    app = start(auth_key=None, auth_jwks_url=issuer.url, auth_algorithm="RS256")
    issuer.writes = writes
    async with client_for(app) as client:
        answer = await client.get(f"/probe/mine/{'0' * 32}", headers=bearer(issuer.token()))
    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("RS256", "not a key in PEM at all, but long enough"), ("EdDSA", "-----BEGIN x-----")],
)
def test_a_key_that_cannot_be_used_stops_the_start(start: Start, algorithm: str, key: str) -> None:
    with pytest.raises(SettingsError, match=f"AUTH_KEY is not a key for AUTH_ALGORITHM={algorithm}"):
        start(auth_algorithm=algorithm, auth_key=key)


@pytest.mark.parametrize(("valid_for", "forgotten_after"), [(3_600, REMEMBERED_SECONDS), (20, 20)])
async def test_a_checked_token_is_remembered_a_minute_and_never_beyond_its_end(  # R-CTX-2
    valid_for: int, forgotten_after: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time())
    at = [float(now)]
    settings = Settings.model_validate({**AUTH, "auth_leeway_seconds": 0})
    verifier = TokenVerifier(settings, clock=lambda: at[0])
    token = jwt.encode(claims(exp=now + valid_for), KEY, "HS256")
    assert await verifier.verify(token)
    # From here on nothing but the memory knows the token.
    monkeypatch.setattr(jwt, "decode", lambda *_, **__: {})
    at[0] = now + forgotten_after - 1
    known = await verifier.verify(token)
    assert known is not None
    assert known.user_id == "user-1"
    assert await verifier.verify(token[:-2] + "xx") is None
    at[0] = now + forgotten_after + 1
    assert await verifier.verify(token) is None
