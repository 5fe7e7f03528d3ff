"""Alembic's entry: on the connection that `app.database.schema` gives, else on that of DATABASE_URL."""

import asyncio
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from app.database.base import Moment
from app.database.engine import Database
from app.database.schema import tables
from app.settings import get_settings


def run(connection: Connection) -> None:
    """Run what was asked for on a connection."""
    # SQLite cannot alter a table: Alembic copies it.
    context.configure(
        connection=connection, target_metadata=tables(), render_as_batch=True, render_item=rendered
    )
    with context.begin_transaction():
        context.run_migrations()


def rendered(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """How a new migration spells the service's own type; False for what Alembic knows."""
    if kind == "type" and isinstance(item, Moment):
        autogenerate.imports.add("from app.database.base import Moment")
        return "Moment()"
    return False


async def run_on_the_settings_database() -> None:
    """What the `alembic` command does."""
    database = Database(get_settings(), statement_timeout=False)
    async with database.engine.begin() as connection:
        await connection.run_sync(run)
    await database.close()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(run_on_the_settings_database())
