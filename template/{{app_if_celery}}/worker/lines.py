"""Celery's own log lines: routed into ours, without what they repeat of messages, arguments and errors."""

import logging
from typing import Final

from billiard.util import get_logger as get_billiard_logger

from app.observability import protection, standard_library
from app.worker.decorator import registry

_LEVELS: Final = {
    "celery.app.trace": logging.WARNING,  # a line for each task, with its arguments; ours says it without
    "celery.worker.request": logging.WARNING,  # likewise
    "celery.worker.strategy": logging.WARNING,  # likewise
    "kombu": logging.WARNING,
}

_THROWN_AWAY: Final = (
    "Received unregistered task",
    "Received invalid task message",
    "Received and deleted unknown message",
    "Can't decode message body",
)
"""How Celery's lines begin that repeat the whole message (celery 5.7)."""


def route() -> None:
    """Take Celery's lines to where all others go; call it whenever Celery has set up its logging."""
    standard_library.route()
    for name, least in _LEVELS.items():
        logging.getLogger(name).setLevel(least)
    logging.getLogger("celery.app.trace").addFilter(_is_news)
    logging.getLogger("celery.worker.request").addFilter(_unwrapped)
    logging.getLogger("celery.worker.consumer.consumer").addFilter(_without_message)
    pool = get_billiard_logger()  # it says when a process of the pool died; what was lost is told by others
    pool.propagate = True
    pool.setLevel(logging.ERROR)
    pool.addFilter(_as_warning)


def _is_news(record: logging.LogRecord) -> bool:
    """Celery logs the failure of a task, with a copy of the error where it cannot be pickled; so did we."""
    return getattr(record, "data", {}).get("name") not in registry


def _unwrapped(record: logging.LogRecord) -> bool:
    """Show the error itself and not Celery's wrapper, so that one that was reported is not a second event."""
    inner = getattr(record.exc_info[1], "exc", None) if record.exc_info else None
    if isinstance(inner, BaseException):
        record.exc_info = (type(inner), inner, inner.__traceback__)
    if record.exc_info:
        _say(record, "a task's process failed")  # the words repeat the error's text
    return not str(record.msg).startswith("Hard time limit")  # reported by `process`


def _without_message(record: logging.LogRecord) -> bool:
    """Say what became of a message, and nothing of what is in it."""
    said = next((words for words in _THROWN_AWAY if str(record.msg).startswith(words)), None)
    if said is not None:
        record.levelno, record.levelname = logging.ERROR, "ERROR"
        record.exc_info = None
        _say(record, f"{said}: it was thrown away")
    return True


def _say(record: logging.LogRecord, words: str) -> None:
    record.msg, record.args = protection.active.trust_text(words), ()


def _as_warning(record: logging.LogRecord) -> bool:
    record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True
