"""SQL and Redis: the statement stays, every literal in it becomes `?`."""

import re

from app.observability.privacy.memory import Answers

_SQL = re.compile(
    r"(?P<gone>--[^\r\n]*|/\*.*?(?:\*/|$))"
    r"|(?P<text>[EeNnBbXx]?'(?:[^'\\]|''|\\.?)*(?:'|$)|\$[A-Za-z_]*\$.*?(?:\$[A-Za-z_]*\$|$))"
    r"|(?P<quoted>\"[^\"]*(?:\"|$)|`[^`]*(?:`|$)|\[[^\]]*(?:\]|$))"
    r"|(?P<holder>%\([A-Za-z0-9_]{1,40}\)s|:[A-Za-z_][A-Za-z0-9_]{0,40}|\$[0-9]{1,4})"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>[0-9][0-9A-Za-z_.]*)"
    r"|(?P<odd>[^\x00-\x7f]+)",
    re.DOTALL,
)
_VERB = re.compile(
    r"\(?(?:SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|REPLACE|CREATE|ALTER|DROP|TRUNCATE|BEGIN|COMMIT|ROLLBACK|SAVEPOINT"
    r"|RELEASE|SET|SHOW|EXPLAIN|PRAGMA|CALL|EXEC|EXECUTE|DECLARE|FETCH|COPY|LOCK|VACUUM|ANALYZE|LISTEN|NOTIFY)\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[\"`\[]?[A-Za-z_][A-Za-z0-9_]{0,60}[\"`\]]?")
_TEXTUAL = re.compile(r"(?:NOTIFY|SET|COMMENT|LISTEN)\b", re.IGNORECASE)
_AFTER_COMPARISON = re.compile(
    r"NULL|TRUE|FALSE|ANY|ALL|SELECT|CASE|NOT|CURRENT_TIMESTAMP|CURRENT_DATE|CURRENT_TIME|NOW|EXCLUDED|DEFAULT",
    re.IGNORECASE,
)
_TITLES = re.compile(
    r"Select|Insert|Update|Delete|From|Where|Into|Values|Set|And|Or|Order|By|Limit|Join|On|As|In|Is"
)
_COMMAND = re.compile(r"[A-Z]{2,20}(?:\.[A-Z]{2,20})?")
_LONGEST = 8_192
# Where nothing but apostrophes quotes, these are literals wherever they stand.
_QUOTING = re.compile(r"[\"`\[\\$]|--|/\*")
_SIMPLE = re.compile(r"(?<![A-Za-z0-9_.])(?:[EeNnBbXx]?'(?:[^']|'')*'|[0-9]+(?:\.[0-9]+)?(?![0-9A-Za-z_.]))")


def _masked(statement: str) -> str | None:
    statement = _without_leading_comments(statement)
    if not _VERB.match(statement):
        return None
    if _TEXTUAL.match(statement):
        return statement.split(None, 1)[0].upper() + " ?"
    return " ".join(_SQL.sub(_literal, statement).split())


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


def _literal(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "word":
        return match.group() if _identifier(match) else "?"
    if kind == "holder":
        return match.group()
    if kind == "gone":
        return " "
    if kind == "quoted" and _PLAIN.fullmatch(match.group()):
        return match.group()
    return "?"


def _identifier(match: re.Match[str]) -> bool:
    """Not a value that somebody pasted without quotes: behind a comparison only columns with a table stay."""
    word, text = match.group(), match.string
    if _AFTER_COMPARISON.fullmatch(word) or text[match.end() : match.end() + 1] in (".", "("):
        return True
    before = text[max(0, match.start() - 8) : match.start()].rstrip()
    compared = before[-1:] in ("=", "<", ">", "@") or before.upper().endswith("LIKE")
    titled = word.istitle() and len(word) > 1 and not _TITLES.fullmatch(word)
    return not compared and not titled


def redis(command: str) -> str:
    """The command word: keys and arguments carry ids and names. Pipelines keep their fixed name."""
    if command == "redis.pipeline.execute":
        return command
    word = command.split(None, 1)[0] if command.strip() else ""
    return f"{word} ?" if _COMMAND.fullmatch(word) else "[..]"
