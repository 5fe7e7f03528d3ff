"""Default deny that stays useful: free text is judged against the constants of the code that made it.

A message is made of literal pieces, which a developer wrote, and of holes, which data filled. The pieces
are in the code object of the frame that made the message (`co_consts`). Text that is covered by them stays,
holes stay only when, as a whole, they cannot be personal; the rest becomes `[..]`. No frame or no match:
all of it does.

Only pieces with a space count: a single word may be a constant that code compares with (`"HIV"`).
"""

from collections.abc import Callable, Iterable
from types import CodeType

from app.observability.privacy.budgets import CUT
from app.observability.privacy.patterns import pattern
from app.observability.privacy.shapes import safe_hole

HOLE = "[..]"
MOST_TEXTS = 8_192
_LONGEST = 8_192
_MOST_PIECES = 400
_MOST_CODES = 4096
_PLACEHOLDER = pattern(
    r"\{[^{}]{0,60}\}|%(?:\([A-Za-z0-9_]{1,40}\))?[-#0 +]{0,3}[0-9*]{0,4}(?:\.[0-9*]{1,3})?[sdrafxeigu]"
)
_WORD = pattern(r"[A-Za-z]{2,}")

Judge = Callable[[str, str], str]


class SafeTexts:
    """A bounded set of texts that the hooks found safe, as hashes; the oldest half goes when it is full."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self._texts: dict[int, bool] = {}
        self._most = most

    def add(self, text: str, *, constant: bool = False) -> str:
        """Remember `text` and return it. A `constant` is a whole sentence of the code, with nothing in it."""
        if len(self._texts) >= self._most:
            for old in list(self._texts)[: self._most // 2]:
                self._texts.pop(old, None)
        place = hash(text)
        self._texts[place] = constant or self._texts.get(place, False)
        return text

    def constant(self, text: str) -> bool:
        """Is it a sentence of the code with nothing filled in?"""
        return self._texts.get(hash(text), False)

    def __contains__(self, text: object) -> bool:
        return hash(text) in self._texts


# Words that the code objects which made texts hold: names of functions, single words among the constants.
CODE_WORDS: set[str] = set()
_MOST_WORDS = 16_384
_CODE_WORD = pattern(r"[A-Za-z][A-Za-z0-9]*(?:[_.:/-][A-Za-z0-9]+){0,6}")

Constants = tuple[frozenset[str], tuple[tuple[str, ...], ...]]

_known: dict[int, tuple[CodeType, Constants]] = {}


def constants(code: CodeType) -> Constants:
    """`_read` once for each code object; by identity, because hashing a code object hashes all it holds."""
    entry = _known.get(id(code))
    if entry is None or entry[0] is not code:
        if len(_known) >= _MOST_CODES:
            _known.clear()
        entry = _known[id(code)] = (code, _read(code))
    return entry[1]


def names_of(code: CodeType) -> frozenset[str]:
    """Identifiers and words that a code object holds: names, variables, constants, keywords of calls."""
    found: set[str] = {*code.co_names, *code.co_varnames, *code.co_freevars}
    for constant in code.co_consts:
        parts = constant if isinstance(constant, tuple) else (constant,)
        found.update(part for part in parts if isinstance(part, str))
    return frozenset(found)


def _read(code: CodeType) -> Constants:
    """The sentences of a code object, and its message templates as literal pieces in order, longest first.

    A template with placeholders is split at them. Pieces of f-strings are constants of their own, so every
    constant with a space is also a template of one piece.
    """
    if len(CODE_WORDS) < _MOST_WORDS:
        CODE_WORDS.update((code.co_name, code.co_qualname))
        CODE_WORDS.update(
            text
            for text in code.co_consts
            if isinstance(text, str) and len(text) <= 60 and _CODE_WORD.fullmatch(text)
        )
    sentences: set[str] = set()
    found: dict[tuple[str, ...], None] = {}
    for constant in code.co_consts:
        for text in constant if isinstance(constant, tuple) else (constant,):
            if (
                isinstance(text, str)
                and 2 < len(text) <= 2_000
                and _counts(text)
                and len(found) < _MOST_PIECES
            ):
                sentences.add(text)
                pieces = tuple(_PLACEHOLDER.split(text))
                if any(_counts(piece) for piece in pieces):
                    found[pieces] = None
    return frozenset(sentences), tuple(sorted(found, key=lambda pieces: -sum(map(len, pieces))))


def _counts(piece: str) -> bool:
    """Does a literal piece identify a message? It has a space and a word."""
    return (" " in piece or "\n" in piece) and bool(_WORD.search(piece))


def keep_safe(before: str, hole: str) -> str:
    """gdpr and hipaa: a hole stays when as a whole it cannot be personal."""
    del before
    return hole if safe_hole(hole) else HOLE


def align(text: str, code: CodeType | None, judge: Judge) -> str | None:
    """`text` with its holes judged, or None when no constant of `code` explains any of it.

    First the whole text against each template, then the f-string pieces, longest first, wherever they are.
    """
    if code is None or not text or len(text) > _LONGEST + len(CUT):
        return None
    sentences, templates = constants(code)
    if text in sentences:
        return text
    for pieces in templates:
        if pieces[0] in text or len(pieces) > 1:
            whole = _whole(text, pieces, judge)
            if whole is not None:
                return whole
    return _greedy(text, templates, judge)


def _whole(text: str, pieces: tuple[str, ...], judge: Judge) -> str | None:
    """The text as exactly one template: starts with its first piece, ends with its last."""
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return None
    if len(pieces) == 1:
        return text if text == pieces[0] else None
    out = [pieces[0]]
    place = len(pieces[0])
    last = len(text) - len(pieces[-1])
    for number, piece in enumerate(pieces[1:], 1):
        end = last if number == len(pieces) - 1 else text.find(piece, place) if piece else place
        if end < place:
            return None
        hole = text[place:end]
        out.append(judge(text[:place], hole) if hole else "")
        out.append(piece)
        place = end + len(piece)
    return "".join(out)


def _greedy(text: str, templates: Iterable[tuple[str, ...]], judge: Judge) -> str | None:
    covered: list[tuple[int, int]] = []
    for pieces in templates:
        for piece in pieces:
            if not _counts(piece):
                continue
            start = text.find(piece)
            while start >= 0:
                end = start + len(piece)
                if all(end <= low or start >= high for low, high in covered):
                    covered.append((start, end))
                    break
                start = text.find(piece, start + 1)
    if not covered:
        return None
    covered.sort()
    out: list[str] = []
    place = 0
    for start, end in covered:
        out.append(_judged(text, place, start, judge))
        out.append(text[start:end])
        place = end
    out.append(_judged(text, place, len(text), judge))
    return "".join(out)


def _judged(text: str, start: int, end: int, judge: Judge) -> str:
    """A hole, judged without the blanks and quotes at its ends, which stay."""
    hole = text[start:end]
    bare = hole.strip(" '\"\n")
    if not bare:
        return hole
    kept = judge(text[:start], bare)
    return hole if kept == bare else hole.replace(bare, kept)
