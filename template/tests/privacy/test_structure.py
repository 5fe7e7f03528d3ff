"""What decides is where a value stands and how it is built, at every level, whatever words are round it."""

import json
from typing import Any

import pytest
from sentry_sdk.envelope import Envelope, Item, PayloadRef

from app.observability.privacy import Level, Privacy
from app.observability.privacy.catalogue import catalogue
from app.observability.privacy.statements import sql
from app.observability.privacy.values import ValueRules
from tests.privacy.harness import KEY, Bench

STRICT: tuple[Level, ...] = ("gdpr", "hipaa")
LEVELS: tuple[Level, ...] = ("standard", *STRICT)
ENGINES = {level: Privacy(level, service="orders", pseudonym_key=KEY) for level in LEVELS}


def behind(level: Level, event: dict[str, Any], kind: str = "event") -> dict[str, Any]:
    return ENGINES[level].explain(event, kind).after


def thrown(action: Any) -> BaseException:
    try:
        action()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


# R-PRV-4: fields of the protocol
@pytest.mark.parametrize("level", STRICT)
def test_fields_of_the_protocol_hold_what_the_protocol_says(level: Level) -> None:
    odd = "431-27-9876"
    event = {
        "platform": odd,
        "release": odd,
        "environment": "Zaragoza",
        "dist": odd,
        "transaction_info": {"source": odd},
        "measurements": {"beds": {"value": 431279876, "unit": odd}},
        "spans": [{"op": "Zaragoza", "status": odd, "origin": odd, "span_id": "00f067aa0ba902b7"}],
        "contexts": {"runtime": {"name": odd}, "os": {"version": odd}, "trace": {"status": odd, "op": odd}},
        "exception": {"values": [{"type": "E", "mechanism": {"type": odd, "handled": False}}]},
    }
    said = json.dumps(behind(level, event))
    assert odd not in said
    assert "431279876" not in said
    assert "Zaragoza" not in said
    assert "00f067aa0ba902b7" in said
    monitor = {"monitor_slug": "nightly", "status": odd, "monitor_config": {"owner": odd, "timezone": odd}}
    assert odd not in json.dumps(behind(level, monitor, "check_in"))


@pytest.mark.parametrize("level", LEVELS)
def test_release_and_environment_are_the_clients_own(level: Level) -> None:
    with Bench(level) as bench:
        header = bench.privacy.transport.door.headers(
            {"trace": {"trace_id": "a" * 32, "release": "PT-431279", "environment": "Leilani Takahashi"}}
        )
    assert header["trace"] == {"trace_id": "a" * 32, "release": "orders@1.2.3", "environment": "test"}


# R-PRV-2: names are written in code; what stands in their place and is none does not leave
@pytest.mark.parametrize("level", STRICT)
def test_what_is_no_name_leaves_from_no_place_for_names(level: Level) -> None:
    account, token = "oluwaseun.hrubesch33", "tj3lsklnd0drfvblfk743sho"
    event = {
        "contexts": {
            account: {"n": 1},
            "flags": {"values": [{"flag": "beta-102", "result": True}]},
            "os": {"version": "172.27.172.27"},
        },
        "measurements": {account: {"value": 1.0}},
        "exception": {"values": [{"type": "Refused", "module": "S462615260977"}]},
        "spans": [{"data": {"db.name": account, "sentry.op": "96", "server.address": "WHWs3vPGPQTy1jd"}}],
    }
    metric = {"items": [{"name": "wait.olanzapine", "value": 1}, {"name": account, "value": 1}]}
    said = json.dumps(
        [
            behind(level, event),
            behind(level, metric, "trace_metric"),
            behind(level, {"monitor_slug": f"nightly-{token}", "status": "ok"}, "check_in"),
            behind(level, {"monitor_slug": "nightly-4108-0516-6043-6516", "status": "ok"}, "check_in"),
        ]
    )
    for value in (account, token, "beta-102", "172.27", "S46261", '"96"', "WHWs3", "olanzapine", "0516"):
        assert value not in said
    assert "Refused" in said


# R-PRV-4: keys that are harmless or open
@pytest.mark.parametrize("level", STRICT)
def test_open_keys_take_words_of_machines_alone(level: Level) -> None:
    personal = {
        "tenant": "leilani.takahashi",
        "version": "431279876",
        "role": "schizophrenia",
        "flag": "beta-641-72-2914",
        "queue": "VYX-3002",
        "variant": "beta-19490726",
        "item1": "625b7ee6cd788c68c8e9ccb83f6b6203ab556a5c",
        "patient_key": 431279876,
        "diagnosis_code": "Z21",
        "feature": "metastatic breast cancer",
    }
    said = json.dumps(ENGINES[level].scrub_data(personal))
    assert not [value for value in personal.values() if str(value) in said]


@pytest.mark.parametrize("level", STRICT)
def test_words_of_machines_stay_under_technical_keys(level: Level) -> None:
    kept = {
        "status": "in_transit",
        "table": "orders",
        "topic": "orders.v1",
        "content_type": "application/json",
        "locale": "de-DE",
        "task_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "uptime_s": 86400,
        "step": "capture",
    }
    assert ENGINES[level].scrub_data(kept) == kept


def test_a_key_that_the_service_allows_takes_one_word() -> None:
    with Bench("hipaa") as bench:
        said = bench.privacy.scrub_data({"author": "metastatic breast cancer", "order_ref": "X-2024-17"})
    assert said == {"author": "[..]", "order_ref": "X-2024-17"}


def test_query_names_are_looked_at() -> None:
    query = "DE16570312345613179731=1&page=2&takahashi=3"
    assert (
        behind("gdpr", {"request": {"query_string": query}})["request"]["query_string"] == "[..]&page=2&[..]"
    )


@pytest.mark.parametrize("level", LEVELS)
def test_methods_are_a_closed_set(level: Level) -> None:
    assert behind(level, {"request": {"method": "TAKAHASHI"}})["request"]["method"] == "_OTHER"


# R-PRV-5: names in messages of Python's own
@pytest.mark.parametrize("level", LEVELS)
def test_identifiers_in_messages_must_be_in_the_code(level: Level) -> None:
    name = "".join(("tak", "ahashi"))
    told = ENGINES[level].exception_text
    assert name not in told(thrown(lambda: getattr(object(), name)))
    assert name not in told(thrown(lambda: __import__(name)))
    assert name not in told(thrown(lambda: thrown(**{name: 1})))
    assert told(thrown(lambda: object().total)) == "'object' object has no attribute 'total'"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("statement", "masked"),
    [
        ('SELECT id FROM people WHERE name = "Takahashi"', "SELECT id FROM people WHERE name = ?"),
        ("CALL book(leilani takahashi)", "CALL book(? ?)"),
        ("CALL book(postgres+asyncpg://app:LF3NnOxc@db/x, 2)", "CALL book(?, ?)"),
        (
            "SELECT a::text FROM t WHERE b = redis://:LF3NnOxc@db AND c = :c",
            "SELECT a::text FROM t WHERE b = ? AND c = :c",
        ),
        ("CALL book(app:LF3NnOxc@db)", "CALL book(??@?)"),
        ("INSERT INTO people (id, name) VALUES (takahashi)", "INSERT INTO people (id, name) VALUES (?)"),
        ('INSERT INTO "people" ("id") VALUES (%s)', 'INSERT INTO "people" ("id") VALUES (%s)'),
        ("SELECT count(*) FROM jobs WHERE a IN (anna, ?)", "SELECT count(*) FROM jobs WHERE a IN (?, ?)"),
        ('SELECT lower("p"."name") FROM p', 'SELECT lower("p"."name") FROM p'),
    ],
)
def test_words_in_the_place_of_values_are_values(statement: str, masked: str) -> None:
    assert sql(statement) == masked


# R-PRV-7: sentences of the code
def constant() -> str:
    return "diagnosis code must not be empty"


@pytest.mark.parametrize("level", LEVELS)
def test_sentences_of_the_code_are_left_alone(level: Level) -> None:
    def fails() -> None:
        raise ValueError("diagnosis code must not be empty")

    assert ENGINES[level].exception_text(thrown(fails)) == constant()


# Texts that were looked at in one way are not known in another.
def test_what_is_clean_for_one_question_is_not_for_the_next() -> None:
    privacy = Privacy("standard", service="orders", pseudonym_key=KEY)
    row = '{"dob": "9 Mar 61", "n": 1}'
    door = privacy.transport.door
    attached = Item(headers={"type": "attachment"}, payload=PayloadRef(bytes=row.encode() + b"\n"))
    door.envelope(Envelope(items=[attached]), lambda item: None)
    assert "9 Mar 61" not in json.dumps(privacy.scrub_data({"payload": row}))
    table = Item(headers={"type": "attachment"}, payload=PayloadRef(bytes=b"licence number,n\nS39049,3\n"))
    cleaned = door.envelope(Envelope(items=[table]), lambda item: None)
    assert cleaned is not None
    assert b"S39049" not in cleaned.items[0].get_bytes()


# standard: structure round a value
@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ([["b'x-ssn'", "b'045464479'"]], "045464479"),
        ([{"name": "ssn", "value": "045464479"}], "045464479"),
        ('b\'{"password": "Harbor2528"}\'', "Harbor2528"),
        (
            "b'--b\\r\\nContent-Disposition: form-data; name=\"passcode\"\\r\\n\\r\\nHarbor25\\r\\n--b--'",
            "Harbor25",
        ),
        ("ValueError('no entry', 'quokkaNebula51')", "quokkaNebula51"),
        ("https://example.org/people/leilani-takahashi/cv.pdf", "takahashi"),
        ("iban: CH95 0305 1624 0000 1234 5", "1624"),
        ("auth_header=ApiKey q8Zr2LmT0pWx", "q8Zr2LmT0pWx"),
        ("address: 33, Prinsengracht, Oudewater", "Oudewater"),
        ("comment=er sagt, dass es weh tut", "weh tut"),
        ("POINT(-4.877392 54.708144)", "54.708144"),
        ("izqBbDu7vf4r", "izqBbDu7vf4r"),
        ("5YJ10XANMVC184224", "5YJ10XANMVC184224"),
        ("25 March 1977", "March"),
        ("chart_number 399-16-687", "399-16-687"),
    ],
)
def test_standard_sees_the_structure_round_a_value(value: Any, secret: str) -> None:
    frame = {"in_app": True, "vars": {"error": value, "got": value}}
    event = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [frame]}}]}}
    cleaned = behind("standard", event)["exception"]["values"][0]["stacktrace"]["frames"][0]["vars"]
    assert secret not in json.dumps(cleaned["got"])
    if "Error" in str(value):
        assert secret not in json.dumps(cleaned["error"])


@pytest.mark.parametrize(
    "value",
    [
        "ValueError",
        "api-7f9c8d-x2x4q",
        "order-2024-00017",
        "sha256",
        "2024-03-04",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ],
)
def test_standard_keeps_what_machines_write(value: str) -> None:
    assert ENGINES["standard"].scrub_data({"body": {"got": value}}) == {"body": {"got": value}}


def test_ids_of_requests_are_no_account_numbers() -> None:
    rules = ValueRules("hipaa", catalogue())
    for text in ("de9567edae499e867e0f27f0309ccbb2", "de9567ed-ae49-9e86-7e0f-27f0309ccbb2"):
        assert rules.scan(text) == text


@pytest.mark.parametrize("level", LEVELS)
def test_a_value_that_stays_under_one_key_goes_under_another(level: Level) -> None:
    said = ENGINES[level].scrub_data({"job_id": "batch-17", "task": "batch-17"})
    assert said["job_id"] == "batch-17"
    assert ENGINES[level].scrub_data({"password": "batch-17"}) == {"password": "[secret]"}


@pytest.mark.parametrize("level", STRICT)
def test_a_word_under_a_key_of_the_sdk_is_no_word_under_others(level: Level) -> None:
    assert ENGINES[level].scrub_data({"db.name": "leilani", "tenant": "leilani"})["tenant"] == "[..]"
    zones = {"timezone": "Europe/Berlin", "tenant": "Europe/Berlin"}
    assert ENGINES[level].scrub_data(zones)["tenant"] == "[..]"
