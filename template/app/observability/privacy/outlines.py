"""Texts that differ in short numbers and ids of machines alone are judged once: `row 12 took 3 ms`.

No rule and no guess asks which digits a short number has, only where it stands. What could be more has no
outline: five digits close to each other, a year, a number with two dots, a digit that touches a letter.
`tests/privacy/test_outlines.py` proves that from the rules.
"""

import string
from typing import Any

from app.observability.privacy.memory import LONGEST, CleanTexts
from app.observability.privacy.patterns import pattern

_OF_MACHINES = pattern(
    r"(?<![A-Za-z0-9_-])(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|0x[0-9a-f]{6,16}"
    r"|(?:ord|order|evt|event|req|job|task|inv|batch|run)_[0-9a-f]{2,7})(?![A-Za-z0-9_-])"
)
_OF_NOBODY = "00000000-0000-4000-8000-000000000000"
_FIVE_DIGITS = pattern(r"[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){4}")
_YEAR = pattern(r"(?:19|20)[0-9]{2}")
_TWO_DOTS = pattern(r"[0-9]\.[0-9]+\.[0-9]")
_SAME_DIGITS = bytes.maketrans(b"123456789", b"000000000")
# Digits as `0`, letters as `a`: where these touch is seen without a pattern.
_SHAPE = bytes.maketrans(
    f"{string.digits}{string.ascii_letters}_".encode(), b"0" * 10 + b"a" * (len(string.ascii_letters) + 1)
)
_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum())
_BETWEEN = "\n\n\n\n"


def outline(text: str) -> str:
    """`text` with `0` for every digit and one id for all, or an empty string when its digits may tell."""
    return _outline(text) if len(text) <= LONGEST else ""


def _outline(text: str) -> str:
    named = "_" in text or "0x" in text or text.count("-") > 3
    parts = _OF_MACHINES.split(text) if named else [text]
    if _tells(" ".join(parts)):
        return ""
    return (
        _OF_NOBODY.join(parts)
        .encode("utf-8", "surrogatepass")
        .translate(_SAME_DIGITS)
        .decode("utf-8", "surrogatepass")
    )


def _tells(text: str) -> bool:
    """May the digits of `text` say more than how many there are? Most texts are done without a pattern."""
    raw = text.encode("ascii", "replace")
    shape = raw.translate(_SHAPE).decode()
    if "0" not in shape:
        return False
    return (
        "a0" in shape
        or "0a" in shape
        or ("00000" in raw.translate(_SHAPE, _SIGNS).decode() and _FIVE_DIGITS.search(text) is not None)
        or ("0000" in shape and _YEAR.search(text) is not None)
        or (shape.count(".") > 1 and _TWO_DOTS.search(text) is not None)
    )


def all_known(values: list[Any], clean: CleanTexts, longest: int) -> bool:
    """Are these all texts whose outlines are known to be clean? One look at all of them together."""
    texts: list[str] = values
    if {*map(type, values)} != {str} or sum(map(len, texts)) > longest:
        return False
    shown = _outline(_BETWEEN.join(texts)).split(_BETWEEN)
    return len(shown) == len(texts) and clean.issuperset(map(hash, shown))
