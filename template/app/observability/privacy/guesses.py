"""What standard guesses where no key and no rule knows better: bodies, variables, arguments, holes of
messages.

Guesses are for what people typed. They are stricter than rules and looser than default deny: a name, a
sentence, a password, a birth date, a long number without a business label.
"""

import datetime
import re
from collections.abc import Callable
from itertools import pairwise

from app.observability.privacy.checks import name
from app.observability.privacy.keys import verdict
from app.observability.privacy.safe_texts import HOLE
from app.observability.privacy.shapes import (
    UUID,
    bare_hex,
    machine_slug,
    machine_value,
    name_shaped,
    prose,
    release,
)

_DIGIT = re.compile(r"[0-9]")
_SYMBOL = re.compile(r"[!#$%^&*~?+|§]")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DATE_ONLY = re.compile(
    rf"(?:[0-9]{{1,2}}[./-][0-9]{{1,2}}[./-]|[0-9]{{1,2}}\.?[ -]{_MONTH}[ -]|{_MONTH} [0-9]{{1,2}},? )?"
    r"((?:19|20)[0-9]{2})"
    r"(?:[-/][0-9]{1,2}[-/][0-9]{1,2}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))?"
)
_CALENDAR = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}|[0-9]+\.[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,6}(?:[ ./-][0-9]{1,6}){1,5}[A-Z]?")
_RECORD = re.compile(r"[A-Z0-9]{1,20}(?:[ ./-][A-Z0-9]{1,20}){0,4}")
_STANDARD = re.compile(r"[0-9]{8}T[0-9]{4,6}Z?|0[0-9A-HJKMNP-TV-Z]{25}|[0-9A-F]{32,64}")
_EPOCH_SECONDS = re.compile(r"1[4-9][0-9]{8}(?:[0-9]{3}){0,3}")
_BUSINESS = re.compile(
    r"order|invoice|job|task|batch|port|line|row|byte|offset|size|count|ms|page|item|build|event|request|retr|version"
    r"|code|signal|http|exit|iso|rfc|release|index|shard|partition|chunk|attempt|step|try|took|after|in $"
)
_TEN_DIGITS = re.compile(r"1?[2-9][0-9]{9}")
_QUOTED = re.compile(
    r"(?:\b(?P<key>[A-Za-z_][A-Za-z0-9_]{0,40})[\"']?(?:=|: ?))?"
    r"(?P<quote>[\"'])(?P<piece>[^\"'\\]{2,200})(?P=quote)"
)
_EXCEPTION = re.compile(r"[A-Za-z_.]{1,60}(?:Error|Exception|Group|Warning|Exit|Interrupt|Timeout)\(")
_EXCEPTION_INSIDE = re.compile(
    r"\b(?P<head>[A-Za-z_.]{0,60}(?:Error|Exception|Group|Warning))"
    r"\((?:'(?:[^'\\]|\\.){0,4000}'|\"(?:[^\"\\]|\\.){0,4000}\")[^()]{0,400}\)"
)
_USER_ID = re.compile(
    r"[0-9]{1,19}|[A-Za-z][A-Za-z0-9]{0,11}[_:-]?[A-Za-z0-9_-]{0,40}[0-9][A-Za-z0-9_-]{0,20}"
)
_YOUNGEST = 12
_EPOCH = "1970-01-01"
_SENTENCE = 5
_TWO_LONG_WORDS = 16
_LONG_NUMBER = 9
_EDGES = " '\"():,.;\n"


def password_shaped(text: str) -> bool:
    """One run of 6 to 64 characters with a letter, a digit and a sign that names and ids do not have."""
    if not 6 <= len(text) <= 64 or " " in text or "/" in text or "=" in text or text[0] in "<{[(%$":
        return False
    if text.isascii() and text.isalnum():
        return _scrambled(text)
    if release(text):
        return False
    return bool(_SYMBOL.search(text)) and any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _scrambled(text: str) -> bool:
    """Ten characters or more in which small letters, capitals and digits change places all the time."""
    if len(text) < 10 or not _DIGIT.search(text) or text.lower() == text or text.upper() == text:
        return False
    kinds = ["0" if char.isdigit() else "A" if char.isupper() else "a" for char in text]
    turns = sum(now != before for before, now in pairwise(kinds))
    return turns * 2 >= len(text)


def record_shaped(text: str) -> bool:
    """A number of somebody's: capitals with four digits or more, or groups of digits; no date, no hash, no
    time. Numbers of one piece count from nine digits.
    """
    if not 6 <= len(text) <= 40 or not _DIGIT.search(text):
        return False
    digits = len(_DIGIT.findall(text))
    if digits < 4 or _STANDARD.fullmatch(text):
        return False
    if text.isdigit():
        return digits >= _LONG_NUMBER and not _EPOCH_SECONDS.fullmatch(text)
    if _GROUPED.fullmatch(text):
        return digits >= 7 and not machine_value(text) and not _CALENDAR.fullmatch(text)
    return (
        text[-1] != "." and text.upper() == text and bool(_RECORD.fullmatch(text)) and not machine_value(text)
    )


def birth_shaped(text: str) -> bool:
    """A date without time, long enough ago to be somebody's birth (GDPR art. 4(1))."""
    if not 8 <= len(text) <= 18 or text == _EPOCH:
        return False
    match = _DATE_ONLY.fullmatch(text)
    if match is None:
        return False
    return 1900 <= int(match[1]) <= datetime.date.today().year - _YOUNGEST


def exception_repr(text: str) -> bool:
    """`ValueError('..')`: the repr of an exception repeats its message."""
    return bool(_EXCEPTION.match(text))


def without_exceptions(text: str) -> str:
    """`text` without what the reprs of exceptions in it say (`future=<Task exception=ValueError('..')>`)."""
    return _EXCEPTION_INSIDE.sub(lambda match: match.group("head") + "(..)", text) if "(" in text else text


def opaque_user_id(text: str) -> bool:
    """Digits, or a word with a digit such as `usr_17`."""
    return bool(_USER_ID.fullmatch(text)) and not birth_shaped(text) and not _TEN_DIGITS.fullmatch(text)


def guess(text: str, people: bool, quoted: bool, *, counted: bool = False) -> str:
    """Class that a value under an unknown key probably has, or an empty string.

    `people`: data that people typed, where two words are a name or a sentence. `quoted`: it was a string's
    repr. `counted`: its key is an id of something, which may be a long number or a hash.
    """
    if not text:
        return ""
    spaced = " " in text
    if len(text) in (10, 11) and _TEN_DIGITS.fullmatch(text):
        return "phone"
    if not counted and record_shaped(text):
        return "record"
    if not counted and len(text) in (40, 64) and bare_hex(text):
        return "secret"
    if spaced and birth_shaped(text):
        return "date"
    if not spaced:
        if password_shaped(text):
            return "secret"
        if birth_shaped(text):
            return "date"
    if (people or spaced) and not text[0].islower() and name_shaped(text) and name(text):
        return "person"
    if not spaced or "=" in text or '":' in text or (not quoted and text[:1] in "<{["):
        return ""
    if people and (prose(text) or (len(text) >= _TWO_LONG_WORDS and _only_words(text))):
        return "free_text"
    return "free_text" if text.count(" ") >= _SENTENCE - 1 and prose(text) else ""


def guess_quoted(text: str, cover: Callable[[str, str], str]) -> str:
    """Quoted pieces of an object's `repr` (`Row('Anna Schmidt', city='Ulm')`), each guessed like a value.

    `cover(piece, cls)` gives the marker. Pieces behind a harmless key (`title='..'`) stay.
    """

    def judged(match: re.Match[str]) -> str:
        key, quote, piece = match["key"], match["quote"], match["piece"]
        if key and verdict(key).answer == "harmless":
            return match.group()
        cls = guess(piece, True, True)
        if not cls:
            return match.group()
        return match.group()[: match.start("quote") - match.start()] + quote + cover(piece, cls) + quote

    return _QUOTED.sub(judged, text)


def _only_words(text: str) -> bool:
    return all(word.isalpha() for word in text.split())


_SHAPED: tuple[Callable[[str], object], ...] = (
    password_shaped,
    birth_shaped,
    _TEN_DIGITS.fullmatch,
    record_shaped,
)


def guess_words(text: str) -> str:
    """`text` with single words replaced that look like a password or a birth date."""
    if not _DIGIT.search(text) and (text.isascii() or not any(map(str.isdigit, text))):
        return text
    words = text.split(" ")
    for at, word in enumerate(words):
        bare = word.strip(_EDGES)
        if len(bare) > 5 and _DIGIT.search(bare) and any(shaped(bare) for shaped in _SHAPED):
            if record_shaped(bare) and _BUSINESS.search(" ".join((*words[max(0, at - 2) : at], "")).lower()):
                continue
            words[at] = word.replace(bare, HOLE)
    return " ".join(words)


def keep_unless_guessed(before: str, hole: str) -> str:
    """Judge of holes at standard: a hole stays unless it or one of its words looks personal."""
    bare = hole.strip(_EDGES)
    words = bare.split()
    if not words:
        return hole
    if name_shaped(bare) or prose(bare) or (len(words) > 1 and _only_words(bare)):
        return hole.replace(bare, HOLE)
    if birth_shaped(bare):
        return hole.replace(bare, HOLE)
    if record_shaped(bare):
        return hole if _BUSINESS.search(before[-24:].lower()) else hole.replace(bare, HOLE)
    digits = sum(map(str.isdigit, bare))
    if digits >= _LONG_NUMBER and not (machine_value(bare) or machine_slug(bare) or UUID.search(bare)):
        return hole.replace(bare, HOLE)
    if len(bare) >= 6 and bare.replace("-", "").isdigit() and not _BUSINESS.search(before[-24:].lower()):
        return hole.replace(bare, HOLE)
    return guess_words(hole)
