"""Scrub free text, and remove what was learned: the first half of a pass over one item."""

import json
import re
import unicodedata
from abc import ABC, abstractmethod
from typing import Any

from app.observability.privacy.budgets import MESSAGE, STRING, Budget
from app.observability.privacy.checks import name
from app.observability.privacy.declared import declared
from app.observability.privacy.guesses import leading_sign_in, sign_in_shaped
from app.observability.privacy.keys import verdict
from app.observability.privacy.labels import rewrite_labelled
from app.observability.privacy.learned import Learned
from app.observability.privacy.outlines import outline
from app.observability.privacy.pairs import (
    decoded,
    form_pairs,
    is_form,
    multipart,
    parsed_json,
    rewrite_pairs,
)
from app.observability.privacy.patterns import pattern
from app.observability.privacy.people import without_people
from app.observability.privacy.pieces import guess_words
from app.observability.privacy.scrubber import Scrubber
from app.observability.privacy.shapes import (
    bare_hex,
    leading_name,
    machine_value,
    name_shaped,
    telling_number,
    unquoted,
)
from app.observability.privacy.values import Hit

DENIED = "[..]"
_ZERO_WIDTH = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD))
_URL = pattern(
    r"(?:https?|ftps?|wss?|s3|gs|file)://[^\s\"'<>|\\,;)}\]]{0,2000}[^\s\"'<>|\\,;)}\].:!?]", re.IGNORECASE
)
_NESTED_STRINGS = 3
# `Key (email)=(..) already exists`: PostgreSQL shows the row that was in the way.
_OF_ROW = pattern(r"(?<=\)=\()(?:[^()]|\([^()]{0,200}\)){1,2000}")
_PATH = pattern(r"(?<![\w:/.<>{}])/(?:[^\s/?&=:'\"<>(){},;|]{1,80}/){1,20}[^\s/?&=:'\"<>(){},;|]{0,80}")


class TextPass(ABC):
    """State of the scrubbing of one item, and its texts. Not shared between threads."""

    __slots__ = ("_nested", "budget", "hit", "learned", "memo", "rules", "slots")

    def __init__(self, rules: Scrubber, hit: Hit | None = None) -> None:
        self.rules = rules
        self.learned = Learned()
        self.budget = Budget()
        self.hit = hit
        self.slots: list[tuple[Any, Any]] = []
        self.memo: dict[tuple[str, bool, str], Any] = {}
        self._nested = 0

    @abstractmethod
    def bag(self, value: Any, people: bool = False, key: str = "", depth: int = 0) -> Any:
        """Any JSON value, scrubbed; `people`: data that people typed."""

    @abstractmethod
    def leaf(self, key: str, value: Any, people: bool = False) -> Any:
        """One value under one key, scrubbed."""

    @abstractmethod
    def key(self, name: str) -> str:
        """A key, which may carry data as well."""

    @abstractmethod
    def number(self, key: str, value: int | float) -> Any:
        """A number under a key."""

    def text(self, value: Any, limit: int = MESSAGE) -> Any:
        """Free text of a sink of its own: at gdpr and hipaa only what the hooks found to be safe."""
        if not isinstance(value, str):
            return (
                self.number("", value)
                if isinstance(value, (int, float))
                else None
                if value is None
                else DENIED
            )
        if value in self.rules.safe:
            return self.safe_text(value) if self.rules.strict else value
        if self.rules.strict:
            return (
                value
                if machine_value(value) and not bare_hex(value) and not telling_number(value)
                else self._deny("unknown-text", value)
            )
        clean, shape = self.rules.clean_texts, outline(value)
        if shape and hash(shape) in clean:
            return value
        cleaned = self.guessed_words(self.scan(value, limit))
        if shape and cleaned == value:
            clean.keep(shape)
        return cleaned

    def guessed_words(self, value: str) -> str:
        """Standard: scanned text without words and numbers that look personal."""
        named = without_people(value, self._cover_person)
        kept = guess_words(named)
        if self.hit is not None and kept != named:
            self.hit("guess:words", named)
        return kept

    def _cover_person(self, name: str) -> str:
        return self.cover(name, "person", "guess:name")

    def safe_text(self, value: str) -> str:
        """What the hooks found safe: value rules run over what was filled in, rules for secrets over all."""
        if self.rules.safe.constant(value):
            return self.rules.source_line(value, len(value))
        clean, shape = self.rules.clean_filled, outline(value)
        if shape and hash(shape) in clean:
            return value
        cleaned = self.rules.rules.scan(value, self.hit, filled=True)
        if shape and cleaned == value:
            clean.keep(shape)
        return cleaned

    def plain_scan(self, value: str) -> str:
        """Value rules alone, over text that is known to be a machine's."""
        clean = self.rules.clean_plain
        if hash(value) in clean:
            return value
        cleaned = self.rules.rules.scan(value, self.hit)
        return clean.keep(value) if cleaned == value else cleaned

    def scan(self, value: str, limit: int = STRING) -> str:
        """Value rules over text at any level, through encodings and embedded structure; budgets applied."""
        clean = self.rules.clean
        if hash(value) in clean:
            return value
        size = len(value)
        if size < 4:
            return value
        shape = outline(value)
        if shape and hash(shape) in clean:
            return value
        whole = value
        if size > limit or size > self.budget.text:
            value = self.budget.clip(value, limit)
        else:
            self.budget.text -= size
        if "&" in value and is_form(value):
            return self._form(value)
        plain = decoded(value) if "%" in value else value
        if not plain.isascii():
            plain = unicodedata.normalize("NFKC", plain).translate(_ZERO_WIDTH)
        cleaned = self._scan_plain(plain)
        if cleaned == plain:
            cleaned = value
        if cleaned == whole and not self._nested:
            clean.keep(shape or whole)
            return whole
        return cleaned

    def _scan_plain(self, value: str) -> str:
        colon = ":" in value
        if self._nested < _NESTED_STRINGS and (colon or value[:1] == "["):
            parsed = parsed_json(value)
            if parsed is not None:
                self._nested += 1
                cleaned = self.bag(parsed, people=True)
                self._nested -= 1
                return value if cleaned == parsed else json.dumps(cleaned, ensure_ascii=False)
        if ")=(" in value:
            value = _OF_ROW.sub(DENIED, value)
        if not self.rules.strict and value.count("/") > 1:
            value = _PATH.sub(lambda match: self.rules.addresses.path(match.group()), value)
        if "://" in value:
            value = _URL.sub(lambda match: self.rules.addresses.foreign(match.group()), value)
        if "=" in value:
            if is_form(value):
                return self._form(value)
            if 'name="' in value:
                parts = multipart(value, self._form_value)
                if parts is not None:
                    return parts
        if colon or "=" in value:
            value = rewrite_pairs(value, self.pair, self.interest)
        value = rewrite_labelled(value, self.pair, self.interest)
        return self.rules.rules.scan(value, self.hit)

    def _form(self, value: str) -> str:
        rows = [(name, self._form_value(name, text)) for name, text in form_pairs(value)]
        return "&".join(f"{self.key(name)}={text}" for name, text in rows)

    def _form_value(self, name: str, text: str) -> str:
        return str(self.leaf(name, text, people=True))

    @staticmethod
    def interest(key: str) -> tuple[str, bool]:
        """Class of what stands behind this key, and whether that is certain."""
        found = verdict(key)
        return found.cls, found.answer == "sensitive"

    def pair(self, key: str, value: str) -> str | None:
        """Judge of `key=value` inside a text: the marker, or None to leave the pair."""
        found = verdict(key)
        bare = value.strip().strip("\\").strip("'\"")
        if not bare or bare.lower() in ("none", "null", "true", "false", "***", "?", "..."):
            return None
        if bare[0] == "[" and bare[-1] == "]" and bare in self.rules.markers.values():
            return value
        quoted = value.lstrip("\\")[:1] in ("'", '"')
        personal = personal_name(bare) if quoted else name_shaped(bare)
        if found.answer == "name" and not personal and not sign_in_shaped(bare):
            named = "" if quoted else leading_name(value) or leading_sign_in(value)
            if not named or not name(named):
                return None
            return self.cover(named, found.cls, "key:person") + value[len(named) :]
        if found.cls == "user" and not self.rules.strict:
            return None
        quote = value[0] if value[:1] in ("'", '"') else ""
        return quote + self.cover(bare, found.cls, f"key:{found.cls}") + quote

    def cover(self, value: Any, cls: str, rule: str) -> str:
        """The marker of `cls` in place of `value`, which is learned; user ids become pseudonyms."""
        text = value if isinstance(value, str) else str(value)
        place = (text, True, cls)
        marker: str | None = self.memo.get(place)
        if marker is None:
            marker = self.memo[place] = self._cover_anew(unquoted(text), cls, rule)
        return marker

    def _cover_anew(self, text: str, cls: str, rule: str) -> str:
        if cls == "user":
            if text.startswith("u-") and self.rules.pseudonyms.made(text):
                return text
            marker = self.rules.pseudonyms.of(text)
        else:
            marker = self.rules.markers[cls]
        if text != marker:
            if self.hit is not None:
                self.hit(rule, text)
            self.learned.teach(text, marker, parts=cls == "person")
        return marker

    def _deny(self, rule: str, value: str, marker: str = DENIED) -> str:
        if self.hit is not None:
            self.hit(rule, value)
        return marker

    def put(self, container: Any, key: Any, value: Any) -> None:
        """Store a scrubbed value and remember the place for `finish`."""
        container[key] = value
        self.slots.append((container, key))

    def finish(self) -> None:
        """Remove learned and declared values from every place that `put` filled."""
        known = declared()
        if known is not None:
            self.learned.merge(known)
        if not len(self.learned) or not self.learned.narrow([box[key] for box, key in self.slots]):
            return
        for container, key in self.slots:
            container[key] = self.unlearn(container[key])

    def unlearn(self, value: Any) -> Any:
        """`value` without anything that was learned, in keys and in values."""
        if value.__class__ is str:
            place = (value, False, "unlearn")
            known = self.memo.get(place)
            if known is None:
                known = self.memo[place] = self.learned.remove(value) if len(value) > 1 else value
                if self.hit is not None and known != value:
                    self.hit("learned", value)
            return known
        if isinstance(value, dict):
            shared = ("", False, f"shared:{id(value)}")
            if shared not in self.memo:
                self.memo[shared] = {self.unlearn(key): self.unlearn(item) for key, item in value.items()}
            return self.memo[shared]
        if isinstance(value, list):
            return [self.unlearn(item) for item in value]
        if isinstance(value, (int, float)) and not isinstance(value, bool) and self.learned.number(value):
            return DENIED
        return value


def personal_name(text: str) -> bool:
    """Under a key that expects a person: capitalised words, or plain words with a space."""
    if name_shaped(text):
        return True
    return " " in text and len(text) <= 80 and all(char.isalpha() or char in " .,'’-" for char in text)
