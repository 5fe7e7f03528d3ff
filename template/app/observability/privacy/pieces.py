"""What standard guesses about parts of a text: words, groups of digits, quoted pieces, holes of messages."""

import re
import string
from collections.abc import Callable

from app.observability.privacy.guesses import (
    CALENDAR,
    DATE_IN_WORDS,
    LONG_NUMBER,
    SPACED_PLATE,
    TEN_DIGITS,
    account_shaped,
    birth_shaped,
    guess,
    only_words,
    password_shaped,
    record_shaped,
)
from app.observability.privacy.keys import verdict
from app.observability.privacy.patterns import pattern
from app.observability.privacy.people import without_people
from app.observability.privacy.safe_texts import HOLE
from app.observability.privacy.shapes import (
    TIMESTAMP,
    UUID,
    bare_hex,
    machine_slug,
    machine_value,
    name_shaped,
    prose,
)

_DIGIT = pattern(r"[0-9]")
_GROUPS_INSIDE = pattern(
    rf"(?<![\w./:-])(?:{SPACED_PLATE}|(?:[A-Z]{{1,3}} |[A-Z]{{1,3}}(?=[0-9]{{3}}))?[0-9]{{1,6}}"
    r"(?:[ -][0-9]{1,6}){1,7}(?: [A-Z])?)(?![\w/:-]|\.[0-9])"
)
_COUNTED = pattern(
    r"(?:^|[^a-z])(?:order|invoice|job|task|batch|port|line|row|byte|offset|size|count|ms|page|item|build|event|request|retr|version"
    r"|code|signal|http|exit|iso|rfc|release|index|shard|partition|chunk|attempt|step|try|took|after|in $)"
)
_QUOTED = pattern(
    r"(?:[\"']?\b(?P<key>[A-Za-z_][A-Za-z0-9_]{0,40})[\"']?(?:=|: ?))?"
    r"(?P<quote>[\"'])(?P<piece>[^\"'\\]{2,200})(?P=quote)"
)
# Seven or eight digits by themselves; a count says behind it what it counts, or `of` how many.
_COUNTS = "byte|row|item|line|token|record|request|message|event|time|point|char"
_RECORD_NUMBER = pattern(
    r"(?<![\w.:=/,#+'\"(\[{<-])(?<![0-9] of )[1-9][0-9]{6,7}"
    rf"(?![\w/:,'\"-]|\.[0-9]| ?(?:%|[kKMGT]?i?B\b|[mun]?s\b|of\b|(?:{_COUNTS})))"
)
_QUANTITY = pattern(r"(?:total|amount|sum|pid|process|hash|seq|limit|max|min|height|length)[ :=]{1,2}\Z")
_HASHES = pattern(r"commit|sha|hash|rev|digest|etag|build|release|version|checksum")
_LONG_WORD = pattern(r"[^ \t\r\n]{6,}")
_INSIDE = pattern(r"[=:'\"<>{}()\[\],;|&/]")
_PIECE = pattern(r"[^=:'\"<>{}()\[\],;|&]+")
_KEY_BEFORE = pattern(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}(?=['\"]?[=:] ?['\"(\[<]{0,2}\Z)")
_NUMBER = pattern(r"(?<![\w.:/-])[0-9]{6,20}(?![\w.:/-])")
_SHORTEST = 6
# What each pattern needs is seen in the outline of a text: digits as `0`, capitals as `A`, blanks as `-`.
_SHAPE = bytes.maketrans(
    f"{string.digits}{string.ascii_uppercase} ".encode(),
    b"0" * 10 + b"A" * len(string.ascii_uppercase) + b"-",
)
_LINKS = frozenset(("", "id", "ids", "no", "nr", "number", "is", "to", "at", "count", "about"))
_EDGES = " '\"():,.;\n"


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


_SHAPED: tuple[Callable[[str], object], ...] = (
    password_shaped,
    birth_shaped,
    TEN_DIGITS.fullmatch,
    account_shaped,
    record_shaped,
)


def guess_words(text: str) -> str:
    """`text` without words that look like a password, a birth date or somebody's number, and without groups
    of digits. A number behind a word of business (`order`, `took`) or an id's key stays.
    """
    if not _DIGIT.search(text) and (text.isascii() or not any(map(str.isdigit, text))):
        return text
    shape = text.encode("ascii", "replace").translate(_SHAPE).decode()
    if "0000" in shape:
        text = DATE_IN_WORDS.sub(lambda match: HOLE if birth_shaped(match.group()) else match.group(), text)
    if "0000000" in shape:
        text = _RECORD_NUMBER.sub(lambda match: _record_number(text, match), text)
    if "0-0" in shape or "A-00" in shape or "00-A" in shape:
        text = _GROUPS_INSIDE.sub(lambda match: _group(text, match), text)
    return _LONG_WORD.sub(_judged_word, text)


def _judged_word(match: re.Match[str]) -> str:
    word = match.group()
    return _word(_close(match.string, match.start()), word) if _DIGIT.search(word) else word


def _group(text: str, match: re.Match[str]) -> str:
    found = match.group()
    digits = sum(map(str.isdigit, found))
    plain = (
        digits + sum(map(str.isalpha, found)) < 7
        or CALENDAR.fullmatch(found)
        or _behind_business(_close(text, match.start()))
    )
    return found if plain else HOLE


def _record_number(text: str, match: re.Match[str]) -> str:
    """A round number is a limit or an estimate, no number of somebody's."""
    before = _close(text, match.start())
    plain = match.group().endswith("000") or _behind_business(before) or _QUANTITY.search(before.lower())
    return match.group() if plain else HOLE


def _word(before: str, word: str) -> str:
    bare = word.strip(_EDGES)
    if len(bare) < _SHORTEST or not _DIGIT.search(bare):
        return word
    if any(shaped(bare) for shaped in _SHAPED):
        return word if record_shaped(bare) and _behind_business(before) else word.replace(bare, HOLE)
    if not (_INSIDE.search(bare) or bare.isdigit()) or TIMESTAMP.search(bare):
        return word
    at = word.index(bare)
    return (
        word[:at] + _PIECE.sub(lambda match: _piece(before + word[:at], match), bare) + word[at + len(bare) :]
    )


def _piece(before: str, match: re.Match[str]) -> str:
    """A part of a word such as `kfz=OVK-2361`; a key of the machine's speaks for its number."""
    piece = match.group()
    if len(piece) < _SHORTEST or not _DIGIT.search(piece):
        return piece
    key = _KEY_BEFORE.search((before + match.string[: match.start()])[-50:])
    name = key.group() if key is not None else ""
    if record_shaped(piece) or (name and piece.isdigit()):
        found = verdict(name)
        counted = found.answer == "harmless" or found.last in ("id", "ids") or _COUNTED.search(name.lower())
        return piece if counted or _behind_business(before) else HOLE
    hashed = _long_hash(piece) and not _HASHES.search(name.lower())
    return HOLE if hashed or any(map(_shaped, (piece, *piece.split("/")))) else piece


def _shaped(part: str) -> bool:
    return len(part) > 5 and bool(_DIGIT.search(part)) and any(shaped(part) for shaped in _SHAPED)


def _long_hash(text: str) -> bool:
    return len(text) in (40, 64) and bare_hex(text)


def _close(text: str, end: int) -> str:
    return text[max(0, end - 60) : end]


def _behind_business(before: str) -> bool:
    """Does the last word say what is counted, or the last but one with an `id` or `no.` behind it?"""
    words = before.lower().split()[-2:]
    if len(words) > 1 and words[1].strip(":=#.") not in _LINKS:
        words = words[1:]
    return bool(_COUNTED.search(" ".join((*words, ""))))


def keep_unless_guessed(before: str, hole: str) -> str:
    """Judge of holes at standard: a hole stays unless it or one of its words looks personal."""
    bare = hole.strip(_EDGES)
    words = bare.split()
    if not words:
        return hole
    if name_shaped(bare) or prose(bare) or (len(words) > 1 and only_words(bare)):
        return hole.replace(bare, HOLE)
    if birth_shaped(bare) or password_shaped(bare) or account_shaped(bare):
        return hole.replace(bare, HOLE)
    if record_shaped(bare):
        return hole if _behind_business(before[-60:]) else hole.replace(bare, HOLE)
    if _long_hash(bare) and not _HASHES.search(before[-24:].lower()):
        return hole.replace(bare, HOLE)
    digits = sum(map(str.isdigit, bare))
    if digits >= LONG_NUMBER and not (machine_value(bare) or machine_slug(bare) or UUID.search(bare)):
        return hole.replace(bare, HOLE)
    if len(bare) >= 6 and bare.replace("-", "").isdigit() and not _behind_business(before[-60:]):
        return hole.replace(bare, HOLE)
    named = without_people(hole, lambda _name: HOLE)
    return _NUMBER.sub(lambda match: _number(before, match), guess_words(named))


def _number(before: str, match: re.Match[str]) -> str:
    close = _close(before + match.string[: match.start()], len(before) + match.start())
    return match.group() if _behind_business(close) else HOLE
