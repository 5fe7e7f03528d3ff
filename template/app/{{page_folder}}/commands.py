"""Commands of the page."""

import json

import click


@click.command()
def openapi() -> None:
    """Write the API's OpenAPI document; the page's types are made from it."""
    from app.main import create_app
    from app.settings import load_settings

    settings = load_settings(environment="development", sentry_enabled=False)
    click.echo(json.dumps(create_app(settings).openapi(), indent=2))
