"""The variables of the database."""

from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

DRIVERS: Final = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}
"""Accepted beginnings of an address, and the driver that each gets.

asyncpg, because it is the one PostgreSQL driver whose time-outs hold on the client's side too: a server that
vanished without a word costs seconds, not the minutes of TCP.
"""


NEEDLESS: Final = ("application_name=", "channel_binding=", "connect_timeout=")
"""Parameters of libpq, in the addresses of hosters, that asyncpg does not know and can do without: the time
to connect is DATABASE_CONNECT_TIMEOUT_SECONDS.
"""


class DatabaseSettings(BaseSettings):
    """Where the database is, and how long it may take."""

    # `postgresql://user:password@host:5432/name`, or a SQLite file.
    database_url: SecretStr = SecretStr("sqlite:///var/service.db")
    # Connections of one process, all of them; the server must allow this number times the processes.
    database_pool_size: int = Field(10, ge=1, le=200)
    database_pool_timeout_seconds: float = Field(3.0, gt=0, le=60)  # wait for a free connection
    database_connect_timeout_seconds: float = Field(3.0, gt=0, le=60)  # wait for a new connection
    # Milliseconds after which PostgreSQL ends a statement; with SQLite: wait for another writer.
    database_statement_timeout_ms: int = Field(5_000, ge=100, le=600_000)
    # Milliseconds after which a statement is reported as slow, without its values.
    database_slow_query_ms: int = Field(500, ge=1, le=600_000)

    @field_validator("database_url")
    @classmethod
    def _address(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        try:
            address = urlsplit(text)
            known = address.scheme in DRIVERS and "://" in text and (address.port is None or address.port > 0)
            # A database in memory would be another one for each connection.
            known &= not address.scheme.startswith("sqlite") or address.path not in ("", "/", "/:memory:")
        except ValueError:
            known = False
        if not known:
            raise ValueError(
                "is not the address of a database; "
                "expected postgresql://user:password@host:5432/name or sqlite:///folder/file.db"
            )
        return value

    @property
    def database_address(self) -> str:
        """The address as SQLAlchemy wants it, with the driver."""
        scheme, _, rest = self.database_url.get_secret_value().partition("://")
        place, _, query = rest.partition("?")
        # asyncpg calls libpq's `sslmode`, which hosters put into their addresses, `ssl`.
        parameters = "&".join(
            f"ssl={parameter.removeprefix('sslmode=')}" if parameter.startswith("sslmode=") else parameter
            for parameter in query.split("&")
            if not parameter.startswith(NEEDLESS)
        )
        return f"{DRIVERS[scheme]}://{place}" + (f"?{parameters}" if parameters else "")
