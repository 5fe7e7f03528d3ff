"""Commands for people who run the service (R-OPS-3, R-FLT-5)."""

import json
from datetime import date
from pathlib import Path

import jwt
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.cost import PLANS
from app.settings import get_settings
from tests.conftest import AUTH
from tests.inbox import Inbox


@pytest.fixture
def run(start: object, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run a command with the given environment, as in a fresh process."""
    assert start  # the fixture stops what it started

    def command(*arguments: str, **environment: str) -> Result:
        get_settings.cache_clear()
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(main, arguments)
        get_settings.cache_clear()
        return result

    return command


@pytest.mark.parametrize(
    ("environment", "answer", "exit_code", "told"),
    [
        ({}, 200, 0, "accepted; search Sentry for id:"),
        ({}, 403, 1, "the key in SENTRY_DSN is wrong"),
        ({}, 429, 1, "the quota is used up"),
        ({"SENTRY_DSN": ""}, 200, 1, "Set SENTRY_DSN"),
        ({"SENTRY_DSN": "nonsense"}, 200, 1, "is not a DSN"),
        ({"SENTRY_DSN": "http://key@127.0.0.1:9/1"}, 200, 1, "Check the host in SENTRY_DSN"),
        ({"SENTRY_ERROR_SAMPLE_RATE": "0"}, 200, 1, "Set it to 1"),
        ({"SENTRY_TRACES_SAMPLE_RATE": "7"}, 200, 0, "SENTRY_TRACES_SAMPLE_RATE has a value"),
    ],
)
def test_check_tells_what_happened_and_what_to_do(
    run: object, inbox: Inbox, environment: dict[str, str], answer: int, exit_code: int, told: str
) -> None:
    inbox.answer.status = answer
    result: Result = run("check", **{"SENTRY_DSN": inbox.dsn, **environment})  # type: ignore[operator]
    assert told in result.output
    assert result.exit_code == exit_code
    assert len(inbox.events) == (1 if exit_code == 0 else 0)


def test_a_token_to_try_the_api_with(run: object) -> None:
    environment = {name.upper(): value for name, value in AUTH.items()}
    result: Result = run(
        "token", "--user", "u-1", "--tenant", "t-1", ENVIRONMENT="development", **environment
    )  # type: ignore[operator]
    claims = jwt.decode(result.output.strip(), AUTH["auth_key"], ["HS256"], audience=AUTH["auth_audience"])
    assert (claims["sub"], claims["tenant"]) == ("u-1", "t-1")


def test_no_tokens_in_production(run: object) -> None:
    environment = {name.upper(): value for name, value in AUTH.items()}
    result: Result = run("token", "--user", "u-1", ENVIRONMENT="production", **environment)  # type: ignore[operator]
    assert result.exit_code == 1
    assert "your identity provider" in result.output


@pytest.mark.parametrize("command", ["cost", "quota"])
def test_the_cost_of_a_month(run: object, command: str) -> None:
    arguments = [
        "--requests",
        "1000000",
        "--error-rate",
        "0.001",
        "--traces",
        "0.1",
        "--spans",
        "4",
        "--logs",
        "2",
        "--processes",
        "2",
    ]
    result: Result = run(command, *arguments, SENTRY_LOGS_ENABLED="true")  # type: ignore[operator]
    lines = [line.split() for line in result.output.splitlines()]
    assert lines[1] == ["a", "month", "Developer", "Team", "Business"]
    assert lines[2:5] == [
        ["errors", "30,000", "600%", "60%", "60%"],
        ["transactions", "3,000,000"],
        ["spans", "12,000,000", "240%", "240%", "240%"],
    ]
    assert lines[5][:3] == ["logs", "(GB)", "54.0"]
    assert lines[6][:3] == ["metrics", "(GB)", "0.1"]
    assert "At the most 8,640,000 errors beside the first of each kind" in result.output


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--requests", "9" * 400),
        ("--error-rate", "nan"),
        ("--processes", "9" * 400),
        ("--traces", "nan"),
        ("--spans", "inf"),
        ("--logs", "nan"),
    ],
)
def test_a_cost_is_of_numbers(run: object, option: str, value: str) -> None:
    result: Result = run("cost", "--requests", "1", "--error-rate", "0", option, value)  # type: ignore[operator]
    assert result.exit_code == 2
    assert f"Error: Invalid value for '{option}': {value} is not " in result.output


def test_plans_say_when_they_were_read_and_where_to_check_them(run: object) -> None:
    figures = json.loads(PLANS.read_text("utf-8"))
    assert date.fromisoformat(figures["date"]) >= date(2026, 9, 20)
    result: Result = run("cost", "--requests", "1", "--error-rate", "0")  # type: ignore[operator]
    assert figures["date"] in result.output
    assert figures["address"] in result.output
    for included in figures["plans"].values():
        assert set(included) <= {"errors", "spans", "logs_gb", "metrics_gb"}


def test_explain_names_the_rule_that_acted_at_each_place(run: object, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"user": {"id": "user-1"}, "request": {"headers": {"cookie": "sid=1"}}}))
    result: Result = run("privacy", "explain", str(event))  # type: ignore[operator]
    assert result.exit_code == 0
    assert "request.headers" in result.output
    assert "place(s) changed at level" in result.output
    event.write_text("not json")
    failed: Result = run("privacy", "explain", str(event))  # type: ignore[operator]
    assert failed.exit_code == 1
    assert "is not JSON" in failed.output


def test_preview_shows_every_level_and_no_personal_value(run: object) -> None:
    result: Result = run("privacy", "preview")  # type: ignore[operator]
    assert [line for line in result.output.splitlines() if line.endswith(":") and " " not in line] == [
        "standard:",
        "gdpr:",
        "hipaa:",
    ]
    for value in ("ada@example.org", "4111 1111", "sk_live_51H8x", "secret-token", "203.0.113.9"):
        assert value not in result.output
    assert "Lovelace" not in result.output.partition("gdpr:")[2]
