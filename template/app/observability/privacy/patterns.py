"""Patterns that are compiled when a text first calls for them: together they are a tenth of a cold start."""

import re
from typing import Any, cast

_METHODS = ("findall", "finditer", "flags", "fullmatch", "match", "pattern", "search", "split", "sub")


class _Pattern:
    """Becomes the compiled pattern, as far as anybody can tell, when it is asked for one of its methods."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        # From now on they are found without a detour.
        self.__dict__.update({method: getattr(compiled, method) for method in _METHODS})
        return self.__dict__[name]


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Like `re.compile`, but an error in `text` shows when the pattern is first used, not here."""
    return cast("re.Pattern[str]", _Pattern(text, flags))
