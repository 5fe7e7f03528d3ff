"""Release health: every request counts as exited, errored or crashed; counts are sent once a minute."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import sentry_sdk
from sentry_sdk.session import Session

_ANY_SESSION: Final = "00000000000000000000000000000000"
"""Only counts leave the process; a random id for each session would cost more than counting it."""


def count(*, errors: int, crashed: bool) -> None:
    """Count one request.

    Args:
        errors: how many were reported while it ran.
        crashed: whether it ended with an error that nobody handled.
    """
    client = sentry_sdk.get_client()
    options = client.options
    session = _session(options["release"], options["environment"], errors > 0, crashed)
    session.started = datetime.now(UTC)
    client.capture_session(session)


@lru_cache(maxsize=64)
def _session(release: str, environment: str, errors: bool, crashed: bool) -> Session:
    """A session that stands for all of its kind: to make one costs three times as much as to count it."""
    return Session(
        sid=_ANY_SESSION,
        release=release,
        environment=environment,
        session_mode="request",
        errors=int(errors),
        status="crashed" if crashed else "exited",
    )
