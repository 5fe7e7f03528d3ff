"""Run the catalogue's value rules over one string.

A rule is tried only when its cheap anchor is in the string: a character, enough digits, a long run of token
characters, or one of its words. What surrounds a match is checked in code, because look-around is not
portable. Time is linear in the length of the string: patterns have bounded repeats and callers bound the
length.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from app.observability.privacy.catalogue import Catalogue, ValueRule
from app.observability.privacy.checks import CHECKS
from app.observability.privacy.gates import number_gates, token_gates, words_in
from app.observability.privacy.levels import Level
from app.observability.privacy.patterns import pattern
from app.observability.privacy.shapes import UUID

Hit = Callable[[str, str], None]

SHORTEST = 4
_GATED = ("eyJ", "run", "digits", ":", "mac", "postcode", "street-de", "icd")
_DIGITS = pattern(r"[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){3}")
_TOWN = pattern(r"\[address\](?:, )?[A-ZÀ-Ý][^\W\d_]{2,30}(?:-[^\W\d_]{2,30})?")
_PLAIN = pattern(r"[A-Za-z_./ -]{0,15}")


@dataclass(frozen=True)
class _Rule:
    """Patterns are compiled when a text first calls for them: together they are a tenth of a cold start."""

    id: str
    pattern: str
    loose: bool
    group: int
    check: Callable[[str], int] | None
    edge: str
    marker: str
    words: frozenset[str]
    dated: bool

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE if self.loose else 0)

    @cached_property
    def lower(self) -> re.Pattern[str]:
        """Finds in lower-case ASCII text what a loose `regex` finds in any: without a flag it is faster."""
        return re.compile(self.pattern.lower())


def _rule(rule: ValueRule, marker: str) -> _Rule:
    return _Rule(
        id=rule.id,
        pattern=rule.pattern,
        loose="i" in rule.flags,
        group=rule.group,
        check=CHECKS[rule.check] if rule.check else None,
        edge=rule.edge,
        marker=rule.keep.replace("@", f"{marker}@") if rule.keep else marker,
        words=rule.words,
        dated=rule.cls == "date",
    )


def _stands_alone(text: str, start: int, end: int, edge: str) -> bool:
    """Nothing that would make the match a part of something longer touches it."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if before.isalnum() or before == "_" or after.isalnum() or after == "_":
        return False
    if edge == "number":
        if before in ".-" and start > 1 and text[start - 2].isalnum():
            return False
        if after in ".-" and end + 1 < len(text) and text[end + 1].isalnum():
            return False
    return True


class ValueRules:
    """The value rules of one level, grouped by anchor."""

    def __init__(self, level: Level, known: Catalogue) -> None:
        groups: dict[str, list[_Rule]] = {}
        for raw in known.values:
            if level in raw.levels:
                groups.setdefault(raw.anchor, []).append(_rule(raw, known.markers[raw.cls]))
        self._at = groups.get("@", [])
        self._colon_slashes = groups.get("://", [])
        self._pem = groups.get("-----BEGIN", [])
        self._worded = groups.get("word", [])
        self._words: dict[str, tuple[int, ...]] = {}
        for at, rule in enumerate(self._worded):
            for word in rule.words:
                self._words[word] = (*self._words.get(word, ()), at)
        self.named = frozenset(
            word for rule in known.values if rule.named and level in rule.levels for word in rule.words
        )
        self._gated = {rule.id: rule for anchor in _GATED for rule in groups.get(anchor, [])}
        self._numbers = {rule.id for rule in groups.get("digits", [])}

    def scan(self, text: str, hit: Hit | None = None, *, filled: bool = False) -> str:
        """`text` with every value replaced by the marker of its class; `hit` is told rule and fragment.

        `filled`: the words are the code's and only numbers were filled in, so that of the rules with words
        those for dates and ages remain.
        """
        # One in a hundred request ids has digits in it that would pass for an account or a phone number.
        if len(text) < SHORTEST or UUID.fullmatch(text):
            return text
        worded = " " in text or ":" in text or "=" in text or text.lower() in self.named
        if not worded and len(text) < 16 and (_PLAIN.fullmatch(text) or (len(text) < 10 and text.isdigit())):
            return text
        if "-----BEGIN" in text:
            text = self._apply(self._pem, text, hit)
        tokens = token_gates(text)
        if tokens:
            text = self._apply([self._gated[id] for id in tokens], text, hit)
        if "@" in text:
            if "://" in text:
                text = self._apply(self._colon_slashes, text, hit)
            text = self._apply(self._at, text, hit)
        rules = self._called(text) if worded else []
        if filled:
            rules = [rule for rule in rules if rule.dated]
        gates = number_gates(text)
        if gates:
            numbers = _DIGITS.search(text) is not None
            rules += [self._gated[id] for id in gates if numbers or id not in self._numbers]
        text = self._apply(rules, text, hit) if rules else text
        # A town that stands right behind what was found to be an address.
        return _TOWN.sub("[address]", text) if "[address]" in text else text

    def _called(self, text: str) -> list[_Rule]:
        """The rules that one of the words of `text` calls for, in the order of the catalogue."""
        found = words_in(text, self._words.keys())
        if not found:
            return []
        rules = [self._worded[at] for at in sorted({at for word in found for at in self._words[word]})]
        if text.isascii() and text.islower():  # rules that mind the case look for names
            return [rule for rule in rules if rule.loose]
        return rules

    def scan_source(self, line: str, hit: Hit | None = None) -> str:
        """A source line with literal secrets and addresses removed; numbers and words are code."""
        tokens = token_gates(line)
        if tokens:
            line = self._apply([self._gated[id] for id in tokens], line, hit)
        if "@" in line:
            line = self._apply(self._colon_slashes, line, hit)
            line = self._apply(self._at, line, hit)
        return line

    def _apply(self, rules: Iterable[_Rule], text: str, hit: Hit | None) -> str:
        lower = ""
        for rule in rules:
            if not rule.loose or not text.isascii():
                kept = _replace(rule, rule.regex, text, text, hit)
            else:
                lower = lower or text.lower()
                kept = _replace(rule, rule.lower, text, lower, hit)
            if kept is not text:
                text, lower = kept, ""
        return text


def _replace(rule: _Rule, regex: re.Pattern[str], text: str, searched: str, hit: Hit | None) -> str:
    """One rule over one string, left to right; a refused match is stepped over by one character at most.

    `searched` is where `regex` looks: `text`, or `text` in lower case.
    """
    parts: list[str] = []
    done = place = 0
    group = rule.group
    while True:
        match = regex.search(searched, place)
        if match is None:
            break
        if group and match.start(group) < 0:
            group = 0
        start, end = match.span(group)
        group = rule.group
        size = end - start
        if rule.check is not None:
            size = rule.check(text[start:end])
        if size > 0 and rule.edge != "none" and not _stands_alone(text, start, start + size, rule.edge):
            size = 0
        if size <= 0:
            place = end if end > place else place + 1
            continue
        if hit is not None:
            hit(rule.id, text[start : start + size])
        parts.append(text[done:start])
        parts.append(rule.marker)
        done = place = start + size
    if not parts:
        return text
    parts.append(text[done:])
    return "".join(parts)
