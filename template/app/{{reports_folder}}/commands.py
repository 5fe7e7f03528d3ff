"""`python -m app reports`: deliver what is owed, and erase a user."""

import asyncio

import click

from app import observability
from app.database.engine import opened as opened_database
from app.database.errors import DatabaseUnavailable
from app.observability import protection
from app.reports.delivery import Delivered
from app.reports.rows import erase as erase_rows
from app.reports.service import opened as opened_reports
from app.settings import Settings, get_settings

AWAY = "the database at DATABASE_URL cannot be reached; nothing is lost, run this again when it is back."


@click.group()
def reports() -> None:
    """Bug reports: delivery and erasure."""


@reports.command()
def deliver() -> None:
    """Carry on what is owed, once: spooled reports, events that did not arrive, mails."""
    settings = get_settings()
    observability.start("script", settings)
    try:
        done = asyncio.run(_deliver(settings))
    except DatabaseUnavailable:
        raise click.ClickException(AWAY) from None
    click.echo(f"{done.rows} rows written, {done.events} events sent again, {done.mails} mails sent.")


@reports.command()
@click.option("--user", required=True, help="Id of the user, as in tokens.")
def erase(user: str) -> None:
    """Make a user's reports anonymous (GDPR art. 17)."""
    settings = get_settings()
    observability.start("script", settings)
    if settings.privacy_key is None and protection.active.level != "standard":
        raise click.ClickException(
            "PRIVACY_KEY is not set; without it the user's pseudonym cannot be computed."
        )
    try:
        event_ids = asyncio.run(_erase(settings, user))
    except DatabaseUnavailable:
        raise click.ClickException(AWAY) from None
    click.echo("The user's reports are anonymous. Events to delete in Sentry:")
    click.echo("\n".join(event_ids) or "none")


async def _deliver(settings: Settings) -> Delivered:
    async with opened_database(settings), opened_reports(settings) as opened:
        return await opened.delivery.everything()


async def _erase(settings: Settings, user: str) -> list[str]:
    async with opened_database(settings) as database, opened_reports(settings) as opened:
        await opened.delivery.rows()  # what still lies in the spool is theirs as well
        async with database.transaction() as session:
            return await erase_rows(session, user)
