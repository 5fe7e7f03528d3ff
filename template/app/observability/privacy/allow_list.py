"""The service's own allow-list: one reviewed TOML file that gives back its ids and enumerations.

    keys = ["order_id", "batch"]              # values under these keys leave (value rules still run)
    names = ["nightly import", "charge card"] # fixed texts: operation, span and task names

    [enums]                                   # words that may leave under a key, whatever else it holds
    status = ["paid", "pending", "refunded"]

A key that the catalogue calls sensitive cannot be allowed: the file is refused.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.observability.privacy.keys import split, verdict

_SECTIONS = ("keys", "names", "tags", "enums")


class AllowListError(ValueError):
    """The file cannot be used; the message names file, place and remedy."""


def canonical(key: str) -> str:
    """`orderId`, `order_id` and `order-id` are one key."""
    return "".join(split(key))


@dataclass(frozen=True)
class AllowList:
    """What one service lets through beyond the catalogue. Empty by default."""

    keys: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    enums: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def key(self, key: str) -> bool:
        """May values under this key leave?"""
        return bool(self.keys) and canonical(key) in self.keys

    def words(self, key: str) -> frozenset[str]:
        """Words that may leave under this key, whatever else it holds."""
        return self.enums.get(canonical(key), frozenset()) if self.enums else frozenset()


def _strings(raw: Any, place: str, path: Path) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(item, str) and item for item in raw):
        raise AllowListError(
            f'{path}: {place} must be a list of non-empty strings, for example {place} = ["order_id"].'
        )
    return raw


def load(path: Path | None) -> AllowList:
    """Read the file; None means an empty list. Raises AllowListError when it is missing, malformed or too
    wide.
    """
    if path is None:
        return AllowList()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AllowListError(
            f"{path}: cannot be read ({error.strerror}). Create it or pass allow_list=None."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AllowListError(f"{path}: is not valid TOML: {error}.") from None
    unknown = sorted(set(raw) - set(_SECTIONS))
    if unknown:
        raise AllowListError(f"{path}: unknown section {unknown[0]!r}; known are {', '.join(_SECTIONS)}.")
    keys = _strings(raw.get("keys", []), "keys", path) + _strings(raw.get("tags", []), "tags", path)
    for key in keys:
        found = verdict(key)
        if found.answer == "sensitive" and found.cls != "user":
            raise AllowListError(
                f"{path}: key {key!r} cannot be allowed, the catalogue calls it {found.cls}. "
                "Remove it, or rename the field if it holds something else."
            )
    enums_raw = raw.get("enums", {})
    if not isinstance(enums_raw, dict):
        raise AllowListError(f'{path}: enums must be a table of lists: [enums] status = ["paid"].')
    enums = {
        canonical(key): frozenset(_strings(words, f"enums.{key}", path)) for key, words in enums_raw.items()
    }
    return AllowList(
        keys=frozenset(canonical(key) for key in keys),
        names=frozenset(_strings(raw.get("names", []), "names", path)),
        enums=enums,
    )
