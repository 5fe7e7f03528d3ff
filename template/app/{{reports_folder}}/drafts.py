"""A report before it is a row: made where something failed, clean from the start."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from app.database.base import now
from app.observability import protection
from app.observability.context import current
from app.reports.model import Severity

CATEGORY: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
LONGEST_MESSAGE: Final = 4_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What a row will hold. Nothing in it needs protection any more: it may lie in a file."""

    severity: Severity
    category: str
    message: str
    error_type: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None
    trace_id: str | None = None
    route: str | None = None
    user_id: str | None = None
    tenant: str | None = None
    event_id: str | None = None
    recipient: str | None = None
    """The user's address, sealed, where the user is to be mailed."""
    id: UUID = field(default_factory=uuid4)
    created_at: datetime = field(default_factory=now)

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, line: str) -> "Draft":
        """The draft of a line.

        Raises:
            ValueError: it is not one, for example because the disk was full when it was written.
        """
        try:
            values = json.loads(line)
            known = {
                **values,
                "id": UUID(values["id"]),
                "created_at": datetime.fromisoformat(values["created_at"]),
            }
            return cls(**known)
        except (KeyError, TypeError) as error:
            raise ValueError("not a report") from error


def draft(
    *,
    severity: Severity,
    category: str,
    error: BaseException | None = None,
    message: str | None = None,
    context: Mapping[str, object] | None = None,
    event_id: str | None = None,
    task: str | None = None,
    user_id: str | None = None,
    recipient: str | None = None,
) -> Draft:
    """Describe a failure of the current request or job, scrubbed to the level in force.

    Args:
        severity: how bad it is.
        category: a constant of the code such as `billing`; anything else becomes `other`.
        error: what was raised, if that is what happened.
        message: what a person wrote about it.
        context: facts; ids and numbers rather than texts.
        event_id: of the event in Sentry.
        task: its name, where a task failed; it is told in place of a route.
        user_id: whom it happened to, where that is not the request's user.
        recipient: the user's address, sealed.
    """
    told = current.get()
    where = task or (told.route() if told else None) or ""
    # First the facts: what they teach is removed from the texts.
    facts = protection.clean_facts(context or {})
    texts = [protection.active.exception_text(error)] if error is not None else []
    texts += [protection.active.scrub_text(message)] if message else []
    return Draft(
        severity=severity,
        category=category if CATEGORY.fullmatch(category) else "other",
        message="\n".join(texts)[:LONGEST_MESSAGE],
        error_type=_name_of(error)[:200] if error is not None else None,
        context=facts,
        request_id=told.request_id if told else None,
        trace_id=told.trace_id if told else None,
        route=where[:200] or None,
        user_id=protection.active.pseudonym(user_id) if user_id else told.user_id if told else None,
        tenant=told.tenant if told else None,
        event_id=event_id,
        recipient=recipient,
    )


def _name_of(error: BaseException) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
