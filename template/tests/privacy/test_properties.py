"""Properties over nested payloads, encodings and keys; hostile input is bounded."""

import base64
import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.observability.privacy import Level, Privacy
from app.observability.privacy.budgets import MESSAGE
from app.observability.privacy.values import Hit, ValueRules
from tests.privacy.corpus import make
from tests.privacy.harness import KEY
from tests.privacy.wordings import KINDS

LEVELS: tuple[Level, ...] = ("standard", "gdpr", "hipaa")
PRIVACY = {level: Privacy(level, service="orders", pseudonym_key=KEY) for level in LEVELS}
SHAPED = [kind.name for kind in KINDS if kind.never_at_standard]

# The values are made by a seeded generator of the corpus, which hypothesis cannot see into.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")

values = st.tuples(st.sampled_from(SHAPED), st.integers(1, 2**32)).map(
    lambda drawn: make(drawn[0], random.Random(drawn[1]))
)
keys = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        inner,
        lambda child: st.lists(child, max_size=4) | st.dictionaries(keys, child, max_size=4),
        max_leaves=12,
    )


def holds(value: Any, needle: str) -> bool:
    return needle in json.dumps(value, ensure_ascii=False)


def bare(value: str) -> str:
    return value.removeprefix("Bearer ")


@quick
@given(
    value=values,
    around=nested(plain),
    depth=st.integers(0, 15),
    key=st.sampled_from(["x", "entry", "payload"]),
)
def test_a_value_is_found_at_any_depth(value: str, around: Any, depth: int, key: str) -> None:
    data: Any = {key: value, "around": around}
    for level in range(depth):
        data = {"deeper": data} if level % 2 else {"list": [data]}
    for privacy in PRIVACY.values():
        assert not holds(privacy.scrub_data(data), bare(value))


@quick
@given(payload=st.dictionaries(keys, nested(plain), max_size=6))
def test_any_payload_is_scrubbed_to_json(payload: dict[str, Any]) -> None:
    for privacy in PRIVACY.values():
        once = privacy.scrub_data(payload)
        assert json.loads(json.dumps(once)) == once
        privacy.explain(
            {
                "extra": payload,
                "tags": payload,
                "contexts": payload,
                "request": payload,
                "exception": payload,
                "breadcrumbs": payload,
                "user": payload,
                "spans": payload,
            }
        )


ENCODINGS: dict[str, Callable[[str], str]] = {
    "percent": lambda value: quote(value, safe=""),
    "percent twice": lambda value: quote(quote(value, safe=""), safe=""),
    "json": lambda value: json.dumps({"a": [value]}),
    "json in json": lambda value: json.dumps({"a": json.dumps({"b": value})}),
    "form": lambda value: f"a=1&b={quote(value, safe='')}",
    "repr": lambda value: repr({"a": value}),
    "sentence": lambda value: f"then we saw {value}, again",
    "wide": lambda value: value.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
    "invisible": lambda value: "\u200b".join(value),
}


@quick
@given(value=values, way=st.sampled_from(sorted(ENCODINGS)))
def test_encodings_do_not_hide_a_value(value: str, way: str) -> None:
    value = bare(value)
    encoded = ENCODINGS[way](value)
    for privacy in PRIVACY.values():
        out = json.dumps(privacy.scrub_data({"entry": encoded}), ensure_ascii=False)
        assert value not in out
        assert encoded not in out, (way, privacy.level)


def test_basic_credentials_are_found() -> None:
    header = "Basic " + base64.b64encode(b"anna:s3cret-pw").decode()
    for privacy in PRIVACY.values():
        assert header[6:] not in json.dumps(privacy.scrub_data({"line": f"sent {header} to them"}))


@quick
@given(value=values)
def test_keys_carry_no_values(value: str) -> None:
    for privacy in PRIVACY.values():
        assert not holds(privacy.scrub_data({bare(value): 1, "deep": {bare(value): [1]}}), bare(value))


HOSTILE = {
    "letters": "a" * 100_000,
    "digits": "1" * 100_000,
    "pairs": "1 " * 50_000,
    "ats": "a@" * 50_000,
    "colons": ":" * 100_000,
    "percent": "%2541" * 20_000,
    "keys": "password=" * 11_000,
    "brackets": "name=(" * 16_000,
    "quotes": "name='\\" * 14_000,
    "json": "[" * 50_000 + "]" * 50_000,
    "forms": "a=b&" * 25_000,
    "words": "born patient password " * 4_700,
    "tokens": "aA1" * 33_000,
    "pem": "-----BEGIN " * 9_000,
    "sql": "select '" + "''" * 50_000,
    "comments": "/**/" * 25_000,
    "urls": "http://a@" * 11_000,
    "wide": "\uff11" * 100_000,
    "multipart": '--a\r\nname="b"\r\n\r\n' * 5_000,
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_strings_are_read_once(name: str, level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-PRV-9: a string of 100 kB costs no more than one that fills the budget of a message.

    Counted are the characters that the value rules get to read; `make bench` of the template has times.
    """
    read = [0]
    scan = ValueRules.scan

    def counted(rules: ValueRules, text: str, hit: Hit | None = None) -> str:
        read[0] += len(text)
        return scan(rules, text, hit)

    monkeypatch.setattr(ValueRules, "scan", counted)
    text = HOSTILE[name]
    for event in (
        {"message": text},
        {"extra": {"value": text}},
        {"extra": {text[:300]: 1}},
        {"request": {"url": text}},
        {"request": {"data": text}},
        {"request": {"query_string": text}},
        {"request": {"headers": {"accept": text}}},
        {"breadcrumbs": {"values": [{"category": "query", "message": text}]}},
        {"spans": [{"op": "http.client", "description": f"GET {text}"}]},
    ):
        read[0] = 0
        PRIVACY[level].explain(event)
        assert read[0] <= 3 * MESSAGE, event.keys()


@pytest.mark.parametrize("level", LEVELS)
def test_wide_and_deep_payloads_end(level: Level) -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = {"a": [deep]}
    wide = {f"k{at}": at for at in range(50_000)}
    out = PRIVACY[level].scrub_data({"deep": deep, "wide": wide})
    assert len(json.dumps(out)) < 400_000
