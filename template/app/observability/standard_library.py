"""Standard-library logging on its way into Loguru, without the data in messages and names of libraries."""

import contextvars
import logging
import sys
from collections.abc import Mapping
from typing import Final

from loguru import logger

from app.observability import names, protection
from app.observability.marks import is_logged

SERVERS: Final = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "gunicorn", "gunicorn.error", "hypercorn.error")
ACCESS_LOGGERS: Final = ("uvicorn.access", "gunicorn.access", "hypercorn.access")
"""Silenced: they log raw paths and query strings; the service writes an access line of its own."""

TALKATIVE: Final = {"alembic": 30, "httpx": 30, "httpcore": 30, "asyncio": 30, "urllib3": 40}
"""Loggers and the level from which on they are forwarded: below it they log whole addresses, every step
they take, or (urllib3, which sends to Sentry) every attempt of a delivery whose outcome is told elsewhere.
"""

SDK: Final = "sentry_sdk.errors"
"""The logger of the SDK's own messages, which repeat names and texts of whatever is recorded."""

_ASYNCIO: Final = (
    "Task exception was never retrieved",
    "Future exception was never retrieved",
    "Task was destroyed but it is pending!",
    "Unhandled exception in client_connected_cb",
    "Unhandled exception in event loop",
    "Unhandled error in exception handler",
    "Exception in callback",
    "Exception in default exception handler",
    "an error occurred during closing of asynchronous generator",
    "unhandled exception during asyncio.run() shutdown",
    "Executing",
    "Fatal error on transport",
    "Fatal error on SSL transport",
    "Fatal read error on socket transport",
    "Fatal write error on socket transport",
    "SSL handshake failed",
    "socket.accept() out of system resource",
    "socket.send() raised exception.",
)
"""How asyncio's messages begin (Python 3.11 to 3.14); names, arguments and results of tasks follow."""


def route(level: int | None = None) -> None:
    """Send all standard-library logging through Loguru.

    Servers configure their loggers when they start, which may be after `start`; the middleware therefore
    calls this once more when the application starts.

    Args:
        level: number of the lowest level that is of interest; None changes nothing.
    """
    logging.captureWarnings(True)
    lowest = level if level is not None else logging.root.level
    logging.basicConfig(handlers=[ToLoguru()], level=lowest, force=True)
    for name in SERVERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
    for name in ACCESS_LOGGERS:
        access = logging.getLogger(name)
        access.handlers.clear()
        access.propagate = False
        access.disabled = True
    for name, least in TALKATIVE.items():
        logging.getLogger(name).setLevel(least)


def route_sdk(*, debug: bool) -> None:
    """Take the SDK's own messages where all others go; call it before the SDK is started.

    The SDK adds a handler that prints raw texts where its logger has none. It makes a debug record for every
    step of every request, and only then looks whether anybody wants it (sentry-sdk 2.75).
    """
    sdk = logging.getLogger(SDK)
    sdk.handlers[:] = [logging.NullHandler()]
    sdk.setLevel(logging.DEBUG if debug else logging.CRITICAL + 1)


class ToLoguru(logging.Handler):
    """Pass a standard-library record on, as if its caller had called Loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if _is_told_elsewhere(record, error):
            return
        if record.name == "asyncio":
            # Said when the garbage of a task is collected, in the middle of whatever runs then.
            contextvars.Context().run(self._pass_on, record, error)
        else:
            self._pass_on(record, error)

    def _pass_on(self, record: logging.LogRecord, error: BaseException | None) -> None:
        try:
            level: str | int = logger.level(record.levelname).name
        except ValueError:  # a level of the library's own
            level = record.levelno
        frame, depth = sys._getframe(), 0
        while frame.f_back and frame.f_code.co_filename in (__file__, logging.__file__):
            frame, depth = frame.f_back, depth + 1
        template = record.msg if isinstance(record.msg, str) and record.args else None
        bound = logger.bind(_logger=names.logger_name(record.name), _template=template)
        bound.opt(depth=depth, exception=error).log(level, _message_of(record))


def _is_told_elsewhere(record: logging.LogRecord, error: BaseException | None) -> bool:
    """A server's or worker's line about a crash that has one, or about a websocket, whose address holds the
    query.
    """
    if error is not None and is_logged(error):
        return True
    return record.name in SERVERS and record.levelno < logging.WARNING and "WebSocket" in str(record.msg)


def _message_of(record: logging.LogRecord) -> str:
    if record.name == "asyncio":
        said = next((words for words in _ASYNCIO if str(record.msg).startswith(words)), "asyncio has trouble")
        return protection.active.trust_text(said)
    try:
        if isinstance(record.args, Mapping):
            return str(record.msg) % protection.active.labelled(record.args)
        return record.getMessage()
    except Exception:  # the caller's arguments do not fit the template; the template is still worth a line
        return record.msg if isinstance(record.msg, str) else f"[..] ({type(record.msg).__name__})"
