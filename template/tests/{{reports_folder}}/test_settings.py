"""A wrong variable of database, reports or mail is told in one sentence, which never repeats the value."""

import pytest

from app.settings import SettingsError, load_settings

SECRET = "a-value-nobody-may-see"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"database_url": f"mysql://u:{SECRET}@host/name"}, "DATABASE_URL is not the address of a database"),
        ({"database_url": SECRET}, "DATABASE_URL is not the address of a database"),
        ({"database_url": f"postgresql://u:{SECRET}@host:port/name"}, "DATABASE_URL is not the address"),
        ({"database_url": "sqlite:///:memory:"}, "DATABASE_URL is not the address of a database"),
        ({"database_url": "sqlite://"}, "DATABASE_URL is not the address of a database"),
        ({"database_pool_size": 0}, "DATABASE_POOL_SIZE has a value that is not accepted"),
        ({"database_statement_timeout_ms": SECRET}, "DATABASE_STATEMENT_TIMEOUT_MS has a value"),
        ({"database_slow_query_ms": -1}, "DATABASE_SLOW_QUERY_MS has a value that is not accepted"),
        (
            {"reports_of_errors": SECRET},
            "REPORTS_OF_ERRORS has a value that is not accepted; expected one of",
        ),
        ({"reports_admin_email": SECRET}, "REPORTS_ADMIN_EMAIL has a value that is not accepted"),
        ({"reports_mail_limit": 0}, "REPORTS_MAIL_LIMIT has a value that is not accepted"),
        ({"smtp_host": "mail.example"}, "SMTP_SENDER, the address that mails come from, must be set"),
        ({"smtp_password": SECRET}, "SMTP_USER and SMTP_PASSWORD belong together"),
        (
            {"smtp_user": "u", "smtp_password": SECRET, "smtp_security": "none"},
            "SMTP_SECURITY=none would send SMTP_PASSWORD in clear text",
        ),
        ({"smtp_port": 70_000}, "SMTP_PORT has a value that is not accepted"),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_sentence(settings: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(**settings)
    assert told in str(raised.value)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@host/name?sslmode=require", "postgresql+asyncpg://u:p@host/name?ssl=require"),
        ("postgresql://u:p@host:5432/name", "postgresql+asyncpg://u:p@host:5432/name"),
        (
            "postgresql://u:p@host/name?connect_timeout=5&sslmode=require&channel_binding=require",
            "postgresql+asyncpg://u:p@host/name?ssl=require",
        ),
        ("postgresql://u:p@host/name?application_name=orders", "postgresql+asyncpg://u:p@host/name"),
        ("sqlite:///var/service.db", "sqlite+aiosqlite:///var/service.db"),
    ],
)
def test_addresses_of_hosters_work_as_they_are(given: str, used: str) -> None:
    assert load_settings(database_url=given).database_address == used
