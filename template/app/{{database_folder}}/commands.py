"""`python -m app migrate`."""

import asyncio

import click
from alembic.util import CommandError

from app import observability
from app.database.engine import Database
from app.database.errors import DatabaseUnavailable
from app.database.schema import downgrade, upgrade
from app.settings import Settings, get_settings


@click.command()
@click.option("--down", "revision", help="Go back to this revision; `base` removes all tables.")
def migrate(revision: str | None) -> None:
    """Bring the tables of the database at DATABASE_URL to the newest revision."""
    settings = get_settings()
    observability.start("script", settings)
    with observability.reported("migration"):
        try:
            asyncio.run(_migrate(settings, revision))
        except DatabaseUnavailable:
            raise click.ClickException(
                "the database at DATABASE_URL cannot be reached; is it running, and are its address and "
                "password right?"
            ) from None
        except CommandError as error:  # for example a revision that does not exist
            raise click.ClickException(str(error)) from None
    click.echo(f"The tables are at revision {revision or 'head'}.")


async def _migrate(settings: Settings, revision: str | None) -> None:
    database = Database(settings, statement_timeout=False)
    try:
        await (downgrade(database, revision) if revision else upgrade(database))
    finally:
        await database.close()
