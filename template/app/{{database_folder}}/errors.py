"""Tell a database that cannot be used right now from a statement that is wrong."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Dialect, Engine, ExceptionContext, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from app.errors import Unavailable

POSTGRESQL: Final = ("08", "53", "57", "55P03")
"""Beginnings of SQLSTATE (PostgreSQL, appendix A): connection, resources, intervention (a statement that took
too long, a server that shuts down), and a lock that could not be had.
"""

SQLITE: Final = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_LOCKED")
"""Beginnings of SQLite's result codes for a file that cannot be read or written right now."""


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, or has no time for us."""

    public = "the database is not available right now"


def translate(engine: Engine) -> None:
    """Raise `DatabaseUnavailable` from what the driver says when the database cannot be used."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "handle_error", _translated)
    engine.dialect.do_ping = _patient(engine.dialect.do_ping)  # type: ignore[assignment,method-assign]


def _patient(ping: Callable[[DBAPIConnection], bool]) -> Callable[[DBAPIConnection], bool]:
    """A ping of the pool to which a connection that does not answer is a broken one.

    SQLAlchemy 2.1 knows only the driver's own errors as a reason to replace it, and asyncpg's is none.
    """

    def pinged(connection: DBAPIConnection) -> bool:
        try:
            return ping(connection)
        except TimeoutError:
            return False

    return pinged


def _connect(
    dialect: Dialect, _entry: ConnectionPoolEntry, arguments: tuple[object, ...], keywords: dict[str, object]
) -> DBAPIConnection:
    try:
        return dialect.connect(*arguments, **keywords)
    except Exception as error:  # drivers raise errors of the system, of the protocol and of their own
        raise DatabaseUnavailable("no connection to the database") from error


def _translated(context: ExceptionContext) -> BaseException | None:
    error = context.original_exception
    if context.is_pre_ping:  # the pool itself mends what this finds
        return None
    if isinstance(error, DatabaseUnavailable) or not is_outage(error, disconnected=context.is_disconnect):
        return None
    return DatabaseUnavailable("the database did not do what it was asked to")


def is_outage(error: BaseException, *, disconnected: bool = False) -> bool:
    """Whether a driver's error says that the database cannot be used, not that the statement is wrong.

    Args:
        error: what the driver raised.
        disconnected: SQLAlchemy found the connection gone.
    """
    if isinstance(error, OSError):  # time-outs are among them
        return True
    # An interrupted request cuts its connection as well; that is nobody's outage.
    if disconnected and isinstance(error, Exception):
        return True
    state = getattr(error, "sqlstate", None) or ""
    code = getattr(error, "sqlite_errorname", None) or ""
    return str(state).startswith(POSTGRESQL) or str(code).startswith(SQLITE)
