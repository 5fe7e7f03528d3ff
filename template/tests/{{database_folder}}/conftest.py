"""The databases of these tests, and services that use them."""

import functools
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.database.fixtures import (
    UNHURRIED,
    address,
    database,
    migrated_postgresql,
    migrated_sqlite,
    serve,
    server,
)

__all__ = ["address", "database", "migrated_postgresql", "migrated_sqlite", "serve", "server"]


@pytest.fixture
def start(start: Start, tmp_path: Path) -> Start:
    """Start the service with a spool of its own: what waits in another one would be delivered here."""
    return functools.partial(start, reports_spool=tmp_path / "spool", **UNHURRIED)
