"""Sentry's own Relay, as a Python library, finds nothing wrong with what the service lets out."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sentry_relay.processing import StoreNormalizer

from tests.conftest import LEVELS, Render

# A crash and an error that is only logged, both traced, with personal data in query and body.
TRAFFIC = """
import asyncio, json, os, sys

from tests.inbox import Inbox

inbox = Inbox().__enter__()
os.environ.update(SENTRY_DSN=inbox.dsn, ENVIRONMENT="test", SENTRY_TRACES_SAMPLE_RATE="1")
import sentry_sdk
from app.main import app

BODY = {"customer": {"name": "Anna Schmidt", "email": "anna@mail.example"}, "card_number": "4111111111111111"}

async def receive():
    return {"type": "http.request", "body": json.dumps(BODY).encode(), "more_body": False}

async def send(message):
    pass

async def call(path):
    await app({
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"email=anna@mail.example&page=2", "http_version": "1.1", "scheme": "http",
        "server": ("service.test", 80), "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"},
        "headers": [(b"host", b"service.test"), (b"content-type", b"application/json")],
    }, receive, send)

asyncio.run(call("/diagnostics/captured-message"))
try:
    asyncio.run(call("/diagnostics/unhandled"))
except Exception:
    pass
sentry_sdk.flush(10)
inbox.wait_for(lambda box: len(box.events) > 1 and len(box.transactions) > 1)
sys.stdout.write(json.dumps([*inbox.events, *inbox.transactions]))
sys.stdout.flush()
os._exit(0)
"""


@pytest.fixture(scope="module", params=LEVELS)
def sent(request: pytest.FixtureRequest, render: Render, service_python: Path) -> list[dict[str, Any]]:
    """Events and transactions of one failing request, as they arrived at Sentry."""
    done = subprocess.run(
        [service_python, "-c", TRAFFIC],
        cwd=render(compliance=request.param),
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    payloads: list[dict[str, Any]] = json.loads(done.stdout)
    return payloads


def normalized(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload as Relay hands it on; it writes what it minds into `_meta`."""
    taken: dict[str, Any] = StoreNormalizer(project_id=1).normalize_event(payload)
    return taken


def test_relay_takes_every_payload_as_it_is(sent: list[dict[str, Any]]) -> None:
    kinds = sorted(payload.get("type", "event") for payload in sent)
    assert kinds == ["event", "event", "transaction", "transaction"]
    for payload in sent:
        taken = normalized(payload)
        assert "_meta" not in taken, taken["_meta"]
        assert not taken.get("errors")
        assert taken["transaction"] == payload["transaction"]
        assert taken["release"] == payload["release"]
        assert payload["tags"].items() <= dict(taken["tags"]).items()
        assert taken["contexts"]["trace"]["trace_id"] == payload["contexts"]["trace"]["trace_id"]


def test_relay_shows_type_and_place_of_a_crash(sent: list[dict[str, Any]]) -> None:
    [crash] = [payload for payload in sent if "exception" in payload]
    [raised] = normalized(crash)["exception"]["values"]
    assert raised["type"] == "DiagnosticError"
    place = raised["stacktrace"]["frames"][-1]
    assert (place["filename"], place["function"], place["in_app"]) == (
        "app/api/diagnostics.py",
        "unhandled",
        True,
    )
    assert "raise DiagnosticError" in place["context_line"]
