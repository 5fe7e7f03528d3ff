"""Safe text of exceptions and of log messages, registered so that the door lets it through."""

import dis
from collections.abc import Iterator
from types import CodeType

from app.observability.privacy.adapters import adapted, template
from app.observability.privacy.budgets import MESSAGE, Budget
from app.observability.privacy.frames import library
from app.observability.privacy.guesses import without_exceptions
from app.observability.privacy.keys import verdict
from app.observability.privacy.memory import Answers
from app.observability.privacy.passes import Pass
from app.observability.privacy.patterns import pattern
from app.observability.privacy.pieces import guess_words, keep_unless_guessed
from app.observability.privacy.safe_texts import HOLE, align, constants, keep_safe, names_of
from app.observability.privacy.scrubber import Scrubber
from app.observability.privacy.shapes import safe_hole

_MOST_EXCEPTIONS = 50
# SQLAlchemy's echo: `[generated in 0.0001s] ('anna', 3)`.
_ECHOED = pattern(
    r"\[(?:generated in|cached since|no key|raw sql|caching disabled)[^\]\n]{0,60}\](?= [(\[{])"
)
# Any number of up to three digits may stay; a year is no short number.
_SHORT_NUMBER = pattern(r"(?!19|20)[1-9][0-9]{3,4}")
_DIGIT = pattern(r"[0-9]")
_RAISE = dis.opmap["RAISE_VARARGS"]
_LABEL = pattern(r"(?P<key>[A-Za-z_][A-Za-z0-9_.-]{0,60})[\"')\]]{1,3} ?[=:] ?[\"'(\[]{0,2}$")
_ECHOING = frozenset(("pydantic_core", "pydantic", "fastapi", "sqlalchemy", "asyncpg", "psycopg", "httpx"))


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, its causes, contexts and group members, each once."""
    seen: set[int] = set()
    waiting = [error] if error is not None else []
    while waiting and len(seen) < _MOST_EXCEPTIONS:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        for other in (current.__cause__, current.__context__, *getattr(current, "exceptions", ())):
            if isinstance(other, BaseException):
                waiting.append(other)


def raising_code(error: BaseException) -> CodeType | None:
    """Code object of the innermost frame of the traceback."""
    trace = error.__traceback__
    if trace is None:
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code


def frame_codes(error: BaseException | None) -> Iterator[CodeType]:
    """Code objects of the frames of a traceback."""
    trace = error.__traceback__ if error is not None else None
    while trace is not None:
        yield trace.tb_frame.f_code
        trace = trace.tb_next


def _makers(error: BaseException) -> list[CodeType]:
    """The raising frame, and the class's own `__init__` and `__str__`, which often build the message."""
    codes = [raising_code(error)]
    for name in ("__init__", "__str__"):
        codes.append(getattr(getattr(type(error), name, None), "__code__", None))
    return [code for code in codes if code is not None]


class Messages:
    """Judges texts at one level; what it returns is in the set of safe texts."""

    def __init__(self, rules: Scrubber) -> None:
        self._rules = rules
        self._short_stays = Answers(lambda text: Pass(rules).scan(text) == text)

    def line(
        self, text: str, *codes: CodeType | None, data: bool = False, error: BaseException | None = None
    ) -> str:
        """A message made by one of `codes`. Without a match: `[..]` at gdpr and hipaa, value rules at
        standard.

        `data` says that a text which no constant explains is nothing but data: then standard guesses as well.
        `error` is the exception that says it: identifiers in messages of Python's own must be in its frames.
        """
        if text in self._rules.safe:
            return text
        if len(text) > MESSAGE:
            text = Budget().clip(text, MESSAGE)
        echoed = _ECHOED.match(text)
        if echoed:  # parameters of a statement
            return self._keep(f"{echoed.group()} {HOLE}")
        of_library = bool(codes) and codes[0] is not None and library(codes[0].co_filename)
        known = self._known(text, codes, error) if of_library else None
        if known is not None:
            return self._keep(known)
        aligned = None
        for code in codes:
            if code is not None and text in constants(code)[0]:
                return self._rules.safe.add(text, constant=True)
            aligned = align(text, code, self._judge_hole)
            if aligned is not None:
                break
        if aligned is not None and HOLE not in aligned:
            return self._keep(aligned)
        known = None if of_library else self._known(text, codes, error)
        if known is not None and (aligned is None or known == text):
            return self._keep(known)
        if aligned is not None:
            return self._keep(aligned)
        if self._rules.strict:
            return HOLE
        if "Error(" in text or "Exception(" in text:
            text = without_exceptions(text)
        return self._judge_hole("", text) if data else guess_words(Pass(self._rules).scan(text))

    def _known(
        self, text: str, codes: tuple[CodeType | None, ...], error: BaseException | None
    ) -> str | None:
        """A message of Python's own with its holes judged, or None."""
        return template(
            text,
            keep_safe if self._rules.strict else _keep_plain_input,
            lambda name: any(name in names_of(code) for code in (*codes, *frame_codes(error)) if code),
        )

    def exception(self, error: BaseException) -> str:
        """The value of an exception with its notes."""
        codes = _makers(error)
        names = tuple(constant for code in codes for constant in code.co_consts)
        head = adapted(error, self._rules.addresses, names) if self._rules.strict or _echoes(error) else None
        if head is not None:
            said = self._keep(head)
        else:
            if not self._rules.strict:
                codes += _outer(error)
            said = self.line(_own_text(error), *codes, data=_raised_here(error), error=error)
        notes = getattr(error, "__notes__", None)
        if isinstance(notes, list) and notes:
            said = "\n".join(
                [said, *(self.line(note, *codes, data=True) for note in notes[:10] if isinstance(note, str))]
            )
            self._keep(said)
        return said

    def _judge_hole(self, before: str, hole: str) -> str:
        if len(hole) <= 40 and safe_hole(hole):
            return hole
        if self._rules.strict:
            return HOLE
        if not _SHORT_NUMBER.fullmatch(hole):  # no guess is about those
            kept = keep_unless_guessed(before, hole)
            if kept != hole:
                return kept
        label = _LABEL.search(before[-90:])
        if label is not None and verdict(label["key"]).answer == "sensitive" and not hole.startswith("["):
            return HOLE
        return Pass(self._rules).scan(hole) if not _labelled(before) else self._labelled(before, hole)

    def _labelled(self, before: str, hole: str) -> str:
        """A hole behind `key=` or `key:` is scanned together with its label."""
        label = before[
            max(before.rfind(" ", 0, len(before) - 1), before.rfind(",", 0, len(before) - 1)) + 1 :
        ]
        # Which digits a short number has is not asked, only what stands before it: `order 8123`, `zip 81234`.
        short = _SHORT_NUMBER.fullmatch(hole) and not _DIGIT.search(label)
        if short and self._short_stays(label + "7" * len(hole)):
            return hole
        cleaned = Pass(self._rules).scan(label + hole)
        return cleaned[len(label) :] if cleaned.startswith(label) else HOLE

    def _keep(self, text: str) -> str:
        return self._rules.safe.add(text)


def _labelled(before: str) -> bool:
    return before.rstrip()[-1:] in (":", "=") or before[-1:] == " "


def _keep_plain_input(before: str, hole: str) -> str:
    """standard, messages of Python's own: their holes are input; one plain word or a short number stays."""
    bare = hole.strip("'\"")
    plain = safe_hole(bare) or (len(bare) <= 24 and bare.isascii() and bare.isalpha() and bare.islower())
    return hole if plain else HOLE


def _echoes(error: BaseException) -> bool:
    """Libraries whose messages repeat their input are adapted at standard too, and errors about files."""
    if isinstance(error, OSError) and isinstance(error.filename, str):
        return True
    return type(error).__module__.partition(".")[0] in _ECHOING and not hasattr(error, "status_code")


def _outer(error: BaseException) -> list[CodeType]:
    """Frames of the application round the raising one: a message may come from a caller."""
    codes = [code for code in frame_codes(error) if not library(code.co_filename)]
    return codes[-4:][::-1]


def _raised_here(error: BaseException) -> bool:
    """Was it raised by a `raise` statement of the application, so that its text was made there?

    What C code raised inside an expression (`int(text)`) has a message of Python's own, except for KeyError.
    """
    trace = error.__traceback__
    if trace is None or type(error) is KeyError:
        return True
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return not library(code.co_filename) and code.co_code[trace.tb_lasti] == _RAISE


def _own_text(error: BaseException) -> str:
    """`str(error)`, or a placeholder when that raises."""
    try:
        return str(error)
    except Exception:
        return HOLE
