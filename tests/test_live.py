"""The rendered service under a real server: its entry points, its signals, the bytes on the wire."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from template.tests.inbox import Inbox
from tests.conftest import Render
from tests.server import Server, Servers

Serve = Callable[..., Server]


@pytest.fixture
def serve(render: Render, service_python: Path, tmp_path: Path) -> Iterator[Serve]:
    """Start a service at level gdpr, or the one in `folder`; all are stopped after the test."""
    with Servers(service_python, tmp_path) as servers:

        def start(*arguments: str, folder: Path | None = None, **settings: str) -> Server:
            return servers.start(
                folder or render(compliance="gdpr", ci="github"), *arguments, settings=settings
            )

        yield start


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as running:
        yield running


def test_a_crash_is_one_event_one_traceback_and_an_id(serve: Serve, inbox: Inbox) -> None:
    server = serve(ENVIRONMENT="test", SENTRY_DSN=inbox.dsn, SENTRY_TRACES_SAMPLE_RATE="1")
    status, headers, body = server.request(
        "POST", "/diagnostics/unhandled?password=hunter2", {"X-Request-ID": "support-request-42"}
    )
    assert (status, headers["x-request-id"]) == (500, "support-request-42")
    assert json.loads(body)["request_id"] == "support-request-42"
    assert inbox.wait_for(lambda box: bool(box.events and box.transactions))
    assert server.stop() in (0, -signal.SIGTERM)
    [event] = inbox.events
    [transaction] = inbox.transactions
    assert event["tags"]["request_id"] == "support-request-42"
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is False
    assert event["contexts"]["trace"]["trace_id"] == transaction["contexts"]["trace"]["trace_id"]
    with_traceback = [line for line in server.lines() if "exception" in line]
    assert [line["request_id"] for line in with_traceback] == ["support-request-42"]
    assert "Traceback" not in server.log.read_text("utf-8")
    assert "hunter2" not in server.log.read_text("utf-8")
    assert b"hunter2" not in inbox.raw


def test_what_is_queued_is_sent_when_the_service_stops(serve: Serve, inbox: Inbox) -> None:
    server = serve(ENVIRONMENT="test", SENTRY_DSN=inbox.dsn)
    for _ in range(5):
        server.request("POST", "/diagnostics/unhandled")
    server.stop()
    assert len(inbox.events) == 5
    assert (
        sum(group.get("crashed", 0) for item in inbox.items("sessions") for group in item.json["aggregates"])
        == 5
    )


def test_a_sentry_that_never_answers_does_not_keep_the_service_from_stopping(
    serve: Serve, inbox: Inbox
) -> None:
    inbox.answer.gate.clear()
    server = serve(ENVIRONMENT="test", SENTRY_DSN=inbox.dsn)
    assert server.request("POST", "/diagnostics/unhandled")[0] == 500
    server.stop()  # raises after 20 s
    assert not inbox.answer.gate.is_set()


def test_several_processes_each_report(serve: Serve, inbox: Inbox) -> None:
    server = serve("--workers", "2", ENVIRONMENT="test", SENTRY_DSN=inbox.dsn)
    for _ in range(6):
        server.request("POST", "/diagnostics/unhandled")
    assert inbox.wait_for(lambda box: len(box.events) == 6)
    server.stop()
    assert len({event["event_id"] for event in inbox.events}) == 6


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"ENVIRONMENT": "prod"}, "ENVIRONMENT has a value that is not accepted; expected one of"),
        ({"AUTH_KEY": "short"}, "AUTH_ISSUER and AUTH_AUDIENCE must be set"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_its_sentence(
    render: Render, service_python: Path, settings: dict[str, str], sentence: str
) -> None:
    done = subprocess.run(
        [service_python, "-m", "uvicorn", "app.main:app", "--port", "0"],
        cwd=render(compliance="gdpr", ci="github"),
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1


BROKEN_LIFESPAN = """
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    raise RuntimeError("it broke")
    yield


app.router.lifespan_context = lifespan
"""


@pytest.mark.parametrize(
    ("file", "text"),
    [("app/orders.py", 'raise RuntimeError("it broke")\n'), ("app/main.py", BROKEN_LIFESPAN)],
)
def test_an_error_at_the_start_is_one_event(
    render: Render, service_python: Path, inbox: Inbox, tmp_path: Path, file: str, text: str
) -> None:
    folder = tmp_path / "service"
    shutil.copytree(render(compliance="gdpr", ci="github"), folder)
    with (folder / file).open("a", encoding="utf-8") as source:
        source.write(text)
    subprocess.run(
        [service_python, "-m", "uvicorn", "app.main:app", "--port", "0"],
        cwd=folder,
        env={**os.environ, "ENVIRONMENT": "test", "SENTRY_DSN": inbox.dsn},
        capture_output=True,
        check=False,
        timeout=60,
    )
    [event] = inbox.events
    assert event["exception"]["values"][-1]["value"] == "it broke"
    assert event["exception"]["values"][-1]["mechanism"]["handled"] is False


def test_importing_the_module_initialises_sentry_before_any_route(
    render: Render, service_python: Path, inbox: Inbox
) -> None:
    code = (
        "import fastapi.routing, sentry_sdk\n"
        "add = fastapi.routing.APIRouter.add_api_route\n"
        "seen = []\n"
        "def spy(self, path, *args, **kwargs):\n"
        "    seen.append(sentry_sdk.is_initialized())\n"
        "    return add(self, path, *args, **kwargs)\n"
        "fastapi.routing.APIRouter.add_api_route = spy\n"
        "import app.main\n"
        "print(len(seen) > 5 and all(seen))\n"
    )
    done = subprocess.run(
        [service_python, "-c", code],
        cwd=render(compliance="gdpr", ci="github"),
        env={**os.environ, "ENVIRONMENT": "test", "SENTRY_DSN": inbox.dsn},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"
