"""Commands for the queue: what is there, how much waits, and one task by hand."""

import asyncio
import inspect
import json
from collections.abc import Awaitable
from typing import Any, TypeVar

import click

from app import observability
from app.errors import Unavailable
from app.observability import jobs
from app.settings import get_settings
from app.worker import engine
from app.worker.decorator import ArgumentsError, Task, registry
from app.worker.queue import enqueue
from app.worker.runner import Delivery, load_tasks, run_blocking

T = TypeVar("T")


@click.group()
def tasks() -> None:
    """Background tasks: list them, see how many wait, run one by hand."""
    load_tasks()


@tasks.command(name="list")
def list_tasks() -> None:
    """Every task that a worker can run, with its arguments."""
    for name, task in sorted(registry.items()):
        parameters = ", ".join(inspect.signature(task.function).parameters)
        click.echo(f"{name}({parameters})  attempts {task.attempts}, time-out {task.timeout_seconds:g} s")


@tasks.command()
def depth() -> None:
    """How many tasks wait for a worker."""
    try:
        waiting = asyncio.run(_closing(engine.depth()))
    except engine.UNAVAILABLE as error:
        raise click.ClickException(
            f"the broker does not answer ({type(error).__name__}); is REDIS_URL right, and does it run?"
        ) from None
    click.echo(f"{waiting} waiting")


@tasks.command()
@click.argument("name")
@click.option("--arguments", default="{}", help="The arguments as a JSON object.")
@click.option("--enqueue", "by_worker", is_flag=True, help="Let a worker run it; default: here and now.")
def run(name: str, arguments: str, by_worker: bool) -> None:
    """Run the task NAME once: its full name, or the end of it if that is unique."""
    task = _find(name)
    given = _parse(task, arguments)
    observability.start("script", get_settings())
    if by_worker:
        try:
            click.echo(f"enqueued as {asyncio.run(_closing(enqueue(task, **given)))}")
        except Unavailable as error:
            raise click.ClickException(f"{error}. {engine.ADVICE}") from None
        return
    delivery = Delivery(
        task=task.name, id=jobs.new_id(), engine="script", attempt=1, queue="", arguments=given, carried={}
    )
    try:
        run_blocking(delivery)
    except Exception as error:
        raise click.ClickException(f"{task.name} failed with {type(error).__name__}; see the log.") from None
    finally:
        observability.stop()
    click.echo(f"{task.name} succeeded")


async def _closing(work: Awaitable[T]) -> T:
    try:
        return await work
    finally:
        await engine.close()


def _find(name: str) -> Task[..., Any]:
    found = [task for full, task in registry.items() if full == name or full.endswith(f".{name}")]
    if len(found) != 1:
        known = "\n  ".join(sorted(registry))
        raise click.ClickException(f"{len(found)} tasks are called {name}; there are:\n  {known}")
    return found[0]


def _parse(task: Task[..., Any], text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
        if not isinstance(given, dict):
            raise TypeError
        return task.arguments((), given)
    except ArgumentsError as error:
        raise click.ClickException(str(error)) from None
    except (TypeError, ValueError):
        raise click.ClickException('--arguments is not a JSON object such as {"order_id": "..."}.') from None
