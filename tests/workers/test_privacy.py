"""What a task is given never leaves a worker, neither in what it sends nor in what it prints (R-PRV-2, 3)."""

import json
import os
import re
import shlex
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from template.tests.inbox import Inbox
from tests.conftest import Pythons, Render
from tests.workers.system import COMMANDS, System, wait_until

PERSON = {
    "email": "leilani.takahashi@clinic.example",
    "phone": "+43 660 123 45 67",
    "ssn": "431-27-9876",
    "iban": "DE89370400440532013000",
    "card": "4111111111111111",
    "password": "Harbor2528-pier",
    "patient_name": "Sunniva Castellanos",
    "diagnosis": "metastatic melanoma",
}

CASES = [
    ("arq", "hipaa", "static"),
    ("arq", "gdpr", "stream"),
    ("arq", "standard", "static"),
    ("celery", "hipaa", "stream"),
    ("celery", "gdpr", "static"),
    ("celery", "standard", "stream"),
]

OPEN = {"standard": {"diagnosis"}}
"""Kinds that may leave in plain words, as COMPLIANCE.md says."""

BOTH = {"told", "failing", "hanging", "mistaken"}
"""Tasks with an event of their own, whatever runs them."""
THROWN_AWAY = {"arq": ("not found", "deserializing"), "celery": ("unregistered task", "decode message body")}


@dataclass(frozen=True)
class Left:
    """What a worker sent and printed."""

    engine: str
    level: str
    sent: str
    printed: str
    events: list[dict[str, Any]]
    traces: set[str]


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def left(
    request: pytest.FixtureRequest,
    render: Render,
    python_for: Pythons,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Left]:
    engine, level, lifecycle = request.param
    service = render(compliance=level, worker=engine, ci="github")
    settings = {"SENTRY_TRACE_LIFECYCLE": lifecycle, "SENTRY_LOGS_ENABLED": "true", "WORKER_CONCURRENCY": "2"}
    folder: Path = tmp_path_factory.mktemp("system")
    with System(service, python_for(service), folder, **settings) as system:
        system.add("planted_tasks.py", "app/tasks/planted.py")
        system.add("planting.py", "planting.py")
        system.start_broker()
        worker = system.run("worker", COMMANDS[engine])
        plant(system)
        wanted = {f"app.tasks.planted.{name}" for name in BOTH}
        assert wait_until(lambda: wanted <= {event.get("transaction") for event in system.inbox.events}, 60)
        assert wait_until(lambda: all(words in system.log("worker") for words in THROWN_AWAY[engine]), 20)
        if engine == "celery":  # last: it takes along what its process has not sent yet
            plant(system, "deadly")
            assert wait_until(lambda: "WorkerLostError" in system.inbox.raw.decode(), 60)
        os.kill(worker.pid, signal.SIGTERM)
        worker.wait(60)
        yield Left(
            engine,
            level,
            system.inbox.raw.decode("utf-8"),
            system.log("worker"),
            system.inbox.events,
            traces(system.inbox),
        )


def plant(system: System, *arguments: str) -> None:
    """Enqueue what is to be told."""
    command = shlex.join(["python", "planting.py", json.dumps(PERSON), *arguments])
    assert system.run("planting", command).wait(60) == 0, system.log("planting")


def traces(inbox: Inbox) -> set[str]:
    """The names of what was traced, in either lifecycle."""
    spans = [span["name"] for item in inbox.items("span") for span in item.json["items"]]
    return {*spans, *(transaction["transaction"] for transaction in inbox.transactions)}


def test_nothing_that_a_task_was_given_leaves(left: Left) -> None:
    for kind in PERSON.keys() - OPEN.get(left.level, set()):
        forms = {PERSON[kind], quote(PERSON[kind]), re.sub(r"[ +-]", "", PERSON[kind])}
        for where, text in (("sent", left.sent), ("printed", left.printed)):
            for form in forms:
                place = text.find(form)
                assert place < 0, f"{kind} {where}: {text[max(0, place - 300) : place + 100]}"


def test_what_is_needed_is_there(left: Left) -> None:
    assert {f"app.tasks.planted.{name}" for name in BOTH} <= left.traces
    types = {value["type"] for event in left.events for value in event.get("exception", {}).get("values", ())}
    assert {"Refused", "TimeoutError", "ValidationError"} <= types
    assert "Traceback (most recent call last)" not in left.printed
    lines = [line for line in left.printed.splitlines() if line.startswith("{")]
    assert any(json.loads(line)["message"].startswith("app.tasks.planted.told succeeded") for line in lines)
