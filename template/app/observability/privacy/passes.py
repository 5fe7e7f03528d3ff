"""`Pass`: the scrubbing of one item, with everything that has a grammar of its own: URLs, SQL, headers,
names.
"""

import re
from typing import Any

from app.observability.privacy.catalogue import catalogue
from app.observability.privacy.data import DataPass
from app.observability.privacy.guesses import guess
from app.observability.privacy.keys import verdict
from app.observability.privacy.literals import literal
from app.observability.privacy.patterns import pattern
from app.observability.privacy.pieces import guess_words
from app.observability.privacy.shapes import (
    business_id,
    known_words,
    machine_slug,
    machine_value,
    machine_word,
    release,
    short_id,
)
from app.observability.privacy.statements import redis, sql
from app.observability.privacy.structures import OWN, http_method, operation, thread_name
from app.observability.privacy.texts import DENIED

_MEDIA = r"(?:application|text|image|audio|video|multipart|font|\*)/[a-z0-9*.+-]{1,60}"
_QUALITY = r"(?:; ?q=[0-9.]{1,5})?"
# What the headers of machines say, in lists and with weights; anything else was written by somebody.
_LANGUAGE = r"(?:[a-z]{2,3}(?:-[A-Za-z]{2,4})?|\*)"
_MACHINE_HEADER = pattern(
    rf"{_MEDIA}(?:; ?charset=[A-Za-z0-9-]{{2,12}})?{_QUALITY}(?:, ?{_MEDIA}{_QUALITY}){{0,12}}"
    rf"|{_LANGUAGE}{_QUALITY}(?:, ?{_LANGUAGE}{_QUALITY}){{0,12}}"
    r"|(?:gzip|deflate|br|zstd|identity|chunked|keep-alive|close|no-cache|no-store|max-age=[0-9]{1,8}|trailers"
    r"|websocket|h2c|100-continue|cors|no-cors|navigate|same-origin|same-site|cross-site|none|document|empty"
    r"|\*|, ?|;q=[0-9.]{1,4}){1,12}"
)
_PARAMETERS = pattern(r"; ?(?!charset=)[A-Za-z-]{1,20}=[^;]{0,200}", re.IGNORECASE)
_HOST_NAME = pattern(r"[a-z-]{1,40}[0-9]{0,3}(?:\.[a-z-]{1,40}[0-9]{0,3}){0,7}(?::[0-9]{1,5})?")
_NUMBER_HEADERS = frozenset(("content-length", "retry-after"))
_HOST_HEADERS = frozenset(("host", "origin"))


class Pass(DataPass):
    """One item, one level, one thread."""

    __slots__ = ()

    def attribute(self, kind: str, key: str, value: str) -> Any:
        """A value whose key says how it is read: SQL, URL, query, command, name, address."""
        place = (value, False, kind)
        known = self.memo.get(place)
        if known is None:
            known = self.memo[place] = self._attribute(kind, key, value)
        return known

    def _attribute(self, kind: str, key: str, value: str) -> Any:
        if kind == "sql":
            return self.statement(value)
        if kind == "url":
            masked = self._noted("url-structure", value, self.rules.addresses.url(value))
            # A word alone may be a host, or whatever somebody calls a target.
            return masked if "/" in value else self.scan(masked)
        if kind == "query":
            return self._noted("url-structure", value, self.rules.addresses.query(value))
        if kind == "redis":
            return self._noted("redis-structure", value, redis(value))
        if kind == "name":
            return self.name(value)
        if kind == "text":
            return self.text(value)
        if kind == "user":
            return self.user_id(value)
        if kind == "host":
            return (
                value
                if not self.rules.strict and machine_word(value)
                else self._noted("host", value, self.rules.addresses.host(value))
            )
        if kind == "ip":
            return self.ip(value)
        if kind == "method":
            return http_method(value)
        if kind == "thread":
            return thread_name(value)
        if kind == "operation" and operation(value):
            return self.rules.operations.keep(value)
        return self._deny("attribute-dropped", value)

    def _agent(self, text: str) -> str:
        """The program that asked; few of them send most requests."""
        agents = self.rules.clean_agents
        if hash(text) in agents:
            return text
        kept = guess_words(self.scan(text, 300))
        return agents.keep(text) if kept == text else kept

    def _host_header(self, text: str) -> str:
        """Host or origin: small letters, and hardly a digit but those of a port or a local address."""
        scheme, mark, host = text.rpartition("://")
        kept = self.rules.addresses.host(host)
        plain = kept == "[ip]" or host.startswith("127.") or _HOST_NAME.fullmatch(host)
        return (
            f"{scheme}{mark}{kept}"
            if plain and scheme in ("", "http", "https")
            else self._deny("header", text)
        )

    def _slug(self, text: str) -> bool:
        return business_id(text) or short_id(text) if self.rules.strict else machine_slug(text)

    def _noted(self, rule: str, before: str, after: str) -> str:
        if self.hit is not None and before != after:
            self.hit(rule, before)
        return after

    def own(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Release, environment and dist: the client's own. Another one, which may have come in with a header,
        stays at standard when it has the shape of one.
        """
        out: dict[str, Any] = {}
        for key in OWN:
            value, own = raw.get(key), self.rules.own.get(key)
            if isinstance(value, str) and value:
                shaped = release(value) if key == "release" else known_words(value, self.rules.machine_words)
                foreign = shaped and not (own and self.rules.strict) and self.plain_scan(value) == value
                if value == own or foreign:
                    out[key] = value
                elif own:
                    out[key] = own
        return out

    def ip(self, value: str) -> str:
        """Masked; at gdpr an IPv4 address keeps its network (/24), which Sentry can still place."""
        parts = value.split(".")
        if (
            self.rules.level == "gdpr"
            and len(parts) == 4
            and all(part.isdigit() for part in parts)
            and parts[3] != "0"
        ):
            return self._noted("ipv4", value, ".".join([*parts[:3], "0"]))
        return self._deny("ip", value, self.rules.markers["network"])

    def user_id(self, value: Any) -> str:
        """The id of a user: opaque at standard, a keyed pseudonym above."""
        text = str(value)
        return self.cover(text, "user", "pseudonym") if self.rules.strict else self._opaque(text)

    def statement(self, value: str) -> str:
        """SQL without literals; what does not begin like SQL is free text."""
        masked = sql(value)
        if masked is None:
            return str(self.text(value))
        return self._noted("sql-structure", value, self.plain_scan(masked))

    def name(self, value: Any) -> str:
        """Name of a transaction, span, task or segment: written in code, or a request line with a masked
        path.
        """
        if not isinstance(value, str):
            return "<unnamed>"
        addresses = self.rules.addresses
        if addresses.trusted(value) or addresses.code_name(value):
            return value
        line = addresses.request_line(value)
        if line is not None:
            return self._noted("url-structure", value, line)
        if value.startswith("/"):
            return self._noted("url-structure", value, addresses.url(value))
        if value in self.rules.safe:
            return self.rules.rules.scan(value, self.hit)
        if self.rules.strict:
            return self._deny("unknown-name", value, "<unnamed>")
        if guess(value, people=False, quoted=True) not in ("", "free_text"):
            return self._deny("guess-name", value)
        return self.guessed_words(self.scan(value))

    def headers(self, value: Any) -> dict[str, Any]:
        """Headers by allow-list; a dict or a list of pairs in, a dict with the allowed names out."""
        pairs = (
            value.items()
            if isinstance(value, dict)
            else [pair for pair in value or () if isinstance(pair, (list, tuple)) and len(pair) == 2]
        )
        out: dict[str, Any] = {}
        for name, item in list(pairs)[:100]:
            text = literal(str(name))
            kept = self.header(text, literal(item) if isinstance(item, str) else item)
            if kept is not None:
                out[text] = kept
        return out

    def header(self, name: str, value: Any) -> str | None:
        """The value of one allowed header, or None. What a hidden header held is learned when it is a
        secret.
        """
        known = catalogue()
        lower = name.lower()
        text = value if isinstance(value, str) else str(value)
        if lower in known.headers_text or (lower in known.headers_standard and not self.rules.strict):
            if lower in _HOST_HEADERS:
                return self._host_header(text)
            if lower == "user-agent":
                return self._agent(text)
            if lower == "content-type":
                text = _PARAMETERS.sub("", text)
            machine = (
                text.isdigit() and len(text) < 12
                if lower in _NUMBER_HEADERS
                else _MACHINE_HEADER.fullmatch(text)
            )
            return text if machine else self._deny("header", text)
        if lower in known.headers_id:
            return (
                text
                if len(text) <= 120 and (machine_value(text) or self._slug(text))
                else self._deny("header", text)
            )
        if verdict(name).answer == "sensitive" and text != DENIED:
            self.learned.teach(text.rpartition(" ")[2], self.rules.markers["secret"])
        if self.hit is not None:
            self.hit("header-allow-list", text)
        return None
