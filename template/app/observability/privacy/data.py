"""Scrub nested data: the key is asked first, the value second."""

import re
import sys
from abc import abstractmethod
from typing import Any

from app.observability.privacy.budgets import CUT, DEPTH
from app.observability.privacy.guesses import exception_repr, guess, opaque_user_id, shown_object
from app.observability.privacy.keys import verdict
from app.observability.privacy.literals import literal, pairs, row_name, sensitive_key
from app.observability.privacy.outlines import all_known, outline
from app.observability.privacy.pieces import guess_quoted, guess_words
from app.observability.privacy.safe_texts import CODE_WORDS
from app.observability.privacy.scrubber import KeyFacts
from app.observability.privacy.shapes import (
    bare_hex,
    business_id,
    known_words,
    machine_value,
    machine_word,
    name_shaped,
    release,
    short_id,
    telling_number,
    time_zones,
    unquoted,
)
from app.observability.privacy.texts import DENIED, TextPass, personal_name

# Most variables are a short number or one plain word, in which neither a rule nor a guess finds anything.
_PATH = re.compile(r"(?:/[^/ \t\r\n?&=:]{1,80}){2,20}")
_FEW = 3
_STATEMENTS = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE"))
_MOST_DIGITS = 4
_ZONED = frozenset(("timezone", "tz", "zone"))
_PLACES = {answer: f"guess:{answer}" for answer in ("sensitive", "name", "harmless", "unknown", "id")}
_EASY = re.compile(r"-?[0-9]{1,5}(?:\.[0-9]{1,3})?|True|False|None|'?[a-z_]{1,15}'?")


class DataPass(TextPass):
    """Bags of keys and values; what a key or a value cannot tell is denied (gdpr, hipaa) or guessed
    (standard).
    """

    __slots__ = ()

    @abstractmethod
    def attribute(self, kind: str, key: str, value: str) -> Any:
        """A value whose key says how it is read."""

    @abstractmethod
    def headers(self, value: Any) -> dict[str, Any]:
        """Headers by allow-list."""

    @abstractmethod
    def header(self, name: str, value: Any) -> str | None:
        """The value of one allowed header, or None."""

    def bag(self, value: Any, people: bool = False, key: str = "", depth: int = 0) -> Any:
        """Any JSON value. `people`: data that people typed (bodies, variables, arguments)."""
        budget = self.budget
        budget.nodes -= 1
        if budget.nodes < 0 or depth > DEPTH:
            return CUT
        if isinstance(value, dict):
            out: dict[str, Any] = {}
            known = self.rules.key_facts
            named = row_name(value) if "value" in value else ""
            for name, item in value.items():
                facts = known.get(name) or self._facts(name)
                kind = item.__class__
                if kind is str:
                    skip = hash(item) in facts.clean[people]
                    out[facts.kept] = item if skip else self._leaf(facts, name, item, people)
                elif item is None or kind is bool:
                    out[facts.kept] = item
                elif isinstance(item, (dict, list)):
                    out[facts.kept] = self._container(facts, name, item, people, depth)
                else:
                    out[facts.kept] = self._scalar(facts, item)
                budget.nodes -= 1
                if budget.nodes < 0:
                    break
            if named and "value" in out:
                out["value"] = self.entry(named, value["value"], people)[1]
            return out
        if isinstance(value, list):
            return self._list(value, people, key, depth)
        return self.leaf(key, value, people)

    def _list(self, value: list[Any], people: bool, key: str, depth: int) -> list[Any]:
        if len(value) == 2 and value[0].__class__ is str:
            name = literal(value[0])
            # A pair of key and value, as in raw headers.
            if sensitive_key(name):
                return [value[0], self.entry(name, value[1], people)[1]]
        facts = self.rules.key_facts.get(key) or self._facts(key)
        clean = facts.clean[people]
        if _FEW < len(value) < self.budget.nodes and clean and all_known(value, clean, self.budget.text):
            self.budget.nodes -= len(value)
            return value
        out: list[Any] = []
        for item in value[: max(0, self.budget.nodes) + 1]:
            if item.__class__ is str:
                self.budget.nodes -= 1
                skip = hash(item) in clean
                out.append(item if skip else self._leaf(facts, key, item, people))
            else:
                out.append(self.bag(item, people, key, depth + 1))
        return out

    def entry(self, name: str, value: Any, people: bool = False) -> tuple[str, Any]:
        """One attribute of a log, metric or span: its key as kept, and its value."""
        facts = self.rules.key_facts.get(name) or self._facts(name)
        if value.__class__ is str:
            skip = hash(value) in facts.clean[people]
            return facts.kept, value if skip else self._leaf(facts, name, value, people)
        if isinstance(value, (dict, list)):
            return facts.kept, self._container(facts, name, value, people, 0)
        return facts.kept, self._scalar(facts, value)

    def _facts(self, name: Any) -> KeyFacts:
        name = name if isinstance(name, str) else str(name)
        return self.rules.facts(name, self._kept_key(name))

    def _container(self, facts: KeyFacts, name: str, item: Any, people: bool, depth: int) -> Any:
        if facts.found.answer == "sensitive":
            return self._covered(item, facts.found.cls, depth + 1)
        if facts.headers and (isinstance(item, dict) or pairs(item)):
            return self.headers(item)
        return self.bag(item, people or facts.people, name, depth + 1)

    def _covered(self, value: Any, cls: str, depth: int) -> Any:
        """Everything below a sensitive key: keys stay, values go and are learned."""
        self.budget.nodes -= 1
        if self.budget.nodes < 0 or depth > 20:
            return CUT
        if isinstance(value, dict):
            return {
                self.key(str(name)): self._covered(item, verdict(str(name)).cls or cls, depth + 1)
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self._covered(item, cls, depth + 1) for item in value[:100]]
        if value is None or isinstance(value, bool) or value == "":
            return value
        return self.cover(value, cls, f"key:{cls}")

    def key(self, name: str) -> str:
        """A key may carry data as well: only identifiers stay at gdpr and hipaa, values never."""
        facts = self.rules.key_facts.get(name)
        return facts.kept if facts is not None else self._facts(name).kept

    def _kept_key(self, name: str) -> str:
        capital = self.rules.strict and name.istitle() and name.isalpha()
        if sum(map(str.isdigit, name)) > _MOST_DIGITS:
            return self._deny("unknown-key", name)
        if name.isascii() and name.isidentifier() and len(name) <= 80 and not capital:
            return self.rules.rules.scan(name, self.hit)
        if self.rules.strict:
            plain = (len(name) <= 80 and machine_word(name) and not capital) or (
                verdict(name).answer != "unknown" and len(name) <= 40 and not name_shaped(name)
            )
            return self.rules.rules.scan(name, self.hit) if plain else self._deny("unknown-key", name)
        cleaned = self.rules.rules.scan(name[:200], self.hit)
        return self._deny("guess-name", name) if " " in cleaned and name_shaped(cleaned) else cleaned

    def leaf(self, key: str, value: Any, people: bool = False) -> Any:
        """One value under one key."""
        facts = self.rules.key_facts.get(key) or self._facts(key)
        if isinstance(value, str):
            return self._leaf(facts, key, value, people)
        return self._scalar(facts, value)

    def _scalar(self, facts: KeyFacts, value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        return self._number(facts, value) if isinstance(value, (int, float)) else DENIED

    def _leaf(self, facts: KeyFacts, key: str, value: str, people: bool) -> Any:
        """A string under a key: by grammar, by sensitive key, by default deny or by guess, in this order."""
        if not value:
            return value
        if facts.special:
            bare = unquoted(value)
            cleaned = self.attribute(facts.special, key, bare)
            return cleaned if bare is value else repr(cleaned)
        found = facts.found
        if found.answer == "sensitive":
            if facts.allowed:
                return self.scan(value)
            if found.cls != "user" or self.rules.strict:
                return self._covered(value, found.cls, 0)
            return self._opaque(value)
        if facts.header:
            return self.header(facts.header, value)
        if self.rules.addresses.trusted(value):
            return value  # the name of a task or operation, written in code
        if self.rules.strict:
            return self._known_or_denied(facts, value)
        return self._guessed(facts, value, people)

    def _opaque(self, value: str) -> str:
        """A user id at standard: kept when it looks like one (digits, UUID, `usr_17`), else a pseudonym."""
        bare = unquoted(value)
        plain = machine_value(bare) or opaque_user_id(bare)
        return value if plain and self.rules.rules.scan(bare) == bare else self.rules.pseudonyms.of(bare)

    def _known_or_denied(self, facts: KeyFacts, value: str) -> str:
        """Default deny: shapes that cannot be a word, constants of the code, the service's allow-list."""
        rules = self.rules
        if value in facts.words:
            return value
        if value in rules.safe:
            return self.safe_text(value)
        if " " in value and not ("0" <= value[0] <= "9"):
            return self._deny("unknown-value", value)
        if machine_value(value):
            if telling_number(value) and not facts.measure:
                return self._deny("unknown-number", value)
            if not bare_hex(value):
                return facts.clean[0].keep(value)
            return value if facts.hashed else self._deny("unknown-value", value)
        if self._of_machine(facts, value):
            return facts.clean[0].keep(value)
        if value[0] == "/" and (facts.allowed or facts.opened):
            return rules.addresses.path(value)
        if facts.allowed:
            plain = len(value) <= 200 and len(value.split()) == 1
            return self.scan(value) if plain else self._deny("unknown-value", value)
        if facts.opened and (value in CODE_WORDS or release(value) or self._named(facts, value)):
            cleaned = self.plain_scan(value)
            known = cleaned == value and facts.found.last not in _ZONED
            return facts.clean[0].keep(value) if known else cleaned
        return self._deny("unknown-value", value)

    def _of_machine(self, facts: KeyFacts, value: str) -> bool:
        """Words and ids of machines: any under a key that describes the machine, under any other key below
        hipaa only what a single name cannot be.
        """
        words = self.rules.machine_words
        if facts.technical:
            return known_words(value, words) or business_id(value) or short_id(value)
        return self.rules.level != "hipaa" and (
            known_words(value, words, compound=True) or business_id(value)
        )

    def _named(self, facts: KeyFacts, value: str) -> bool:
        """A loaded module or something in it; a word of the SDK's under a key of the SDK's; a time zone under
        a key for one.
        """
        if facts.library and machine_word(value) and not (value.istitle() and value.isalpha()):
            return True
        if facts.found.last in _ZONED and value in time_zones():
            return True
        return value in sys.modules or self.rules.addresses.code_name(value)

    def _guessed(self, facts: KeyFacts, value: str, people: bool) -> str:
        """Standard: value rules, and guesses where nothing is known about the key.

        The result is remembered for this item: the same variables lie in many frames of one stack.
        """
        if _EASY.fullmatch(value):
            return value
        shape = outline(value)
        if shape and hash(shape) in facts.clean[people]:
            return value
        answer = "id" if facts.counted else facts.found.answer
        place = (value, people, _PLACES[answer if answer == "id" or not facts.guessed else "unknown"])
        known: str | None = self.memo.get(place)
        if known is None:
            known = self.memo[place] = self._guess_anew(value, people, answer, facts.guessed)
            if facts.guessed and known == value:
                facts.clean[people].keep(shape or value)
        return known

    def _guess_anew(self, value: str, people: bool, answer: str, unknown: bool) -> str:
        if exception_repr(value):
            return self._deny(
                "guess:exception", value, value.partition("(")[0].partition(" ")[0].lstrip("<") + "(..)"
            )
        bare = literal(value) if people else unquoted(value)
        if answer == "name" and personal_name(bare):
            return self.cover(value, "person", "key:name")
        if (unknown or (people and shown_object(bare))) and len(bare) < 2_000:
            if bare[:1] == "/" and _PATH.fullmatch(bare):
                shown = self.rules.addresses.path(bare)
                return value if shown == bare else shown
            if bare[:6].upper() in _STATEMENTS:
                return repr(self.attribute("sql", "", bare))
            cls = guess(bare, people, quoted=bare is not value, counted=answer == "id")
            if cls:
                return self.cover(bare, cls, f"guess:{cls}")
            cleaned = self.scan(bare)
            if people:
                cleaned = guess_words(cleaned)
                if bare is value and ("'" in cleaned or '"' in cleaned):
                    cleaned = guess_quoted(cleaned, self._cover_guess)
        else:
            cleaned = self.scan(bare)
        if cleaned == bare:
            return value
        return repr(cleaned) if value[:2] in ("b'", 'b"') else cleaned

    def _cover_guess(self, piece: str, cls: str) -> str:
        return self.cover(piece, cls, f"guess:{cls}")

    def number(self, key: str, value: int | float) -> Any:
        """A number: sensitive by key, or too long to be a measure under a key that nobody knows."""
        return self._number(self.rules.key_facts.get(key) or self._facts(key), value)

    def _number(self, facts: KeyFacts, value: int | float) -> Any:
        found = facts.found
        strict = self.rules.strict
        if found.answer == "sensitive" and not facts.allowed:
            if found.cls != "user":
                return self.cover(value, found.cls, f"key:{found.cls}")
            return self.cover(value, "user", "pseudonym") if strict else value
        if facts.measure:
            return value
        if strict:
            short = -1_000 < value < 1_000 and not (isinstance(value, int) and telling_number(str(value)))
            if isinstance(value, float):
                short = short and (-1 < value < 1 or round(value, 3) == value)
            return value if short else self._deny("unknown-number", str(value))
        if isinstance(value, int) and value > 10_000_000:
            text = str(value)
            cleaned = self.rules.rules.scan(text, self.hit)
            return value if cleaned == text else cleaned
        return value
