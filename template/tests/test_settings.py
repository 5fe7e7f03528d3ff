"""Settings: wrong values are told by name, and telemetry values never stop a service (R-INIT-2 to 5)."""

from pathlib import Path
from typing import Any

import pytest

from app import observability, wiring
from app.observability.options import dsn_of
from app.settings import SettingsError, load_settings
from tests.conftest import Start

SECRET = "a-secret-value-that-no-message-may-repeat"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ENVIRONMENT", "prod", "one of 'development', 'test', 'staging' or 'production'"),
        ("AUTH_ALGORITHM", "none", "one of 'HS256'"),
        ("AUTH_LEEWAY_SECONDS", "soon", "a whole number"),
        ("AUTH_JWKS_URL", SECRET, "text of the form"),
        ("COMPLIANCE_LEVEL", "loose", "one of 'standard', 'gdpr' or 'hipaa'"),
        ("RATES_TIMEOUT_SECONDS", "0", "a number above 0"),
        ("PRIVACY_KEY", "short", "at least 16 characters"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as stopped:
        load_settings()
    [sentence] = str(stopped.value).splitlines()
    assert sentence.startswith(f"{name} has a value that is not accepted; expected {expected}")
    assert SECRET not in sentence


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"AUTH_KEY": "short", "AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a"}, "AUTH_KEY is too short"),
        ({"AUTH_KEY": SECRET}, "AUTH_ISSUER and AUTH_AUDIENCE must be set"),
        (
            {"AUTH_KEY": SECRET, "AUTH_JWKS_URL": "https://i.example"},
            "AUTH_KEY and AUTH_JWKS_URL are both set",
        ),
        (
            {"AUTH_JWKS_URL": "https://i.example", "AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a"},
            "AUTH_ALGORITHM must be",
        ),
        (
            {"AUTH_KEY": "development-only-" + "x" * 32, "AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a"},
            "AUTH_KEY is the public key of .env.example",
        ),
    ],
)
def test_token_settings_that_are_not_safe_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], named: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as stopped:
        load_settings()
    assert str(stopped.value).startswith(named)
    assert SECRET not in str(stopped.value)


@pytest.mark.parametrize(
    ("name", "value", "attribute", "default"),
    [
        ("SENTRY_TRACES_SAMPLE_RATE", "7", "traces_sample_rate", 0.1),
        ("SENTRY_TRACES_SAMPLE_RATE", "nan", "traces_sample_rate", 0.1),
        ("SENTRY_ERROR_SAMPLE_RATE", "-0.5", "sentry_error_sample_rate", 1.0),
        ("SENTRY_TRACE_LIFECYCLE", "continuous", "sentry_trace_lifecycle", "static"),
        ("SENTRY_PROFILES_SAMPLE_RATE", "many", "sentry_profiles_sample_rate", 0.0),
        ("SENTRY_ERROR_RATE_LIMIT", "0", "sentry_error_rate_limit", 100),
        ("SENTRY_MAX_BREADCRUMBS", "lots", "sentry_max_breadcrumbs", 50),
        ("SENTRY_ENABLED", "maybe", "sentry_enabled", None),
        ("SENTRY_DEBUG", "maybe", "sentry_debug", False),
        ("SENTRY_RELEASE", "a/b", "sentry_release", None),
        ("SENTRY_ENVIRONMENT", "with space", "sentry_environment", None),
        ("SENTRY_CAPTURED_STATUSES", "all", "sentry_captured_statuses", ("500-599",)),
        ("SENTRY_CAPTURED_STATUSES", "599-500", "sentry_captured_statuses", ("500-599",)),
        ("SENTRY_CAPTURED_STATUSES", ",", "sentry_captured_statuses", ("500-599",)),
        ("SENTRY_UNTRACED_PATHS", "/", "traces_sample_rate", 0.1),
        ("SENTRY_LOGS_ENABLED", "2", "sentry_logs_enabled", False),
        ("LOG_LEVEL", "NOISY", "log_level", "INFO"),
        ("LOG_FORMAT", "xml", "json_logs", True),
        ("APP_VERSION", "not a version", "app_version", "0.1.0"),
        ("SERVER_NAME", "x" * 65, "server_name", wiring.SERVICE),
    ],
)
def test_a_wrong_telemetry_value_is_told_and_replaced(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, attribute: str, default: object
) -> None:
    monkeypatch.setenv(name, value)
    settings = load_settings()
    assert getattr(settings, attribute) == default
    [problem] = settings.problems
    assert problem.startswith(f"{name} ")
    assert problem.endswith("The default is used instead.")


@pytest.mark.parametrize(("environment", "rate"), [("development", 1.0), ("production", 0.1), ("test", 0.1)])
def test_development_traces_everything(environment: str, rate: float) -> None:  # R-INIT-4
    assert load_settings(environment=environment).traces_sample_rate == rate


def test_the_release_comes_from_the_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # R-INIT-5
    monkeypatch.setattr("app.settings.COMMIT_FILE", tmp_path / "commit")
    assert load_settings(app_version="1.2.3").release == f"{wiring.SERVICE}@1.2.3"
    (tmp_path / "commit").write_text("0123456789abcdef0123\n")
    assert load_settings(app_version="1.2.3").release == f"{wiring.SERVICE}@1.2.3+0123456789ab"
    assert (
        load_settings(app_version="1.2.3", git_commit="feedbeef").release
        == f"{wiring.SERVICE}@1.2.3+feedbeef"
    )
    assert load_settings(sentry_release="other@9").release == "other@9"


@pytest.mark.parametrize(
    ("settings", "component", "dsn"),
    [
        ({"sentry_dsn": "common"}, "api", "common"),
        ({"sentry_dsn": "common"}, "worker", "common"),
        ({"sentry_dsn": "common", "sentry_dsn_worker": "own"}, "api", "common"),
        ({"sentry_dsn": "common", "sentry_dsn_worker": "own"}, "worker", "own"),
        ({"sentry_dsn_worker": "own"}, "api", None),
    ],
)
def test_a_component_falls_back_to_the_common_dsn(settings: Any, component: Any, dsn: str | None) -> None:
    assert dsn_of(component, load_settings(**settings)) == dsn  # R-INIT-3


def test_a_variable_without_a_value_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY_DSN", "")
    monkeypatch.setenv("SENTRY_ENABLED", "")
    settings = load_settings()
    assert settings.sentry_dsn is None
    assert settings.problems == ()


def test_a_file_that_is_no_text_stops_the_start_with_one_sentence(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_bytes(b"APP_VERSION=\xff")
    with pytest.raises(SettingsError, match=r"^The file .env is not accepted; expected text in UTF-8.$"):
        load_settings(_env_file=tmp_path / ".env")


def test_a_proxy_that_is_no_address_stops_sentry_and_not_the_service(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "proxy.example:3128")
    start()
    status = observability.status()
    assert status is not None
    assert not status.enabled
    assert "HTTPS_PROXY" in status.reason
