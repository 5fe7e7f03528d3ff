"""R-PRV-9: gates make rules cheap, and are never closed where a rule would have found something."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.observability.privacy import values
from app.observability.privacy.catalogue import ValueRule, catalogue
from app.observability.privacy.values import ValueRules

# Without its check a rule finds whatever its pattern matches: checks must not hide a gate that is closed.
# The gates of these two rely on what the check asks for.
CHECKED = ("ipv6", "random-token")
RULES = tuple(rule if rule.id in CHECKED else replace(rule, check="") for rule in catalogue().values)
LOOSE = ValueRules("hipaa", replace(catalogue(), values=RULES))
TOKENS = [rule for rule in RULES if rule.anchor in ("eyJ", "run")]
GATED = ("digits", ":", "mac", "postcode", "street-de", "icd")
NUMBERS = [rule for rule in RULES if rule.anchor in GATED]
MINDING_CASE = [rule for rule in RULES if rule.anchor == "word" and not rule.flags]

# What stands round a value in a sentence, an address, a name of code.
around = st.text(st.sampled_from("aZ15 .:-_/(\n?ßé"), max_size=8)
quick = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def matching(rule: ValueRule, codec: str = "utf-8") -> st.SearchStrategy[str]:
    """Texts with a match of the rule's own pattern in them."""
    pattern = re.compile(rule.pattern, re.IGNORECASE if "i" in rule.flags else 0)
    match = st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec=codec))
    return st.tuples(around, match, around if codec == "utf-8" else st.just(" ")).map("".join)


def open_numbers(text: str) -> list[str]:
    return [rule.id for rule in NUMBERS]


def open_tokens(text: str) -> list[str]:
    """Rules for tokens ask for a run of 16 characters, gate or no gate."""
    run = re.search(r"[A-Za-z0-9_+/=~.-]{16}", text)
    return [rule.id for rule in TOKENS] if run else []


def told(text: str) -> list[str]:
    """Without punctuation: which colon beside a value goes with it depends on who finds it first."""
    return re.findall(r"[\w\[\]]+", text)


@pytest.mark.parametrize("rule", [*TOKENS, *NUMBERS], ids=lambda rule: rule.id)
def test_open_gates_find_nothing_more(rule: ValueRule, monkeypatch: pytest.MonkeyPatch) -> None:
    @quick
    @given(matching(rule))
    def same(text: str) -> None:
        gated = LOOSE.scan(text)
        with monkeypatch.context() as opened:
            opened.setattr(values, "number_gates", open_numbers)
            opened.setattr(values, "token_gates", open_tokens)
            assert told(LOOSE.scan(text)) == told(gated)

    same()


@pytest.mark.parametrize("rule", MINDING_CASE, ids=lambda rule: rule.id)
def test_a_rule_that_minds_the_case_wants_a_capital(rule: ValueRule) -> None:
    """Such rules are left out for texts in small ASCII letters."""

    @quick
    @given(st.from_regex(re.compile(rule.pattern), fullmatch=True))
    def capital(text: str) -> None:
        assert not (text.isascii() and text.islower())

    capital()


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.flags], ids=lambda rule: rule.id)
def test_a_pattern_in_lower_case_finds_the_same_in_lower_case(rule: ValueRule) -> None:
    loose, lower = re.compile(rule.pattern, re.IGNORECASE), re.compile(rule.pattern.lower())

    @quick
    @given(matching(rule, "ascii").filter(str.isascii))
    def same(text: str) -> None:
        found, again = loose.search(text), lower.search(text.lower())
        assert found is not None
        assert again is not None
        assert found.regs == again.regs

    same()
