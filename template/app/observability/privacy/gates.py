"""Can a rule match at all? Cheap conditions that hold wherever a rule matches, asked before its pattern runs.

A pattern costs microseconds even where it finds nothing, and most strings have nothing. An outline of the
string (every digit a `0`, every letter an `a`, blanks and the signs between digits a `-`) is made by C code,
and most rules need a piece of it that hardly any string has. A gate may be open in vain; it must never be
closed where its rule would have found something: `tests/privacy/test_gates.py` proves that from the patterns.
"""

from collections.abc import KeysView

from app.observability.privacy.patterns import pattern

_BETWEEN = b" -./()"


def _shape_of(code: int) -> int:
    char = chr(code)
    if "0" <= char <= "9":
        return ord("0")
    if char.isascii() and char.isalpha():
        return ord("a")
    return ord("-") if char in " -.#:_" else code


def _lower_of(code: int) -> int:
    char = chr(code)
    return ord(char.lower()) if char.isascii() and char.isalpha() else ord(" ")


_SHAPES = bytes(map(_shape_of, range(256)))
_WORDS = bytes(map(_lower_of, range(256)))
_IBAN = pattern(r"aa00(?<![a0]aa00)-?[a0]{2}")
_RECORD = pattern(r"a-{1,4}a{0,4}-?0[a0-]{3}")
_GLUED = pattern(r"a0[0-]{3}")
_ANY_WORDS = pattern(r"[^\W\d_]{2,}")
_RUN = pattern(r"[A-Za-z0-9_+/=~.-]{12,}")
_KEY = pattern(r"A(?:KIA|SIA|GPA|ROA|Iza)|ya29\.|SG\.|EAAC")
# The whole pattern is tried at every `eyJ`; that there is none with a dot behind it is found faster.
_JWT = pattern(r"[A-Za-z0-9_-]{5}\.[A-Za-z0-9_-]{4}")
_STREET = pattern(
    r"(?:tr\.|tra(?:ß|ss)e|[Ww]eg|[Gg]asse|[Aa]llee|[Pp]latz|[Dd]amm|[Uu]fer|[Rr]ing|laan|straat|gracht)"
    r" [0-9]"
)
_LOWER_HEX = frozenset("0123456789abcdef-")


def token_gates(text: str) -> list[str]:
    """Ids of the rules for tokens that may match, in the order of the catalogue.

    They are asked for when there is a run of 16 characters that tokens are made of. The shortest key shape
    has 12 of them, and none is a hash or UUID.
    """
    runs = _RUN.findall(text) if len(text) > 15 else ()
    longest = max(map(len, runs), default=0)
    if longest < 16 or all(map(_LOWER_HEX.issuperset, runs)):
        return []
    found: list[str] = []
    if "eyJ" in text and _JWT.search(text):
        found.append("jwt")
    if "_" in text or "-" in text or _KEY.search(text):
        found.append("key-prefix")
    if longest > 19:
        found.append("random-token")
    return found


def words_in(text: str, known: KeysView[str]) -> set[str]:
    """Those of the known words, all of them lower-case ASCII, that are words of `text`."""
    if text.isascii():
        return known & text.encode().translate(_WORDS).decode().split()
    return known & _ANY_WORDS.findall(text.lower())


def number_gates(text: str) -> list[str]:
    """Ids of the rules with numbers in them that may match, in the order of the catalogue."""
    plain = text.isascii()
    # Characters that are not ASCII may be letters.
    raw = text.encode() if plain else text.encode("ascii", "replace").replace(b"?", b"a")
    # Searched as `str`: looking for a piece in `bytes` takes five times as long (CPython 3.11).
    shape = raw.translate(_SHAPES).decode()
    addresses = _address_gates(text)
    if "0" not in shape:
        return addresses
    found: list[str] = []
    packed = raw.translate(_SHAPES, _BETWEEN).decode()
    if "aa00" in shape and (not plain or _IBAN.search(shape)):
        found.append("iban")
    if "0000000" in packed:
        if "0000000000000" in packed:
            found.append("card")
        if "000-00-0000" in shape:
            found.append("ssn")
        if "+00000000" in packed or "0000000000" in packed:
            found.append("phone-international")
        if "000-0000" in shape:
            found.append("phone-nanp")
        found.append("phone-trunk")
    if text.count(".") > 2:
        found.append("ipv4")
    found += addresses
    if _RECORD.search(shape):
        found.append("record-prefixed")
    if _GLUED.search(shape):
        found.append("record-glued")
    if " " in text and ("a-0" in shape or "--0" in shape) and _STREET.search(text):
        found.append("street-de")
    if "a-00000" in shape:
        found.append("city-zip-us")
    if shape.count("0-0000") > 1:
        found.append("coordinates")
    if "-0aa" in shape:
        found.append("postcode-uk")
    if "a00-" in shape or "a0a-" in shape:
        found.append("icd")
    return found


def _address_gates(text: str) -> list[str]:
    """Addresses in hexadecimal digits, which may all be letters."""
    found = ["ipv6"] if "::" in text or text.count(":") > 6 else []
    if text.count(":") + text.count("-") > 4:
        found.append("mac")
    return found
