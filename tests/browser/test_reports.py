"""R-BUG-1, R-WEB-4: what somebody says about an error is a row, under the reference that the page showed."""

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from template.tests.inbox import Inbox
from tests.browser.conftest import AUTH, Built, Serve
from tests.pages import FRONTENDS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_a_report_of_somebody_who_signed_in_is_a_row(
    build: Built,
    serve: Serve,
    inbox: Inbox,
    page: Page,
    service_python: Path,
    tmp_path: Path,
    frontend: str,
) -> None:
    folder = build(frontend, "gdpr", "sqlalchemy")
    table = tmp_path / "service.db"
    settings = {"DATABASE_URL": f"sqlite:///{table}", "REPORTS_SPOOL": str(tmp_path / "spool")}

    def command(*arguments: str) -> str:
        environment = {**os.environ, "ENVIRONMENT": "test", **AUTH, **settings}
        done = subprocess.run(
            [service_python, "-m", "app", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    command("migrate")
    server = serve(folder, SENTRY_DSN=inbox.dsn, **settings)
    page.goto(f"http://127.0.0.1:{server.port}/")
    page.get_by_label("Token").fill(command("token", "--user", "user-17"))
    page.get_by_role("button", name="Sign in").click()
    signed_in = page.get_by_text("Signed in as")
    expect(signed_in).to_be_visible()
    user = signed_in.inner_text().removeprefix("Signed in as ")
    page.get_by_role("button", name="Break the API").click()
    notice = page.get_by_role("alert")
    reference = notice.locator("code").inner_text()
    notice.get_by_role("button", name="Report this").click()
    notice.get_by_label("What were you doing?").fill("I pressed the button of zebrafish")
    notice.get_by_role("button", name="Send").click()
    expect(notice).to_contain_text("Thank you, the report has arrived.")

    server.stop()  # by then the failed request's own row is written, too
    with sqlite3.connect(table) as database:
        rows = database.execute(
            "SELECT category, request_id, user_id, event_id, message FROM reports"
        ).fetchall()
    assert sorted(row[:3] for row in rows) == [("bug", reference, user), ("error", reference, user)]
    told = {event["event_id"] for event in inbox.events if event["platform"] == "python"}
    assert {row[3] for row in rows} == told
    assert "user-17" not in user
    assert "zebrafish" not in str(rows)
    assert b"zebrafish" not in inbox.raw
