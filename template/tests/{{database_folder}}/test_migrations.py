"""Migrations run up and down on both engines, and leave exactly the tables of the code."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner
from sqlalchemy import Column, Connection, ForeignKey, Table, inspect

from app.cli import main
from app.database.base import Base, Moment
from app.database.engine import Database
from app.database.schema import MIGRATIONS, differences, downgrade, tables, upgrade
from app.settings import get_settings
from tests.database.fixtures import on_one_engine

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


async def test_a_new_migration_spells_moments_and_finds_nothing_else(
    database: Database, tmp_path: Path
) -> None:
    added = Table("visits", Base.metadata, Column("at", Moment, nullable=False))
    written = await _migration(database, added, tmp_path)
    assert "from app.database.base import Moment" in written
    assert re.findall(r"op\.(\w+)\(", written) == ["create_table", "drop_table"]
    assert re.findall(r"sa\.Column\((.+)\)", written) == ["'at', Moment(), nullable=False"]
    compile(written, "a migration", "exec")


@on_one_engine
async def test_a_new_migration_passes_the_linter_however_long_its_lines_are(
    database: Database, tmp_path: Path
) -> None:
    named = ForeignKey("reports.id", name=f"fk_visits_{'report_' * 12}id", ondelete="SET NULL")
    written = await _migration(database, Table("visits", Base.metadata, Column("report_id", named)), tmp_path)
    place = ("--stdin-filename", MIGRATIONS / "versions" / "0002_visits.py", "-")
    linter = (sys.executable, "-m", "ruff", "check", "--fix", "--quiet", *place)
    linted = await asyncio.to_thread(subprocess.run, linter, input=written.encode(), capture_output=True)
    assert (linted.returncode, linted.stderr.decode()) == (0, "")


async def _migration(database: Database, added: Table, folder: Path) -> str:
    """The text of the migration for a new table."""
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(_autogenerate, folder)
    finally:
        Base.metadata.remove(added)
    return await asyncio.to_thread(_only_file, folder)


def _only_file(folder: Path) -> str:
    [file] = folder.glob("*.py")
    return file.read_text(encoding="utf-8")


def _autogenerate(connection: Connection, folder: Path) -> None:
    """What `make migration` does, into another folder."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", f"{MIGRATIONS / 'versions'}{os.pathsep}{folder}")
    config.attributes["connection"] = connection
    command.revision(config, "visits", autogenerate=True, version_path=str(folder))


def test_the_command_makes_the_tables(start: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert start  # the fixture stops what the command starts
    get_settings.cache_clear()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new/service.db")
    result = CliRunner().invoke(main, ["migrate"])
    get_settings.cache_clear()
    assert result.exit_code == 0, result.output
    assert (tmp_path / "new" / "service.db").exists()


def test_the_command_says_which_revision_does_not_exist(
    start: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert start
    get_settings.cache_clear()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/service.db")
    result = CliRunner().invoke(main, ["migrate", "--down", "nonsense"])
    get_settings.cache_clear()
    assert (result.exit_code, result.output.splitlines()[-1]) == (
        1,
        "Error: Can't locate revision identified by 'nonsense'",
    )


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
