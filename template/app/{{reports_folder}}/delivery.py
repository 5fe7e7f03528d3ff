"""What is owed: rows for what is spooled, events that did not arrive, mails; and the end of old rows.

Each may be run by anybody, at any time and in several processes at once: by the API's loops, by the command
`python -m app reports deliver`, or by a task of a worker.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from app.database.engine import Database
from app.reports import events, rows
from app.reports.mails import Mailer
from app.reports.spool import Spool
from app.settings import Settings

BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery did."""

    rows: int
    events: int
    mails: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that takes part in a delivery. Its methods raise `DatabaseUnavailable`, and then lose nothing."""

    database: Database
    spool: Spool
    mailer: Mailer
    settings: Settings

    async def everything(self) -> Delivered:
        """All that is owed now, once."""
        written, sent_again = await self.rows_and_events()
        mailed = await self.mails()
        await self.forget_old()
        await events.note(self.database, await events.look())
        return Delivered(written, sent_again, mailed)

    async def rows(self) -> int:
        """Write what is spooled into the table; how many reports that were."""
        written = 0
        while drafts := await asyncio.to_thread(self.spool.take, BATCH):
            try:
                async with self.database.transaction() as session:
                    await rows.write(session, drafts, self.settings)
            except Exception:
                await asyncio.to_thread(self.spool.flush)
                raise
            await asyncio.to_thread(self.spool.done, drafts)
            written += len(drafts)
        return written

    async def rows_and_events(self) -> tuple[int, int]:
        """Rows first, then their events: how many were written, and how many sent again."""
        outcomes = await events.look()
        # Rows come after the look, so that each event whose outcome is known has its row.
        written = await self.rows()
        await events.note(self.database, outcomes)
        return written, await events.resend(self.database)

    async def mails(self) -> int:
        """Send mails that are due; how many messages that were."""
        return await self.mailer.send_due(self.database)

    async def forget_old(self) -> None:
        """Delete reports whose time is over."""
        async with self.database.transaction() as session:
            await rows.forget_old(session, self.settings.reports_retention_days)
