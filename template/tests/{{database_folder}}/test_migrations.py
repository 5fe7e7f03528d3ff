"""Migrations run up and down on both engines, and leave exactly the tables of the code."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect

from app.cli import main
from app.database.engine import Database
from app.database.schema import differences, downgrade, tables, upgrade
from app.settings import get_settings

pytestmark = pytest.mark.anyio


async def names(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        return set(await connection.run_sync(lambda bound: inspect(bound).get_table_names()))


async def test_up_and_down_and_up_again(database: Database) -> None:
    assert await differences(database) == []
    await downgrade(database, "base")
    assert await names(database) == {"alembic_version"}
    await upgrade(database)
    assert await names(database) == {"alembic_version", *tables().tables}
    assert await differences(database) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await upgrade(database)
    assert await differences(database) == []


def test_the_command_makes_the_tables(start: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert start  # the fixture stops what the command starts
    get_settings.cache_clear()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new/service.db")
    result = CliRunner().invoke(main, ["migrate"])
    get_settings.cache_clear()
    assert result.exit_code == 0, result.output
    assert (tmp_path / "new" / "service.db").exists()


def test_the_command_says_what_to_do_when_there_is_no_database(
    start: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert start
    get_settings.cache_clear()
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:a-password@127.0.0.1:9/service")
    result = CliRunner().invoke(main, ["migrate"])
    get_settings.cache_clear()
    assert result.exit_code == 1
    assert "cannot be reached; is it running" in result.output
    assert "a-password" not in result.output
