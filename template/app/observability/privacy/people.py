"""Find people in text by their given names: `Eleanor Fitzgibbon`, `eleanor.fitzgibbon`, `Rashid M. Demir`.

At standard, messages keep their words, and two capitalised words are as often a product as a person. A given
name in front settles it. `given_names.txt` has some 1,800 of them from many languages, without those that are
words, places or programs as well (Grace, Florence, Ruby); a name that is not among them is not found.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from app.observability.privacy.catalogue import catalogue
from app.observability.privacy.gates import words_in
from app.observability.privacy.patterns import pattern
from app.observability.privacy.shapes import PARTICLES

_FILE = Path(__file__).with_name("given_names.txt")
_CAPITALISED = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['’-][^\W\d_]+)*"
# What follows a given name: a second one or an initial, particles, a family name.
_INITIAL = r"[^\W\d_a-zß-öø-ÿ]\.?(?![^\W\d_])"
_FAMILY = pattern(
    rf"(?:-{_CAPITALISED})?(?: {_INITIAL})? {PARTICLES}{_CAPITALISED}(?: {_CAPITALISED}){{0,2}}"
)
_DOTTED = pattern(r"\.([^\W\d_]{4,24})(?![\w@])")
_LETTER = pattern(r"[\w-]")


@lru_cache(maxsize=1)
def given_names() -> dict[str, None]:
    """The known given names in lower case, in the form that `words_in` takes."""
    return dict.fromkeys(_FILE.read_text(encoding="utf-8").split())


def full_name(text: str) -> bool:
    """A given name and one or two words more, in small letters too: `sunniva hrubesch`."""
    words = text.split()
    return (
        1 < len(words) < 4
        and all(map(str.isalpha, words))
        and words[0].lower() in given_names()
        and all(map(_of_nobody_else, words[1:]))
    )


def without_people(text: str, cover: Callable[[str], str]) -> str:
    """`text` with `cover(name)` in place of every given name with a family name behind it."""
    found = words_in(text, given_names().keys())
    if not found:
        return text
    lower = text.lower()
    if len(lower) != len(text):  # the small form of `İ` is two characters
        lower = "".join(char if len(char.lower()) > 1 else char.lower() for char in text)
    spans: list[tuple[int, int]] = []
    for word in found:
        start = lower.find(word)
        while start >= 0:
            end = _end(text, start, start + len(word))
            if end:
                spans.append((start, end))
            start = lower.find(word, end or start + len(word))
    parts: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if start >= done:
            parts += (text[done:start], cover(text[start:end]))
            done = end
    return "".join((*parts, text[done:])) if parts else text


def _end(text: str, start: int, end: int) -> int:
    """Where the name that begins with `text[start:end]` ends, or 0 when that is no name."""
    if start and (_LETTER.match(text[start - 1]) or text[start - 1] in "./@"):
        return 0
    dotted = _DOTTED.match(text, end)
    if dotted is not None:
        return dotted.end() if _of_nobody_else(dotted[1]) else 0
    family = _FAMILY.match(text, end) if text[start].isupper() else None
    if family is None:
        return 0
    words = (word for word in family.group().split() if word[0].isupper())
    return family.end() if all(map(_of_nobody_else, words)) else 0


def _of_nobody_else(word: str) -> bool:
    known = catalogue()
    return word not in known.not_names and word.lower() not in known.machine_words
