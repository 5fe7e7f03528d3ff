"""Text that carries structure: JSON in a string, forms, multipart bodies, reprs, `key=value` in a sentence.

`rewrite_pairs` finds keys inside a text and hands each key with its value to a judge; quoted values of
harmless keys are scanned on the inside as well, because the place goes on right behind the separator.
"""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, unquote_plus

from app.observability.privacy.patterns import pattern

_KEY = pattern(r"\b(?P<key>[^\W\d][\w.\-]{0,60})\\?[\"']?[ ]?(?:=>?|:)")
_WORDS_BEFORE = pattern(r"[A-Za-z][a-z]{1,11}(?: [a-z]{2,12})? $")
_BARE_END = pattern(r"[,;&|\r\n)}\]\"']")
_BARE_SPACE = pattern(r"[ ,;&|\t\r\n)}\]\"']")
_NEXT_KEY = pattern(r" [A-Za-z_][A-Za-z0-9_.\-]{0,40}(?:=|: )")
_LINE_END = pattern(r"[\r\n]")
_GROUPS = pattern(r"[^ ,;&|\t\r\n}\]\"']*(?: [A-Z0-9.()/+-]*[0-9][A-Z0-9.()/-]*| [A-Z]{2,6}(?= [0-9]))*")
# `Bearer xyz`, `Digest username=..`, `MyScheme 1a2b`: what follows the scheme is the credential.
_SCHEME = pattern(
    r"(?:[A-Za-z][A-Za-z0-9-]{2,20} +(?P<more>[A-Za-z]{1,20}=)"
    r"|(?:apikey|basic|bearer|digest|negotiate|token) {1,3}[^ ,;&|\t\r\n)}\]\"']{1,4000}"
    r"|[A-Za-z][A-Za-z0-9-]{2,20} +[^ ,;&|\t\r\n)}\]\"'=]{0,400}[0-9][^ ,;&|\t\r\n)}\]\"']{0,400})",
    re.IGNORECASE,
)
_CALL = pattern(r"[A-Za-z_.]{2,40}\(")
_PERCENT = pattern(r"%[0-9A-Fa-f]{2}")
_FORM = pattern(
    r"[A-Za-z0-9_.\-\[\]%+]{1,80}=[^&\s]{0,4000}(?:&[A-Za-z0-9_.\-\[\]%+]{1,80}=[^&\s]{0,4000}){0,200}"
)
_NO_OBJECT = pattern(r"\{[ \t\r\n]*[^ \t\r\n\"}]")
_PART = pattern(
    r"name=\"(?P<name>[^\"\r\n]{1,80})\"[^\r\n]{0,200}(?:\r?\n[A-Za-z-]{1,40}:[^\r\n]{0,200}){0,4}\r?\n\r?\n"
)

# (key, value) -> replacement, or None to leave it and look inside
Judge = Callable[[str, str], str | None]
# key -> its class when a value behind it may have to go ("" otherwise), and whether a bare value has spaces
Interest = Callable[[str], tuple[str, bool]]

_FARTHEST = 2_000
_NEAR = 200
NUMBERS = frozenset(("record", "card", "phone"))
SENTENCES = frozenset(("address", "health", "free_text", "date"))
SPACED = frozenset(("person", "special", "money"))


def parsed_json(text: str) -> Any:
    """The object or list that `text` is, or None."""
    bare = text.strip()
    if len(bare) > 1 and bare[0] in "{[" and bare[-1] in "}]" and not _NO_OBJECT.match(bare):
        try:
            value = json.loads(bare)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, (dict, list)) and value else None
    return None


def decoded(text: str) -> str:
    """`text` with percent escapes resolved, twice at most."""
    for _ in range(2):
        if "%" not in text or not _PERCENT.search(text):
            return text
        text = unquote(text, errors="replace")
    return text


def is_form(text: str) -> bool:
    """A whole string of `a=b&c=d`; a single pair is left to `rewrite_pairs`."""
    return "&" in text and "=" in text and bool(_FORM.fullmatch(text))


def form_pairs(text: str) -> list[tuple[str, str]]:
    """Decoded names and values of a form or query string."""
    pairs: list[tuple[str, str]] = []
    for piece in text.split("&")[:200]:
        name, _, value = piece.partition("=")
        pairs.append((unquote_plus(name), unquote_plus(value)))
    return pairs


def multipart(text: str, judge: Callable[[str, str], str]) -> str | None:
    """A multipart body with each part's content judged by its name, or None for any other text."""
    if not text.lstrip().startswith("--") or 'name="' not in text:
        return None
    boundary = text.lstrip().split("\n", 1)[0].strip()
    rows: list[str] = []
    for part in text.split(boundary)[:100]:
        match = _PART.search(part)
        if match:
            rows.append(f"{match['name']}={judge(match['name'], part[match.end() :].strip())}")
    return "multipart: " + "; ".join(rows)


def _value_end(text: str, start: int, cls: str) -> int:
    """Where the value of class `cls` that begins at `start` ends: its closing quote or bracket, or where
    values of its class end.
    """
    if start >= len(text):
        return start
    first = text[start]
    farthest = min(len(text), start + _FARTHEST)
    if first in "\"'":
        escaped = False
        for place in range(start + 1, farthest):
            char = text[place]
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == first:
                return place + 1
        return farthest
    if first == "\\" and text[start + 1 : start + 2] in ("'", '"'):
        close = text.find(text[start : start + 2], start + 2)
        return close + 2 if close >= 0 else len(text)
    if cls in NUMBERS:
        return _number_end(text, start)
    if first in "[{(":
        return _bracket_end(text, start)
    call = _CALL.match(text, start)
    if call:
        return _bracket_end(text, call.end() - 1)
    if cls in SENTENCES:
        return _sentence_end(text, start, farthest)
    if cls not in SPACED:
        scheme = _SCHEME.match(text, start) if cls == "secret" else None
        if scheme is not None:
            return _line_end(text, start, farthest) if scheme["more"] else scheme.end()
        found = _BARE_SPACE.search(text, start)
        return found.start() if found else len(text)
    return _words_end(text, start)


def _words_end(text: str, start: int) -> int:
    """Names go on behind a blank; they end at a sign or in front of the next key, which are looked for nearby
    first: where one key follows the other, the whole rest of the text would be searched for each.
    """
    for farthest in (start + _NEAR, len(text)):
        sign = _BARE_END.search(text, start, farthest)
        end = sign.start() if sign else min(farthest, len(text))
        following = _NEXT_KEY.search(text, start, end)
        if following or sign:
            return following.start() if following else end
    return len(text)


def _number_end(text: str, start: int) -> int:
    """Numbers are written in groups: `CH95 0305 1624`, `(641) 555-0142`."""
    match = _GROUPS.match(text, start, start + _FARTHEST)
    end = match.end() if match else start
    return end - 1 if end > start and text[end - 1] == ")" and "(" not in text[start:end] else end


def _line_end(text: str, start: int, farthest: int) -> int:
    line = _LINE_END.search(text, start, farthest)
    return line.start() if line else farthest


def _sentence_end(text: str, start: int, farthest: int) -> int:
    """Sentences and addresses have commas: they end at the line, the next key or a bracket."""
    end = _line_end(text, start, farthest)
    following = _NEXT_KEY.search(text, start, end)
    if following:
        end = following.start() - (text[following.start() - 1] in ",;|")
    depth = 0
    for place in range(start, end):
        if text[place] in "[{(":
            depth += 1
        elif text[place] in "]})":
            depth -= 1
            if depth < 0:
                return place
    return end


def _bracket_end(text: str, start: int) -> int:
    depth = 0
    farthest = min(len(text), start + _FARTHEST)
    for place in range(start, farthest):
        char = text[place]
        if char in "[{(":
            depth += 1
        elif char in "]})":
            depth -= 1
            if depth == 0:
                return place + 1
    return farthest


def rewrite_pairs(text: str, judge: Judge, interest: Interest) -> str:
    """`text` with the values of keys that `judge` replaces. Linear: a value is delimited only when it
    matters.
    """
    parts: list[str] = []
    done = place = 0
    while True:
        match = _KEY.search(text, place)
        if match is None:
            break
        start = match.end()
        while start < len(text) and text[start] == " ":
            start += 1
        key = match["key"]
        cls, certain = interest(key)
        if not certain and match.start() > 2 and text[match.start() - 1] == " ":
            before = _WORDS_BEFORE.search(text, max(place, match.start() - 26), match.start())
            if before and interest(before.group() + key)[1]:
                key = before.group() + key
                cls, certain = interest(key)
        first = text[start : start + 1]
        if not cls or not first or text.startswith("//", start) or (not certain and first in "[{("):
            place = match.end()
            continue
        end = _value_end(text, start, cls)
        new = judge(key, text[start:end]) if end > start else None
        if new is None:
            place = match.end()
            continue
        parts.append(text[done:start])
        parts.append(new)
        done = place = end
    if not parts:
        return text
    parts.append(text[done:])
    return "".join(parts)
