"""Log lines: one API, one line per record, nothing forged, nothing that a query string held (R-LOG)."""

import datetime
import json
import logging
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.observability import logger
from app.observability.privacy import LEVELS, Level
from app.observability.standard_library import ToLoguru
from app.wiring import SERVICE
from tests.conftest import Client, Start
from tests.inbox import Inbox

pytestmark = pytest.mark.anyio

Flush = Callable[[], None]
Lines = Callable[[], list[dict[str, Any]]]


async def test_one_access_line_per_request_with_the_route_and_without_the_query(  # R-LOG-5
    client: httpx.AsyncClient, lines: Lines
) -> None:
    lines()
    await client.get("/probe/price?token=a-secret-in-a-query")
    await client.get("/patients/ada-lovelace?born=1815-12-10")
    await client.get(f"/probe/mine/{uuid.uuid4()}")
    written = lines()
    assert [(line["http"]["route"], line["http"]["status"]) for line in written] == [
        ("/probe/price", 200),
        ("(unmatched)", 404),
        ("/probe/mine/{number}", 401),
    ]
    assert not any(secret in json.dumps(written) for secret in ("a-secret-in-a-query", "lovelace", "1815-12"))


async def test_health_checks_leave_no_line_and_no_transaction(  # R-LOG-5, R-FLT-2
    start: Start, client_for: Client, inbox: Inbox, flush: Flush, lines: Lines
) -> None:
    app = start(sentry_traces_sample_rate=1.0)
    lines()
    async with client_for(app) as client:
        for path in ("/health", "/health/live", "/health/ready", "/static/logo.png", "/metrics"):
            await client.get(path)
        await client.get("/healthy-living")  # not a health check
    flush()
    assert [line["http"]["status"] for line in lines()] == [404]
    assert [transaction["transaction"] for transaction in inbox.transactions] == ["GET unmatched"]


def test_standard_logging_is_the_same_as_loguru(app: FastAPI, lines: Lines) -> None:  # R-LOG-1
    lines()
    logging.getLogger("some.library").warning("%s of %s rows", 3, 7)
    misfit = logging.makeLogRecord(
        {"name": "some.library", "msg": "misfit: %s %s", "args": (1,), "levelno": 20, "levelname": "INFO"}
    )
    logging.root.handlers[0].handle(misfit)
    logging.getLogger("uvicorn.error").info("a server's own words")
    logging.getLogger("uvicorn.access").info("GET /?token=secret")
    logging.getLogger("httpx").info("HTTP Request: GET https://example.org/?token=secret")
    written = [(line["level"], line["logger"], line["message"]) for line in lines()]
    assert written == [
        ("WARNING", "some.library", "3 of 7 rows"),
        ("INFO", "some.library", "misfit: %s %s"),
        ("INFO", "uvicorn.error", "a server's own words"),
    ]


@pytest.mark.parametrize("level", LEVELS)
def test_names_in_a_template_are_labels_of_their_values(start: Start, lines: Lines, level: Level) -> None:
    start(level=level)
    lines()
    values = {"password": "Tigerharbor", "age": 93, "rows": 3}
    logging.getLogger("some.library").warning("%(password)s was refused after %(rows)d rows", values)
    logging.getLogger("some.library").warning("too old with %(age)d years", values)  # no number any more
    first, second = (line["message"] for line in lines())
    assert "Tigerharbor" not in first
    assert first.endswith(" was refused after 3 rows")
    assert second == "too old with %(age)d years"


@pytest.mark.parametrize("form", ["json", "text"])
def test_data_cannot_forge_a_line(start: Start, capsys: pytest.CaptureFixture[str], form: str) -> None:
    start(log_format=form)
    capsys.readouterr()
    logger.info("user said: hello\n2026-01-01 CRITICAL forged\r\x1b[31mred\u2028line")
    [line, rest] = capsys.readouterr().err.split("\n")
    assert rest == ""
    assert "forged" in line
    assert "\x1b[31m" not in line.removesuffix("\x1b[0m").replace("\x1b[1m", "")


def test_a_line_takes_any_value(app: FastAPI, lines: Lines) -> None:
    class Password:
        def __repr__(self) -> str:
            return "the secret itself"

    cycle: list[Any] = []
    cycle.append(cycle)
    lines()
    logger.bind(
        when=datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
        id=uuid.UUID(int=1),
        price=Decimal("1.20"),
        names={"ada"},
        password=Password(),
        number=2**70,
    ).info("odd values")
    logger.bind(cycle=cycle).info("a cycle")
    logger.info("half a character: \ud83d")
    written = lines()
    assert [line["message"][:5] for line in written] == ["odd v", "a cyc", "half "]
    assert "the secret itself" not in json.dumps(written)


def test_every_line_says_who_wrote_it(app: FastAPI, lines: Lines) -> None:  # R-LOG-4
    lines()
    logger.bind(order=7).success("stored")
    [line] = lines()
    assert (line["service"], line["component"], line["level"]) == (SERVICE, "api", "SUCCESS")
    assert line["extra"] == {"order": 7}
    assert datetime.datetime.fromisoformat(line["time"]).tzinfo is not None


def test_variables_are_never_on_a_line_outside_development(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    for settings in ({"log_format": "json"}, {"log_format": "text"}, {"environment": "production"}):
        app = start(**settings)
        assert app
        try:
            card = "4111 1111 1111 1111"
            int(card.replace(" ", "x"))
        except ValueError:
            logger.exception("it failed")
        assert "card = " not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "crumbs", "events"),
    [
        ({}, ["an info", "a warning"], ["an error"]),
        ({"sentry_breadcrumb_level": "WARNING"}, ["a warning"], ["an error"]),
        ({"sentry_event_level": "WARNING"}, ["an info", "a warning"], ["a warning", "an error"]),
        ({"log_level": "ERROR"}, ["an info", "a warning"], ["an error"]),
        ({"sentry_max_breadcrumbs": 1}, ["a warning"], ["an error"]),
    ],
)
async def test_what_becomes_a_breadcrumb_and_what_an_event(  # R-LOG-3
    start: Start,
    client_for: Client,
    inbox: Inbox,
    flush: Flush,
    settings: dict[str, Any],
    crumbs: list[str],
    events: list[str],
) -> None:
    app = start(**settings)

    @app.get("/log")
    def endpoint() -> None:
        logger.debug("a debug")
        logger.info("an info")
        logging.getLogger("library").warning("a warning")
        logger.error("an error")

    async with client_for(app) as client:
        await client.get("/log")
    flush()
    assert [event["logentry"]["formatted"] for event in inbox.events] == events
    logged = [crumb for crumb in inbox.events[-1]["breadcrumbs"]["values"] if crumb["type"] == "log"]
    assert [crumb["message"] for crumb in logged] == crumbs


@pytest.mark.parametrize("enabled", [False, True])
async def test_forwarding_lines_as_sentry_logs_is_a_setting(  # R-LOG-3
    start: Start, client_for: Client, inbox: Inbox, flush: Flush, enabled: bool
) -> None:
    app = start(sentry_logs_enabled=enabled)

    @app.get("/log")
    def endpoint() -> None:
        logger.info("rows stored: {}", 3)

    async with client_for(app) as client:
        await client.get("/log")
    flush()
    logs = [log["body"] for item in inbox.items("log") for log in item.json["items"]]
    assert ("rows stored: 3" in logs) is enabled


async def test_other_sinks_get_the_access_line_and_change_nothing_about_ours(
    client: httpx.AsyncClient, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    lines()
    got: list[str] = []
    await client.get("/probe/price")
    number = logger.add(lambda message: got.append(message.record["message"]))
    await client.get("/probe/price")
    logger.remove(number)
    await client.get("/probe/price")
    assert [text.partition(" 200 ")[0] for text in got] == ["GET /probe/price"]
    first, *others = [line for line in lines() if "http" in line]
    assert len(others) == 2
    for line in others:
        assert list(line) == list(first)
        assert (line["level"], line["logger"]) == (first["level"], first["logger"])


async def test_access_lines_obey_the_lowest_level(
    start: Start, client_for: Client, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    async with client_for(start(log_level="WARNING")) as client:
        await client.get("/probe/price")
    assert [line for line in lines() if "http" in line] == []


def test_a_closed_standard_error_breaks_nothing(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, _text: str) -> None:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    logger.info("nobody hears this")


def test_a_message_that_cannot_be_text_breaks_nothing(app: FastAPI, lines: Lines) -> None:
    class Odd:
        def __str__(self) -> str:
            raise RuntimeError

    [handler] = (handler for handler in logging.root.handlers if isinstance(handler, ToLoguru))
    handler.emit(
        logging.makeLogRecord({"name": "app.odd", "msg": Odd(), "levelno": 40, "levelname": "ERROR"})
    )
    assert lines()[-1]["message"].startswith("[..]")
