"""Run the catalogue's value rules over one string.

A rule is tried only when its cheap anchor is in the string: a character, enough digits, a long run of token
characters, or one of its words. What surrounds a match is checked in code, because look-around is not
portable. Time is linear in the length of the string: patterns have bounded repeats and callers bound the
length.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.observability.privacy.catalogue import Catalogue, ValueRule
from app.observability.privacy.checks import CHECKS
from app.observability.privacy.levels import Level
from app.observability.privacy.shapes import UUID

Hit = Callable[[str, str], None]

SHORTEST = 4
_WORDS = re.compile(r"[^\W\d_]{2,}")
_DIGITS = re.compile(r"[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){3}")
_DIGIT = re.compile(r"[0-9]")
_RUN = re.compile(r"[A-Za-z0-9_+/=~.-]{16}")
_STREET_DE = re.compile(
    r"(?:str\.|stra(?:ß|ss)e|weg|gasse|allee|platz|damm|ufer|ring|laan|straat|gracht) [0-9]", re.IGNORECASE
)
_ICD = re.compile(r"[A-TV-Z][0-9][0-9AB]\.[0-9A-Z]")
_PLAIN = re.compile(r"[A-Za-z_./ -]{0,15}")


@dataclass(frozen=True, slots=True)
class _Rule:
    id: str
    regex: re.Pattern[str]
    group: int
    check: Callable[[str], int] | None
    edge: str
    marker: str
    words: frozenset[str]


def _compile(rule: ValueRule, marker: str) -> _Rule:
    if rule.keep:
        marker = rule.keep.replace("@", f"{marker}@")
    return _Rule(
        id=rule.id,
        regex=re.compile(rule.pattern, re.IGNORECASE if "i" in rule.flags else 0),
        group=rule.group,
        check=CHECKS[rule.check] if rule.check else None,
        edge=rule.edge,
        marker=marker,
        words=rule.words,
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
        for rule in known.values:
            if level in rule.levels:
                groups.setdefault(rule.anchor, []).append(_compile(rule, known.markers[rule.cls]))
        self._at = groups.get("@", [])
        self._colon_slashes = groups.get("://", [])
        self._colon = groups.get(":", [])
        self._digits = groups.get("digits", [])
        self._pem = groups.get("-----BEGIN", [])
        self._run = groups.get("eyJ", []) + groups.get("run", [])
        self._street = groups.get("street-de", [])
        self._icd = groups.get("icd", [])
        self._words = groups.get("word", [])
        self._all_words = frozenset(word for rule in self._words for word in rule.words)

    def scan(self, text: str, hit: Hit | None = None) -> str:
        """`text` with every value replaced by the marker of its class; `hit` is told rule and fragment."""
        # One in a hundred request ids has digits in it that would pass for an account or a phone number.
        if len(text) < SHORTEST or UUID.fullmatch(text):
            return text
        worded = " " in text or ":" in text or "=" in text
        if not worded and len(text) < 16 and (_PLAIN.fullmatch(text) or (len(text) < 10 and text.isdigit())):
            return text
        if "-----BEGIN" in text:
            text = self._apply(self._pem, text, hit)
        if len(text) >= 16 and _RUN.search(text):
            text = self._apply(self._run, text, hit)
        if "://" in text and "@" in text:
            text = self._apply(self._colon_slashes, text, hit)
        if "@" in text:
            text = self._apply(self._at, text, hit)
        numbers = _DIGITS.search(text) is not None
        if worded and self._all_words:
            words = set(_WORDS.findall(text.lower()))
            if not words.isdisjoint(self._all_words):
                text = self._apply(
                    (rule for rule in self._words if not words.isdisjoint(rule.words)), text, hit
                )
        if numbers:
            text = self._apply(self._digits, text, hit)
            if ":" in text:
                text = self._apply(self._colon, text, hit)
        elif text.count(":") > 1:
            text = self._apply(self._colon, text, hit)
        if _DIGIT.search(text):
            if " " in text and _STREET_DE.search(text):
                text = self._apply(self._street, text, hit)
            if "." in text and _ICD.search(text):
                text = self._apply(self._icd, text, hit)
        return text

    def scan_source(self, line: str, hit: Hit | None = None) -> str:
        """A source line with literal secrets and addresses removed; numbers and words are code."""
        if len(line) >= 16 and _RUN.search(line):
            line = self._apply(self._run, line, hit)
        if "@" in line:
            line = self._apply(self._colon_slashes, line, hit)
            line = self._apply(self._at, line, hit)
        return line

    def _apply(self, rules: Iterable[_Rule], text: str, hit: Hit | None) -> str:
        for rule in rules:
            text = _replace(rule, text, hit)
        return text


def _replace(rule: _Rule, text: str, hit: Hit | None) -> str:
    """One rule over one string, left to right; a refused match is stepped over by one character at most."""
    parts: list[str] = []
    done = place = 0
    group = rule.group
    while True:
        match = rule.regex.search(text, place)
        if match is None:
            break
        if group and match.start(group) < 0:
            group = 0
        start, end = match.span(group)
        group = rule.group
        size = end - start
        if rule.edge != "none" and not _stands_alone(text, start, end, rule.edge):
            size = 0
        elif rule.check is not None:
            size = rule.check(text[start:end])
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
