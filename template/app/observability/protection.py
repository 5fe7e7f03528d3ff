"""The one `Privacy` of this process: hooks, transport, log lines and user ids all take it from here."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app import wiring
from app.observability.operators import operators
from app.observability.privacy import AllowListError, Level, Privacy, learn, strictest
from app.observability.privacy.log_lines import plain
from app.observability.privacy.statements import sql

if TYPE_CHECKING:
    from app.settings import Settings

ALLOW_LIST: Final = Path(__file__).resolve().parents[2] / "privacy.toml"
"""The service's own, reviewed list of keys and words that may leave."""

active = Privacy("hipaa", service=wiring.SERVICE, pseudonym_key=os.urandom(32), report=operators.warning)
"""Until `use` is called the strictest level holds, without an allow-list."""


def use(settings: "Settings") -> Privacy:
    """Set up privacy for this process, from the level in the code, made stricter by the settings.

    Raises:
        SystemExit: `privacy.toml` cannot be used. This stops the start: what may leave must be certain.
    """
    global active
    key = settings.privacy_key.get_secret_value().encode() if settings.privacy_key else os.urandom(32)
    try:
        active = Privacy(
            level_of(settings),
            service=wiring.SERVICE,
            pseudonym_key=key,
            allow_list=allow_list(),
            report=operators.warning,
        )
    except AllowListError as error:  # every entry point ends with the sentence and no traceback round it
        raise SystemExit(str(error)) from None
    return active


def allow_list() -> Path | None:
    """The service's allow-list, where it has one."""
    return ALLOW_LIST if ALLOW_LIST.exists() else None


def level_of(settings: "Settings") -> Level:
    """The level in force: the rendered one, or a stricter one from COMPLIANCE_LEVEL."""
    return strictest(wiring.COMPLIANCE, settings.compliance_level or wiring.COMPLIANCE)


def lets_out(identifier: str) -> bool:
    """Whether an id that came from outside may be part of events at this level, as it is."""
    return active.scrub_data({"request_id": identifier}) == {"request_id": identifier}


def clean_tenant(tenant: str) -> str:
    """A tenant's id as it may leave: itself, or a pseudonym where it is a word or looks personal.

    `tenant` among the keys of `privacy.toml` lets words pass at gdpr and hipaa as well.
    """
    return active.tenant(tenant)


def trust_name(name: str) -> str:
    """Declare a name that is written in code (route template, operation, span); returns it."""
    return active.trust_name(name)


def statement_shape(statement: str) -> str:
    """A statement without the values in it: `SELECT id FROM orders WHERE item = ?`."""
    return sql(statement) or "[..]"


def clean_facts(facts: Mapping[str, object]) -> dict[str, Any]:
    """Facts as they may be kept in a row or mailed: judged by keys and values, like a context of an event.

    What lies under a sensitive key is learned: it is gone from texts of the same request, too.
    """
    told: dict[str, Any] = plain(facts)
    learn(told)
    return active.scrub_data(told)
