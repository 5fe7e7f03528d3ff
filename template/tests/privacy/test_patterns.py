"""Patterns wait for the first text, and behave like compiled ones from then on."""

import re

import pytest

from app.observability.privacy.patterns import pattern
from app.observability.privacy.pieces import keep_unless_guessed


def test_a_pattern_is_compiled_when_a_text_first_calls_for_it() -> None:
    broken = pattern("[")
    with pytest.raises(re.error):
        broken.search("a text")


def test_a_pattern_finds_what_a_compiled_one_finds() -> None:
    late = pattern("b+", re.IGNORECASE)
    for _ in range(2):
        assert late.sub("-", "aBbc") == "a-c"
        found = late.search("aBbc")
        assert found is not None
        assert found.span() == (1, 3)


@pytest.mark.parametrize("before", ["", "pin ", "zip: ", "order ", "born in ", "(", "'"])
def test_no_guess_is_about_a_number_of_four_or_five_digits(before: str) -> None:
    for number in (*range(1_000, 1_900, 7), *range(2_100, 100_000, 331)):
        if not str(number).startswith(("19", "20")):
            assert keep_unless_guessed(before, str(number)) == str(number)
