"""A label beside its value with no sign of a pair between them: `chart_number 399-16-687`, `town Ulm`,
`('diagnosis', 'asthma')`.
"""

import re

from app.observability.privacy.catalogue import catalogue
from app.observability.privacy.checks import name
from app.observability.privacy.literals import sensitive_key
from app.observability.privacy.pairs import NUMBERS, Interest, Judge
from app.observability.privacy.patterns import pattern
from app.observability.privacy.shapes import PARTICLES, name_shaped

_FIELD = pattern(
    r"(?<![\w.])(?P<key>[a-z]{2,20}(?:_[a-z0-9]{1,20}){1,4}|[a-z]{2,20}(?:[A-Z][a-z0-9]{1,20}){1,4})"
    r" (?P<value>[^\s=:,;\"'(\[{][^\s,;\"]{2,100}(?: [^\W\d_a-z][^\s,;\"]{1,40}){0,3})"
)
_CAMEL = pattern(r"[a-z][A-Z]")
_SIGN_IN = pattern(r"[^\W\d_]{2,30}(?:\.[^\W\d_]{2,30}){1,2}[0-9]{0,4}")
# In a sentence a value is found by its capitals and digits, and its label in front of it.
_CAPITALISED = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]{2,30}"
_VALUE = pattern(
    rf"(?<=[a-z] )(?:{_CAPITALISED}(?: {PARTICLES}{_CAPITALISED}){{0,2}}(?![\w-])"
    r"|[A-Z0-9][A-Z0-9./-]{0,24}(?: [A-Z0-9./-]{0,24}[0-9][A-Z0-9/-]{0,24}){0,3}(?![\w-]))"
)
_LABEL = pattern(r"(?<![\w.-])(?:[a-z]{2,20} ){1,3}\Z")
_LONGEST_LABEL = 60
_LEAST_DIGITS = 4
_ROW = pattern(
    r"(?:(?P<named>\b(?:name|key|field|label|id|code)=)|\()"
    r"(?P<quote>['\"])(?P<key>[A-Za-z][A-Za-z0-9_.-]{0,60})(?P=quote), "
    r"(?(named)(?:value|val|content|answer|input|data)=)"
    r"(?P<value>'(?:[^'\\]|\\.){1,400}'|\"(?:[^\"\\]|\\.){1,400}\"|[0-9][0-9.]{0,40})"
)


def rewrite_labelled(text: str, judge: Judge, interest: Interest) -> str:
    """`text` without what stands behind the name of a field, behind a label in plain words, or beside the
    label in a row.
    """
    if " " not in text:
        return text
    if "_" in text or _CAMEL.search(text):
        text = _FIELD.sub(lambda match: _field(match, judge, interest), text)
    text = _VALUE.sub(lambda match: _value(match, judge, interest), text)
    return _ROW.sub(lambda match: _row(match, judge), text) if "', " in text or '", ' in text else text


def _field(match: re.Match[str], judge: Judge, interest: Interest) -> str:
    cls, certain = interest(match["key"])
    value = match["value"]
    named = cls == "person" and value[0].isupper()
    if not named and cls != "address":
        value = value.partition(" ")[0]
    signs_in = cls == "person" and _SIGN_IN.fullmatch(value)
    if not certain or not (named or signs_in or any(map(str.isdigit, value))):
        return match.group()
    new = judge(match["key"], value)
    return match.group() if new is None else f"{match['key']} {new}{match['value'][len(value) :]}"


def _value(match: re.Match[str], judge: Judge, interest: Interest) -> str:
    """Numbers behind the label of a number, capitalised words behind that of a person or a place."""
    value = match.group()
    label = _LABEL.search(match.string, max(0, match.start() - _LONGEST_LABEL), match.start())
    words = label.group().split() if label is not None else []
    for size in range(len(words), 0, -1):
        key = " ".join(words[-size:])
        cls, certain = interest(key)
        if not certain:
            continue
        number = cls in NUMBERS and sum(map(str.isdigit, value)) >= _LEAST_DIGITS
        named = cls in ("person", "address") and name_shaped(value) and name(value) > 0
        named = named and value.lower() not in catalogue().machine_words
        new = judge(key, value) if number or named else None
        return value if new is None else new
    return value


def _row(match: re.Match[str], judge: Judge) -> str:
    new = judge(match["key"], match["value"]) if sensitive_key(match["key"]) else None
    return match.group() if new is None else match.group()[: match.start("value") - match.start()] + new
