"""Nothing leaks: one request with personal data and secrets on every surface, at every level (R-PRV).

`tests/privacy` proves the rules one by one (`make evidence`); this is the whole service, as it runs.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote, unquote

import httpx
import pytest
import sentry_sdk
from fastapi import Cookie, FastAPI, Header
from pydantic import BaseModel

from app.observability import carrier, logger, protection, set_context, set_tags, set_user, span, traced
from app.observability.privacy import LEVELS, PersonalStr, protect
from tests.conftest import Client, Start
from tests.inbox import Inbox
from tests.recorded import LIFECYCLES, recorded

pytestmark = pytest.mark.anyio


class Patient(BaseModel):
    full_name: PersonalStr
    email: str
    card_number: str
    password: str
    note: PersonalStr
    visits: int


def personal() -> dict[str, str]:
    """Values that nothing else contains, new in each run."""
    tail = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(6))
    digits = f"{secrets.randbelow(10**6):06}"
    return {
        "name": f"Anneliese Br{tail}",
        "email": f"anneliese.{tail}@praxis.example",
        "card": "4111111111111111",
        "password": f"Pw-{tail}-{digits}!",
        "token": f"eyJhbGciOiJIUzI1NiJ9.{secrets.token_hex(20)}.{secrets.token_hex(20)}",
        "session": secrets.token_hex(16),
        "ssn": f"219-09-{digits[:4]}",
        "phone": f"+49 30 {digits}",
        "note": f"reports {tail} pain since spring",
        "api_key": f"sk_live_{secrets.token_hex(12)}",
    }


@traced
async def look_up(name: str, card_number: str) -> None:
    """What a traced function is given is nobody's business."""


def leaky(app: FastAPI, queued: list[dict[str, str]]) -> FastAPI:
    """A route that says everything it should not, by every way there is."""

    @app.post("/patients/{name}")
    async def endpoint(
        name: str,
        patient: Patient,
        session: Annotated[str, Cookie()],
        authorization: Annotated[str, Header()],
        email: str,
    ) -> None:
        copied = patient.model_dump()
        set_user("user-17", tenant="tenant-3")
        set_tags(contact=patient.email)
        set_context("patient", {"name": patient.full_name, "nested": {"cardNumber": patient.card_number}})
        logger.bind(email=email, patient=copied).info("patient {} has paid", patient.full_name)
        logger.warning(f"mail to {email} failed, token {authorization}")
        sentry_sdk.metrics.count("visits", 1, attributes={"patient_name": name, "mail": email})
        with span("db", "store visit") as step:
            step.set_data("patient.email", email)
            step.set_data("db.query.text", f"INSERT INTO visits VALUES ('{patient.full_name}')")
            step.set_data("note", patient.note)
        await look_up(patient.full_name, patient.card_number)
        queued.append(carrier())
        logging.getLogger("library").error("cannot reach %s of %s", patient.email, patient.full_name)
        async with httpx.AsyncClient(verify=False) as client:
            try:
                await client.get(f"http://127.0.0.1:9/people/{name}", params={"email": email, "key": session})
            except httpx.HTTPError:
                logger.debug("as expected")
        await asyncio.to_thread(protect, patient.note)
        error = RuntimeError(f"no record of {patient.full_name} ({patient.email}): {patient.note}")
        error.add_note(f"card {patient.card_number}, password {patient.password}")
        raise error

    return app


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
@pytest.mark.parametrize("level", LEVELS)
async def test_nothing_personal_leaves(
    start: Start,
    client_for: Client,
    inbox: Inbox,
    flush: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    level: str,
    lifecycle: str,
) -> None:
    values, queued = personal(), list[dict[str, str]]()
    monkeypatch.setattr("sys.argv", ["serve", f"--password={values['password']}"])
    started = start(
        level=level,
        sentry_traces_sample_rate=1.0,
        sentry_trace_lifecycle=lifecycle,
        sentry_logs_enabled=True,
    )
    app = leaky(started, queued)
    async with client_for(app) as client:
        answer = await client.post(
            f"/patients/{values['name']}",
            params={"email": values["email"], "ssn": values["ssn"]},
            json={
                "full_name": values["name"],
                "email": values["email"],
                "card_number": values["card"],
                "password": values["password"],
                "note": values["note"],
                "visits": 7,
            },
            headers={
                "Authorization": f"Bearer {values['token']}",
                "X-Api-Key": values["api_key"],
                "X-Forwarded-For": "203.0.113.77",
                "sentry-trace": f"{secrets.token_hex(16)}-{secrets.token_hex(8)}-1",
                "baggage": quote(
                    f"sentry-transaction=/people/{values['name']},sentry-user_id={values['email']}", "=,"
                ),
                "Cookie": f"session={values['session']}",
            },
        )
    assert answer.status_code == 500
    flush()
    [trace] = recorded(inbox)
    left = inbox.raw.decode("utf-8", "replace")
    written = capsys.readouterr().err
    carried = unquote(json.dumps(queued))
    for place, text in (("sent", left), ("written", written), ("carried", carried)):
        for kind, value in values.items():
            assert value not in text, f"{kind} was {place} at {level}"
        assert values["name"].split()[1] not in text
        assert "203.0.113.77" not in text

    event = next(event for event in inbox.events if "exception" in event)
    assert event["exception"]["values"][-1]["type"] == "RuntimeError"
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "endpoint"
    assert event["transaction"] == "/patients/{name}"
    assert event["tags"]["request_id"] == answer.headers["x-request-id"]
    assert event["contexts"]["response"]["status_code"] == 500
    assert (trace.name, trace.failed) == ("/patients/{name}", True)
    assert {"store visit", f"{__name__}.look_up"} < {step.name for step in trace.steps}
    assert inbox.items("log")
    assert inbox.items("trace_metric")
    line = next(json.loads(line) for line in written.splitlines() if "unhandled error" in line)
    assert line["exception"]["type"] == "RuntimeError"


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
@pytest.mark.parametrize("level", LEVELS)
async def test_nothing_personal_leaves_with_requests_that_reach_no_route(
    start: Start,
    client_for: Client,
    inbox: Inbox,
    flush: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    level: str,
    lifecycle: str,
) -> None:
    values = personal()
    app = start(level=level, sentry_traces_sample_rate=1.0, sentry_trace_lifecycle=lifecycle)
    given = {
        "X-Request-ID": values["email"].replace("@", "-at-"),
        "Authorization": f"Bearer {values['token']}",
    }
    async with client_for(app) as client:
        await client.get(f"/people/{values['name']}", params={"mail": values["email"]}, headers=given)
        await client.post(
            "/probe/price", json={"item": values["note"], "email": values["email"]}, headers=given
        )
        await client.get("/probe/price", params={"item": values["name"], "quantity": values["ssn"]})
        await client.request(values["name"].split()[1].upper(), "/probe/price")
    flush()
    assert len(recorded(inbox, least=4)) == 4
    text = (inbox.raw.decode("utf-8", "replace") + capsys.readouterr().err).lower()
    for kind, value in {**values, "surname": values["name"].split()[1]}.items():
        assert value.lower() not in text, f"{kind} left at {level}"


async def test_standard_keeps_what_is_harmless(
    start: Start, client_for: Client, inbox: Inbox, flush: Callable[[], None]
) -> None:
    app = start(level="standard")

    @app.post("/episodes")
    async def endpoint(body: dict[str, Any]) -> None:
        minutes = body["minutes"]
        raise RuntimeError(f"episode of {minutes} minutes is too long")

    async with client_for(app) as client:
        await client.post(
            "/episodes?page=2", json={"minutes": 94, "title_count": 3, "author": "staff", "password": "x"}
        )
    flush()
    [event] = inbox.events
    assert event["exception"]["values"][-1]["value"] == "episode of 94 minutes is too long"
    assert event["request"]["data"]["minutes"] == 94
    assert event["request"]["data"]["author"] == "staff"
    assert event["request"]["data"]["password"] == "[secret]"
    assert event["request"]["query_string"] == "page=2"
    assert event["exception"]["values"][-1]["stacktrace"]["frames"][-1]["vars"]["minutes"] in (94, "94")


@pytest.mark.parametrize("level", ["gdpr", "hipaa"])
async def test_messages_of_the_code_survive(
    start: Start, client_for: Client, inbox: Inbox, flush: Callable[[], None], level: str
) -> None:
    app = start(level=level)
    slug_of_a_person = f"anneliese-{secrets.token_hex(6)}"

    @app.get("/episodes/{slug}")
    async def endpoint(slug: str) -> None:
        retries = 3
        raise RuntimeError(f"episode {slug} cannot be published, {retries} retries left")

    async with client_for(app) as client:
        await client.get(f"/episodes/{slug_of_a_person}")
    flush()
    [event] = inbox.events
    assert event["exception"]["values"][-1]["value"] == "episode [..] cannot be published, 3 retries left"
    assert slug_of_a_person.encode() not in inbox.raw


@pytest.mark.parametrize("level", ["gdpr", "hipaa"])
def test_another_client_is_noticed(start: Start, inbox: Inbox, level: str) -> None:
    start(level=level)
    assert protection.active.problems() == []
    # Without the integrations that would stay on for the tests that follow.
    sentry_sdk.init(dsn=inbox.dsn, default_integrations=False)
    assert protection.active.problems()
