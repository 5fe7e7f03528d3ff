"""SQL and Redis: the statement stays, every literal in it becomes `?`."""

import re

from app.observability.privacy.memory import Answers
from app.observability.privacy.patterns import pattern

_SQL = pattern(
    r"(?P<gone>--[^\r\n]*|/\*.*?(?:\*/|$))"
    r"|(?P<text>[EeNnBbXx]?'(?:[^'\\]|''|\\.?)*(?:'|$)|\$[A-Za-z_]*\$.*?(?:\$[A-Za-z_]*\$|$))"
    # An address without quotes, which somebody pasted: its password looks like the name of a parameter.
    r"|(?P<address>[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s'\"]*[^\s'\"),;])"
    r"|(?P<quoted>\"[^\"]*(?:\"|$)|`[^`]*(?:`|$)|\[[^\]]*(?:\]|$))"
    r"|(?P<holder>%\([A-Za-z0-9_]{1,40}\)s|%s|(?<![A-Za-z0-9_]):[A-Za-z_][A-Za-z0-9_]{0,40}|\$[0-9]{1,4})"
    r"|(?P<glued>:[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>[0-9][0-9A-Za-z_.]*)"
    r"|(?P<odd>[^\x00-\x7f]+)",
    re.DOTALL,
)
_VERB = pattern(
    r"\(?(?:SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|REPLACE|CREATE|ALTER|DROP|TRUNCATE|BEGIN|COMMIT|ROLLBACK|SAVEPOINT"
    r"|RELEASE|SET|SHOW|EXPLAIN|PRAGMA|CALL|EXEC|EXECUTE|DECLARE|FETCH|COPY|LOCK|VACUUM|ANALYZE|LISTEN|NOTIFY)\b",
    re.IGNORECASE,
)
_PLAIN = pattern(r"[\"`\[]?[A-Za-z_][A-Za-z0-9_]{0,60}[\"`\]]?")
_TEXTUAL = pattern(r"(?:NOTIFY|SET|COMMENT|LISTEN)\b", re.IGNORECASE)
_AFTER_COMPARISON = pattern(
    r"NULL|TRUE|FALSE|ANY|ALL|SELECT|CASE|NOT|CURRENT_TIMESTAMP|CURRENT_DATE|CURRENT_TIME|NOW|EXCLUDED|DEFAULT",
    re.IGNORECASE,
)
_TITLES = pattern(
    r"Select|Insert|Update|Delete|From|Where|Into|Values|Set|And|Or|Order|By|Limit|Join|On|As|In|Is"
)
_ROUTINES = frozenset(("CALL", "EXEC", "EXECUTE"))
_DEFINING = frozenset(("CREATE", "ALTER", "DROP"))
_VALUE_WORDS = frozenset(("VALUES", "IN", "ANY", "ALL", "CALL", "EXEC", "EXECUTE"))
# Words before a bracket, or before the name in front of it, that is none of a call.
_NO_CALLS = pattern(
    r"INTO|TABLE|AS|AND|OR|NOT|WHERE|ON|USING|HAVING|EXISTS|FROM|JOIN|UPDATE|REFERENCES|KEY|CONFLICT"
    r"|OVER|SELECT|BY|SET|WITH|UNION|EXCEPT|INTERSECT"
)
_IN_CALLS = pattern(
    r"NULL|TRUE|FALSE|DEFAULT|DISTINCT|ALL|FROM|AS|AND|OR|NOT|CASE|WHEN|THEN|ELSE|END|IN|IS|OVER"
    r"|PARTITION|ORDER|BY|ASC|DESC|INTERVAL|CURRENT_[A-Z]+|ANY|ROW|FILTER|WHERE|LIKE|BETWEEN|SELECT"
    r"|WITH|INTO|VALUES"
)
_COMMAND = pattern(r"[A-Z]{2,20}(?:\.[A-Z]{2,20})?")
_LONGEST = 8_192
# Where nothing but apostrophes quotes, these are literals wherever they stand.
_QUOTING = pattern(r"[\"`\[\\$]|--|/\*")
_SIMPLE = pattern(r"(?<![A-Za-z0-9_.])(?:[EeNnBbXx]?'(?:[^']|'')*'|[0-9]+(?:\.[0-9]+)?(?![0-9A-Za-z_.]))")


def _masked(statement: str) -> str | None:
    statement = _without_leading_comments(statement)
    verb = _VERB.match(statement)
    if not verb:
        return None
    if _TEXTUAL.match(statement):
        return statement.split(None, 1)[0].upper() + " ?"
    return " ".join(_Masking(verb.group().lstrip("(").upper()).of(statement).split())


_known = Answers(_masked)


def _without_simple(statement: str) -> str | None:
    """Statements that differ in plain literals only are masked once."""
    statement = statement[:_LONGEST]
    return _known(statement if _QUOTING.search(statement) else _SIMPLE.sub("?", statement))


sql = Answers(_without_simple)
"""The statement without literals and comments, or None when it does not begin like SQL."""


def _without_leading_comments(statement: str) -> str:
    while True:
        statement = statement.lstrip()
        if statement.startswith("--"):
            statement = statement.partition("\n")[2]
        elif statement.startswith("/*"):
            statement = statement.partition("*/")[2]
        else:
            return statement


class _Masking:
    """One statement, token by token: inside VALUES, IN and the arguments of calls words are values too."""

    def __init__(self, verb: str) -> None:
        self._routine = verb in _ROUTINES
        self._defines = verb in _DEFINING
        self._before = ""
        self._named = ""
        self._open: list[bool] = []

    def of(self, statement: str) -> str:
        """The statement with `?` for every literal."""
        parts: list[str] = []
        done = 0
        for match in _SQL.finditer(statement):
            between = statement[done : match.start()]
            self._signs(between)
            token = self._token(match, between)
            parts += (between, token)
            done = match.end()
        parts.append(statement[done:])
        return "".join(parts)

    def _signs(self, between: str) -> None:
        """Follow the brackets; a call's bracket stands right behind its name."""
        for at, sign in enumerate(between):
            if sign == "(":
                glued = at == 0 and not (
                    _NO_CALLS.fullmatch(self._named) or _NO_CALLS.fullmatch(self._before)
                )
                values = self._named in _VALUE_WORDS or self._before in _ROUTINES
                self._open.append(not self._defines and (glued or values or self._inside()))
                self._named = ""
            elif sign == ")" and self._open:
                self._open.pop()
            elif not sign.isspace():
                self._named = sign

    def _inside(self) -> bool:
        return bool(self._open) and self._open[-1]

    def _token(self, match: re.Match[str], between: str) -> str:
        kind, text = match.lastgroup, match.group()
        if kind == "gone":
            return " "
        if kind == "holder":
            return text
        if kind == "word":
            return self._word(match, between)
        if kind == "quoted" and _PLAIN.fullmatch(text):
            qualified = match.string[match.end() : match.end() + 1] == "." or between[-1:] == "."
            value = text[0] == '"' and not qualified and (self._inside() or _compared(match))
            self._before, self._named = self._named, text
            return "?" if value else text
        self._named = "?"
        return "?"

    def _word(self, match: re.Match[str], between: str) -> str:
        text = match.group()
        upper = text.upper()
        if upper in ("SELECT", "WITH") and self._open:
            self._open[-1] = False
        after = match.string[match.end() : match.end() + 1]
        argument = self._inside() or (self._routine and self._before in _ROUTINES and after != "(")
        qualified = after in (".", "(") or between[-1:] == "."
        known = _IN_CALLS.fullmatch(upper) or (qualified and not self._routine) or after == "("
        self._before, self._named = self._named, upper
        return text if _identifier(match) and (known or not argument) else "?"


def _compared(match: re.Match[str]) -> bool:
    """Does the token stand behind a comparison?"""
    before = match.string[max(0, match.start() - 8) : match.start()].rstrip()
    return before[-1:] in ("=", "<", ">", "@") or before.upper().endswith("LIKE")


def _identifier(match: re.Match[str]) -> bool:
    """Not a value that somebody pasted without quotes: behind a comparison only columns with a table stay."""
    word, text = match.group(), match.string
    if _AFTER_COMPARISON.fullmatch(word) or text[match.end() : match.end() + 1] in (".", "("):
        return True
    titled = word.istitle() and len(word) > 1 and not _TITLES.fullmatch(word)
    return not _compared(match) and not titled


def redis(command: str) -> str:
    """The command word: keys and arguments carry ids and names. Pipelines keep their fixed name."""
    if command == "redis.pipeline.execute":
        return command
    word = command.split(None, 1)[0] if command.strip() else ""
    return f"{word} ?" if _COMMAND.fullmatch(word) else "[..]"
