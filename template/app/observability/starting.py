"""A process that cannot start: one event, one line, and the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from loguru import logger

from app.observability import errors, protection
from app.observability.marks import mark_logged


@contextmanager
def starting(what: str) -> Iterator[None]:
    """Report an error that keeps the process from starting, and end the process with code 1.

    The traceback that Python would print of it goes round the privacy door.

    Args:
        what: starts in the block, for example `application`; with `start` it becomes the tag `during`.
    """
    try:
        yield
    except Exception as error:
        during = protection.trust_name(f"{what} start")
        event_id = errors.report(
            error, mechanism="start", handled=False, details={"tags": {"during": during}}
        )
        line = logger.bind(_reported=True, sentry_event_id=event_id)
        line.opt(exception=error).critical("the process cannot start")
        mark_logged(error)
        raise SystemExit(1) from error
