"""`python -m app reports`: deliver what is owed, and erase a user."""

import asyncio

import click

from app import observability
from app.database.engine import opened as opened_database
from app.database.errors import DatabaseUnavailable
from app.observability import protection
from app.reports.delivery import Delivered, Erased
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
        done = asyncio.run(_erase(settings, user))
    except DatabaseUnavailable:
        raise click.ClickException(AWAY) from None
    if not done.reports:
        click.echo("There are no reports of this user; is the id the one in tokens?")
        return
    click.echo(f"Reports that are anonymous now: {done.reports}. Events to delete in Sentry:")
    click.echo("\n".join(done.event_ids) or "none")


async def _deliver(settings: Settings) -> Delivered:
    async with opened_database(settings), opened_reports(settings) as opened:
        return await opened.delivery.everything()


async def _erase(settings: Settings, user: str) -> Erased:
    async with opened_database(settings), opened_reports(settings) as opened:
        return await opened.delivery.erase(user)
