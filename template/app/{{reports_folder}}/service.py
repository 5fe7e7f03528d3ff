"""`report_failure`: a failure goes to Sentry and into the table, and neither waits for the other.

A report is made, spooled, and carried into the table. With the database away it stays in the spool and
becomes a row later; with Sentry away its event is sent later. Requests and tasks that failed without anybody
reporting them are reported here, too.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from app import wiring
from app.database.engine import Database, current
from app.observability import capture_business_error, logger, request_id
from app.observability.deliveries import deliveries
from app.observability.errors import report_notice
from app.observability.failures import Failure, listening
from app.observability.operators import operators
from app.reports.delivery import Delivery
from app.reports.drafts import Draft, draft
from app.reports.loops import delivering
from app.reports.mails import Mailer
from app.reports.model import Severity
from app.reports.sealing import Seal
from app.reports.spool import Spool
from app.settings import Settings, get_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

PAUSE_SECONDS: Final = 5.0
"""How long the database is left alone by requests after it could not be used."""
WRITE_SECONDS: Final = 5.0
"""How long `report_failure` waits for the row before it leaves it to the background."""

_REPORTED: Final = "__report__"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a user can name, and staff can search for."""

    id: UUID
    event_id: str | None
    request_id: str | None


def draft_of(failure: Failure, settings: Settings) -> Draft | None:
    """The report of a failure, unless the code has made one."""
    severity = settings.reports_of_errors
    if severity == "off" or _is_reported(failure.error):
        return None
    return draft(
        severity=severity,
        category="error",
        error=failure.error,
        context=failure.facts,
        event_id=failure.event_id,
        task=failure.task,
    )


class Reports:
    """The reports of one process."""

    def __init__(self, database: Database, settings: Settings) -> None:
        spool = Spool(settings.reports_spool, settings.reports_spool_limit)
        self.seal = Seal(settings)
        self.delivery = Delivery(database, spool, Mailer(settings, self.seal), settings)
        self._writing = asyncio.Lock()
        self._rests_until = 0.0
        self._loop = asyncio.get_running_loop()
        self._wake: Callable[[], None] | None = None

    def woken_by(self, wake: Callable[[], None]) -> None:
        """Call `wake` when there is something new."""
        self._wake = wake

    def put(self, made: Draft) -> None:
        """Spool a draft, which the background carries on; from any thread."""
        self.delivery.spool.put(made)
        if self._wake is not None:
            self._loop.call_soon_threadsafe(self._wake)

    async def write(self) -> None:
        """Write what is spooled now. What does not work now is left to the background.

        Whoever comes while another writes waits, and then finds its report written together with the others'.
        """
        async with self._writing:
            if time.monotonic() < self._rests_until:
                return
            try:
                async with asyncio.timeout(WRITE_SECONDS):
                    await self.delivery.rows()
            except Exception:  # told by the background, once for an outage
                self._rests_until = time.monotonic() + PAUSE_SECONDS

    def heard(self, failure: Failure) -> None:
        """A request failed: that is a report, unless the code has made one."""
        if (made := draft_of(failure, self.delivery.settings)) is not None:
            self.put(made)


active: Reports | None = None
"""The reports of this process while `opened` is entered; None otherwise."""


async def report_failure(
    error: Exception | None = None,
    *,
    category: str,
    severity: Severity = "medium",
    message: str | None = None,
    context: Mapping[str, object] | None = None,
    user_id: str | None = None,
    email: str | None = None,
) -> Reference:
    """Report a failure to Sentry and to the table of reports. Never raises because one of them is away.

    Args:
        error: what was raised. If it is raised further it stays one event and one report; if it is reported
            again it stays one event, which the first of its reports names in the table.
        category: a constant such as `billing`; a tag on the event.
        severity: critical ones are mailed to an admin, and to the user.
        message: what a person wrote about it.
        context: facts; ids and numbers rather than texts.
        user_id: whom it happened to, where that is not the request's user.
        email: the user's address, for the mail only; it is kept sealed until the mail is sent.

    Returns:
        What to name when somebody asks. The row is there, or is written when the database is back.
    """
    again = error is not None and _is_reported(error)
    if error is not None:
        event_id = capture_business_error(
            error, feature=category, user_id=user_id, tags={"severity": severity}, context=context
        )
        vars(error)[_REPORTED] = request_id()
    else:
        event_id = _notice(category, severity, context)
    reports = active
    settings = get_settings() if reports is None else reports.delivery.settings
    seal = Seal(settings) if reports is None else reports.seal
    made = draft(
        severity=severity,
        category=category,
        error=error,
        message=message,
        context=context,
        event_id=None if again else event_id,  # an event belongs to one row
        user_id=user_id,
        recipient=seal.close(email) if email and severity == "critical" else None,
    )
    if reports is None:
        await _leave(made, settings, seal)
    else:
        reports.put(made)
        await reports.write()
    return Reference(made.id, event_id, made.request_id)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Reports]:
    """Open the reports of this process for a while; the database is open already."""
    global active
    before, active = active, Reports(current(), settings)
    deliveries.follow(True)
    try:
        yield active
    finally:
        deliveries.follow(False)
        active = before


@asynccontextmanager
async def lifespan(app: "FastAPI") -> AsyncIterator[None]:
    """Reports while the API runs: failed requests are heard, and what is owed is delivered."""
    settings: Settings = app.state.settings
    if settings.privacy_key is None and settings.environment in ("staging", "production"):
        logger.warning("PRIVACY_KEY is not set: after a restart users do not find their reports any more")
    async with opened(settings) as reports:
        # Where there are workers, it is they who mail and tidy up.
        background = delivering(reports.delivery, reports.woken_by, all_of_it=not wiring.HAS_WORKER)
        async with background:
            with listening(reports.heard):
                yield


async def _leave(made: Draft, settings: Settings, seal: Seal) -> None:
    """Spool the draft of a process without the loop, for one that has it; at the worst write it here."""
    spool = Spool(settings.reports_spool, settings.reports_spool_limit)
    spool.put(made)
    if not spool.in_memory:
        return
    database = Database(settings)
    try:
        async with asyncio.timeout(WRITE_SECONDS):
            await Delivery(database, spool, Mailer(settings, seal), settings).rows()
    except Exception as error:
        operators.error(f"a report is lost, it could neither be spooled nor written: {type(error).__name__}")
    finally:
        await database.close()


def _notice(category: str, severity: Severity, context: Mapping[str, object] | None) -> str | None:
    """The event of what a person reports; the person's words stay in the table."""
    return report_notice(
        "a user reported a problem",
        level="error" if severity in ("high", "critical") else "warning",
        tags={"feature": category, "severity": severity},
        contexts={"report": dict(context or {})},
        fingerprint=["report", category],
    )


def _is_reported(error: BaseException) -> bool:
    """Whether the code has reported this error, or what it was raised from, in this request."""
    step: BaseException | None = error
    seen: set[int] = set()
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        if vars(step).get(_REPORTED, "") == request_id():
            return True
        step = step.__cause__ or (step.__context__ if step.__suppress_context__ else None)
    return False
