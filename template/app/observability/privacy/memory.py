"""What is remembered from one item to the next: decisions, never the texts that they were made about.

A text that was left as it is may still be somebody's (no rule knows every name), so nothing keeps it alive
longer than its item. What stays is its `hash`: 64 bits under a key that each process draws at random. One
look-up in about 10^15 takes a text for another one.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import orjson

MOST = 16_384
LONGEST = 256

Text = TypeVar("Text", str, tuple[str, ...])
Data = TypeVar("Data", bound=dict[str, Any])
Answer = TypeVar("Answer")
# Objects that only look like text, such as a declared value, are no plain JSON.
_PLAIN_JSON = (
    orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
)


class CleanTexts(set[int]):
    """Texts that were looked at and left as they are, as hashes: `hash(text) in clean`."""

    __slots__ = ()

    def keep(self, text: Text) -> Text:
        """Remember a text, or several together, and return it. Long ones are not worth a place."""
        if len(text) <= LONGEST:
            self.remember(text)
        return text

    def remember(self, text: str | tuple[str, ...] | bytes) -> None:
        """Remember a text of any length, by its hash."""
        if len(self) >= MOST:
            self.clear()
        self.add(hash(text))


class NoTexts(CleanTexts):
    """Remembers nothing: for keys whose every value is read."""

    __slots__ = ()

    def keep(self, text: Text) -> Text:
        """The text, forgotten."""
        return text


class CleanData:
    """Nested data that was scrubbed and left as it was: frames of the same code, data of the same step."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known = CleanTexts()

    def __call__(self, data: Data, scrub: Callable[[Data], Data]) -> Data:
        """`data` itself when it is known to be clean, otherwise what `scrub` makes of it."""
        try:
            place = orjson.dumps(data, option=_PLAIN_JSON)
        except TypeError:  # something that is no JSON is never remembered
            return scrub(data)
        if hash(place) in self._known:
            return data
        cleaned = scrub(data)
        if cleaned == data:
            self._known.remember(place)
        return cleaned


class Answers(Generic[Answer]):
    """The answers of a pure function that has nothing of its argument in them (or nothing that is secret)."""

    __slots__ = ("_answers", "_ask", "_most")

    def __init__(self, ask: Callable[[str], Answer], most: int = 1_024) -> None:
        self._answers: dict[int, Answer] = {}
        self._ask = ask
        self._most = most

    def __call__(self, text: str) -> Answer:
        """The remembered answer, or a new one."""
        place = hash(text)
        if place not in self._answers:
            if len(self._answers) >= self._most:
                self._answers.clear()
            self._answers[place] = self._ask(text)
        return self._answers[place]
