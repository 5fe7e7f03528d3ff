"""A report before it is a row: made where something failed, clean from the start."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, get_args
from uuid import UUID, uuid4

from pydantic import TypeAdapter

from app.database.base import now
from app.observability import protection
from app.observability.context import current
from app.reports.model import Severity

CATEGORY: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
LONGEST_MESSAGE: Final = 4_000
LONGEST_ID: Final = 128
"""Characters that a row has room for, of a user's and of a tenant's id."""
LONGEST_NUMBER: Final = 1_024
"""Bits of an integer; Python itself refuses to write much longer ones as text."""


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
        return _DRAFTS.validate_json(line)


_DRAFTS: Final = TypeAdapter(Draft)


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
        severity: how bad it is; an unknown word becomes `medium`.
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
    facts = _cleaned(context or {})
    texts = [protection.active.exception_text(error)] if error is not None else []
    texts += [protection.active.scrub_text(message)] if message else []
    user_id = user_id or (told.user_id if told else None)
    return Draft(
        severity=severity if severity in get_args(Severity) else "medium",
        category=category if CATEGORY.fullmatch(category) else "other",
        message=storable("\n".join(texts))[:LONGEST_MESSAGE],
        error_type=storable(_name_of(error))[:200] if error is not None else None,
        context=facts,
        request_id=told.request_id if told else None,
        trace_id=told.trace_id if told else None,
        route=storable(where)[:200] or None,
        user_id=owner(user_id) if user_id else None,
        tenant=storable(told.tenant)[:LONGEST_ID] if told and told.tenant else None,
        event_id=event_id,
        recipient=recipient,
    )


def owner(user_id: str) -> str:
    """What stands in rows for a user: the id at standard, a keyed pseudonym above."""
    return held(protection.active.pseudonym(user_id))


def held(user_id: str) -> str:
    """An id as a column holds it. One that does not fit is never cut, which might make it somebody else's:
    its hash stands for it.
    """
    if len(user_id) <= LONGEST_ID and storable(user_id) == user_id:
        return user_id
    return hashlib.sha256(user_id.encode("utf-8", "surrogatepass")).hexdigest()


def storable(text: str) -> str:
    """A text that every database takes: PostgreSQL's have no NUL, and nobody's have halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _cleaned(context: Mapping[str, object]) -> dict[str, Any]:
    """Facts, scrubbed and storable; none where scrubbing them fails."""
    try:
        return {storable(name): _plain(value) for name, value in protection.clean_facts(context).items()}
    except Exception:  # a number of thousands of digits, an object that breaks whoever looks at it
        return {}


def _plain(value: Any) -> Any:
    """JSON's own numbers and texts: there is no `NaN` in it, and readers have their limits for integers."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(name)): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > LONGEST_NUMBER:
        return f"an integer of {value.bit_length()} bits"
    return value


def _name_of(error: BaseException) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
