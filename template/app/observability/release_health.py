"""Release health: every request counts as exited, errored or crashed; counts are sent once a minute."""

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
    session = Session(
        sid=_ANY_SESSION,
        release=client.options["release"],
        environment=client.options["environment"],
        session_mode="request",
        errors=errors,
        status="crashed" if crashed else "ok",
    )
    session.close()
    client.capture_session(session)
