"""A task that fails for good is a report like a failed request; workers deliver what is owed (R-BUG-1, 2)."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.workers.conftest import MakeSystem
from tests.workers.system import COMMANDS, System, free_port, wait_until

pytestmark = pytest.mark.heavy


@pytest.fixture(params=["arq", "celery", "celery-threads"])
def system(request: pytest.FixtureRequest, system_of: MakeSystem, tmp_path: Path) -> System:
    smtp = free_port()
    running = system_of(
        request.param,
        answers={"database": "sqlalchemy"},
        DATABASE_URL=f"sqlite:///{tmp_path / 'service.db'}",
        REPORTS_OF_ERRORS="critical",
        REPORTS_ADMIN_EMAIL="admin@service.example",
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=str(smtp),
        SMTP_SECURITY="none",
        SMTP_SENDER="service@service.example",
    )
    running.run("mails", f"python -u -m aiosmtpd -n -l 127.0.0.1:{smtp}")
    running.run("migrate", "python -m app migrate").wait()
    running.start_broker()
    running.start_api()
    running.run("worker", COMMANDS[request.param])
    return running


def rows(system: System) -> list[dict[str, Any]]:
    """The table of reports."""
    with contextlib.closing(sqlite3.connect(system.folder.parent / "service.db")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM reports ORDER BY created_at")]


def test_a_failed_task_is_a_row_with_its_event_and_a_mail(system: System) -> None:
    _, headers, task_id = system.post("broken")
    _, _, retried = system.post("never")
    assert wait_until(lambda: len(rows(system)) == 2, 60), system.log("worker")
    assert wait_until(lambda: {row["event_state"] for row in rows(system)} == {"arrived"}, 60)
    row, last = sorted(rows(system), key=lambda row: str(row["route"]))
    [event] = system.events("broken")
    assert (row["route"], row["error_type"]) == ("app.tasks.trial.broken", "ZeroDivisionError")
    assert row["request_id"] == headers["x-request-id"]
    assert (row["event_id"], row["trace_id"]) == (event["event_id"], event["contexts"]["trace"]["trace_id"])
    assert (row["user_id"], row["tenant"]) == (event["user"]["id"], "tenant-4")
    assert task_id in row["context"]
    assert last["route"] == "app.tasks.trial.never", "an attempt that is tried again is no report"
    assert retried in last["context"]
    assert wait_until(lambda: headers["x-request-id"] in system.log("mails"), 60), system.log("worker")
    assert len(system.inbox.events) == len(rows(system)) == 2
