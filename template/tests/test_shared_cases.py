"""R-PRV-8: one list of cases, which the service and a page in a browser answer alike."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.observability.privacy.allow_list import AllowList
from app.observability.privacy.identity import Pseudonyms
from app.observability.privacy.keys import verdict
from app.observability.privacy.levels import LEVELS, Level
from app.observability.privacy.passes import Pass
from app.observability.privacy.safe_texts import SafeTexts
from app.observability.privacy.scrubber import Scrubber

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "privacy" / "cases.json").read_text(encoding="utf-8")
)


def scrubbed(rules: Scrubber, data: dict[str, Any]) -> Any:
    run = Pass(rules)
    holder: dict[str, Any] = {}
    run.put(holder, "data", run.bag(data))
    run.finish()
    return holder["data"]


READ: dict[str, Callable[[Scrubber, Any], Any]] = {
    "values": lambda rules, text: rules.rules.scan(text),
    "texts": lambda rules, text: Pass(rules).scan(text),
    "urls": lambda rules, text: rules.addresses.url(text),
    "filled": lambda rules, text: rules.rules.scan(text, filled=True),
    "queries": lambda rules, text: rules.addresses.query(text),
    "request_lines": lambda rules, text: rules.addresses.request_line(text),
    "data": scrubbed,
}


@pytest.fixture(scope="module", params=LEVELS)
def rules(request: pytest.FixtureRequest) -> Scrubber:
    level: Level = request.param
    return Scrubber(level, AllowList(), Pseudonyms(b"a key that only the tests know"), SafeTexts())


def test_keys_are_judged_as_the_cases_say() -> None:
    told = {row["input"]: (verdict(row["input"]).answer, verdict(row["input"]).cls) for row in CASES["keys"]}
    assert told == {row["input"]: (row["answer"], row["class"]) for row in CASES["keys"]}


@pytest.mark.parametrize("kind", READ)
def test_each_level_does_what_the_cases_say(rules: Scrubber, kind: str) -> None:
    for row in CASES[kind]:
        expected = row["expected"] if "expected" in row else row[rules.level]
        assert READ[kind](rules, row["input"]) == expected, row["input"]


def test_no_kind_of_case_is_left_out() -> None:
    assert {*READ, "keys", "about"} == set(CASES)
