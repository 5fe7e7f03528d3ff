"""What is owed: rows for what is spooled, events that did not arrive, mails; and the end of old rows.

Each may be run by anybody, at any time and in several processes at once: by the API's loops, by the command
`python -m app reports deliver`, or by a task of a worker.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.database.engine import Database
from app.database.errors import DatabaseUnavailable
from app.reports import events, rows
from app.reports.drafts import Draft
from app.reports.mails import Mailer
from app.reports.spool import Spool, Waiting
from app.settings import Settings

BATCH: Final = 200
OLD_AT_A_TIME: Final = 2_000
"""Old reports that one transaction deletes: far fewer than the statement's time-out allows."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery did."""

    rows: int
    events: int
    mails: int


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did."""

    reports: int
    event_ids: Sequence[str]
    """Of these reports, to delete the events in Sentry as well."""


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
        while waiting := await asyncio.to_thread(self.spool.take, BATCH):
            try:
                written += await self._written(waiting)
            except Exception:
                await asyncio.to_thread(self.spool.flush)
                raise
        return written

    async def _written(self, waiting: Sequence[Waiting]) -> int:
        """Write a batch, or what of it the database takes; how many reports became rows."""
        try:
            await self._write([one.draft for one in waiting])
        except DatabaseUnavailable:
            raise
        except Exception as error:
            await self._require_a_table()
            if len(waiting) > 1:
                return sum([await self._written([one]) for one in waiting])
            await asyncio.to_thread(self.spool.put_aside, waiting[0], type(error).__name__)
            return 0
        await asyncio.to_thread(self.spool.done, waiting)
        return len(waiting)

    async def _write(self, drafts: Sequence[Draft]) -> None:
        async with self.database.transaction() as session:
            await rows.write(session, drafts, self.settings)

    async def _require_a_table(self) -> None:
        """Raise where no report at all can be written: nothing is wrong with those that wait, then."""
        async with self.database.transaction() as session:
            await rows.write(session, [Draft("low", "other", "")], self.settings)
            await session.rollback()

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
        """Delete reports whose time is over, and what the spool holds of that time."""
        days = self.settings.reports_retention_days
        await asyncio.to_thread(self.spool.forget_old, days)
        deleted = OLD_AT_A_TIME
        while deleted == OLD_AT_A_TIME:
            async with self.database.transaction() as session:
                deleted = await rows.forget_old(session, days, most=OLD_AT_A_TIME)

    async def erase(self, user_id: str) -> Erased:
        """Make a user's reports anonymous (GDPR art. 17), those that still lie in the spool as well."""
        await self.rows()
        files = await asyncio.to_thread(self.spool.erase, rows.owners(user_id))
        async with self.database.transaction() as session:
            event_ids = await rows.erase(session, user_id)
        return Erased(len(event_ids) + files, [event_id for event_id in event_ids if event_id])
