"""Commands: does Sentry get our errors, what leaves with them, what will it cost, a token to try the API."""

import json
import time
from datetime import timedelta
from typing import TextIO

import click  # typed, maintained, and its help texts are the docstrings

from app.cost import cost
from app.observability import protection
from app.observability.privacy import LEVELS, Privacy
from app.settings import get_settings
from app.wiring import SERVICE, commands

SAMPLE_EVENT = {
    "level": "error",
    "transaction": "/patients/{patient_id}",
    "exception": {
        "values": [
            {
                "type": "ValueError",
                "value": "no bed for Ada Lovelace (ada@example.org) before 2026-05-04",
                "stacktrace": {
                    "frames": [
                        {
                            "filename": "app/wards.py",
                            "function": "admit",
                            "lineno": 42,
                            "in_app": True,
                            "vars": {
                                "patient_name": "'Ada Lovelace'",
                                "beds": "0",
                                "api_key": "'sk_live_51H8x'",
                            },
                        }
                    ]
                },
            }
        ]
    },
    "request": {
        "method": "POST",
        "url": "https://service.example/patients/4711",
        "query_string": "ward=3&token=secret-token",
        "headers": {
            "content-type": "application/json",
            "authorization": "Bearer eyJhbGciOi",
            "cookie": "sid=1",
        },
        "data": {"name": "Ada Lovelace", "card": "4111 1111 1111 1111", "nights": 3},
    },
    "user": {"id": "user-17", "email": "ada@example.org", "ip_address": "203.0.113.9"},
    "tags": {"service": "wards", "request_id": "0123456789abcdef0123456789abcdef"},
}
"""An error as it would be without any protection; the values are made up."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Commands of the service."""


@main.command()
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 300),
    default=10.0,
    show_default=True,
    help="Seconds to wait for Sentry's answer.",
)
def check(timeout: float) -> None:
    """Send one event to Sentry and tell what happened at each step."""
    from app.observability.check import run  # the other commands need none of it

    raise SystemExit(run(get_settings(), timeout=timeout))


@main.command()
@click.option("--user", required=True, help="Id of the user.")
@click.option("--tenant", help="Id of the organization.")
@click.option("--role", help="Role of the user.")
@click.option(
    "--minutes",
    type=click.IntRange(1, 525_600),
    default=60,
    show_default=True,
    help="How long the token is valid.",
)
def token(user: str, tenant: str | None, role: str | None, minutes: int) -> None:
    """Print a token to try the API with, signed with AUTH_KEY. Not in production."""
    import jwt

    settings = get_settings()
    if settings.environment == "production":
        raise click.ClickException("this is production; tokens come from your identity provider.")
    if settings.auth_key is None or not settings.auth_algorithm.startswith("HS"):
        raise click.ClickException(
            "AUTH_KEY is not set; `cp .env.example .env` gives you one to develop with."
        )
    claims = {
        settings.auth_user_claim: user,
        "iss": settings.auth_issuer,
        "aud": settings.auth_audience,
        "exp": int(time.time() + timedelta(minutes=minutes).total_seconds()),
    }
    if tenant:
        claims[settings.auth_tenant_claim] = tenant
    if role:
        claims[settings.auth_role_claim] = role
    click.echo(jwt.encode(claims, settings.auth_key.get_secret_value(), settings.auth_algorithm))


@main.command()
def monitors() -> None:
    """Print app/schedule.py as data for ops/sentry; `make monitors` writes it there."""
    from app import schedule
    from app.observability import Monitor

    tasks = getattr(schedule, "TASKS", {}).values()
    table = {
        monitor.slug: {
            # Scripts send to the common DSN, which is the API's.
            "component": "worker" if monitor in tasks else "api",
            "crontab": monitor.crontab,
            "time_zone": monitor.time_zone,
            "margin_minutes": monitor.margin_minutes,
            "max_runtime_minutes": monitor.max_runtime_minutes,
        }
        for monitor in [*vars(schedule).values(), *tasks]
        if isinstance(monitor, Monitor)
    }
    click.echo(json.dumps(table, indent=2, sort_keys=True))


@main.group()
def privacy() -> None:
    """What leaves the service, and why."""


@privacy.command()
@click.argument("source", type=click.File())
def explain(source: TextIO) -> None:
    """Show what becomes of an event (JSON in SOURCE, or - for standard input): each place, and the rule."""
    protection.use(get_settings())
    try:
        event = json.load(source)
    except ValueError as error:
        raise click.ClickException(
            f"{source.name} is not JSON: {error}. Save an event's JSON from Sentry."
        ) from None
    if not isinstance(event, dict):
        raise click.ClickException(f"{source.name} is not an event: expected a JSON object.")
    explanation = protection.active.explain(event)
    for place in explanation.places:
        click.echo(f"{place.path}\n    before  {json.dumps(place.before, default=str)}")
        click.echo(
            f"    after   {json.dumps(place.after, default=str)}\n    rule    {', '.join(place.rules)}"
        )
    click.echo(f"{len(explanation.places)} place(s) changed at level {protection.active.level}.")


@privacy.command()
def preview() -> None:
    """Show what a sample error with personal data would send at each level."""
    for level in LEVELS:
        active = Privacy(level, service=SERVICE, pseudonym_key=bytes(32), allow_list=protection.allow_list())
        click.echo(f"{level}:\n{json.dumps(active.explain(SAMPLE_EVENT).after, indent=2)}\n")


main.add_command(cost)
main.add_command(cost, "quota")  # its name in 0.1
for _command in commands():
    main.add_command(_command)
