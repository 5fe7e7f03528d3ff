"""Bring the tables of a database to a revision, and compare them with the code's."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from app import wiring
from app.database.base import Base
from app.database.engine import Database

MIGRATIONS: Final = Path(__file__).parent / "migrations"


async def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables to a revision.

    Args:
        database: made without statement time-out.
        revision: its id, or `head` for the newest.
    """
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda bound: command.upgrade(_config(bound), revision))


async def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to an earlier revision, or with `base` to none at all."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda bound: command.downgrade(_config(bound), revision))


def tables() -> MetaData:
    """All tables of the code."""
    wiring.tables()  # which imports the modules that define them
    return Base.metadata


async def differences(database: Database) -> list[str]:
    """Where the tables of the code and of the database differ; empty if they agree."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_differences)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _differences(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(difference) for difference in compare_metadata(context, tables())]
