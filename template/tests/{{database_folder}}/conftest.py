"""The databases of these tests."""

from tests.database.fixtures import address, database, migrated_postgresql, migrated_sqlite, serve, server

__all__ = ["address", "database", "migrated_postgresql", "migrated_sqlite", "serve", "server"]
