"""Values known to be sensitive for one envelope, one request or one log line, and their removal from texts.

A value is learned under a sensitive key or declared by code. No regular expression is built from it: plain
substring search finds it, and what touches it is checked in code.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

from app.observability.privacy.patterns import pattern

SHORTEST = 4
_ESCAPE = pattern(r"%[0-9a-f]{2}")
LONGEST = 400
MOST = 100
_CHUNKS = 20
_MANY = 50
_APART = {code: " " for code in range(128) if not chr(code).isalnum()}
_TOO_COMMON = frozenset(
    [
        "true",
        "false",
        "none",
        "null",
        "male",
        "female",
        "other",
        "unknown",
        "test",
        "yes",
        "email",
        "phone",
        "name",
        "password",
        "token",
        "user",
        "admin",
        "default",
        "example",
        "value",
        "string",
        "object",
        "string",
        "integer",
        "number",
        "standard",
        "gdpr",
        "hipaa",
        "production",
        "development",
    ]
)


def forms(value: Any) -> Iterator[str]:
    """The texts in which `value` may appear elsewhere: pieces of a long one, parts of nested data."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        yield from _chunks(value.strip())
    elif isinstance(value, (bytes, bytearray)):
        yield from _chunks(bytes(value).decode("utf-8", "replace").strip())
    elif isinstance(value, dict):
        for item in value.values():
            yield from forms(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from forms(item)
    elif hasattr(value, "isoformat"):
        yield str(value.isoformat())
        if hasattr(value, "strftime") and hasattr(value, "year"):
            yield from (value.strftime(layout) for layout in ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y"))
    else:
        yield str(value)


def _chunks(text: str) -> Iterator[str]:
    if len(text) <= LONGEST:
        yield text
        return
    for count, start in enumerate(range(0, len(text), LONGEST // 2)):
        if count == _CHUNKS:
            return
        yield text[start : start + LONGEST // 2]


class Learned:
    """A bounded set of values with their markers; the longest are removed first."""

    __slots__ = ("_markers", "_numbers", "_ordered")

    def __init__(self) -> None:
        self._markers: dict[str, str] = {}
        self._ordered: list[tuple[str, str]] | None = None
        self._numbers: set[str] = set()

    def __len__(self) -> int:
        return len(self._markers)

    def teach(self, value: Any, marker: str, shortest: int = SHORTEST, *, parts: bool = False) -> None:
        """Remember `value`; `parts` also teaches each capitalised word of a person's name."""
        if len(self._markers) >= MOST:
            return
        for text in forms(value):
            self._add(text, marker, shortest)
            if parts and " " in text and len(text) <= 80:
                for word in text.replace(",", " ").split():
                    if word[0].isupper():
                        self._add(word, marker, 3)

    def _add(self, text: str, marker: str, shortest: int) -> None:
        if not shortest <= len(text) <= LONGEST or len(self._markers) >= MOST or text in self._markers:
            return
        if text.lower() in _TOO_COMMON or (text[0] == "[" and text[-1] == "]"):
            return
        if not any(map(str.isalnum, text)):
            return
        self._markers[text] = marker
        self._ordered = None
        if text.isdigit():
            self._numbers.add(text)

    def merge(self, other: "Learned") -> None:
        """Take over what another set knows."""
        for text, marker in list(other._markers.items()):
            self._add(text, marker, 1)

    def number(self, value: int | float) -> bool:
        """True when this number itself was learned as text or number."""
        return bool(self._numbers) and str(value) in self._numbers

    def _pairs(self) -> list[tuple[str, str]]:
        if self._ordered is None:
            self._ordered = _longest_first(self._markers, written=True)
        return self._ordered

    def narrow(self, values: list[Any]) -> bool:
        """Keep only the forms that occur in `values`, which is all there is; False when none does."""
        try:
            # The fastest way to see every text of nested data at once; what stands between them is harmless.
            whole = orjson.dumps(values, option=orjson.OPT_NON_STR_KEYS).decode().lower()
        except (TypeError, ValueError):  # half characters, huge numbers: every form is looked for
            return True
        written = "%" in whole or "+" in whole or "\\" in whole
        pairs = _longest_first(self._markers, written=written)
        if written:  # what is not escaped anywhere is not there in escaped form
            escapes = set(_ESCAPE.findall(whole))
            pairs = [pair for pair in pairs if escapes.issuperset(_ESCAPE.findall(pair[0]))]
        if (
            len(pairs) > _MANY
        ):  # to look for all by their words first is one pass over the text, not one for each
            words = set(whole.translate(_APART).split())
            pairs = [pair for pair in pairs if words.issuperset(_inner_words(_as_json(pair[0])))]
        self._ordered = [pair for pair in pairs if _as_json(pair[0]) in whole]
        return bool(self._ordered)

    def remove(self, text: str) -> str:
        """`text` without any learned value that stands alone in it (long values: anywhere)."""
        lower = text.lower()
        if len(lower) != len(text):
            lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
        for value, marker in self._pairs():
            if value in lower:
                text, lower = _cut(text, lower, value, marker)
        return text


def _inner_words(form: str) -> list[str]:
    """The words of `form` with a sign on both sides: wherever the form stands, these are words as well."""
    return form.translate(_APART).partition(" ")[2].rpartition(" ")[0].split()


def _as_json(text: str) -> str:
    """`text` as it stands inside a JSON string."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    try:
        return orjson.dumps(text).decode()[1:-1]
    except TypeError:  # half a character: `narrow` has not come this far for the text that holds it
        return text


def _longest_first(markers: dict[str, str], *, written: bool) -> list[tuple[str, str]]:
    """Lower-case forms with their markers; `written` adds those of URLs, forms and JSON."""
    forms: dict[str, str] = {}
    for text, marker in markers.items():
        forms.setdefault(text.lower(), marker)
        if written and not (text.isascii() and text.isalnum()):
            for form in (quote(text, safe=""), quote_plus(text), quote(text), json.dumps(text)[1:-1]):
                forms.setdefault(form.lower(), marker)
    return sorted(forms.items(), key=lambda pair: -len(pair[0]))


def _cut(text: str, lower: str, value: str, marker: str) -> tuple[str, str]:
    parts: list[str] = []
    done = place = 0
    size = len(value)
    while (start := lower.find(value, place)) >= 0:
        end = start + size
        before = lower[start - 1] if start else " "
        after = lower[end] if end < len(lower) else " "
        apart = not (before.isalnum() and value[0].isalnum()) and not (
            after.isalnum() and value[-1].isalnum()
        )
        if not apart and size < 10:
            place = start + 1
            continue
        parts.append(text[done:start])
        parts.append(marker)
        done = place = end
    if not parts:
        return text, lower
    parts.append(text[done:])
    whole = "".join(parts)
    return whole, whole.lower()
