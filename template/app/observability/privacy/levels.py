"""The compliance levels and what each closes in the Sentry SDK."""

from typing import Any, Final, Literal

Level = Literal["standard", "gdpr", "hipaa"]
LEVELS: Final[tuple[Level, ...]] = ("standard", "gdpr", "hipaa")
"""From the most open to the strictest."""


def strictest(*levels: Level) -> Level:
    """The strictest of the given levels."""
    return max(levels, key=LEVELS.index)


def keeps_variables(level: Level) -> bool:
    """Whether variables of the service's own frames may be part of an event."""
    return level == "standard"


def keeps_contact(level: Level) -> bool:
    """Whether a user's e-mail address may be part of an event; an opaque id always may."""
    return level == "standard"


def data_collection() -> dict[str, Any]:
    """The SDK's option of that name (sentry-sdk 2.75): all it would collect by itself, switched off.

    What an event needs (request, variables, source lines) is collected by this service, from allow-lists.
    A category that is left out would be collected: the SDK's default for this option is more open than
    its old `send_default_pii=True`.
    """
    off = {"mode": "off"}
    return {
        "user_info": False,
        "cookies": off,
        "http_headers": {"request": off},
        "http_bodies": [],
        "url_query_params": off,
        "graphql": {"document": False, "variables": False},
        "gen_ai": {"inputs": False, "outputs": False},
        "database_query_data": False,
        "queues": False,
        "stack_frame_variables": False,
        "frame_context_lines": 0,
    }
