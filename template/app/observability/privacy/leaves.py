"""Scrub one value under one key: the key is asked first, the value second."""

import sys
from abc import abstractmethod
from typing import Any

from app.observability.privacy.guesses import (
    account_shaped,
    exception_repr,
    guess,
    opaque_user_id,
    password_shaped,
    record_shaped,
    shown_object,
    sign_in_shaped,
)
from app.observability.privacy.keys import verdict
from app.observability.privacy.literals import literal
from app.observability.privacy.outlines import outline
from app.observability.privacy.patterns import pattern
from app.observability.privacy.pieces import guess_quoted
from app.observability.privacy.safe_texts import CODE_WORDS
from app.observability.privacy.scrubber import KeyFacts
from app.observability.privacy.shapes import (
    UUID,
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

_PATH = pattern(r"(?:/[^/ \t\r\n?&=:]{1,80}){2,20}")
_LONG = 2_000
_STATEMENTS = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE"))
_MOST_DIGITS = 4
_MOST_LISTED_DIGITS = 3
_ZONED = frozenset(("timezone", "tz", "zone"))
_PLACES = {answer: f"guess:{answer}" for answer in ("sensitive", "name", "harmless", "unknown", "id")}
# Most variables are a short number or one plain word, in which neither a rule nor a guess finds anything.
_EASY = pattern(r"-?[0-9]{1,5}(?:\.[0-9]{1,3})?|True|False|None|'?[a-z_]{1,15}'?")


class LeafPass(TextPass):
    """Keys, texts and numbers; what they do not tell is denied (gdpr, hipaa) or guessed (standard)."""

    __slots__ = ()

    @abstractmethod
    def attribute(self, kind: str, key: str, value: str) -> Any:
        """A value whose key says how it is read."""

    @abstractmethod
    def header(self, name: str, value: Any) -> str | None:
        """The value of one allowed header, or None."""

    def _facts(self, name: Any) -> KeyFacts:
        name = name if isinstance(name, str) else str(name)
        return self.rules.facts(name, self._kept_key(name))

    def key(self, name: str) -> str:
        """A key may carry data as well: only identifiers stay at gdpr and hipaa, values never."""
        facts = self.rules.key_facts.get(name)
        return facts.kept if facts is not None else self._facts(name).kept

    def _kept_key(self, name: str) -> str:
        capital = self.rules.strict and name.istitle() and name.isalpha()
        shaped = any(shape(name) for shape in (record_shaped, account_shaped, password_shaped))
        if shaped or sum(map(str.isdigit, name)) > _MOST_DIGITS:
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
                return self.cover(value, found.cls, f"key:{found.cls}")
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
        if value in facts.words or (facts.hashed and len(value) > 31 and UUID.fullmatch(value)):
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
            return business_id(value) or short_id(value) or known_words(value, words)
        return self.rules.level != "hipaa" and (
            business_id(value) or known_words(value, words, compound=True)
        )

    def _named(self, facts: KeyFacts, value: str) -> bool:
        """A loaded module or something in it; a word of the SDK's under a key of the SDK's; a time zone under
        a key for one.
        """
        plain = machine_word(value) and not account_shaped(value)
        if facts.library and plain and not (value.istitle() and value.isalpha()):
            return True
        if facts.found.last in _ZONED and value in time_zones():
            return True
        return value in sys.modules or self.rules.addresses.code_name(value)

    def _guessed(self, facts: KeyFacts, value: str, people: bool) -> str:
        """Standard: value rules, and guesses where nothing is known about the key.

        The result is remembered for this item: the same variables lie in many frames of one stack.
        """
        if _EASY.fullmatch(value) and value.strip("'") not in self.rules.rules.named:
            return value
        if facts.counted and len(value) > 31 and UUID.fullmatch(value):
            return value
        shape = outline(value)
        if shape and hash(shape) in facts.clean[people]:
            return value
        answer = "id" if facts.counted else facts.found.answer
        unknown = facts.guessed or (facts.listed and sum(map(str.isdigit, value)) > _MOST_LISTED_DIGITS)
        place = (value, people, _PLACES[answer if answer == "id" or not unknown else "unknown"])
        known: str | None = self.memo.get(place)
        if known is None:
            known = self.memo[place] = self._guess_anew(value, people, answer, unknown)
            if facts.guessed and known == value:
                facts.clean[people].keep(shape or value)
        return known

    def _guess_anew(self, value: str, people: bool, answer: str, unknown: bool) -> str:
        if exception_repr(value):
            return self._deny(
                "guess:exception", value, value.partition("(")[0].partition(" ")[0].lstrip("<") + "(..)"
            )
        bare = literal(value) if people else unquoted(value)
        if answer == "name" and (personal_name(bare) or sign_in_shaped(bare)):
            return self.cover(value, "person", "key:name")
        if unknown or answer == "name" or (people and shown_object(bare)):
            if len(bare) > _LONG:
                return self.guessed_words(self.scan(bare))
            if bare[:1] == "/" and _PATH.fullmatch(bare):
                shown = self.rules.addresses.path(bare)
                return value if shown == bare else shown
            if bare[:6].upper() in _STATEMENTS:
                return repr(self.attribute("sql", "", bare))
            text = bare is not value or not people  # variables show numbers without quotes
            cls = guess(bare, people, quoted=text, counted=answer == "id")
            if cls:
                return self.cover(bare, cls, f"guess:{cls}")
            cleaned = self.scan(bare)
            if " " in bare or (people and answer != "id"):
                cleaned = self.guessed_words(cleaned)
            shows = people or shown_object(bare)
            if shows and bare is value and ("'" in cleaned or '"' in cleaned):
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
