"""What is remembered of one text counts for all texts of its outline: short numbers and ids tell nothing."""

import re
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.observability.privacy.allow_list import AllowList
from app.observability.privacy.identity import Pseudonyms
from app.observability.privacy.levels import LEVELS, Level
from app.observability.privacy.outlines import outline
from app.observability.privacy.passes import Pass
from app.observability.privacy.safe_texts import SafeTexts
from app.observability.privacy.scrubber import Scrubber

SIGNS = list(" .:-_/(),=&'\"\n#+")
WORDS = [
    "born",
    "aged",
    "call",
    "card",
    "order",
    "pin",
    "room",
    "row",
    "ssn",
    "St",
    "took",
    "years old",
    "zip",
]
IDS = ["4b825dc6-42cb-4eb9-a060-e54bf8d69288", "ord_1f3ab", "0x7f3a0c21d4e0"]
texts = st.lists(
    st.sampled_from([*SIGNS, *WORDS, *IDS, "v", "E"]) | st.integers(0, 9_999).map(str), min_size=1, max_size=9
).map("".join)


def scrubber(level: Level) -> Scrubber:
    return Scrubber(level, AllowList(), Pseudonyms(b"a key that only the tests know"), SafeTexts())


def another(text: str, digits: list[int], number: uuid.UUID) -> str:
    """A text with other digits and ids, in the same places."""
    others = iter(digits)
    parts = re.split(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|ord_[0-9a-f]{5}|0x[0-9a-f]{12})", text)
    parts[::2] = [re.sub("[0-9]", lambda _: str(next(others)), part) for part in parts[::2]]
    ids = {IDS[0]: str(number), IDS[1]: f"ord_{number.hex[:5]}", IDS[2]: f"0x{number.hex[:12]}"}
    return "".join(ids.get(part, part) for part in parts)


def kept(level: Level, text: str) -> list[bool]:
    """Does the text stay as it is, wherever texts are remembered by their outlines?"""
    rules = scrubber(level)
    if rules.strict:
        return [rules.rules.scan(text, filled=True) == text]
    run = Pass(rules)
    return [*(run.leaf("word", text, people) == text for people in (False, True)), run.scan(text) == text]


@pytest.mark.parametrize("level", LEVELS)
def test_texts_of_one_outline_are_judged_alike(level: Level) -> None:
    @settings(max_examples=300, deadline=None)
    @given(texts, st.lists(st.integers(0, 9), min_size=60, max_size=60), st.uuids())
    def alike(text: str, digits: list[int], number: uuid.UUID) -> None:
        other = another(text, digits, number)
        if not outline(text) or outline(text) != outline(other):
            return
        found = [kept(level, value) for value in (text, other)]
        assert found[0] == found[1], (text, other)

    alike()


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111",
        "born 1980",
        "3 March 1980",
        "10.0.0.1",
        "E11.9",
        "VYX-3002a",
        "zip 62704",
        "2026-11-22",
        "ab1",
    ],
)
def test_what_digits_may_tell_has_no_outline(text: str) -> None:
    assert outline(text) == ""


def test_a_list_of_known_texts_keeps_what_is_not_known_to_be_clean() -> None:
    run = Pass(scrubber("standard"))
    rows = [f"row {number} took {number} ms" for number in range(20)]
    assert run.bag({"rows": rows}) == {"rows": rows}
    assert run.bag({"rows": [*rows, "card 4111 1111 1111 1111"]})["rows"][-1] == "card [card]"
