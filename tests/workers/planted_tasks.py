"""Tasks that tell what they were given on every surface; copied into a service as `app/tasks/planted.py`."""

import asyncio
import logging
import os
import time

import sentry_sdk

from app.observability import (
    add_breadcrumb,
    business_event,
    logger,
    set_business_context,
    set_context,
    set_tags,
    set_user,
    slow_operation,
    span,
)
from app.worker import task


class Refused(Exception):
    """Says whom it is about, as errors do."""


@task(timeout_seconds=5)
async def told(person: dict[str, str]) -> None:
    set_user("user-17", tenant="tenant-4")
    set_tags(**person)
    set_context("person", person)
    set_business_context(action=f"file {person['email']}", feature="records")
    business_event(f"filed {person['iban']}", **person)
    add_breadcrumb(f"looked at {person['email']}", category="business", data=person)
    sentry_sdk.add_breadcrumb(category=person["iban"], message=person["email"])
    with span("db", f"file of {person['email']}") as step:
        step.set_data("email", person["email"])
    sentry_sdk.metrics.count("files.opened", 1, attributes=person)
    slow_operation(f"open {person['ssn']}", 5_000.0)
    logger.bind(**person).info("opened the file of {}", person["email"])
    logging.getLogger(f"files.{person['iban']}").warning("the card %s is late", person["card"])
    logger.error(f"could not close the file of {person['email']}")


@task(attempts=2, retry_on=(Refused,), first_delay_seconds=0.1, timeout_seconds=5)
def failing(person: dict[str, str]) -> None:
    try:
        raise Refused(f"{person['email']} was refused: ssn={person['ssn']}")
    except Refused:
        logger.exception(f"the account {person['iban']} is closed")
        raise


@task(timeout_seconds=1)
async def mistaken(count: int) -> None:
    """Enqueued with something that is no number."""


@task(timeout_seconds=1)
async def hanging(person: dict[str, str]) -> None:
    await asyncio.sleep(30)


@task(timeout_seconds=1)
def blocking(person: dict[str, str]) -> None:
    time.sleep(2)


@task(timeout_seconds=5)
def deadly(person: dict[str, str]) -> None:
    os.kill(os.getpid(), 9)


@task(timeout_seconds=5)
async def forgotten(person: dict[str, str]) -> None:
    async def child() -> None:
        raise ValueError(f"nobody waited for {person['email']}")

    started = asyncio.create_task(child(), name=f"child of {person['ssn']}")
    await asyncio.sleep(0.01)
    del started
