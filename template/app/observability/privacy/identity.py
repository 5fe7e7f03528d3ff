"""Keyed pseudonyms: the same user is recognised again, nobody without the key can compute who it is.

HMAC-SHA256 with a secret key, as GDPR art. 4(5) and 45 CFR 164.514(c) ask: not derived from the data alone.
The last eight characters are a keyed check over the rest, so that the door leaves a pseudonym alone.
"""

import hashlib
import hmac
from uuid import UUID

from app.observability.privacy.memory import Answers

_PREFIX = "u-"
_BODY = 24
_CHECK = 8


class Pseudonyms:
    """Pseudonyms under one key of at least 16 bytes. Raises ValueError for a shorter one."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError(f"The pseudonym key has {len(key)} bytes; use at least 16 random ones.")
        self._key = key
        self.of = Answers(self._of)

    def _digest(self, purpose: str, text: str) -> str:
        return hmac.new(
            self._key, f"{purpose}:{text}".encode("utf-8", "surrogatepass"), hashlib.sha256
        ).hexdigest()

    def _of(self, value: str) -> str:
        """`u-` and 32 hexadecimal characters; a pseudonym of this key is returned as it is."""
        if self.made(value):
            return value
        body = self._digest("user", value)[:_BODY]
        return _PREFIX + body + self._digest("check", body)[:_CHECK]

    def made(self, value: str) -> bool:
        """Was `value` made by `of` under this key?"""
        if len(value) != len(_PREFIX) + _BODY + _CHECK or not value.startswith(_PREFIX):
            return False
        body, check = value[len(_PREFIX) : -_CHECK], value[-_CHECK:]
        return hmac.compare_digest(self._digest("check", body)[:_CHECK], check)

    def tenant(self, text: str) -> str:
        """A keyed hash in the form of a UUID, which passes for an id everywhere."""
        return str(UUID(self._digest("tenant", text)[:32]))

    def group(self, text: str) -> str:
        """Keyed hash of a text that groups events (fingerprint) without being shown."""
        return "g-" + self._digest("group", text)[:_BODY]
