"""From drafts to rows, and what happens to rows later: erasure and the end of their time."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import uuid5

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.base import now
from app.reports.drafts import Draft, held, owner
from app.reports.model import Mail, Report
from app.settings import Settings

INSERTS: Final[dict[str, Callable[..., Any]]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
"""The two engines spell "unless it is there already" alike, in statements of their own."""

HANDED_OVER: Final = timedelta(minutes=5)
"""After this time an event whose outcome nobody told is sent again: its process has ended."""

ERASED: Final[dict[str, Any]] = {
    "message": "[erased]",
    "context": {},
    "user_id": None,
    "tenant": None,
    "request_id": None,
    "trace_id": None,
    "event_id": None,
    "event_state": "none",
    "event": None,
}
"""What an erased report holds of the person: nothing, nor what leads to them elsewhere."""


async def write(session: AsyncSession, drafts: Sequence[Draft], settings: Settings) -> None:
    """Write rows, and the mails that are owed, leaving out what is there already."""
    insert = INSERTS[session.get_bind().dialect.name]
    reports = insert(Report).on_conflict_do_nothing()
    await session.execute(reports, [_row(draft) for draft in drafts])
    if mails := [mail for draft in drafts for mail in _mails(draft, settings)]:
        kept = await session.scalars(select(Report.id).where(Report.id.in_([draft.id for draft in drafts])))
        known = set(kept)
        await session.execute(
            insert(Mail).on_conflict_do_nothing(), [mail for mail in mails if mail["report_id"] in known]
        )


async def erase(session: AsyncSession, user_id: str) -> Sequence[str | None]:
    """Make a user's reports anonymous (GDPR art. 17): what is left says that something failed, not to whom.

    Args:
        user_id: as in tokens; found by its pseudonym, and as it is from times when the level was standard.

    Returns:
        For each of these reports the id of its event, or None.
    """
    theirs = Report.user_id.in_(owners(user_id))
    event_ids = (await session.scalars(select(Report.event_id).where(theirs))).all()
    await session.execute(delete(Mail).where(Mail.report_id.in_(select(Report.id).where(theirs))))
    await session.execute(update(Report).where(theirs).values(ERASED))
    return event_ids


def owners(user_id: str) -> set[str]:
    """What may stand for a user in rows: what does now, and the id from times when the level was standard."""
    return {owner(user_id), held(user_id)}


async def forget_old(session: AsyncSession, days: int, *, most: int) -> int:
    """Delete reports older than `days`, at most so many; how many that were. Their mails go with them."""
    old = select(Report.id).where(Report.created_at < now() - timedelta(days=days)).limit(most)
    deleted = await session.scalars(delete(Report).where(Report.id.in_(old)).returning(Report.id))
    return len(deleted.all())


def _row(draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "created_at": draft.created_at,
        "updated_at": draft.created_at,
        "state": "open",
        "severity": draft.severity,
        "category": draft.category,
        "error_type": draft.error_type,
        "message": draft.message,
        "context": dict(draft.context),
        "request_id": draft.request_id,
        "trace_id": draft.trace_id,
        "route": draft.route,
        "user_id": draft.user_id,
        "tenant": draft.tenant,
        "event_id": draft.event_id,
        "event_state": "handed_over" if draft.event_id else "none",
        "event_due_at": draft.created_at + HANDED_OVER if draft.event_id else None,
    }


def _mails(draft: Draft, settings: Settings) -> list[dict[str, Any]]:
    if draft.severity != "critical" or settings.smtp_host is None:
        return []
    common = {"report_id": draft.id, "due_at": draft.created_at, "attempts": 0}
    mails = []
    # The id follows from the report's, so that a draft that is carried on twice owes its mails once.
    if settings.reports_admin_email:
        mails.append({**common, "id": uuid5(draft.id, "admin"), "audience": "admin", "recipient": None})
    if draft.recipient:
        mails.append(
            {**common, "id": uuid5(draft.id, "user"), "audience": "user", "recipient": draft.recipient}
        )
    return mails
