"""Follow the events of reports until Sentry has them, and send again what did not arrive."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.base import now
from app.database.engine import Database
from app.observability.deliveries import Outcomes, deliveries, ready, send_again
from app.reports.model import Report, Severity
from app.reports.rows import HANDED_OVER

FLUSH_SECONDS: Final = 2.0
BATCH: Final = 100
FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=10)
TRIED_FOR: Final = timedelta(days=7)
"""How old an event may get: Sentry does not take much older ones."""

LEVELS: Final[dict[Severity, str]] = {
    "low": "info",
    "medium": "warning",
    "high": "error",
    "critical": "fatal",
}


async def look() -> Outcomes:
    """What became of the events of this process."""
    return await asyncio.to_thread(deliveries.outcomes, FLUSH_SECONDS)


async def note(database: Database, outcomes: Outcomes) -> None:
    """Write down what became of them; the rows of all of them must be written by now."""
    if not outcomes.arrived and not outcomes.lost:
        return
    async with database.transaction() as session:
        if outcomes.arrived:
            await session.execute(
                update(Report)
                .where(Report.event_id.in_(outcomes.arrived))
                .values(event_state="arrived", event_due_at=None, event=None)
            )
        for event_id, event in outcomes.lost.items():
            await session.execute(
                update(Report)
                .where(Report.event_id == event_id)
                .values(event_state="lost", event_due_at=now() + _wait(_made_at(event)), event=event)
            )
    deliveries.forget(outcomes)


async def resend(database: Database) -> int:
    """Send again what is due; how many events were handed over."""
    if not ready():
        return 0
    async with database.transaction() as session:
        due = await _claim(session)
    for report in due:
        send_again(report.event or _rebuilt(report))
    return len(due)


async def _claim(session: AsyncSession) -> Sequence[Report]:
    """Due reports, taken so that no other process sends them at the same time."""
    found = await session.scalars(
        select(Report)
        .where(
            Report.event_state.in_(("handed_over", "lost")),
            Report.event_due_at <= now(),
            Report.created_at > now() - TRIED_FOR,
        )
        .order_by(Report.event_due_at)
        .limit(BATCH)
    )
    mine = []
    for report in found.all():
        taken = await session.scalar(
            update(Report)
            .where(Report.id == report.id, Report.event_due_at == report.event_due_at)
            .values(event_state="handed_over", event_due_at=now() + HANDED_OVER)
            .returning(Report.id)
        )
        if taken is not None and not deliveries.is_under_way(report.event_id or ""):
            mine.append(report)
    return mine


def _wait(since: datetime) -> timedelta:
    """The older, the more patient."""
    return min(max(FIRST_WAIT, now() - since), LONGEST_WAIT)


def _made_at(event: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(str(event["timestamp"]))
    except (KeyError, ValueError):
        return now()


def _rebuilt(report: Report) -> dict[str, Any]:
    """An event of what the row knows: the process that had the whole one has ended."""
    tags = {"category": report.category, "request_id": report.request_id, "tenant": report.tenant}
    exception = {"type": report.error_type or "Report", "value": report.message}
    return {
        "event_id": report.event_id,
        "timestamp": report.created_at.isoformat(),
        "platform": "python",
        "level": LEVELS[report.severity],
        "transaction": report.route,
        "exception": {"values": [exception]},
        "tags": {name: value for name, value in tags.items() if value},
        "user": {"id": report.user_id} if report.user_id else {},
        "contexts": {"report": report.context},
    }
