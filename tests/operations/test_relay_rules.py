"""`ops/relay.py`: Sentry's own Relay takes the rules, removes what the catalogue knows, keeps the rest."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sentry_relay.processing import (
    StoreNormalizer,
    pii_strip_event,
    validate_pii_config,
    validate_pii_selector,
)

from tests.conftest import Render
from tests.rendering import ROOT

CASES = json.loads((ROOT / "template" / "tests" / "privacy" / "cases.json").read_text("utf-8"))
KEY = "0123456789abcdef0123456789abcdef"
RAW = (
    "mail anna.schmidt@mail.example card 4111 1111 1111 1111 ssn 123-45-6789 call +43 660 1234567 "
    "from 10.20.30.40, Dr. Anna Schmidt, mrn 87651234, born 1980-05-04, Bearer abcdef123456789"
)
CLEAN = (
    "mail [email] card [card] ssn [id] call [phone] from [ip], Dr. [person], mrn [id], born [date], "
    "Bearer [secret]"
)
MISSED = 0.1
"""Share of the corpus that may get past Relay: spellings that take judgement, what only looks random."""


@pytest.fixture(scope="module")
def folder(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `ops/relay.py` writes for two projects."""
    target = tmp_path_factory.mktemp("relay")
    script = render(compliance="hipaa") / "ops" / "relay.py"
    dsns = [f"--dsn=https://{KEY}@relay.test/42", f"--dsn=http://{KEY[::-1]}@relay.test/43"]
    upstream = "--upstream=https://o1.ingest.sentry.example/"
    subprocess.run([sys.executable, script, target, upstream, *dsns], check=True)
    return target


@pytest.fixture(scope="module")
def rules(folder: Path) -> dict[str, Any]:
    project: dict[str, Any] = json.loads((folder / "projects" / "42.json").read_text("utf-8"))
    pii_config: dict[str, Any] = project["config"]["piiConfig"]
    return pii_config


def stripped(rules: dict[str, Any], **event: Any) -> dict[str, Any]:
    """The event as Relay hands it on."""
    normal = StoreNormalizer(project_id=1).normalize_event({"event_id": KEY, "platform": "python", **event})
    out: dict[str, Any] = pii_strip_event(rules, normal)
    for added in ("_meta", "timestamp", "received"):  # digits of today may be those of any number
        out.pop(added, None)
    return out


def test_relay_takes_the_configuration(folder: Path, rules: dict[str, Any]) -> None:
    validate_pii_config(json.dumps(rules))  # type: ignore[no-untyped-call]
    for selector, names in rules["applications"].items():
        validate_pii_selector(selector)  # type: ignore[no-untyped-call]
        # Relay says nothing of a rule that does not exist, and scrubs nothing.
        assert set(names) <= set(rules["rules"])
    applied = {name for names in rules["applications"].values() for name in names}
    assert applied == set(rules["rules"])
    second = json.loads((folder / "projects" / "43.json").read_text("utf-8"))
    assert second["publicKeys"] == [{"publicKey": KEY[::-1], "isEnabled": True}]
    assert "upstream: https://o1.ingest.sentry.example/\n" in (folder / "config.yml").read_text("utf-8")


def test_relay_removes_what_got_past_the_service(rules: dict[str, Any]) -> None:
    frame = {"filename": "app/a.py", "function": "f", "vars": {"x": RAW, "patient_name": "Ada"}}
    out = stripped(
        rules,
        logentry={"message": RAW, "formatted": RAW},
        exception={"values": [{"type": "E", "value": RAW, "stacktrace": {"frames": [frame]}}]},
        request={
            "url": "https://service.test/x?email=anna@mail.example",
            "data": {"firstName": "Ada", "about": RAW},
            "headers": [["Authorization", "Basic abcdef"]],
        },
        tags=[["note", RAW]],
        extra={"a": RAW, "diagnosis": "flu"},
        contexts={"business": {"city": "Wien", "a": RAW}},
        breadcrumbs={"values": [{"message": RAW, "data": {"phone": "12"}}]},
        culprit=RAW,
    )
    text = json.dumps(out)
    for value in (
        "anna",
        "4111",
        "45-6789",
        "660",
        "10.20",
        "Schmidt",
        "87651234",
        "1980",
        "abcdef1",
        "Wien",
        "flu",
    ):
        assert value not in text, value
    assert text.count(CLEAN) == 8
    assert out["exception"]["values"][0]["stacktrace"]["frames"][0]["vars"]["patient_name"] == "[person]"


FRAMES = {"frames": [{"function": "f", "vars": {"password": "hunter2", "of": {"password": "hunter2"}}}]}
PLACES: dict[str, dict[str, Any]] = {
    "pairs of a query": {
        "request": {"url": "https://service.test/x", "query_string": "page=2&password=hunter2"}
    },
    "query of an address": {"request": {"url": "https://service.test/x?password=hunter2"}},
    "environment of a request": {"request": {"env": {"password": "hunter2"}}},
    "form": {"request": {"method": "POST", "data": "a=b&password=hunter2"}},
    "data of a user": {"user": {"id": "1", "data": {"password": "hunter2"}}},
    "field of a user": {"user": {"id": "1", "password": "hunter2"}},
    "stack of a thread": {"threads": {"values": [{"id": 1, "stacktrace": FRAMES, "raw_stacktrace": FRAMES}]}},
    "stack of an event": {"stacktrace": FRAMES},
    "stack of an exception": {
        "exception": {"values": [{"type": "E", "stacktrace": FRAMES, "raw_stacktrace": FRAMES}]}
    },
    "mechanism": {
        "exception": {"values": [{"type": "E", "mechanism": {"type": "g", "data": {"password": "hunter2"}}}]}
    },
    "parameters of a line": {"logentry": {"message": "a %s", "params": {"password": "hunter2"}}},
}
"""Where an event can have data under keys."""


@pytest.mark.parametrize("place", PLACES)
def test_relay_finds_keys_wherever_an_event_has_them(rules: dict[str, Any], place: str) -> None:
    out = json.dumps(stripped(rules, **PLACES[place]))
    assert "hunter2" not in out
    assert "[secret]" in out


def test_relay_follows_the_catalogue(rules: dict[str, Any]) -> None:
    cases = [case for case in CASES["keys"] if case["answer"] == "sensitive" and case["class"] != "user"]
    keys = {case["input"] for case in cases}
    out = stripped(rules, extra=dict.fromkeys(keys, "Zweig"))["extra"]
    missed = {key for key in keys if out[key] == "Zweig"}
    assert len(missed) < MISSED * len(keys), missed

    wanted = [case["input"] for case in CASES["values"] if "[" in case.get("expected", case.get("hipaa"))]
    values = dict(zip("abcdefghijklmnopqrstuvwxyz", [wanted[at::26] for at in range(26)], strict=True))
    out = stripped(rules, extra=values)["extra"]
    kept = {value for name, inputs in values.items() for value in inputs if value in out[name]}
    assert len(kept) < MISSED * len(wanted), kept


def test_relay_keeps_what_makes_an_event_useful(rules: dict[str, Any]) -> None:
    kept: dict[str, Any] = {
        "release": "demo-service@1.2.3+7a6deb7d1a8b",
        "transaction": "/orders/{order_id}",
        "tags": [["request_id", KEY], ["component", "api"], ["tenant", "t-17"]],
        "user": {"id": "u-8d969eef6ecad3c29a3a629280e686cf"},
        "contexts": {"trace": {"trace_id": KEY, "span_id": KEY[:16], "op": "http.server"}},
        "extra": {"token_count": 7, "author_count": 3, "order": "order 0f8fad5b-d9cb-469f-a165-70867728950e"},
    }
    out = stripped(rules, **kept)
    assert {name: out[name] for name in ("release", "transaction", "extra")} == {
        name: kept[name] for name in ("release", "transaction", "extra")
    }
    assert out["tags"] == kept["tags"]
    assert out["user"]["id"] == kept["user"]["id"]
    assert out["contexts"]["trace"]["trace_id"] == KEY


def test_a_wrong_dsn_is_told(render: Render, tmp_path: Path) -> None:
    script = render(compliance="hipaa") / "ops" / "relay.py"
    arguments = [
        str(tmp_path),
        "--upstream=https://o1.ingest.sentry.example/",
        "--dsn=https://secret-value/x",
    ]
    done = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "expected https://<key>@<host>/<project number>" in done.stderr
