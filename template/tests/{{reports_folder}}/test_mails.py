"""Critical reports are mailed to an admin and to the user; mail in trouble fails no request (R-BUG-2)."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select, update

from app.database.base import now
from app.database.engine import Database
from app.observability.privacy import LEVELS
from app.reports.mails import Mailer
from app.reports.model import Mail
from app.reports.sealing import Seal
from app.wiring import SERVICE
from tests.conftest import Start
from tests.database.fixtures import Serve, on_one_engine
from tests.reports.conftest import ADMIN, Options, Postbox, Rows, bearer, until

pytestmark = pytest.mark.anyio

USER = "odalys.quint@example.org"
CRITICAL = {"message": "Nobody can log in.", "severity": "critical", "category": "access"}


def plain(mail: EmailMessage) -> str:
    """The text part."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def told(postbox: Postbox) -> int:
    """How many reports the mails are about."""
    return sum(int(mail["Subject"].split()[1]) for mail in postbox.mails)


async def waiting(database: Database) -> int:
    """How many mails are still owed."""
    async with database.transaction() as session:
        return await session.scalar(select(func.count(Mail.id)).where(Mail.sent_at.is_(None))) or 0


@on_one_engine
@pytest.mark.parametrize("level", LEVELS)
async def test_a_critical_report_is_mailed_to_admin_and_user(
    start: Start, serve: Serve, mailing: Options, postbox: Postbox, database: Database, level: str
) -> None:
    async with serve(start(level=level, **mailing)) as client:
        answer = await client.post("/reports", json=CRITICAL, headers=bearer("u-1", email=USER))
        await until(lambda: len(postbox.mails) == 2)
    reference = answer.json()
    [to_admin], [to_user] = postbox.to(ADMIN), postbox.to(USER)
    assert to_admin["Subject"] == f"[{SERVICE}] 1 critical report"
    assert reference["id"] in plain(to_admin)
    assert reference["event_id"] in plain(to_admin)
    assert reference["request_id"] in plain(to_user)
    assert reference["id"] not in plain(to_user)
    assert to_user.get_body(("html",)) is not None
    assert to_user["Message-ID"] != to_admin["Message-ID"]


@on_one_engine
async def test_what_is_not_critical_is_not_mailed(
    start: Start, serve: Serve, mailing: Options, postbox: Postbox, database: Database
) -> None:
    async with serve(start(**mailing)) as client:
        await client.post("/reports", json={**CRITICAL, "severity": "high"}, headers=bearer("u-1"))
        await client.post("/reports", json=CRITICAL, headers=bearer("u-1"))
        await until(lambda: postbox.mails)
    assert len(postbox.mails) == 1  # the admin's; this user's token has no address
    assert await waiting(database) == 0


async def test_a_mail_server_in_trouble_fails_no_request_and_gets_the_mails_later(
    start: Start, serve: Serve, mailing: Options, postbox: Postbox, database: Database
) -> None:
    postbox.refuses = True
    async with serve(start(**mailing)) as client:
        for _ in range(3):
            answer = await client.post("/reports", json=CRITICAL, headers=bearer("u-1", email=USER))
            assert answer.status_code == 201
        await until(lambda: postbox.attempts >= 2)
        assert await waiting(database) == 6
        postbox.refuses = False
        await until(lambda: postbox.to(ADMIN) and postbox.to(USER))
    assert await waiting(database) == 0


async def test_mails_survive_the_process(
    start: Start, serve: Serve, mailing: Options, postbox: Postbox, database: Database
) -> None:
    async with serve(start(**mailing | {"smtp_port": 9})) as client:
        await client.post("/reports", json=CRITICAL, headers=bearer("u-1", email=USER))
    async with database.transaction() as session:
        await session.execute(update(Mail).values(due_at=now()))
    async with serve(start(**mailing)):
        await until(lambda: len(postbox.mails) == 2)
    assert {mail["To"] for mail in postbox.mails} == {ADMIN, USER}


async def test_a_broken_release_does_not_flood_anybody(
    start: Start, serve: Serve, mailing: Options, postbox: Postbox, database: Database, rows: Rows
) -> None:
    app = start(**mailing, reports_mail_limit=1, reports_of_errors="critical")

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("it broke")

    async def an_hour_passes() -> None:
        async with database.transaction() as session:
            mailed = update(Mail).where(Mail.sent_at.is_not(None))
            await session.execute(mailed.values(sent_at=now() - timedelta(hours=2)))
            await session.execute(update(Mail).where(Mail.sent_at.is_(None)).values(due_at=now()))

    def more_than(count: int) -> Callable[[], bool]:
        return lambda: len(postbox.mails) > count

    async with serve(app) as client:
        for _ in range(40):
            assert (await client.get("/broken")).status_code == 500
        await rows(40)
        await until(lambda: postbox.mails)
        assert len(postbox.mails) == 1
        hours = 1
        while told(postbox) < 40:  # what had to wait is told, and told together
            mails, hours = len(postbox.mails), hours + 1
            await an_hour_passes()
            await until(more_than(mails))
    assert (told(postbox), len(postbox.mails)) == (40, hours)


@on_one_engine
async def test_an_address_is_sealed_until_the_mail_is_sent_and_then_gone(
    start: Start, serve: Serve, mailing: Options, postbox: Postbox, database: Database
) -> None:
    postbox.refuses = True
    async with serve(start(**mailing)) as client:
        await client.post("/reports", json=CRITICAL, headers=bearer("u-1", email=USER))
        await until(lambda: postbox.attempts)
        async with database.transaction() as session:
            sealed = await session.scalar(select(Mail.recipient).where(Mail.audience == "user"))
        assert sealed
        assert USER not in sealed
        postbox.refuses = False
        await until(lambda: postbox.to(USER))
    async with database.transaction() as session:
        assert set(await session.scalars(select(Mail.recipient))) == {None}


@on_one_engine
async def test_a_mail_nobody_can_address_any_more_is_given_up(
    start: Start, serve: Serve, mailing: Options, postbox: Postbox, database: Database
) -> None:
    async with serve(start(**mailing | {"smtp_port": 9})) as client:
        await client.post("/reports", json=CRITICAL, headers=bearer("u-1", email=USER))
    async with database.transaction() as session:
        await session.execute(update(Mail).values(due_at=now()))
    async with serve(start(**mailing | {"privacy_key": "another-key-than-the-one-before"})):
        await until(lambda: postbox.to(ADMIN))
    assert await waiting(database) == 0
    assert postbox.to(USER) == []


@on_one_engine
async def test_an_address_that_the_server_refuses_does_not_hold_up_others(
    start: Start, serve: Serve, mailing: Options, postbox: Postbox, database: Database
) -> None:
    postbox.unknown = {"gone@example.org"}
    async with serve(start(**mailing | {"smtp_port": 9})) as client:
        for address in (*postbox.unknown, USER):
            await client.post("/reports", json=CRITICAL, headers=bearer("u-1", email=address))
    async with database.transaction() as session:
        await session.execute(update(Mail).values(due_at=now()))
    settings = start(**mailing).state.settings
    assert await Mailer(settings, Seal(settings)).send_due(database) == 2
    assert {mail["To"] for mail in postbox.mails} == {ADMIN, USER}
    assert await waiting(database) == 1


@on_one_engine
@pytest.mark.parametrize(
    "told",
    [
        "a@b.example\r\nBcc: c@d.example",
        "a@b, c@d.example",
        "Odalys <o@x.example>",
        "@",
        "a@b\0.example",
        "a@b\n",
    ],
)
async def test_what_is_not_one_address_gets_no_mail(
    start: Start, serve: Serve, mailing: Options, postbox: Postbox, database: Database, told: str
) -> None:
    async with serve(start(**mailing)) as client:
        answer = await client.post("/reports", json=CRITICAL, headers=bearer("u-1", email=told))
        await until(lambda: postbox.to(ADMIN))
    assert (answer.status_code, len(postbox.mails), await waiting(database)) == (201, 1, 0)


@on_one_engine
async def test_a_mail_that_cannot_be_written_does_not_hold_up_others(
    start: Start, serve: Serve, mailing: Options, postbox: Postbox, database: Database
) -> None:
    settings = start(**mailing | {"smtp_port": 9}).state.settings
    earlier = Seal(settings)._fernet.encrypt(b"a@b.example\r\nBcc: c@d.example").decode()
    async with serve(start(**mailing | {"smtp_port": 9})) as client:
        for address in ("first@example.org", USER):
            await client.post("/reports", json=CRITICAL, headers=bearer("u-1", email=address))
    async with database.transaction() as session:
        await session.execute(update(Mail).values(due_at=now()))
        first = await session.scalar(select(Mail.id).where(Mail.audience == "user").limit(1))
        await session.execute(update(Mail).where(Mail.id == first).values(recipient=earlier))
    async with serve(start(**mailing)):
        await until(lambda: len(postbox.mails) == 2)
    assert await waiting(database) == 1
