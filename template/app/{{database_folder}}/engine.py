"""The database of this process: one engine with its time-outs, and transactions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, event, exc, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from app.database.errors import DatabaseUnavailable, translate
from app.database.queries import watch
from app.database.settings import DatabaseSettings
from app.observability import logger

if TYPE_CHECKING:
    from fastapi import FastAPI

GRACE_SECONDS: Final = 1.0
"""How much longer than the server the client waits, so that it is the server that ends a slow statement."""

SQLITE_PRAGMAS: Final = ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL")


class Database:
    """An engine and its sessions. It connects when it is used, so it can be made while the server is away."""

    def __init__(self, settings: DatabaseSettings, *, statement_timeout: bool = True) -> None:
        """Configure.

        Args:
            settings: address, sizes and times.
            statement_timeout: whether statements are timed; migrations may take as long as they need.
        """
        self.engine = _engine(settings, statement_timeout=statement_timeout)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed at the end, and rolled back when an error passes.

        Raises:
            DatabaseUnavailable: the database cannot be used; the API answers 503.
        """
        try:
            async with self._sessions.begin() as session:
                yield session
        except exc.TimeoutError as error:
            raise DatabaseUnavailable("all connections are in use") from error

    async def probe(self) -> str:
        """Health probe: does the database answer?"""
        async with self.transaction() as session:
            await session.execute(text("SELECT 1"))
        return "answers"

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


active: Database | None = None
"""The database of this process while `opened` is entered; None otherwise."""


def current() -> Database:
    """The process's database.

    Raises:
        DatabaseUnavailable: it is not open; whoever runs outside of the API enters `opened` first.
    """
    if active is None:
        raise DatabaseUnavailable("the database of this process is not open")
    return active


@asynccontextmanager
async def opened(settings: DatabaseSettings) -> AsyncIterator[Database]:
    """Open the process's database for a while; nothing connects yet."""
    global active
    before, active = active, Database(settings)
    try:
        yield active
    finally:
        await active.close()
        active = before


@asynccontextmanager
async def lifespan(app: "FastAPI") -> AsyncIterator[None]:
    """The database while the API runs."""
    settings = app.state.settings
    if settings.environment in ("staging", "production") and "database_url" not in settings.model_fields_set:
        logger.warning("DATABASE_URL is not set; a SQLite file in the working directory is used")
    async with opened(settings):
        yield


async def probe() -> str:
    """Health probe of the process's database."""
    return await current().probe()


def _engine(settings: DatabaseSettings, *, statement_timeout: bool) -> AsyncEngine:
    url = make_url(settings.database_address)
    is_sqlite = url.get_backend_name() == "sqlite"
    options = _sqlite(url, settings) if is_sqlite else _postgresql(settings, timed=statement_timeout)
    engine = create_async_engine(
        url,
        hide_parameters=True,  # else every error of a statement repeats the values that were bound to it
        connect_args=options,
        # The pool's whole size is in one number. A connection that broke while it lay there is replaced, not
        # handed out.
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=settings.database_pool_timeout_seconds,
        pool_pre_ping=not is_sqlite,
    )
    translate(engine.sync_engine)
    watch(engine.sync_engine, threshold_ms=settings.database_slow_query_ms)
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _postgresql(settings: DatabaseSettings, *, timed: bool) -> dict[str, Any]:
    options: dict[str, Any] = {"timeout": settings.database_connect_timeout_seconds}
    if timed:
        milliseconds = settings.database_statement_timeout_ms
        options["command_timeout"] = milliseconds / 1000 + GRACE_SECONDS
        options["server_settings"] = {"statement_timeout": str(milliseconds)}
    return options


def _sqlite(url: URL, settings: DatabaseSettings) -> dict[str, Any]:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    # SQLite does not time statements; what can take long is to wait for another writer.
    return {"timeout": settings.database_statement_timeout_ms / 1000}


def _set_pragmas(connection: Any, _entry: object) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
