"""Shapes of strings: what cannot be a word about a person, and what looks as if a person wrote it.

Default deny lets the first kind through (numbers, UUIDs, timestamps, versions, machine slugs); at standard
the second kind is guessed to be personal where nothing else is known.
"""

from collections.abc import Collection
from functools import lru_cache
from zoneinfo import available_timezones

from app.observability.privacy.patterns import pattern

_UUID = r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}"
_TIME = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r"(?:Z|[ ]?[+-][0-9]{2}:?[0-9]{2})?"
)
_UNIT = (
    r"(?: ?(?:ms|us|ns|s|sec|seconds?|min|minutes?|h|hours?|d|days?|%|B|bytes?|kB|KB|MB|GB|KiB|MiB|GiB|x|px"
    r"|rows?|items?|times|attempts?|retries))?"
)

_AGE = r"(?:9[0-9]|1[01][0-9]|120)"  # "ages over 89": 45 CFR 164.514(b)(2)(i)(C)

UUID = pattern(_UUID)
TIMESTAMP = pattern(_TIME)
NUMBER = pattern(r"[+-]?[0-9]{1,4}(?:\.[0-9]{1,3})?(?:[eE][+-]?[0-9]{1,2})?")
_HOLE = pattern(
    rf"(?!{_AGE}\Z)(?:[+-]?[0-9]{{1,3}}(?:\.[0-9]{{1,3}})?{_UNIT}|{_UUID}|{_TIME}|[^\w]{{0,8}}|True|False|None|true|false|null)"
)
_VERSION = pattern(
    r"v?(?:0|[1-9][0-9]{0,3})\.(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2}))?"
    r"(?:[.-]?(?:a|b|rc|alpha|beta|dev|post)[.-]?[0-9]{0,3})?(?:\+[a-z0-9.]{1,12})?"
)
_DAY = pattern(r"(?:0?[1-9]|[12][0-9]|3[01])\.(?:0?[1-9]|1[0-2])\.[0-9]{2,4}")
_RELEASE = pattern(r"[a-z][a-z0-9_-]{0,39}@(?:[0-9][0-9a-z.+-]{0,59}|[0-9a-f]{7,40})")
_HEX = pattern(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{7,12}|[0-9a-f]{64}")
_BARE_HEX = pattern(r"[0-9a-f]{7,128}|[0-9A-F]{16,128}")
_PARTS = pattern(r"[_./:-]|(?<=[a-z])(?=[A-Z])")
_SHORT_PART = pattern(r"[A-Za-z]{1,2}|v?[0-9]{1,3}")
_UNIT_PART = pattern(r"(?=[0-9]*[a-z])(?:[a-z]{0,3}[0-9]{1,3}){1,4}[a-z]{0,3}")
_TRACE = pattern(r"[0-9a-f]{32}-[0-9a-f]{16}(?:-[01])?|00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_SLUG = pattern(r"[A-Za-z][A-Za-z0-9]{0,11}(?:[_.:-][A-Za-z0-9]{1,12}){1,3}|[A-Za-z]{1,3}[0-9]{1,4}")
_BUSINESS_ID = pattern(
    r"(?:order|ord|evt|event|req|request|invoice|inv|product|prod|price|job|task|run|msg|batch|build|deploy|shipment|sku|cart)"
    r"(?:[_#-][A-Za-z]{0,3}[0-9][A-Za-z0-9]{0,15}){1,3}"
)
_SHORT_SLUG = pattern(r"[a-z]{1,3}[_-][0-9]{1,4}")
_WORD = pattern(r"[A-Za-z][A-Za-z0-9]*(?:[_./:-][A-Za-z0-9]+){0,8}")
_DIGIT = pattern(r"[0-9]")
_SHORT_DIGITS = pattern(r"[0-9]{5}")
_LOCALE = pattern(r"[a-z]{2}(?:[-_][A-Za-z]{2})?")
_LONG_RUN = pattern(r"[0-9]{9}")
_TELLING_NUMBER = pattern(rf"{_AGE}|[0-9]{{4}}")
_CONSTANTS = frozenset(("True", "False", "None", "true", "false", "null", ""))
_NAME_WORD = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['’-][^\W\d_]+)*\.?"
PARTICLES = r"(?:(?:van|von|de|da|di|la|del|der|den|ten|ter|bin|ibn|al|el|le|zu|do|dos) ){0,2}"
_NAME = pattern(rf"(?:{_NAME_WORD})(?:,? {PARTICLES}{_NAME_WORD}){{0,4}}")
_CLASS_NAME = pattern(r"(?<!^Mc)(?<!^Mac)(?<!^De)(?<!^Di)(?<!^La)(?<!^Le)(?<!^Van)(?<!^Von)(?<=[a-z])[A-Z]")
_LETTERS = pattern(r"[^\W\d_]+")


def machine_value(text: str) -> bool:
    """True for what cannot be a word: a short number, UUID, timestamp, version, hash, trace id, constant."""
    if text in _CONSTANTS:
        return True
    if len(text) > 80 or not _DIGIT.search(text) or (" " in text and not "0" <= text[0] <= "9"):
        return False
    return bool(
        NUMBER.fullmatch(text)
        or UUID.fullmatch(text)
        or TIMESTAMP.fullmatch(text)
        or (_VERSION.fullmatch(text) and not _DAY.fullmatch(text))
        or (_HEX.fullmatch(text) and not text.isdigit())
        or _TRACE.fullmatch(text)
    )


def telling_number(text: str) -> bool:
    """True for a bare number that may be somebody's age over 89, PIN or year."""
    return bool(_TELLING_NUMBER.fullmatch(text))


def machine_slug(text: str) -> bool:
    """True for `ord_8f3k2`, `EU1` and order-like ids: short parts, digits among the letters, no long number.

    More than four digits are refused unless the first part says what is counted (`order-2024-00017`): record,
    policy and ZIP numbers look like that.
    """
    if _BUSINESS_ID.fullmatch(text):
        return True
    return 1 <= len(_DIGIT.findall(text)) <= 4 and bool(_SLUG.fullmatch(text))


def business_id(text: str) -> bool:
    """True for ids whose first part says what is counted (`order-2024-00017`): no run of nine digits."""
    return bool(_BUSINESS_ID.fullmatch(text)) and not _LONG_RUN.search(text)


def short_id(text: str) -> bool:
    """True for `t-17` and `eu_4`."""
    return bool(_SHORT_SLUG.fullmatch(text))


def bare_hex(text: str) -> bool:
    """True for a run of hexadecimal digits, which may be a hash, a secret token or a licence (`d1234567`)."""
    return bool(_BARE_HEX.fullmatch(text))


def known_words(text: str, words: Collection[str], *, compound: bool = False) -> bool:
    """True for a value made of `words` alone, with short codes and numbers between them: `in_transit`,
    `orders.v1`, `api-7f9c`, `de-DE`.

    A unit behind a known word may mix letters and digits, but holds no word of its own. `compound`: a
    word alone is not enough; otherwise a locale (`de-DE`) is as good.
    """
    parts = _PARTS.split(text) if len(text) <= 80 else []
    if not parts or len(_DIGIT.findall(text)) > 8:
        return False
    named = False
    for at, part in enumerate(parts):
        if part.lower() in words:
            named = True
        elif not (_SHORT_PART.fullmatch(part) or (at and named and _UNIT_PART.fullmatch(part))):
            return False
    return named and len(parts) > 1 if compound else named or bool(_LOCALE.fullmatch(text))


def machine_word(text: str) -> bool:
    """True for one identifier (`charge_card`, `paid`, `text/html`), however it is separated."""
    return len(text) <= 80 and bool(_WORD.fullmatch(text)) and not _SHORT_DIGITS.search(text)


def release(text: str) -> bool:
    """True for `service@1.2.3` and for plain versions and hashes; a number alone is somebody's."""
    return not text.isdigit() and bool(
        _RELEASE.fullmatch(text) or _VERSION.fullmatch(text) or _HEX.fullmatch(text)
    )


def safe_hole(text: str) -> bool:
    """May the filled-in part of a message stay at gdpr and hipaa? Judged as a whole."""
    return bool(_HOLE.fullmatch(text))


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """The names of time zones that this machine knows."""
    return frozenset(available_timezones())


def unquoted(text: str) -> str:
    """Without the quotes that `repr` put round a frame variable."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def name_shaped(text: str) -> bool:
    """One to five capitalised words: `Zoë van Dijk`, `Schmidt, Anna`. Codes in capitals are not."""
    bare = unquoted(text).strip()
    if not 2 <= len(bare) <= 80 or not _NAME.fullmatch(bare):
        return False
    return " " in bare or not (bare.isupper() or _CLASS_NAME.search(bare))


def leading_name(text: str) -> str:
    """The two to five capitalised words that `text` begins with (`ANNA SCHMIDT was refused`), or nothing."""
    match = _NAME.match(text)
    return match.group() if match is not None and " " in match.group() else ""


def prose(text: str) -> bool:
    """Three or more words, or two with a capital: something written for people."""
    words = _LETTERS.findall(text[:400])
    return (len(words) >= 3 and " " in text) or (
        len(words) == 2 and " " in text and any(word[0].isupper() for word in words)
    )
