"""An error that nobody caught is one event and one line; its text is printed nowhere (R-LOG-2, R-PRV-3)."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.inbox import Inbox

SECRET = "leilani.takahashi@clinic.example"

PROGRAM = """
import asyncio, atexit, logging, signal, sys, threading, time
import sentry_sdk
from app import observability
from app.settings import get_settings

SECRET = sys.argv[1]
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
observability.logger.warning("too early for " + SECRET)
logging.getLogger("app.early").warning("too early for %s", SECRET)
observability.start("script", get_settings())

class Thing:
    def __del__(self):
        raise LookupError("in __del__: " + SECRET)

async def child():
    raise ArithmeticError("nobody waited: " + SECRET)

async def work():
    asyncio.create_task(child(), name="child of " + SECRET)
    await asyncio.sleep(0.01)

def in_thread():
    raise KeyError("in a thread: " + SECRET)

def at_exit():
    raise OSError("at exit: " + SECRET)

if sys.argv[2] == "errors":
    atexit.register(at_exit)
    Thing()
    asyncio.run(work())
    thread = threading.Thread(target=in_thread, name=SECRET)
    thread.start()
    thread.join()
    with sentry_sdk.start_transaction(name="import of " + SECRET):
        pass
    raise ValueError("in the main thread: " + SECRET)
try:
    raise ValueError("in the main thread: " + SECRET)
except ValueError:
    print("ready", flush=True)
    time.sleep(30)
"""
KINDS = {"LookupError", "ArithmeticError", "KeyError", "OSError", "ValueError"}


def begin(inbox: Inbox, what: str, **settings: str) -> "subprocess.Popen[str]":
    """Start the program as a process of its own."""
    given = {"ENVIRONMENT": "test", "SENTRY_DSN": inbox.dsn, "SENTRY_TRACES_SAMPLE_RATE": "1", **settings}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, SECRET, what],
        cwd=Path(__file__).parents[1],
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("level", ["", "hipaa"])
def test_nothing_that_python_would_print_is_printed(inbox: Inbox, level: str) -> None:
    process = begin(inbox, "errors", COMPLIANCE_LEVEL=level, SENTRY_DEBUG="true", LOG_LEVEL="DEBUG")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert SECRET not in out + err
    assert SECRET not in inbox.raw.decode()
    lines = [json.loads(line) for line in err.splitlines()]  # so there is nothing but lines
    told = [line["exception"]["type"] for line in lines if "exception" in line]
    assert sorted(told) == sorted(KINDS)
    assert sum("too early" in line["message"] for line in lines) == 2
    assert any(line["logger"] == "sentry_sdk.errors" for line in lines), (
        "SENTRY_DEBUG tells what the SDK does"
    )
    kinds = [event["exception"]["values"][-1]["type"] for event in inbox.events]
    assert sorted(kinds) == sorted(KINDS), "one error is one event"


def test_an_interrupted_process_shows_the_place_and_no_text(inbox: Inbox) -> None:
    process = begin(inbox, "wait")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert err.endswith("KeyboardInterrupt\n")
    assert SECRET not in err
    assert not inbox.events
