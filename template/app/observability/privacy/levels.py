"""The three compliance levels, and what each lets the SDK collect in the first place.

Scrubbing is the second line. The first is not to collect: at gdpr and hipaa every automatic switch of the
SDK is off (GDPR art. 25(2), 45 CFR 164.502(b) minimum necessary).
"""

from typing import Any, Literal, get_args

Level = Literal["standard", "gdpr", "hipaa"]

LEVELS: tuple[Level, ...] = get_args(Level)

OFF = {"mode": "off"}


def parse_level(text: str) -> Level:
    """The level that `text` names. Raises ValueError for any other word."""
    for level in LEVELS:
        if text == level:
            return level
    raise ValueError(f"Unknown compliance level {text!r}: expected one of {', '.join(LEVELS)}.")


def strictest(first: Level, second: Level) -> Level:
    """The tighter of two levels: an environment variable may only tighten what the code says."""
    return LEVELS[max(LEVELS.index(first), LEVELS.index(second))]


def data_collection(level: Level) -> dict[str, Any]:
    """The SDK's `data_collection` option, closed.

    Headers, cookies, query and body are off at every level: our own middleware puts the allowed part of the
    request on the event. Standard adds the variables of frames; the hooks keep them for in-app frames only.
    """
    return {
        "user_info": False,
        "cookies": OFF,
        "http_headers": {"request": OFF},
        "http_bodies": [],
        "url_query_params": OFF,
        "graphql": {"document": False, "variables": False},
        "gen_ai": {"inputs": False, "outputs": False},
        "database_query_data": False,
        "queues": False,
        "stack_frame_variables": level == "standard",
        "frame_context_lines": 5,
    }


def level_options(level: Level) -> dict[str, Any]:
    """Other `sentry_sdk.init` options of the level.

    `spotlight` is False because Spotlight receives the envelope before the transport does.
    """
    return {
        "data_collection": data_collection(level),
        "include_local_variables": level == "standard",
        "max_request_body_size": "never",
        "spotlight": False,
    }
