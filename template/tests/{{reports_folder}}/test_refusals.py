"""A report that cannot become a row keeps no other from it, and is not lost silently (R-BUG-1)."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import OperationalError

from app.database.base import now
from app.database.engine import Database
from app.observability.privacy import LEVELS
from app.reports.delivery import Delivery
from app.reports.drafts import Draft, draft
from app.reports.mails import Mailer
from app.reports.sealing import Seal
from app.reports.service import report_failure
from app.reports.spool import Spool
from tests.conftest import Start
from tests.database.fixtures import Serve, on_one_engine, settings_for
from tests.reports.conftest import Options, Rows, bearer

pytestmark = pytest.mark.anyio

Lines = Callable[[], list[dict[str, Any]]]


class Odd(Exception):
    """What the code of these tests reports."""


ODD: dict[str, dict[str, Any]] = {
    "NUL in a message": {"message": "hello \0 world"},
    "NUL in an error": {"error": Odd("bad \0 byte")},
    "NUL in facts": {"context": {"status": "a\0b", "a\0b": ["c\0"]}},
    "NUL in a user": {"user_id": "u\0x"},
    "half a character in an error": {"error": Odd("file \udcff missing")},
    "half a character in facts": {"context": {"path": "/tmp/\udcff", "k\udcff": 1}},
    "no number": {"context": {"ratio": float("nan"), "duration_ms": [float("inf")]}},
    "a long number": {"context": {"count": 10**1_000}},
    "a very long number": {"context": {"count": 10**5_000}},
    "an unknown severity": {"severity": "catastrophically-bad"},
    "a long user": {"user_id": "u" * 300},
    "an address that is none": {"severity": "critical", "email": "a@b.example\r\nBcc: c@d.example"},
    "half an address": {"severity": "critical", "email": "u@\udcff.example"},
}


@pytest.mark.parametrize("level", LEVELS)
async def test_whatever_is_reported_becomes_a_row_that_can_be_read(
    start: Start, serve: Serve, options: Options, rows: Rows, level: str
) -> None:
    app = start(level=level, **options)

    @app.get("/odd/{kind}")
    async def odd(kind: str) -> str:
        return str((await report_failure(**{"category": "billing", **ODD[kind]})).id)

    async with serve(app) as client:
        made = [(await client.get(f"/odd/{kind}")).json() for kind in ODD]
        found = await rows(len(ODD))
        listed = await client.get("/reports", headers=dict(bearer("s-1", role="staff")))
    assert [str(report.id) for report in found] == made
    assert {report["id"] for report in listed.json()["reports"]} == set(made)
    assert {report.severity for report in found} == {"medium", "critical"}


async def test_what_a_user_reports_with_odd_characters_is_kept_without_them(
    start: Start, serve: Serve, options: Options, rows: Rows
) -> None:
    async with serve(start(**options)) as client:
        answer = await client.post("/reports", json={"message": "white\0 page"}, headers=bearer("u-1"))
        [report] = await rows(1)
    assert (answer.status_code, report.message) == (201, "white page")


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
async def test_a_report_that_the_database_refuses_is_put_aside_and_told(
    start: Start, options: Options, rows: Rows, database: Database, lines: Lines
) -> None:
    delivery = delivery_of(start(**options).state.settings, database)
    drafts = [draft(severity="low", category="error") for _ in range(4)]
    drafts[1] = refused = replace(drafts[1], message="a\0b")
    for made in drafts:
        delivery.spool.put(made)
    assert await delivery.rows() == 3
    assert [report.id for report in await rows(3)] == [one.id for one in drafts if one is not refused]
    [left] = options["reports_spool"].iterdir()
    assert (left.suffix, json.loads(left.read_text("utf-8"))["id"]) == (".broken", str(refused.id))
    told = [line["message"] for line in lines() if line["level"] == "ERROR"]
    assert told == [f"a report was refused (DBAPIError) and put aside as .broken: {refused.id}"]


async def test_reports_wait_for_a_table_that_is_not_there_yet(start: Start, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/empty.db"
    settings = start(database_url=address, reports_spool=tmp_path / "spool").state.settings
    database = Database(settings_for(address))
    delivery = delivery_of(settings, database)
    delivery.spool.put(draft(severity="low", category="error"))
    with pytest.raises(OperationalError, match="no such table"):
        await delivery.rows()
    assert [file.suffix for file in (tmp_path / "spool").iterdir()] == [".json"]
    await database.close()


GOOD = json.loads(Draft("low", "other", "").to_json())
BROKEN = {
    "nothing": "",
    "half": '{"half": ',
    "another thing": "[]",
    "another id": json.dumps(GOOD | {"id": 5}),
    "nested": "[" * 100_000,
    "no message": json.dumps(GOOD | {"message": None}),
    "a list of facts": json.dumps(GOOD | {"context": [1]}),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_no_report_is_put_aside(tmp_path: Path, kind: str) -> None:
    spool = Spool(tmp_path, 10)
    good = draft(severity="low", category="error")
    spool.put(good)
    (tmp_path / "0.json").write_text(BROKEN[kind], encoding="utf-8")
    (tmp_path / "folder.json").mkdir()
    assert [waiting.draft for waiting in spool.take(10)] == [good]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".broken", ".json", ".json"]


@on_one_engine
async def test_a_report_under_another_name_is_written_once(
    start: Start, options: Options, rows: Rows, database: Database
) -> None:
    delivery = delivery_of(start(**options).state.settings, database)
    delivery.spool.put(made := draft(severity="low", category="error"))
    [file] = options["reports_spool"].iterdir()
    file.rename(file.with_name("copied-by-hand.json"))
    assert await delivery.rows() == 1
    assert [report.id for report in await rows(1)] == [made.id]
    assert list(options["reports_spool"].iterdir()) == []


@on_one_engine
async def test_what_was_put_aside_is_erased_with_its_user_and_ends_like_rows(
    start: Start, options: Options, database: Database
) -> None:
    delivery = delivery_of(start(**options).state.settings, database)
    files = {
        name: options["reports_spool"] / f"{name}.broken" for name in ("theirs", "another's", "old", "new")
    }
    options["reports_spool"].mkdir()
    for name, user in (("theirs", "user-1"), ("another's", "user-17"), ("old", None), ("new", None)):
        files[name].write_text(Draft("low", "other", "", user_id=user, id=uuid4()).to_json(), "utf-8")
    long_ago = (now() - timedelta(days=91)).timestamp()
    os.utime(files["old"], (long_ago, long_ago))
    assert (await delivery.erase("user-1")).reports == 1
    await delivery.forget_old()
    assert {name for name, file in files.items() if file.exists()} == {"another's", "new"}


def delivery_of(settings: Any, database: Database) -> Delivery:
    """What the loops of a process run."""
    spool = Spool(settings.reports_spool, settings.reports_spool_limit)
    return Delivery(database, spool, Mailer(settings, Seal(settings)), settings)
