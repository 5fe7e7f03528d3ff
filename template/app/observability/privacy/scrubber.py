"""What the scrubbing of every item at one level shares: rules, addresses, allow-list, safe texts,
pseudonyms.
"""

from dataclasses import dataclass
from typing import Any

from app.observability.privacy.allow_list import AllowList
from app.observability.privacy.catalogue import catalogue
from app.observability.privacy.identity import Pseudonyms
from app.observability.privacy.keys import Answer, Verdict, verdict
from app.observability.privacy.levels import Level
from app.observability.privacy.memory import CleanData, CleanTexts, NoTexts
from app.observability.privacy.patterns import pattern
from app.observability.privacy.safe_texts import SafeTexts
from app.observability.privacy.structures import METHODS
from app.observability.privacy.urls import Addresses
from app.observability.privacy.values import ValueRules

_PARAMETER = "sentry.message.parameter."
_HEADER_KEYS = ("http.request.header.", "http.response.header.")
_PEOPLE_KEYS = frozenset(
    (
        "query",
        "query_params",
        "params",
        "form",
        "body",
        "data",
        "json",
        "args",
        "kwargs",
        "arguments",
        "job_args",
    )
)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """Everything the engine asks about a key, looked up once.

    `clean` holds the texts that are known to stay as they are under this key: data of the machine's, and
    data that people typed.
    """

    kept: str
    found: Verdict
    special: str
    opened: bool
    allowed: bool
    words: frozenset[str]
    header: str
    headers: bool
    people: bool
    measure: bool
    guessed: bool
    technical: bool
    hashed: bool
    library: bool
    counted: bool
    listed: bool
    clean: tuple[CleanTexts, CleanTexts]


_MEASURES = frozenset(
    ("us", "ms", "ns", "min", "max", "at", "per", "free", "days", "hours", "seen", "kb", "mb", "gb", "used")
)
_HASHED = pattern(
    r"ids?|uuid|guid|hash|sha|digest|commit|etag|checksum|fingerprint|trace|span|parent|revision|rev"
    r"|version|release|request|correlation"
)
# Their values come from a list in code: short words, at most a number of three digits.
_LISTED = frozenset(
    ("status", "state", "kind", "level", "mode", "phase", "stage", "outcome", "severity", "priority", "role")
)
_NEVER = NoTexts()


class Scrubber:
    """What the passes of one level share: rules, allow-list, safe texts, pseudonyms. Thread-safe."""

    def __init__(self, level: Level, allowed: AllowList, pseudonyms: Pseudonyms, safe: SafeTexts) -> None:
        known = catalogue()
        self.level: Level = level
        self.strict = level != "standard"
        self.allowed = allowed
        self.pseudonyms = pseudonyms
        self.safe = safe
        self.own: dict[str, str] = {}
        self.markers = known.markers
        self.attributes = known.attributes
        self.machine_words = known.machine_words
        self.measures = known.measures
        self.technical_names = known.technical_names
        self.rules = ValueRules(level, known)
        self.addresses = Addresses(level, known.path_words, known.machine_words)
        self.open_keys = known.open_keys["hipaa"] | (
            frozenset() if level == "hipaa" else known.open_keys["gdpr"]
        )
        self.key_facts: dict[str, KeyFacts] = {}
        self.clean = CleanTexts()
        self.clean_plain = CleanTexts()  # value rules alone have seen these, which says less
        self.clean_filled = CleanTexts()
        self.clean_texts = CleanTexts()
        self.clean_guesses = CleanTexts()
        self.clean_people = CleanTexts()
        self.clean_opened = CleanTexts()
        self.clean_words = CleanTexts()
        self.clean_shapes = CleanTexts()
        self.clean_library = CleanTexts()
        self.clean_counted = (CleanTexts(), CleanTexts())
        self.operations = CleanTexts()
        self.own_words = {"method": CleanTexts(map(hash, METHODS)), "operation": self.operations}
        self.clean_categories = CleanTexts()
        self.clean_agents = CleanTexts()
        self.clean_lines = CleanTexts()
        self.clean_frames = CleanData()
        self.clean_data = CleanData()
        for name in allowed.names:
            self.addresses.trust(name)

    def facts(self, name: str, kept: str) -> "KeyFacts":
        """What is known about one key; remembered when the key itself stays as it is.

        `sentry.message.parameter.x` is judged as `x`.
        """
        whole, name = name, name.removeprefix(_PARAMETER)
        found = verdict(name)
        special = self.attributes.get(name.lower(), "")
        opened = found.words in self.open_keys or (self.level == "gdpr" and found.last in self.open_keys)
        allowed = self.allowed.key(name)
        measured = found.answer == "harmless" if not self.strict else found.last in self.measures
        measure = measured or bool(special) or allowed
        library = special == "plain"
        if library:
            special, opened = "", True
        header = name.rpartition(".")[2].replace("_", "-") if name.startswith(_HEADER_KEYS) else ""
        technical = opened or found.answer == "harmless" or found.last in self.technical_names
        guessed = found.answer == "unknown" or found.last in _MEASURES
        counted = not self.strict and guessed and _HASHED.fullmatch(found.last) is not None
        listed = not self.strict and found.answer == "harmless" and found.last in _LISTED
        read = bool(special or header) or found.answer == "sensitive" or listed
        clean = (_NEVER, _NEVER) if read else self._clean(found.answer, opened, technical, guessed)
        if special in self.own_words:
            clean = (self.own_words[special],) * 2
        elif not read and (counted or library):
            clean = self.clean_counted if counted else (self.clean_library, self.clean_library)
        facts = KeyFacts(
            kept=kept,
            found=found,
            special=special,
            opened=opened,
            allowed=allowed,
            words=self.allowed.words(name),
            header=header,
            headers=name.lower() in ("headers", "request_headers", "response_headers"),
            people=name.lower() in _PEOPLE_KEYS,
            measure=measure,
            guessed=guessed,
            technical=technical,
            library=library,
            counted=counted,
            listed=listed,
            hashed=opened or _HASHED.fullmatch(found.last) is not None,
            clean=clean,
        )
        if kept == whole and len(self.key_facts) < 8_192 and len(whole) <= 120:
            self.key_facts[whole] = facts
        return facts

    def _clean(
        self, answer: Answer, opened: bool, technical: bool, guessed: bool
    ) -> tuple[CleanTexts, CleanTexts]:
        """Where texts are remembered that stay under a key which says nothing special about its value."""
        if self.strict:
            return (
                (self.clean_shapes, self.clean_words)[technical] if not opened else self.clean_opened,
            ) * 2
        if guessed:
            return self.clean_guesses, self.clean_people
        return (_NEVER,) * 2 if answer == "name" else (self.clean,) * 2

    def clean_source(self, before: Any, line: Any, after: Any) -> bool:
        """Are these lines of source clean? Remembered for all of them together."""
        if not before.__class__ is after.__class__ is list:
            return False
        lines = (*before, line, *after)
        try:
            if hash(lines) in self.clean_lines:
                return True
        except TypeError:  # nothing that the SDK could have made
            return False
        clean = all(item.__class__ is str and self.source_line(item) == item for item in lines)
        if clean:
            self.clean_lines.keep(lines)
        return clean

    def source_line(self, line: str, longest: int = 500) -> str:
        """A line of source code without literal secrets; clean ones are remembered."""
        if hash(line) in self.clean_lines:
            return line
        cleaned = self.rules.scan_source(line[:longest])
        return self.clean_lines.keep(line) if cleaned == line else cleaned
