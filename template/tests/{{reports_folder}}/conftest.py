"""Fixtures of these tests: databases, a mail server, people with tokens, and a look at the rows."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import jwt
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from app.database.engine import Database
from app.reports.model import Report
from tests.conftest import AUTH
from tests.database.fixtures import (
    UNHURRIED,
    address,
    database,
    migrated_postgresql,
    migrated_sqlite,
    serve,
    server,
)

__all__ = ["address", "database", "migrated_postgresql", "migrated_sqlite", "serve", "server"]

ADMIN = "admin@service.example"

Options = dict[str, Any]
Rows = Callable[..., Awaitable[Sequence[Report]]]


class Postbox:
    """A mail server on this machine that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw = b""
        self.port = 0
        self.refuses = False
        self.unknown: set[str] = set()
        self.attempts = 0

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """What aiosmtpd calls with an address."""
        if address in self.unknown:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """What aiosmtpd calls with a mail."""
        self.attempts += 1
        if self.refuses:
            return "451 not now"
        content = cast("bytes", envelope.content)
        self.raw += content
        self.mails.append(message_from_bytes(content, policy=default))
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to an address."""
        return [mail for mail in self.mails if mail["To"] == address]


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    """The mail server."""
    kept = Postbox()
    listening = await asyncio.get_running_loop().create_server(lambda: SMTP(kept), "127.0.0.1", 0)
    kept.port = listening.sockets[0].getsockname()[1]
    yield kept
    listening.close()


@pytest.fixture
def options(address: str, tmp_path: Path) -> Options:
    """Settings of a service with reports, on each engine in turn."""
    return {"database_url": address, "reports_spool": tmp_path / "spool", **UNHURRIED}


@pytest.fixture
def mailing(options: Options, postbox: Postbox) -> Options:
    """The same, with mails."""
    return options | {
        "smtp_host": "127.0.0.1",
        "smtp_port": postbox.port,
        "smtp_security": "none",
        "smtp_sender": "service@service.example",
        "reports_admin_email": ADMIN,
        "privacy_key": "a-key-that-only-the-tests-know",
    }


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next round, nor for a worker to mail."""
    monkeypatch.setattr("app.wiring.HAS_WORKER", False)
    monkeypatch.setattr("app.reports.loops.REST_SECONDS", 0.1)
    monkeypatch.setattr("app.reports.service.PAUSE_SECONDS", 0.1)
    monkeypatch.setattr("app.reports.events.FIRST_WAIT", timedelta(seconds=0.1))
    monkeypatch.setattr("app.reports.events.LONGEST_WAIT", timedelta(seconds=0.1))
    monkeypatch.setattr("app.reports.mails.FIRST_WAIT", timedelta(seconds=0.1))


@pytest.fixture
def rows(database: Database) -> Rows:
    """Wait until there are so many reports that pass a condition, and give all of them, the oldest first."""

    async def read(count: int, passing: Callable[[Report], bool] = lambda report: True) -> Sequence[Report]:
        end = time.monotonic() + 10
        while True:
            async with database.transaction() as session:
                found = (await session.scalars(select(Report).order_by(Report.created_at))).all()
            if sum(passing(report) for report in found) >= count or time.monotonic() > end:
                return found
            await asyncio.sleep(0.05)

    return read


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that happens in the background."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)


def bearer(
    user: str, *, role: str | None = None, key: str | None = None, **claims: object
) -> Mapping[str, str]:
    """The header of somebody's token."""
    told = {
        "sub": user,
        "iss": AUTH["auth_issuer"],
        "aud": AUTH["auth_audience"],
        "exp": int(time.time()) + 600,
        **({"role": role} if role else {}),
        **claims,
    }
    return {"Authorization": f"Bearer {jwt.encode(told, key or AUTH['auth_key'], 'HS256')}"}
