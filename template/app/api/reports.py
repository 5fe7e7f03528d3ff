"""Bug reports over HTTP: users report and see their own, staff see and change all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import LONGEST_CLAIM, CurrentUser
from app.database.session import Session
from app.observability import business_event
from app.reports.drafts import owner
from app.reports.model import EventState, Report, Severity, State
from app.reports.service import report_failure

router = APIRouter(prefix="/reports", tags=["reports"])


class NewReport(BaseModel):
    """What a user reports."""

    message: str = Field(min_length=1, max_length=4_000, examples=["The page stays empty after I save."])
    category: Literal["access", "bug", "data", "performance", "other"] = "bug"
    severity: Severity = "medium"


class Accepted(BaseModel):
    """What to name when asking about the report."""

    id: UUID
    event_id: str | None
    request_id: str | None


class ReportAnswer(BaseModel):
    """A report, as it is kept: scrubbed to the service's compliance level."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    updated_at: datetime
    state: State
    severity: Severity
    category: str
    error_type: str | None
    message: str
    context: dict[str, Any]
    request_id: str | None
    route: str | None
    user_id: str | None
    tenant: str | None
    event_id: str | None
    event_state: EventState


class Page(BaseModel):
    """Reports, the newest first; `next` is the `before` of the following page."""

    reports: list[ReportAnswer]
    next: UUID | None


class Change(BaseModel):
    """What staff may change."""

    state: State


WITHOUT_NUL = r"^[^\x00]*$"
"""What a text of the database can be."""


class Filter(BaseModel):
    """Which reports to list. `user` is an id as in tokens."""

    state: State | None = None
    severity: Severity | None = None
    category: str | None = Field(None, max_length=40, pattern=WITHOUT_NUL)
    request_id: str | None = Field(None, max_length=64, pattern=WITHOUT_NUL)
    event_id: str | None = Field(None, max_length=32, pattern=WITHOUT_NUL)
    user: str | None = Field(None, max_length=LONGEST_CLAIM)
    before: UUID | None = None
    limit: int = Field(50, ge=1, le=100)


def visible(request: Request, user: CurrentUser) -> Select[Report]:
    """Dependency: the reports that the user may see."""
    if is_staff(request, user):
        return select(Report)
    return select(Report).where(Report.user_id == owner(user.user_id))


def is_staff(request: Request, user: CurrentUser) -> bool:
    """Dependency: whether the user sees and changes all reports, by the role of the verified token."""
    return user.role is not None and user.role in request.app.state.settings.reports_staff_roles


Visible = Annotated[Select[Report], Depends(visible)]
Staff = Annotated[bool, Depends(is_staff)]


@router.post("", status_code=201)
async def report(body: NewReport, user: CurrentUser) -> Accepted:
    """Report a problem. Staff are told by mail of critical ones."""
    reference = await report_failure(
        category=body.category, severity=body.severity, message=body.message, email=user.email
    )
    return Accepted(id=reference.id, event_id=reference.event_id, request_id=reference.request_id)


@router.get("")
async def list_reports(visible: Visible, session: Session, wanted: Annotated[Filter, Query()]) -> Page:
    """Reports, the newest first: one's own; for staff everybody's."""
    query = _filtered(visible, wanted)
    if wanted.before is not None:
        last = await session.scalar(visible.where(Report.id == wanted.before))
        if last is None:
            raise HTTPException(404, "there is no report with the id given as `before`")
        query = query.where(tuple_(Report.created_at, Report.id) < tuple_(last.created_at, last.id))
    newest = query.order_by(Report.created_at.desc(), Report.id.desc()).limit(wanted.limit + 1)
    found = (await session.scalars(newest)).all()
    return _page(found, wanted.limit)


@router.get("/{report_id}")
async def find(report_id: UUID, visible: Visible, session: Session) -> ReportAnswer:
    """One report. Somebody else's is as if it did not exist."""
    return ReportAnswer.model_validate(await _one(report_id, visible, session))


@router.patch("/{report_id}")
async def change(
    report_id: UUID, body: Change, visible: Visible, staff: Staff, session: Session
) -> ReportAnswer:
    """Acknowledge, resolve or reopen a report; staff only."""
    found = await _one(report_id, visible, session)
    if not staff:
        raise HTTPException(403, "only staff can change reports")
    found.state = body.state
    await session.flush()
    business_event("report_changed", state=body.state)
    return ReportAnswer.model_validate(found)


async def _one(report_id: UUID, visible: Select[Report], session: AsyncSession) -> Report:
    found = await session.scalar(visible.where(Report.id == report_id))
    if found is None:
        raise HTTPException(404, "there is no such report")
    return found


def _filtered(query: Select[Report], wanted: Filter) -> Select[Report]:
    equal = wanted.model_dump(
        exclude_none=True, include={"state", "severity", "category", "request_id", "event_id"}
    )
    query = query.filter_by(**equal)
    if wanted.user is not None:
        query = query.where(Report.user_id == owner(wanted.user))
    return query


def _page(found: Sequence[Report], limit: int) -> Page:
    shown = [ReportAnswer.model_validate(report) for report in found[:limit]]
    return Page(reports=shown, next=shown[-1].id if len(found) > limit else None)
