"""Texts that differ in short numbers and ids of machines alone are judged once: `row 12 took 3 ms`.

No rule and no guess asks which digits a short number has, only where it stands. What could be more has no
outline: five digits close to each other, a year, a number with two dots, a digit that touches a letter.
`tests/privacy/test_outlines.py` proves that from the rules.
"""

import re
from typing import Any

from app.observability.privacy.memory import LONGEST, CleanTexts

_OF_MACHINES = re.compile(
    r"(?<![A-Za-z0-9_-])(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|0x[0-9a-f]{6,16}"
    r"|(?:ord|order|evt|event|req|job|task|inv|batch|run)_[0-9a-f]{2,7})(?![A-Za-z0-9_-])"
)
_OF_NOBODY = "00000000-0000-4000-8000-000000000000"
_TELLING = re.compile(
    r"[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){4}|(?:19|20)[0-9]{2}|[0-9]\.[0-9]+\.[0-9]|[A-Za-z_][0-9]|[0-9][A-Za-z_]"
)
_SAME_DIGITS = str.maketrans("123456789", "000000000")
_BETWEEN = "\n\n\n\n"


def outline(text: str) -> str:
    """`text` with `0` for every digit and one id for all, or an empty string when its digits may tell."""
    return _outline(text) if len(text) <= LONGEST else ""


def _outline(text: str) -> str:
    parts = _OF_MACHINES.split(text)
    return "" if _TELLING.search(" ".join(parts)) else _OF_NOBODY.join(parts).translate(_SAME_DIGITS)


def all_known(values: list[Any], clean: CleanTexts, longest: int) -> bool:
    """Are these all texts whose outlines are known to be clean? One look at all of them together."""
    texts: list[str] = values
    if {*map(type, values)} != {str} or sum(map(len, texts)) > longest:
        return False
    shown = _outline(_BETWEEN.join(texts)).split(_BETWEEN)
    return len(shown) == len(texts) and clean.issuperset(map(hash, shown))
