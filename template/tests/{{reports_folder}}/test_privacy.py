"""What a report must not hold is in no row, mail, log line, envelope or spooled file (R-PRV-2)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI, HTTPException
from sqlalchemy import text

from app.database.engine import Database
from app.observability.privacy import LEVELS
from app.reports.service import report_failure
from tests.conftest import Start
from tests.database.fixtures import Serve, on_one_engine
from tests.inbox import Inbox
from tests.reports.conftest import Options, Postbox, Rows, bearer, until

pytestmark = pytest.mark.anyio

PATIENT, MAIL, CARD = "Odalys Quint", "odalys.quint@example.org", "4111 1111 1111 1111"
TOKEN = "sk_live_51H8xQe2eZvKYlo2C"
PLANTED = (PATIENT, "Odalys", MAIL, CARD, CARD.replace(" ", ""), TOKEN)
FACTS = {"patient_name": PATIENT, "email": MAIL, "card": {"number": CARD}, "api_key": TOKEN, "attempt": 3}


class Declined(Exception):
    """What the routes of these tests raise."""


def with_routes(app: FastAPI) -> FastAPI:
    """Add routes that fail with all the planted values at hand."""

    @app.get("/declined")
    async def declined() -> None:
        try:
            raise Declined(f"cannot bill {PATIENT} <{MAIL}>, card {CARD}, token {TOKEN}")
        except Declined as error:
            await report_failure(
                error,
                category="billing",
                severity="critical",
                message=f"{PATIENT} ({MAIL}) paid with {CARD}, token {TOKEN}",
                context=FACTS,
                email=MAIL,
            )
            raise HTTPException(502, "try again later") from error

    @app.get("/unhandled")
    async def unhandled() -> None:
        raise Declined(f"cannot bill patient {PATIENT} <{MAIL}>, card {CARD}, token {TOKEN}")

    return app


async def everything(database: Database) -> str:
    """All that the tables hold."""
    async with database.transaction() as session:
        tables = [
            (await session.execute(text(f"SELECT * FROM {name}"))).all()
            for name in ("reports", "report_mails")
        ]
    return repr(tables)


@on_one_engine
@pytest.mark.parametrize("level", LEVELS)
async def test_nothing_planted_is_kept_or_sent(
    start: Start,
    serve: Serve,
    mailing: Options,
    postbox: Postbox,
    database: Database,
    rows: Rows,
    inbox: Inbox,
    flush: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    level: str,
) -> None:
    postbox.refuses = True  # so that mails are looked at while they wait, too
    app = with_routes(start(level=level, **mailing, sentry_logs_enabled=True))
    async with serve(app) as client:
        await client.get("/declined", headers=bearer("u-1", email=MAIL))
        await client.get("/unhandled")
        await rows(2, lambda report: report.event_state == "arrived")
        kept = await everything(database)
        postbox.refuses = False
        await until(lambda: len(postbox.mails) == 2)
    flush()
    mails = postbox.raw.decode().replace(f"To: {MAIL}", "")  # a mail has to reach its reader
    left = {
        "rows": kept,
        "mails": mails,
        "log lines": capsys.readouterr().err,
        "envelopes": inbox.raw.decode(),
    }
    found = [(place, value) for place, content in left.items() for value in PLANTED if value in content]
    assert found == []
    assert len(inbox.events) == 2
    assert "attempt" in kept  # what says nothing about anybody survives


@on_one_engine
@pytest.mark.parametrize("level", LEVELS)
async def test_a_tenant_is_told_everywhere_as_its_tag_is(
    start: Start,
    serve: Serve,
    options: Options,
    rows: Rows,
    inbox: Inbox,
    flush: Callable[[], None],
    lines: Callable[[], list[dict[str, Any]]],
    level: str,
) -> None:
    async with serve(with_routes(start(level=level, **options))) as client:
        lines()
        for tenant in ("tenant-1", MAIL, "acme-clinic"):
            await client.get("/unhandled", headers=bearer("u-1", tenant=tenant))
        found = await rows(3)
        answer = await client.get("/reports", headers=dict(bearer("s-1", role="staff")))
    flush()
    tags = [event["tags"]["tenant"] for event in inbox.events]
    assert tags[0] == "tenant-1"
    assert UUID(tags[1])
    assert (tags[2] == "acme-clinic") == (level == "standard")
    assert len({*tags}) == 3  # they are told apart, whatever they are called
    assert [report.tenant for report in found] == tags
    assert [report["tenant"] for report in answer.json()["reports"]] == tags[::-1]
    assert {line["tenant"] for line in lines() if "tenant" in line} == set(tags)


@on_one_engine
@pytest.mark.parametrize("level", LEVELS)
async def test_nothing_planted_is_spooled(
    start: Start, serve: Serve, options: Options, tmp_path: Path, level: str
) -> None:
    away: dict[str, Any] = options | {"database_url": "postgresql://a:b@127.0.0.1:9/service"}
    async with serve(with_routes(start(level=level, **away))) as client:
        await client.get("/declined", headers=bearer("u-1", email=MAIL))
        await client.get("/unhandled")
    files = [file.read_text(encoding="utf-8") for file in (tmp_path / "spool").iterdir()]
    assert len(files) == 2
    assert [value for value in PLANTED for file in files if value in file] == []
    assert {json.loads(file)["category"] for file in files} == {"billing", "error"}


@on_one_engine
@pytest.mark.parametrize(("level", "kept"), [("standard", True), ("gdpr", False), ("hipaa", False)])
async def test_words_of_a_user_are_kept_at_standard_only(
    start: Start, serve: Serve, options: Options, rows: Rows, level: str, kept: bool
) -> None:
    said = f"The page stays white after I save; write to {MAIL}"
    async with serve(start(level=level, **options)) as client:
        await client.post("/reports", json={"message": said}, headers=bearer("user-17"))
        [report] = await rows(1)
    assert ("stays white" in report.message) is kept
    assert MAIL not in report.message
    assert (report.user_id == "user-17") is kept
