"""Decide by its key whether a value is sensitive.

A key is split into words (`x-api-key`, `accessToken`, `PatientName` -> words), neutral tails go
(`phone_number_raw` -> `phone`), and the last word or the last two to four joined decide, as the grammatical
head of an English compound does: an `access_token` is a token, a `token_count` is a count.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.observability.privacy.catalogue import Catalogue, catalogue
from app.observability.privacy.patterns import pattern

Answer = Literal["sensitive", "name", "harmless", "unknown"]

_WORDS = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+[^\W\d_]*|[0-9]+")
# Heads that count, limit or describe are harmless; a code or a key of a person or an illness is neither.
_ANY_CLASS = frozenset(("code", "codes", "key", "keys"))
_CODED = _ANY_CLASS | {"class", "category", "kind"}
_LONGEST_COMPOUND = 4
_MAX_KEY = 80


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a key says: `cls` when sensitive; `name` asks for a look at the value; `words` joined for look-
    ups.
    """

    answer: Answer
    cls: str
    words: str
    last: str


def split(key: str) -> list[str]:
    """Lower-case words of a key in snake, kebab, dotted, spaced or camel case; digits are words of their
    own.
    """
    return [word.lower() for word in _WORDS.findall(key[:_MAX_KEY])]


@lru_cache(maxsize=8192)
def verdict(key: str) -> Verdict:
    """The verdict on one key. Pure, therefore cached; unknown keys say `unknown`."""
    key = key[:_MAX_KEY]
    found = _verdict(key)
    if found.answer == "unknown" and not key.isascii():
        plain = "".join(
            char for char in unicodedata.normalize("NFKD", key) if not unicodedata.combining(char)
        )
        found = _verdict(plain) if plain != key else found
    return found


def _verdict(key: str) -> Verdict:
    known = catalogue()
    words = [word for word in split(key) if not word.isdigit()]
    if not words:
        return Verdict("unknown", "", "", "")
    whole = "".join(words)
    kept = list(words)
    if any("".join(words[-size:]) in known.harmless_compounds for size in (2, 3)):
        return Verdict("harmless", "", whole, words[-1])
    while True:
        cls = _compound(kept, known)
        if cls:
            return Verdict("sensitive", cls, whole, kept[-1])
        if len(kept) > 1 and kept[-1] in known.neutral_tails and kept[-1] != "cc":
            kept.pop()
            continue
        break
    last = kept[-1]
    if last in ("name", "names"):
        return _name(kept, whole, known)
    if _in(last, known.roles) and (len(kept) == 1 or not _in(kept[-2], known.harmless_heads)):
        return Verdict("name", "person", whole, last)
    if last in _CODED and len(kept) > 1:
        cls = _compound(kept[:-1], known) or ("record" if _in(kept[-2], known.roles) else "")
        if cls and (last in _ANY_CLASS or cls in ("health", "special")):
            return Verdict("sensitive", cls, whole, last)
    if words[-1] in known.harmless_heads or last in known.harmless_heads:
        return Verdict("harmless", "", whole, words[-1])
    return Verdict("unknown", "", whole, last)


def _compound(words: list[str], known: Catalogue) -> str:
    """Class of the longest known compound at the end of the words, or an empty string."""
    for size in range(min(_LONGEST_COMPOUND, len(words)), 0, -1):
        compound = "".join(words[-size:])
        if compound in known.harmless_heads and compound not in known.sensitive:
            continue
        for form in _singulars(compound):
            cls = known.sensitive.get(form)
            if cls:
                return cls
    return ""


def _singulars(word: str) -> tuple[str, ...]:
    if word.endswith("es"):
        return word, word[:-1], word[:-2]
    if word.endswith("s"):
        return word, word[:-1]
    return (word,)


def _in(word: str, table: frozenset[str]) -> bool:
    return word in table or (word.endswith("s") and word[:-1] in table)


def _name(words: list[str], whole: str, known: Catalogue) -> Verdict:
    """`file_name` is a machine's, `patient_name` a person's, bare `name` depends on the value."""
    if len(words) > 1:
        before = words[-2]
        if _in(before, known.technical_names):
            return Verdict("harmless", "", whole, "name")
        if _in(before, known.roles):
            return Verdict("sensitive", "person", whole, "name")
    return Verdict("name", "person", whole, "name")
