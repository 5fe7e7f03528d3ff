"""Every failed request is one report, and one event with the same id (R-BUG-1)."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

import pytest
from fastapi import FastAPI, HTTPException

from app.observability import jobs, set_user
from app.observability.privacy import LEVELS
from app.reports.service import report_failure
from tests.conftest import Start
from tests.database.fixtures import Serve, on_one_engine
from tests.inbox import Inbox
from tests.reports.conftest import Options, Rows

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]
STORM = int(os.environ.get("TEST_STORM", "100"))


class Broken(Exception):
    """What the routes of these tests raise."""


def with_routes(app: FastAPI) -> FastAPI:
    """Add routes that fail in all ways."""

    @app.get("/broken/{number}")
    async def broken(number: int) -> None:
        raise Broken("it broke")

    @app.get("/translated")
    async def translated() -> None:
        try:
            raise Broken("it broke")
        except Broken as error:
            await report_failure(error, category="billing", severity="high", context={"attempt": 3})
            raise HTTPException(502, "try again later") from error

    @app.get("/twice")
    async def twice() -> list[str]:
        error = Broken("it broke")
        first = await report_failure(error, category="billing")
        second = await report_failure(error, category="shipping", severity="critical")
        return [str(first.id), str(second.id)]

    @app.get("/reported")
    async def reported() -> None:
        try:
            raise Broken("it broke")
        except Broken as error:
            await report_failure(error, category="billing")

    return app


async def test_a_storm_of_failures_is_as_many_rows_and_events_with_the_same_ids(
    start: Start, serve: Serve, options: Options, rows: Rows, inbox: Inbox, flush: Flush
) -> None:
    app = with_routes(start(**options, sentry_error_rate_limit=10_000))
    async with serve(app) as client:
        answers = await asyncio.gather(*(client.get(f"/broken/{number}") for number in range(STORM)))
        found = await rows(STORM, lambda report: report.event_state == "arrived")
    assert {answer.status_code for answer in answers} == {500}
    sent = {event["event_id"]: event["tags"]["request_id"] for event in inbox.events}
    assert len(inbox.events) == len(sent) == len(found) == STORM
    assert {report.event_id: report.request_id for report in found} == sent
    assert set(sent.values()) == {answer.headers["x-request-id"] for answer in answers}


async def test_a_row_tells_what_happened_where(
    start: Start, serve: Serve, options: Options, rows: Rows
) -> None:
    async with serve(with_routes(start(**options))) as client:
        answer = await client.get("/broken/7")
        [report] = await rows(1)
    assert report.request_id == answer.headers["x-request-id"]
    assert (report.severity, report.category, report.state) == ("high", "error", "open")
    assert report.error_type == "tests.reports.test_failures.Broken"
    assert (report.message, report.route) == ("it broke", "/broken/{number}")


@on_one_engine
@pytest.mark.parametrize("level", LEVELS)
async def test_a_failed_task_is_a_row_with_its_identity(
    start: Start, serve: Serve, options: Options, rows: Rows, inbox: Inbox, flush: Flush, level: str
) -> None:
    job = jobs.Job("app.tasks.receipts.send_receipt", "1f" * 16, "arq", attempt=3, attempts=3)
    async with serve(start(level=level, **options)):
        with suppress(Broken), jobs.run(job, {"request_id": "a" * 32}, rate=0):
            set_user("user-17", tenant="tenant-4")
            raise Broken("it broke")
        [report] = await rows(1)
    flush()
    [event] = inbox.events
    assert (report.route, report.context) == (job.name, {"task_id": job.id, "attempt": 3})
    assert (report.event_id, report.request_id) == (event["event_id"], event["tags"]["request_id"])
    assert (report.user_id, report.tenant) == (event["user"]["id"], "tenant-4")


@on_one_engine
async def test_a_task_that_is_tried_again_is_no_report(
    start: Start, serve: Serve, options: Options, rows: Rows
) -> None:
    job = jobs.Job("app.tasks.receipts.send_receipt", "1f" * 16, "arq", attempts=2)
    async with serve(with_routes(start(**options))) as client:
        with suppress(jobs.RetryIn), jobs.run(job, {}, rate=0, retry_after=lambda _: 1.0):
            raise Broken("it broke")
        await client.get("/broken/1")
        [report] = await rows(1)
    assert report.route == "/broken/{number}"


@on_one_engine
@pytest.mark.parametrize("path", ["/translated", "/reported"])
async def test_what_the_code_reports_is_one_row_and_one_event_however_it_ends(
    start: Start, serve: Serve, options: Options, rows: Rows, inbox: Inbox, flush: Flush, path: str
) -> None:
    async with serve(with_routes(start(**options))) as client:
        await client.get(path)
        await client.get("/broken/1")
        found = await rows(2)
    flush()
    assert [report.category for report in found] == ["billing", "error"]
    assert {report.event_id for report in found} == {event["event_id"] for event in inbox.events}
    assert len(inbox.events) == 2


async def test_an_error_that_is_reported_twice_is_two_rows_and_one_event(
    start: Start, serve: Serve, options: Options, rows: Rows, inbox: Inbox, flush: Flush
) -> None:
    async with serve(with_routes(start(**options))) as client:
        made = (await client.get("/twice")).json()
        found = await rows(2)
    flush()
    [event] = inbox.events
    assert [str(report.id) for report in found] == made
    assert [report.severity for report in found] == ["medium", "critical"]
    assert [report.event_id for report in found] == [event["event_id"], None]
    assert len({report.request_id for report in found}) == 1


@on_one_engine
async def test_what_the_rate_limit_holds_back_is_a_row_without_an_event(
    start: Start, serve: Serve, options: Options, rows: Rows, inbox: Inbox, flush: Flush
) -> None:
    async with serve(with_routes(start(**options, sentry_error_rate_limit=2))) as client:
        for number in range(5):
            await client.get(f"/broken/{number}")
        found = await rows(5)
    flush()
    assert len(found) == 5
    assert {report.event_id for report in found} == {*(e["event_id"] for e in inbox.events), None}
    assert len(inbox.events) == 2


@on_one_engine
async def test_without_sentry_there_are_rows(
    start: Start, serve: Serve, options: Options, rows: Rows
) -> None:
    async with serve(with_routes(start(**options, sentry_dsn=None))) as client:
        await client.get("/broken/1")
        [report] = await rows(1)
    assert (report.event_id, report.event_state) == (None, "none")


@on_one_engine
async def test_what_a_client_did_wrong_is_no_report(
    start: Start, serve: Serve, options: Options, rows: Rows
) -> None:
    async with serve(with_routes(start(**options))) as client:
        assert (await client.get("/nowhere")).status_code == 404
        assert (await client.get("/broken/x")).status_code == 422
        assert (await client.get("/reports")).status_code == 401
        await client.get("/broken/1")
        found = await rows(1)
    assert len(found) == 1


@on_one_engine
async def test_failed_requests_need_not_be_reports(
    start: Start, serve: Serve, options: Options, rows: Rows
) -> None:
    async with serve(with_routes(start(**options, reports_of_errors="off"))) as client:
        await client.get("/broken/1")
        await client.get("/reported")
        [report] = await rows(1)
    assert report.category == "billing"
