"""The tables of bug reports, and of the mails that wait to be sent about them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Moment, now

Severity = Literal["low", "medium", "high", "critical"]
State = Literal["open", "acknowledged", "resolved"]
EventState = Literal["none", "handed_over", "lost", "arrived"]
"""Of the event in Sentry: there is none (Sentry is off, or the rate limit held it back); the SDK has it; it
did not arrive and is sent again; it arrived.
"""
Audience = Literal["admin", "user"]


class Report(Base):
    """A failure that somebody should look at. Everything in it has passed the privacy door."""

    __tablename__ = "reports"
    __table_args__ = (
        Index("ix_reports_listed", "created_at", "id"),
        Index("ix_reports_listed_of_user", "user_id", "created_at", "id"),
        Index("ix_reports_event_due", "event_state", "event_due_at"),
    )

    # Random, so that nobody finds a report by counting.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[datetime] = mapped_column(Moment, default=now, onupdate=now)
    state: Mapped[State] = mapped_column(String(16), default="open")
    severity: Mapped[Severity] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(40))
    error_type: Mapped[str | None] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    context: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    request_id: Mapped[str | None] = mapped_column(String(64), index=True)
    trace_id: Mapped[str | None] = mapped_column(String(32))
    route: Mapped[str | None] = mapped_column(String(200))
    # The id at level standard, a keyed pseudonym above.
    user_id: Mapped[str | None] = mapped_column(String(128))
    tenant: Mapped[str | None] = mapped_column(String(128))
    event_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    event_state: Mapped[EventState] = mapped_column(String(16), default="none")
    # When it is looked after again, unless it has arrived.
    event_due_at: Mapped[datetime | None] = mapped_column(Moment)
    # What the door let out, kept only while Sentry has not taken it.
    event: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Mail(Base):
    """A mail that is owed to somebody about a report; written in the report's own transaction."""

    __tablename__ = "report_mails"
    __table_args__ = (Index("ix_report_mails_due", "sent_at", "due_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), index=True)
    report: Mapped[Report] = relationship(lazy="raise")
    audience: Mapped[Audience] = mapped_column(String(8))
    # A user's address, sealed with a key that is not in the database, and gone once the mail is; an admin's
    # is in the settings.
    recipient: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime] = mapped_column(Moment, default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    # One message may answer for several reports.
    message_id: Mapped[str | None] = mapped_column(String(64), index=True)
