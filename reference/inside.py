"""Run inside a rendered service: prints its commands and routes as JSON."""

import json
from collections.abc import Iterator

import click

from app.cli import main
from app.main import app


def helps(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """The help of a command, and of those below it."""
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from helps(found, below, context)


def routes() -> list[tuple[str, str]]:
    """Method and path of each route, and the first sentence of its description."""
    return [
        (
            f"{method.upper()} {path}",
            (said.get("description") or said.get("summary", "")).partition("\n\n")[0],
        )
        for path, methods in app.openapi()["paths"].items()
        for method, said in methods.items()
    ]


print(json.dumps({"commands": dict(helps(main, "python -m app")), "routes": routes()}))
