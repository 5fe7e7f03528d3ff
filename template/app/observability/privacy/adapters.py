"""Messages of exceptions that are built far from the frame that raised: one adapter for each library.

An adapter gives back text that is safe at gdpr and hipaa, or None when the exception is not its own.
Libraries are recognised by the module name of the class, so none of them is imported here.
"""

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from app.observability.privacy.catalogue import catalogue
from app.observability.privacy.patterns import pattern
from app.observability.privacy.safe_texts import HOLE, Judge, keep_safe
from app.observability.privacy.shapes import machine_word
from app.observability.privacy.statements import sql
from app.observability.privacy.urls import Addresses

_IDENTIFIER = pattern(r"[A-Za-z_][A-Za-z0-9_.]{0,80}")
_NUMBER = pattern(r"[0-9]{1,9}")
_KEY_NAME = pattern(r"[a-z]{1,20}(?:_[a-z0-9]{1,20}){1,4}")
_PLACES = frozenset(("body", "query", "path", "header", "cookie", "response"))
_PARAMETERS = frozenset(("query", "path", "header", "cookie"))
_MOST_ERRORS = 20

Named = Callable[[str], bool]
Adapter = Callable[[BaseException, Addresses, tuple[Any, ...]], str | None]


def _origin(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _location(parts: Any) -> str:
    """`body.items.0.amount`: names that code declares stay, keys that came with the input do not."""
    fields = _model_fields()
    shown: list[str] = []
    for at, part in enumerate(list(parts)[:12]):
        text = str(part)
        declared = text in fields or (at == 0 and text in _PLACES) or (at == 1 and shown[0] in _PARAMETERS)
        shown.append(text if isinstance(part, int) or (declared and _IDENTIFIER.fullmatch(text)) else HOLE)
    return ".".join(shown)


def _model_fields() -> set[str]:
    """Names and aliases of the fields of every model that this process has defined."""
    base = getattr(sys.modules.get("pydantic"), "BaseModel", None)
    names: set[str] = set()
    waiting = list(base.__subclasses__()) if base is not None else []
    while waiting:
        model = waiting.pop()
        waiting.extend(model.__subclasses__())
        for name, info in getattr(model, "model_fields", {}).items():
            names.add(name)
            alias = getattr(info, "alias", None)
            if isinstance(alias, str):
                names.add(alias)
    return names


def pydantic(error: BaseException, addresses: Addresses, constants: tuple[Any, ...]) -> str | None:
    """pydantic and FastAPI validation: type and location of each error, never the input."""
    module = type(error).__module__.partition(".")[0]
    if module not in ("pydantic_core", "pydantic", "fastapi") or not hasattr(error, "errors"):
        return None
    try:
        rows = error.errors(include_input=False, include_url=False, include_context=False)
    except TypeError:
        rows = error.errors()
    shown = [
        f"{_location(row.get('loc', ()))}: {row.get('type')}"
        for row in list(rows)[:_MOST_ERRORS]
        if isinstance(row, dict)
    ]
    return f"{len(rows)} validation errors: " + "; ".join(
        row for row in shown if " " not in row.partition(": ")[2]
    )


def http_exception(error: BaseException, addresses: Addresses, constants: tuple[Any, ...]) -> str | None:
    """Starlette and FastAPI HTTPException: status, and the detail when the raising code holds it."""
    status = getattr(error, "status_code", None)
    if not isinstance(status, int) or type(error).__name__ not in ("HTTPException", "WebSocketException"):
        return None
    detail = getattr(error, "detail", None)
    if isinstance(detail, str) and (detail in constants or template(detail) == detail) and " " in detail:
        return f"{status}: {detail}"
    return f"{status}: {template(detail) or HOLE}" if isinstance(detail, str) and detail else f"{status}"


def key_error(error: BaseException, addresses: Addresses, constants: tuple[Any, ...]) -> str | None:
    """KeyError: the key when code names it as `snake_case` constant."""
    if type(error) is not KeyError:
        return None
    key = error.args[0] if error.args else None
    if isinstance(key, str) and key in constants and _KEY_NAME.fullmatch(key):
        return repr(key)
    return HOLE


def httpx(error: BaseException, addresses: Addresses, constants: tuple[Any, ...]) -> str | None:
    """httpx, httpcore, requests: status, method, host and masked path."""
    module = type(error).__module__.partition(".")[0]
    if module not in ("httpx", "httpcore", "requests", "aiohttp"):
        return None
    try:
        request = getattr(error, "request", None)
    except RuntimeError:
        request = None
    where = ""
    if request is not None and getattr(request, "url", None) is not None:
        method = str(getattr(request, "method", ""))
        where = f"{method if method.isalpha() else ''} {addresses.url(str(request.url))}".strip()
    status = getattr(getattr(error, "response", None), "status_code", None)
    known = template(str(error))
    said = f"status {status}" if isinstance(status, int) else known or "request failed"
    return f"{said}: {where}" if where else said


def sqlalchemy(error: BaseException, addresses: Addresses, constants: tuple[Any, ...]) -> str | None:
    """SQLAlchemy and drivers: the driver's error class and the statement without literals."""
    module = type(error).__module__.partition(".")[0]
    if module not in (
        "sqlalchemy",
        "asyncpg",
        "psycopg",
        "psycopg2",
        "sqlite3",
        "aiosqlite",
        "MySQLdb",
        "pymysql",
    ):
        return None
    origin = getattr(error, "orig", None)
    statement = getattr(error, "statement", None)
    said = f"({_origin(origin)})" if isinstance(origin, BaseException) else "database error"
    masked = sql(statement) if isinstance(statement, str) else None
    return f"{said} [SQL: {masked}]" if masked else said


def os_error(error: BaseException, addresses: Addresses, constants: tuple[Any, ...]) -> str | None:
    """OSError: number and the system's words, and the file with a masked path."""
    if not isinstance(error, OSError) or not isinstance(error.errno, int):
        return None
    words = error.strerror if isinstance(error.strerror, str) else ""
    said = f"[Errno {error.errno}] {words if words in _system_words() else HOLE}"
    return f"{said}: {addresses.path(error.filename)!r}" if isinstance(error.filename, str) else said


def _system_words() -> frozenset[str]:
    import errno
    import os

    return frozenset(os.strerror(number) for number in errno.errorcode)


def unicode_error(error: BaseException, addresses: Addresses, constants: tuple[Any, ...]) -> str | None:
    """UnicodeError: codec and position, never the object."""
    if not isinstance(error, (UnicodeDecodeError, UnicodeEncodeError)):
        return None
    return (
        f"'{error.encoding}' codec failed at position {error.start}" if machine_word(error.encoding) else HOLE
    )


ADAPTERS: tuple[Adapter, ...] = (
    pydantic,
    http_exception,
    key_error,
    httpx,
    sqlalchemy,
    os_error,
    unicode_error,
)


def adapted(error: BaseException, addresses: Addresses, constants: tuple[Any, ...]) -> str | None:
    """The first adapter's answer, or None."""
    for adapter in ADAPTERS:
        text = adapter(error, addresses, constants)
        if text is not None:
            return text
    return None


_HOLES = pattern(r"\{(name|code|n)?\}")


@lru_cache(maxsize=1)
def _known_messages() -> dict[str, list[tuple[str, str, list[tuple[str, str]]]]]:
    """Known messages by their first letter: longest literal, start, holes with the literal behind each."""
    rows: dict[str, list[tuple[str, str, list[tuple[str, str]]]]] = {}
    for text in catalogue().known_messages:
        parts = _HOLES.split(text)
        holes = [(parts[at] or "", parts[at + 1]) for at in range(1, len(parts), 2)]
        rows.setdefault(parts[0][:1], []).append((max(parts[::2], key=len), parts[0], holes))
    return rows


def nobody(name: str) -> bool:
    """No identifier is known."""
    del name
    return False


def template(text: str, judge: Judge = keep_safe, named: Named = nobody) -> str | None:
    """`text` by a known message of Python's own (catalogue), holes judged, or None.

    `named` says of an identifier that the code which raised holds it: `getattr(row, name)` may say anything.
    """
    known = _known_messages()
    for longest, start, holes in (*known.get(text[:1], ()), *known.get("", ())):
        if longest in text and text.startswith(start):
            filled = _fill(text, start, holes, judge, named)
            if filled is not None:
                return filled
    return None


def _fill(text: str, start: str, holes: list[tuple[str, str]], judge: Judge, named: Named) -> str | None:
    out = [start]
    place = len(start)
    for number, (kind, literal) in enumerate(holes):
        if number == len(holes) - 1:
            if not text.endswith(literal):
                return None
            end = len(text) - len(literal)
        else:
            end = text.find(literal, place)
        if end < place:
            return None
        hole = text[place:end]
        if (kind == "code" and not _IDENTIFIER.fullmatch(hole)) or (
            kind == "n" and not _NUMBER.fullmatch(hole)
        ):
            return None
        if kind == "name":
            out.append(hole if _IDENTIFIER.fullmatch(hole) and named(hole) else HOLE)
        else:
            out.append(hole if kind else judge(text[:place], hole))
        out.append(literal)
        place = end + len(literal)
    return "".join(out) if place == len(text) else None
