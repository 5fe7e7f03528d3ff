"""Arithmetic behind the value rules: a card has a checksum, a date is no telephone number.

Each check takes the matched text and answers how many of its characters are the value: 0 means "not one",
fewer than all when a pattern ran on into the next word (an IBAN followed by text).
"""

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from app.observability.privacy.catalogue import catalogue
from app.observability.privacy.patterns import pattern

_NOT_DIGIT = pattern(r"[^0-9]")
_DATE = pattern(
    r"(?<![0-9])(?:[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}|0[0-9]{2,3}-[0-9]{2}-[0-9]{2})"
    r"(?![0-9])"
)
_UUID = pattern(r"[0-9a-f]{32,40}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BUSINESS_ID = pattern(
    r"(?:order|ord|evt|event|req|request|pi|ch|in|inv|prod|price|job|task|run|msg|txn|trace|span|build|deploy|rel)[_-][A-Za-z0-9]{4,40}$"
)
_LOWER_HEX = frozenset("0123456789abcdef-")
_ULID = pattern(r"0[0-9A-HJKMNP-TV-Z]{25}")


def digits_of(text: str) -> str:
    """Only the ASCII digits of `text`."""
    return _NOT_DIGIT.sub("", text)


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = ord(char) - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def card(text: str) -> int:
    """A brand's prefix and length, then Luhn (PCI DSS 3.4 speaks of the primary account number)."""
    digits = digits_of(text)
    size = len(digits)
    two, four = int(digits[:2]), int(digits[:4])
    brand = (
        (digits[0] == "4" and size in (13, 16, 19))
        or (size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))
        or (size == 15 and two in (34, 37))
        or (size in (16, 19) and (four == 6011 or two in (62, 64, 65)))
        or (size == 14 and (two in (36, 38, 39) or 3000 <= four <= 3059))
        or (size == 16 and 3528 <= four <= 3589)
        or (12 <= size <= 19 and (two == 50 or 56 <= two <= 58 or two in (63, 67)) and text != digits)
    )
    return len(text) if brand and luhn(digits) else 0


def ssn(text: str) -> int:
    """No area 000, 666 or 9xx, no group 00, no serial 0000 (SSA)."""
    area, group, serial = text[:3], text[4:6], text[7:]
    real = area not in ("000", "666") and group != "00" and serial != "0000"
    return len(text) if real and text[3] == text[6] else 0


def iban(text: str) -> int:
    """The longest prefix of whole groups, 15 to 34 characters, with ISO 7064 remainder 1. UUIDs are ids."""
    if _UUID.fullmatch(text):
        return 0
    compact: list[str] = []
    ends: list[int] = []
    for place, char in enumerate(text):
        if char not in " -":
            compact.append(char)
            ends.append(place + 1)
    # What comes first is moved to the end: two letters, which count as two digits each, and two digits.
    head = int("".join(str(int(char, 36)) for char in compact[:4]))
    body = size = 0
    for count, char in enumerate(compact[4:34], 5):
        number = int(char, 36)
        body = (body * (100 if number > 9 else 10) + number) % 97
        if (
            count > 14
            and (body * 1_000_000 + head) % 97 == 1
            and text[ends[count - 1] :][:1] in ("", " ", "-")
        ):
            size = ends[count - 1]
    return size


def phone(text: str) -> int:
    """7 to 15 digits that are not a calendar date."""
    count = len(digits_of(text))
    return len(text) if 7 <= count <= 15 and not _DATE.match(text) else 0


def ipv4(text: str) -> int:
    """A dotted quad; loopback, unspecified and broadcast addresses tell nobody's place."""
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return 0
    return 0 if address.is_loopback or address.is_unspecified else len(text)


def ipv6(text: str) -> int:
    """A full or shortened address, not a time of day or a C++ name."""
    if "::" not in text and text.count(":") != 7:
        return 0
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return 0
    return 0 if address.is_loopback or address.is_unspecified or len(text) < 5 else len(text)


def email(text: str) -> int:
    """The part after the at sign has a dot and ends in letters; `service@1.2.3` is a release."""
    local, _, domain = text.rpartition("@")
    trimmed = domain.rstrip(".!?*-_")
    last = trimmed.rpartition(".")[2]
    if not local or "." not in trimmed or len(last) < 2 or not last.isalpha():
        return 0
    return len(local) + 1 + len(trimmed)


def record(text: str) -> int:
    """At least four digits, and no calendar date, version or decimal number."""
    if len(digits_of(text)) < 4 or _DATE.search(text):
        return 0
    return len(text)


def icd(text: str) -> int:
    """A code with a stop, such as E11.9; `V12.3 ` without words behind it may be a version."""
    if text[0] in "VR" and len(text) < 8:
        return 0
    return len(text)


def has_digit(text: str) -> int:
    """Key shapes in small letters without any digit are words of a program (`api_keyring_backend`)."""
    mixed = text.lower() != text != text.upper()
    return len(text) if mixed or any("0" <= char <= "9" for char in text) or len(text) > 40 else 0


def tokenish(text: str) -> int:
    """Not an ordinary word: a digit, a sign, both cases, or a length that no word has."""
    bare = text.rstrip(".,;:!?)]}")
    if len(bare) < 3 or bare.lower() in catalogue().after_secret or bare[0] in "%[<{":
        return 0
    if bare.isalpha() and (bare.islower() or bare.istitle() or bare.isupper()) and len(bare) < 20:
        return 0
    if all(part.isalpha() and part.islower() for part in re.split(r"[_.-]", bare)) and len(bare) < 40:
        return 0
    return len(bare)


def random(text: str) -> int:
    """Letters of both cases and digits change places too often for a word, a path, a UUID, a ULID or an
    order id.
    """
    bare = text.strip("=-_+/~")
    if _LOWER_HEX.issuperset(bare):
        return 0
    if _BUSINESS_ID.match(bare) or _ULID.fullmatch(bare):
        return 0
    if len(bare) < 20 or (bare.count("/") > 2 and len(bare) < 40):
        return 0
    lower = upper = digit = turns = 0
    before = 0
    for char in bare[:200]:
        if "a" <= char <= "z":
            now = 1
            lower += 1
        elif "A" <= char <= "Z":
            now = 2
            upper += 1
        elif "0" <= char <= "9":
            now = 3
            digit += 1
        else:
            now = 0
        turns += now != before
        before = now
    size = min(len(bare), 200)
    if lower and upper and digit >= 2:
        return len(text) if turns * 10 >= size * 3 else 0
    if digit and (lower or upper) and turns * 10 >= size * 4:
        hexadecimal = all(char in "0123456789abcdefABCDEF-" for char in bare)
        return 0 if hexadecimal else len(text)
    return 0


def name(text: str) -> int:
    """Capitalised words that are not words of the machinery."""
    words = text.split()
    return 0 if any(word.strip(".,") in catalogue().not_names for word in words) else len(text)


CHECKS: dict[str, Callable[[str], int]] = {
    "card": card,
    "ssn": ssn,
    "iban": iban,
    "phone": phone,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "email": email,
    "record": record,
    "icd": icd,
    "has-digit": has_digit,
    "tokenish": tokenish,
    "random": random,
    "name": name,
}
