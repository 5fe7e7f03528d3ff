"""URLs, paths, query strings and names of transactions: the shape stays, the data goes.

Path segments that look like data become `{x}`. At gdpr and hipaa a segment stays only when it is a literal
part of one of our own routes or a common resource word; at standard ordinary words, UUIDs and short
numbers stay too.
"""

import re
import sys
from collections.abc import Collection

from app.observability.privacy.guesses import birth_shaped
from app.observability.privacy.keys import verdict
from app.observability.privacy.levels import Level
from app.observability.privacy.memory import CleanTexts
from app.observability.privacy.pairs import decoded, form_pairs
from app.observability.privacy.patterns import pattern
from app.observability.privacy.shapes import UUID, business_id, known_words, telling_number
from app.observability.privacy.structures import METHODS

HOLE = "{x}"
_PLACEHOLDER = pattern(r"[{<:][A-Za-z_][A-Za-z0-9_:]{0,40}[}>]?")
_VERSION = pattern(r"v[0-9]{1,2}")
_WORD_SEGMENT = pattern(r"[a-z]{1,24}(?:_[a-z]{1,24}){0,4}")
_YEAR = pattern(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_SHORT_NUMBER = pattern(r"[0-9]{1,4}")
_QUERY_NUMBER = pattern(r"-?[0-9]{1,3}|true|false|True|False", re.IGNORECASE)
_QUERY_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}(?:\[[A-Za-z0-9_]{0,20}\])?")
_HOST = pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,120}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")
_LONGEST = 4_096
_MOST_DIGITS = 3
_MOST_HOST_DIGITS = 6
_MOST_SLUG_DIGITS = 4
_SLUG = pattern(r"[A-Za-z0-9]{1,24}(?:[_.-][A-Za-z0-9]{1,24}){0,4}")
_LETTERS = pattern(r"[A-Za-z]+")
_LONG_NAME = 16
_CAMEL = pattern(r"[A-Za-z]?[a-z]+(?:[A-Z][a-z]+){0,6}")
_ONLY_LABEL = pattern(r"[A-Za-z][A-Za-z0-9_-]*")
_OF_NETWORK = pattern(r"[a-z][a-z0-9_-]{0,39}")
_LAST_LABEL = pattern(r"[A-Za-z][A-Za-z-]*")
_DOTTED_QUAD = pattern(r"[0-9.]+(?::[0-9]+)?")
_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://")
_DOTTED = pattern(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_<][A-Za-z0-9_>]*)+")


class Addresses:
    """The URL rules of one level; `words`: path segments that may always stay, `known`: words of machines."""

    def __init__(self, level: Level, words: Collection[str], known: Collection[str] = ()) -> None:
        self._level = level
        self._strict = level != "standard"
        self._words = set(words)
        self._known = known
        self._names: dict[str, None] = {}
        self._hosts = CleanTexts()

    def trust(self, name: str) -> str:
        """Declare a route template, task or operation name that is written in code; returns it."""
        if len(self._names) < 4096 and len(name) <= 200:
            self._names[name] = None
            if "/" in name:
                path = name.split(" ", 1)[-1]
                self._words.update(
                    part for part in path.split("/") if part and not _PLACEHOLDER.fullmatch(part)
                )
        return name

    def trusted(self, name: str) -> bool:
        """Was this very name declared?"""
        return name in self._names

    def path(self, path: str) -> str:
        """`/patients/17/anna` -> `/patients/{x}/{x}` (strict) or `/patients/17/anna` (standard)."""
        parts = path.split("/")[:40]
        if not self._strict and _YEAR.search(path):
            for at in range(len(parts) - 2):  # `/1952/07/26`, of which each part alone is a short number
                date = "/".join(parts[at : at + 3])
                if _YEAR.search(date) and birth_shaped(date):
                    parts[at : at + 3] = [HOLE] * 3
        return "/".join(self._segment(part) if part else "" for part in parts)

    def _segment(self, part: str) -> str:
        if part in self._words or _PLACEHOLDER.fullmatch(part) or _VERSION.fullmatch(part):
            return part
        if self._strict:
            return HOLE
        if _SHORT_NUMBER.fullmatch(part):
            return part
        part = decoded(part)
        if _WORD_SEGMENT.fullmatch(part) or UUID.fullmatch(part) or known_words(part, self._known):
            return part
        return part if _SHORT_NUMBER.fullmatch(part) or self._slug(part) else HOLE

    def _slug(self, part: str) -> bool:
        """At standard: `ord_8f3k2`, `report-2024.pdf`, `a-17`; no unknown word beside a number."""
        if business_id(part):
            return True
        letters = _LETTERS.findall(part)
        short = _SLUG.fullmatch(part) and sum(map(str.isdigit, part)) <= _MOST_SLUG_DIGITS
        return bool(short) and all(
            word in self._known or (len(word) <= 3 and word.islower()) for word in letters
        )

    def query(self, query: str) -> str:
        """Names with `[..]` for values; short numbers and booleans stay below hipaa, where nothing stays."""
        if self._level == "hipaa" or not query:
            return ""
        rows: list[str] = []
        for name, value in form_pairs(query.lstrip("?")[:_LONGEST])[:50]:
            if not self._query_name(name):
                rows.append("[..]")
            elif (
                _QUERY_NUMBER.fullmatch(value)
                and not (self._strict and telling_number(value))
                and verdict(name).answer != "sensitive"
            ):
                rows.append(f"{name}={value}")
            else:
                rows.append(f"{name}=[..]")
        return "&".join(rows)

    def _query_name(self, name: str) -> bool:
        """A name of the machine's: no long number in it, at gdpr made of words that the catalogue knows."""
        if not _QUERY_NAME.fullmatch(name) or sum(map(str.isdigit, name)) > _MOST_DIGITS:
            return False
        if len(name) > _LONG_NAME and name.lower() != name != name.upper() and not _CAMEL.fullmatch(name):
            return False
        if not self._strict:
            return True
        return len(name) == 1 or verdict(name).answer != "unknown" or known_words(name, self._known)

    def host(self, host: str) -> str:
        """A host name with port; an address in numbers becomes `[ip]`, anything else `[..]`."""
        if hash(host) in self._hosts:
            return host
        kept = self._host(host.rpartition("@")[2])
        return self._hosts.keep(host) if kept == host else kept

    def _host(self, host: str) -> str:
        if not _HOST.fullmatch(host):
            return "[..]" if host else ""
        if host.startswith("[") or (_DOTTED_QUAD.fullmatch(host) and host.count(".") == 3):
            return host if host.startswith("127.") else "[ip]"
        name = host.partition(":")[0]
        _, dot, last = name.rstrip(".").rpartition(".")
        only = _OF_NETWORK if self._strict else _ONLY_LABEL
        if not (_LAST_LABEL if dot else only).fullmatch(last):
            return "[..]"
        return "[..]" if self._strict and sum(map(str.isdigit, name)) > _MOST_HOST_DIGITS else host

    def url(self, url: str) -> str:
        """A URL or path without user-info, data segments, query values and fragment."""
        url = url.strip()[:_LONGEST].partition("#")[0]
        front, mark, query = url.partition("?")
        scheme = _SCHEME.match(front)
        host = ""
        if scheme:
            rest = front[scheme.end() :]
            host, slash, tail = rest.partition("/")
            host, front = scheme.group() + self.host(host), slash + tail
        elif "/" not in front:
            return self.host(front) if not self._strict and "@" not in front else "[..]"
        kept = self.query(query) if mark else ""
        return f"{host}{self.path(front)}" + (f"?{kept}" if kept else "")

    def foreign(self, url: str) -> str:
        """An absolute URL that somebody typed: of the host its domain stays, of the path known words."""
        front, _, _ = self.url(url).partition("?")
        scheme, mark, rest = front.partition("://")
        host, slash, path = rest.partition("/")
        labels = host.split(".")
        shown = [label if label in self._known else HOLE for label in labels[:-2]] + labels[-2:]
        parts = [part if self._own_word(part) else HOLE for part in path.split("/")]
        return f"{scheme}{mark}{'.'.join(shown) if len(labels) > 2 else host}{slash}{'/'.join(parts)}"

    def _own_word(self, part: str) -> bool:
        plain = part in ("", HOLE) or part in self._words or _PLACEHOLDER.fullmatch(part)
        return bool(
            plain or UUID.fullmatch(part) or _VERSION.fullmatch(part) or known_words(part, self._known)
        )

    def request_line(self, text: str) -> str | None:
        """`GET /a/b` or `GET https://host/a` masked, or None when the text is no request line."""
        method, space, rest = text.partition(" ")
        if method in METHODS and space and ("/" in rest) and " " not in rest.strip():
            return f"{method} {self.url(rest)}"
        return None

    def code_name(self, name: str) -> bool:
        """Is this the dotted name of something in a module that this process has loaded?"""
        return bool(_DOTTED.fullmatch(name)) and name.partition(".")[0] in sys.modules
