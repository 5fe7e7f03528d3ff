"""What standard guesses where no key and no rule knows better: bodies, variables, arguments, holes of
messages.

Guesses are for what people typed. They are stricter than rules and looser than default deny: a name, a
sentence, a password, a birth date, a long number without a business label.
"""

import datetime
from collections.abc import Iterable
from itertools import pairwise

from app.observability.privacy.catalogue import catalogue
from app.observability.privacy.checks import name
from app.observability.privacy.patterns import pattern
from app.observability.privacy.people import full_name, given_names
from app.observability.privacy.shapes import (
    bare_hex,
    machine_value,
    name_shaped,
    prose,
    release,
)

_DIGIT = pattern(r"[0-9]")
_SYMBOL = pattern(r"[!#$%^&*~?+|§]")
_MONTH = r"(?:Jan|Feb|M[aä]r|Apr|Ma[iy]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz])[a-z]{0,6}\.?"
_DAY_AND_MONTH = rf"[0-9]{{1,2}}\.?[ -]{_MONTH},?[ -]|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? "
_DATE_ONLY = pattern(
    rf"(?:[0-9]{{1,2}}[./-][0-9]{{1,2}}[./-]|{_DAY_AND_MONTH})?"
    r"((?:19|20)[0-9]{2})"
    r"(?:[-/][0-9]{1,2}[-/][0-9]{1,2}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))?"
)
DATE_IN_WORDS = pattern(rf"(?<![\w.-])(?:{_DAY_AND_MONTH})(?:19|20)[0-9]{{2}}(?![\w/-])")
CALENDAR = pattern(
    r"(?:[0-9]{2}){1,2}[./-](?:0?[1-9]|1[0-2])[./-](?:0?[1-9]|[12][0-9]|3[01])|[0-9]+\.[0-9]+"
    r"|(?:0?[1-9]|[12][0-9]|3[01])[./-](?:0?[1-9]|[12][0-9]|3[01])[./-](?:[0-9]{2}){1,2}"
)
_SHORT_BIRTH = pattern(
    r"(?:0?[1-9]|[12][0-9]|3[01])[/-](?:0?[1-9]|[12][0-9]|3[01])[/-]([0-9]{2})|[0-9]{2}\.[0-9]{2}\.([0-9]{2})"
)
_SERIAL = pattern(r"(?=.*[A-Z])[A-Z0-9]{8,20}")
SPACED_PLATE = r"[A-Z]{1,3}-[A-Z]{1,2} [0-9]{2,4}|[A-Z]{2}[0-9]{2} [A-Z]{3}"  # `M-XY 4471`, `LB07 SEO`
_PLATE = pattern(
    rf"[A-Z]{{1,3}}-[0-9]{{3,4}}-[A-Z]{{1,3}}|[0-9]{{3,4}}-[A-Z]{{2,3}}-[0-9]{{1,3}}|{SPACED_PLATE}"
)
_NUMBERED = pattern(r"SN-[A-Z0-9]{3,12}(?:-[A-Z0-9]{3,12}){0,3}")
_ACCOUNT = pattern(r"([a-z]{2,16})(?:\.([a-z]{4,20})|([A-Z][a-z]{3,16}))[0-9]{2,4}")
_SIGN_IN = pattern(r"([^\W\d_]{2,30})\.([^\W\d_]{4,30})(?:-([^\W\d_]{2,30}))?[0-9]{0,4}")
_RANDOM = pattern(r"(?=.*[g-z])[a-z0-9]{20,40}")
_TURNS = pattern(r"[A-Z]+|[0-9]+")
_RUNS = pattern(r"[a-z]+|[0-9]+")
_ABBREVIATED = pattern(r"(?:ISO|RFC|UTF|SHA|MD|HTTP|EC|RSA|AES|TLS|CVE|PEP|X|P|E)-?[0-9]{1,5}")
_GROUPED = pattern(r"[0-9]{1,6}(?:[ ./-][0-9]{1,6}){1,7}[A-Z]?")
_RECORD = pattern(r"[A-Z0-9]{1,20}(?:[ ./-][A-Z0-9]{1,20}){0,4}")
_STANDARD = pattern(r"[0-9]{8}T[0-9]{4,6}Z?|0[0-9A-HJKMNP-TV-Z]{25}|[0-9A-F]{32,64}")
_EPOCH_SECONDS = pattern(r"1[4-8][0-9]{8}(?:[0-9]{3}){0,3}")
TEN_DIGITS = pattern(r"1?[2-9][0-9]{9}")
_EXCEPTION = pattern(
    r"<?[A-Za-z_.]{0,60}(?:[Ee]rror|Exception|Group|Warning|Exit|Interrupt|Timeout|Iteration)"
    r"(?:\(| [0-9]{3}: ['\"])"
    r"|[A-Z][A-Za-z_.]{1,60}\((?P<quote>['\"])[^\n]{1,200} [^\n]{0,4000}(?P=quote)\)\Z"
)
_OBJECT = pattern(r"<|namespace\(|[A-Z][A-Za-z_.]{0,60}\(")
_EXCEPTION_INSIDE = pattern(
    r"\b(?P<head>[A-Za-z_.]{0,60}(?:[Ee]rror|Exception|Group|Warning))"
    r"\((?:'(?:[^'\\]|\\.){0,4000}'|\"(?:[^\"\\]|\\.){0,4000}\")[^()]{0,400}\)"
)
_PREFIXED_ID = pattern(r"[a-z]{2,8}_[A-Za-z0-9]+")  # `txn_8Fq2Xy7Zk1`: what gave the id stands before it
_MOST_DASHES = 2
_MANY_TURNS = 5
_USER_ID = pattern(r"[0-9]{1,19}|[A-Za-z][A-Za-z0-9]{0,11}[_:-]?[A-Za-z0-9_-]{0,40}[0-9][A-Za-z0-9_-]{0,20}")
_YOUNGEST = 12
_LONGEST_DATE = 22
_SHORTEST_HASH = 40
_EPOCH = "1970-01-01"
_SENTENCE = 5
_TWO_LONG_WORDS = 16
LONG_NUMBER = 9


def password_shaped(text: str) -> bool:
    """One run of 6 to 64 characters with a sign that names and ids do not have and a digit, or whose kinds of
    characters change places all the time.
    """
    if not 6 <= len(text) <= 64 or " " in text or "/" in text or "=" in text or text[0] in "<{[(%$":
        return False
    if text.isascii() and not _PREFIXED_ID.fullmatch(text):
        plain = text.replace("_", "").replace("-", "")
        if plain.isalnum() and len(text) - len(plain) <= _MOST_DASHES:
            return _scrambled(plain)
    if release(text):
        return False
    if not _SYMBOL.search(text) or not any(map(str.isalpha, text)):
        return False
    return any(map(str.isdigit, text)) or _mixed(text)


def _scrambled(text: str) -> bool:
    """Ten characters or more in which small letters, capitals and digits change places all the time."""
    return bool(_DIGIT.search(text)) and _mixed(text)


def _mixed(text: str) -> bool:
    """Ten characters or more, of both cases, of which every second is of another kind than the one before."""
    if len(text) < 10 or text.lower() == text or text.upper() == text:
        return False
    kinds = [
        "0" if char.isdigit() else "A" if char.isupper() else "a" if char.isalpha() else "#" for char in text
    ]
    turns = sum(now != before for before, now in pairwise(kinds))
    return turns * 2 >= len(text)


def record_shaped(text: str) -> bool:
    """A number of somebody's: capitals with four digits or more, groups of digits, or random characters; no
    date, no hash, no time. Numbers of one piece count from nine digits.
    """
    if not 6 <= len(text) <= 40 or not _DIGIT.search(text):
        return False
    digits = len(_DIGIT.findall(text))
    if _PLATE.fullmatch(text) or _NUMBERED.fullmatch(text):
        return True
    if _RANDOM.fullmatch(text):
        return len(_RUNS.findall(text)) >= _MANY_TURNS
    if digits > 2 and _SERIAL.fullmatch(text) and len(_TURNS.findall(text)) > 3:
        return not _STANDARD.fullmatch(text)
    if digits < 4 or _STANDARD.fullmatch(text) or _ABBREVIATED.fullmatch(text):
        return False
    if text.isdigit():
        return digits >= LONG_NUMBER and not _EPOCH_SECONDS.fullmatch(text)
    if _GROUPED.fullmatch(text):
        return digits >= 7 and not machine_value(text) and not CALENDAR.fullmatch(text)
    return (
        text[-1] != "." and text.upper() == text and bool(_RECORD.fullmatch(text)) and not machine_value(text)
    )


def account_shaped(text: str) -> bool:
    """`first.last17`, `summerTiger93`: two words that are none of a machine's, and a number that made them
    unique; a given name needs no number (`eleanor.fitzgibbon`).
    """
    match = _ACCOUNT.fullmatch(text)
    if match is None:
        return text.partition(".")[0].lower() in given_names() and sign_in_shaped(text)
    return _of_no_machine(word for word in match.groups() if word)


def sign_in_shaped(text: str) -> bool:
    """`first.last` and `first.last17`, of words that are none of a machine's."""
    match = _SIGN_IN.fullmatch(text)
    return match is not None and _of_no_machine(word for word in match.groups() if word)


def leading_sign_in(text: str) -> str:
    """The `first.last` that `text` begins with (`anna.schmidt was refused`), or nothing."""
    first = text.partition(" ")[0]
    return first if sign_in_shaped(first) else ""


def _of_no_machine(words: Iterable[str]) -> bool:
    return catalogue().machine_words.isdisjoint(word.lower() for word in words)


def birth_shaped(text: str) -> bool:
    """A date without time, long enough ago to be somebody's birth (GDPR art. 4(1))."""
    if not 6 <= len(text) <= _LONGEST_DATE or text == _EPOCH:
        return False
    short = _SHORT_BIRTH.fullmatch(text)
    if short is not None:
        age = (datetime.date.today().year - int(short[1] or short[2])) % 100
        return age >= _YOUNGEST
    match = _DATE_ONLY.fullmatch(text)
    if match is None:
        return False
    return 1900 <= int(match[1]) <= datetime.date.today().year - _YOUNGEST


def exception_repr(text: str) -> bool:
    """`ValueError('..')`: the repr of an exception repeats its message."""
    return bool(_EXCEPTION.match(text))


def shown_object(text: str) -> bool:
    """`Row('..')`, `<Row ..>`: the repr of an object shows what it holds, whatever its variable is called."""
    return bool(_OBJECT.match(text))


def without_exceptions(text: str) -> str:
    """`text` without what the reprs of exceptions in it say (`future=<Task exception=ValueError('..')>`)."""
    return _EXCEPTION_INSIDE.sub(lambda match: match.group("head") + "(..)", text) if "(" in text else text


def opaque_user_id(text: str) -> bool:
    """Digits, or a word with a digit such as `usr_17`."""
    return bool(_USER_ID.fullmatch(text)) and not birth_shaped(text) and not TEN_DIGITS.fullmatch(text)


def guess(text: str, people: bool, quoted: bool, *, counted: bool = False) -> str:
    """Class that a value under an unknown key probably has, or an empty string.

    `people`: data that people typed, where two words are a name or a sentence. `quoted`: it was a string,
    no number shown as one. `counted`: its key is an id of something, which may be a long number or a hash.
    """
    if not text or (len(text) < _SHORTEST_HASH and text.isascii() and text.isalpha() and text.islower()):
        return ""  # one plain word
    spaced = " " in text
    if len(text) in (10, 11) and TEN_DIGITS.fullmatch(text):
        return "phone"
    if not counted and (record_shaped(text) or (quoted and text.isdigit() and 5 < len(text) < 10)):
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
        if account_shaped(text):
            return "person"
    if (people or spaced) and not text[0].islower() and name_shaped(text) and name(text):
        return "person"
    if people and spaced and full_name(text):
        return "person"
    if not spaced or "=" in text or '":' in text or (not quoted and text[:1] in "<{["):
        return ""
    if people and (prose(text) or (len(text) >= _TWO_LONG_WORDS and only_words(text))):
        return "free_text"
    return "free_text" if text.count(" ") >= _SENTENCE - 1 and prose(text) else ""


def only_words(text: str) -> bool:
    """Letters and blanks and nothing else."""
    return all(word.isalpha() for word in text.split())
