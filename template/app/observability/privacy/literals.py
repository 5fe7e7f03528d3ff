"""Read what `repr` wrote, and the forms in which keys stand beside their values without being keys."""

import ast
from typing import Any

from app.observability.privacy.keys import verdict
from app.observability.privacy.patterns import pattern
from app.observability.privacy.shapes import unquoted

_KEY = pattern(r"[A-Za-z][A-Za-z_.-]{0,60}[0-9]{0,2}")
_NAMES = ("name", "key", "field", "label", "id", "code")


def sensitive_key(name: str) -> bool:
    """Is it written like a key, and sensitive?"""
    return bool(_KEY.fullmatch(name)) and verdict(name).answer == "sensitive"


def row_name(row: dict[str, Any]) -> str:
    """The sensitive key of a row such as `{"name": "ssn", "value": ".."}`, or an empty string."""
    for key in _NAMES:
        name = row.get(key)
        if isinstance(name, str) and sensitive_key(literal(name)):
            return literal(name)
    return ""


def pairs(value: Any) -> bool:
    """A list of keys with their values, as raw headers are."""
    rows = value if isinstance(value, list) else []
    return bool(rows) and all(isinstance(item, list) and len(item) == 2 for item in rows)


def literal(value: str) -> str:
    """The text that `repr` of a frame variable shows, with escapes resolved; bytes are read as UTF-8."""
    if value[:2] in ("b'", 'b"'):
        return _read_bytes(value[2:-1] if value[-1:] == value[1] and len(value) > 2 else value[2:])
    bare = unquoted(value)
    if bare is not value and "\\" in bare and len(bare) < 8_192:
        try:
            read = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError):
            return bare
        return read if isinstance(read, str) else bare
    return bare


def _read_bytes(text: str) -> str:
    """What stands between the quotes of a bytes literal, which the SDK may have cut."""
    if "\\" not in text:
        return text
    try:
        return (
            text.encode("latin-1", "replace")
            .decode("unicode_escape")
            .encode("latin-1", "replace")
            .decode("utf-8", "replace")
        )
    except UnicodeDecodeError:  # cut in the middle of an escape
        return text.replace("\\r\\n", "\n").replace("\\n", "\n")
