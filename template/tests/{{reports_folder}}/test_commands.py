"""What operators do: deliver what is owed, and erase a user (GDPR art. 17)."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from app import observability
from app.cli import main
from app.database.base import now
from app.database.engine import Database
from app.observability import protection
from app.reports.drafts import draft
from app.reports.model import Mail, Report
from app.reports.spool import Spool
from app.settings import get_settings
from tests.conftest import Start
from tests.database.fixtures import Serve, on_one_engine, settings_for
from tests.inbox import Inbox
from tests.reports.conftest import Options, Rows, bearer

KEY = "a-key-that-only-the-tests-know"

Command = Callable[..., Result]


@pytest.fixture
def command(
    start: object, address: str, tmp_path: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Run a command as in a fresh process."""

    def run(*arguments: str, **environment: str) -> Result:
        observability.stop(timeout=0)
        get_settings.cache_clear()
        known = {
            "DATABASE_URL": address,
            "REPORTS_SPOOL": str(tmp_path / "spool"),
            "SENTRY_DSN": inbox.dsn,
            "PRIVACY_KEY": KEY,
        }
        for name, value in (known | environment).items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(main, arguments)
        get_settings.cache_clear()
        return result

    assert start  # the fixture stops what commands start
    return run


def all_rows(address: str) -> Sequence[Report]:
    """The table."""

    async def read() -> Sequence[Report]:
        database = Database(settings_for(address))
        async with database.transaction() as session:
            found = (await session.scalars(select(Report))).all()
        await database.close()
        return found

    return asyncio.run(read())


def test_what_is_owed_is_delivered_by_command(
    command: Command, address: str, tmp_path: Path, inbox: Inbox
) -> None:
    left = draft(severity="high", category="error", event_id="2" * 32)
    Spool(tmp_path / "spool", 10).put(replace(left, created_at=now() - timedelta(hours=1)))
    assert command("reports", "deliver").stdout == "1 rows written, 1 events sent again, 0 mails sent.\n"
    assert [event["event_id"] for event in inbox.events] == ["2" * 32]
    assert [(report.event_id, report.event_state) for report in all_rows(address)] == [("2" * 32, "arrived")]


@on_one_engine
def test_a_command_without_database_says_what_to_do(command: Command) -> None:
    result = command("reports", "deliver", DATABASE_URL="postgresql://a:a-password@127.0.0.1:9/service")
    assert (result.exit_code, "nothing is lost" in result.output) == (1, True)
    assert "a-password" not in result.output


@pytest.mark.parametrize("level", ["standard", "gdpr", "hipaa"])
def test_a_users_reports_become_anonymous_and_nobody_elses(
    command: Command, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    monkeypatch.setattr("app.wiring.COMPLIANCE", level)
    monkeypatch.setenv("PRIVACY_KEY", KEY)
    protection.use(get_settings())
    spool = Spool(tmp_path / "spool", 10)
    for user, event in (("user-17", "3" * 32), ("user-18", "4" * 32)):
        spool.put(
            draft(severity="high", category="error", user_id=user, context={"attempt": 3}, event_id=event)
        )
    result = command("reports", "erase", "--user", "user-17")
    assert result.exit_code == 0, result.output
    assert "Reports that are anonymous now: 1." in result.output
    assert "3" * 32 in result.output
    assert "4" * 32 not in result.output
    erased, kept = sorted(all_rows(address), key=lambda report: report.user_id is not None)
    assert (erased.message, erased.context, erased.user_id, erased.event_id) == ("[erased]", {}, None, None)
    assert (kept.context, kept.user_id) == ({"attempt": 3}, protection.active.pseudonym("user-18"))
    assert (erased.category, erased.severity) == (kept.category, kept.severity)


@on_one_engine
def test_an_erasure_that_finds_nothing_says_so(command: Command) -> None:
    result = command("reports", "erase", "--user", "nobody")
    assert (result.exit_code, "There are no reports of this user" in result.stdout) == (0, True)


@on_one_engine
def test_a_pseudonym_needs_its_key(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.wiring.COMPLIANCE", "gdpr")
    result = command("reports", "erase", "--user", "user-17", PRIVACY_KEY="")
    assert (result.exit_code, "PRIVACY_KEY is not set" in result.output) == (1, True)


@pytest.mark.anyio
async def test_reports_end_when_their_time_is_over(
    start: Start,
    serve: Serve,
    options: Options,
    rows: Rows,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.reports.delivery.OLD_AT_A_TIME", 2)
    settings: dict[str, Any] = options | {"reports_retention_days": 30}
    async with serve(start(**settings)) as client:
        for _ in range(6):
            await client.post("/reports", json={"message": "x"}, headers=bearer("u-1"))
        *others, last = await rows(6)
    async with database.transaction() as session:
        old = now() - timedelta(days=31)
        await session.execute(update(Report).where(Report.id != last.id).values(created_at=old))
        session.add_all(Mail(report_id=report.id, audience="admin") for report in others)
    async with serve(start(**settings)):
        for _ in range(100):
            left = await rows(1)
            if len(left) == 1:
                break
            await asyncio.sleep(0.05)
    assert [report.id for report in left] == [last.id]
    async with database.transaction() as session:
        assert (await session.scalars(select(Mail))).all() == []
