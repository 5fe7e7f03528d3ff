"""What statements hold never leaves: not in spans, errors, breadcrumbs or reports of slow ones (R-PRV-3)."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.database.session import Session
from app.observability.privacy import LEVELS
from tests.conftest import Start
from tests.database.fixtures import Serve
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

NAME, MAIL, CARD = "Odalys Quint", "odalys.quint@example.org", "4111 1111 1111 1111"
INSERT = """
    INSERT INTO reports (id, created_at, updated_at, state, severity, category, message, context, event_state)
    VALUES (:id, :at, :at, 'open', 'low', :category, :message, '{}', 'none')
"""


def with_statements(app: FastAPI) -> FastAPI:
    """Add routes whose statements are full of personal data."""

    @app.get("/literal")
    async def literal(session: Session) -> None:
        await session.execute(text(f"SELECT '{NAME}', '{MAIL}' WHERE '{CARD}' <> ''"))

    @app.get("/bound")
    async def bound(session: Session) -> None:
        await session.execute(
            text("SELECT * FROM no_such_table WHERE name = :name"), {"name": f"{NAME} {MAIL}"}
        )

    @app.get("/violated")
    async def violated(session: Session) -> None:
        await session.execute(text("CREATE UNIQUE INDEX only_one ON reports (message)"))
        for number in range(2):
            values = {"id": f"{number:032x}", "at": None, "category": CARD, "message": f"{NAME} {MAIL}"}
            await session.execute(text(INSERT.replace(":at", "CURRENT_TIMESTAMP")), values)

    return app


@pytest.mark.parametrize("level", LEVELS)
async def test_statements_leave_as_shapes(
    start: Start,
    serve: Serve,
    address: str,
    inbox: Inbox,
    flush: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    level: str,
) -> None:
    settings: dict[str, Any] = {"sentry_traces_sample_rate": 1.0, "sentry_logs_enabled": True}
    app = with_statements(start(level=level, database_url=address, **settings))
    async with serve(app) as client:
        statuses = [(await client.get(path)).status_code for path in ("/literal", "/bound", "/violated")]
    flush()
    assert statuses == [200, 500, 500]
    assert len(inbox.events) == 2
    spans = [span for transaction in inbox.transactions for span in transaction["spans"]]
    described = {span["description"] for span in spans if span["op"] == "db"}
    assert any(shape.startswith("SELECT ?, ?") for shape in described)
    assert any(shape.startswith("INSERT INTO reports") for shape in described)
    left = inbox.raw.decode() + capsys.readouterr().err
    assert not [value for value in (NAME, "Odalys", MAIL, CARD) if value in left]


@pytest.mark.parametrize("level", LEVELS)
async def test_a_slow_statement_is_reported_by_its_shape(  # R-CAP-2
    start: Start,
    serve: Serve,
    migrated_postgresql: str,
    inbox: Inbox,
    flush: Callable[[], None],
    level: str,
) -> None:
    app = start(level=level, database_url=migrated_postgresql, database_slow_query_ms=20)

    @app.get("/slow")
    async def slow(session: Session) -> None:
        await session.execute(text(f"SELECT pg_sleep(0.05), '{NAME}', :mail"), {"mail": MAIL})

    async with serve(app) as client:
        assert (await client.get("/slow")).status_code == 200
    flush()
    told = [event["contexts"]["slow_query"] for event in inbox.events]
    # On a busy machine statements of the background may be slow as well.
    [facts] = [facts for facts in told if facts["db.query.text"].startswith("SELECT pg_sleep(?), ?, ")]
    assert facts["duration_ms"] >= 50
    assert NAME.encode() not in inbox.raw
    assert MAIL.encode() not in inbox.raw
