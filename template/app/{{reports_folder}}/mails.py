"""Send the mails that are owed: in groups, not too many an hour, again and again until the server takes them.

A mail is claimed before it is sent, so that several processes do not send it twice; after a crash in between
it is sent again. While the limit of an hour is used up mails wait, and are then told together.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Literal, get_args
from uuid import UUID, uuid4

import aiosmtplib  # asyncio's SMTP client: maintained, typed, time-outs and TLS by argument
from sqlalchemy import delete, distinct, func, select, update
from sqlalchemy.orm import contains_eager

from app.database.base import now
from app.database.engine import Database
from app.observability.operators import operators
from app.reports.messages import compose
from app.reports.model import Audience, Mail, Report
from app.reports.sealing import Seal
from app.settings import Settings

BATCH: Final = 500
CLAIM: Final = timedelta(minutes=5)
FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(hours=1)
MOST_ATTEMPTS: Final = 24
"""About a day, with the waits above; then a mail is given up. The report stays."""

AWAY: Final = (OSError, aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPHeloError)
"""Errors of a server that takes no mail at all: of the connection (the library's own are OSErrors, too), of
TLS and of the login. Any other error is that of one mail.
"""
Outcome = Literal["sent", "refused", "away"]


class Mailer:
    """Sends what is owed about reports."""

    def __init__(self, settings: Settings, seal: Seal) -> None:
        self._settings = settings
        self._seal = seal

    async def send_due(self, database: Database) -> int:
        """Send what is due, as far as the limit allows; how many messages were sent."""
        if self._settings.smtp_host is None:
            return 0
        return sum([await self._send_due(database, audience) for audience in get_args(Audience)])

    async def _send_due(self, database: Database, audience: Audience) -> int:
        claimed = await self._claim(database, audience)
        if not claimed:
            return 0
        allowed = self._settings.reports_mail_limit - await self._sent_lately(database, audience)
        sent, answers = 0, True
        for address, mails in self._grouped(claimed).items():
            if address is None:
                await self._give_up(database, mails, "the address was sealed with another PRIVACY_KEY")
            elif sent >= allowed or not answers:
                await self._wait(database, mails)
            else:
                outcome = await self._send(address, audience, mails)
                answers = outcome != "away"
                if outcome == "sent":
                    await self._note(database, mails)
                    sent += 1
                else:
                    await self._try_later(database, mails)
        return sent

    async def _claim(self, database: Database, audience: Audience) -> Sequence[Mail]:
        """Take due mails for this process: nobody else gets them before the claim ends."""
        token = uuid4().hex
        due = (
            select(Mail.id)
            .where(Mail.audience == audience, Mail.sent_at.is_(None), Mail.due_at <= now())
            .order_by(Mail.due_at)
            .limit(BATCH)
        )
        async with database.transaction() as session:
            if await session.scalar(due.limit(1)) is None:
                return []
            await session.execute(
                update(Mail)
                .where(Mail.id.in_(due), Mail.due_at <= now())
                .values(message_id=token, due_at=now() + CLAIM, attempts=Mail.attempts + 1)
            )
            # Those that failed come last, so that they do not use up the patience for others.
            mine = (
                select(Mail)
                .where(Mail.message_id == token)
                .join(Mail.report)
                .options(contains_eager(Mail.report))
                .order_by(Mail.attempts, Report.created_at)
            )
            return (await session.scalars(mine)).all()

    async def _sent_lately(self, database: Database, audience: Audience) -> int:
        lately = now() - timedelta(hours=1)
        async with database.transaction() as session:
            counted = await session.scalar(
                select(func.count(distinct(Mail.message_id))).where(
                    Mail.audience == audience, Mail.sent_at > lately
                )
            )
        return counted or 0

    def _grouped(self, mails: Sequence[Mail]) -> Mapping[str | None, list[Mail]]:
        """Mails by address: one message tells of all."""
        groups: dict[str | None, list[Mail]] = {}
        for mail in mails:
            sealed = mail.recipient
            address = self._seal.open(sealed) if sealed else self._settings.reports_admin_email
            groups.setdefault(address, []).append(mail)
        return groups

    async def _send(self, address: str, audience: Audience, mails: Sequence[Mail]) -> Outcome:
        settings = self._settings
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        try:
            message = compose(
                audience, address, [mail.report for mail in mails], settings, min(mails, key=_age).id.hex
            )
            await aiosmtplib.send(
                message,
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_user,
                password=password,
                use_tls=settings.smtp_security == "tls",
                start_tls=settings.smtp_security == "starttls",
                timeout=settings.smtp_timeout_seconds,
            )
        except Exception as error:
            # The type only: servers repeat addresses in their answers.
            operators.warning(f"a mail about reports was not taken by SMTP_HOST: {type(error).__name__}")
            return "away" if isinstance(error, AWAY) else "refused"
        return "sent"

    async def _note(self, database: Database, mails: Sequence[Mail]) -> None:
        """Sent: what is kept is that it was, not to whom."""
        values = {"sent_at": now(), "recipient": None, "message_id": mails[0].id.hex}
        await self._update(database, mails, values)

    async def _wait(self, database: Database, mails: Sequence[Mail]) -> None:
        """The limit is used up: no attempt was made."""
        values = {"due_at": now() + timedelta(minutes=1), "attempts": Mail.attempts - 1, "message_id": None}
        await self._update(database, mails, values)

    async def _try_later(self, database: Database, mails: Sequence[Mail]) -> None:
        attempts = max(mail.attempts for mail in mails)
        if attempts >= MOST_ATTEMPTS:
            await self._give_up(database, mails, f"{attempts} attempts failed")
            return
        wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
        await self._update(database, mails, {"due_at": now() + wait, "message_id": None})

    async def _give_up(self, database: Database, mails: Sequence[Mail], reason: str) -> None:
        operators.warning(f"{len(mails)} mails about reports are given up: {reason}")
        async with database.transaction() as session:
            await session.execute(delete(Mail).where(Mail.id.in_(_ids(mails))))

    async def _update(self, database: Database, mails: Sequence[Mail], values: Mapping[str, object]) -> None:
        async with database.transaction() as session:
            await session.execute(update(Mail).where(Mail.id.in_(_ids(mails))).values(dict(values)))


def _ids(mails: Sequence[Mail]) -> list[UUID]:
    return [mail.id for mail in mails]


def _age(mail: Mail) -> tuple[object, UUID]:
    return mail.report.created_at, mail.id
