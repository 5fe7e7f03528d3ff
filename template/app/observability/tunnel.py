"""Envelopes of the page on their way through the API: whose they are, what is in them, where they go.

For browsers that block Sentry's host. What a browser sends is anybody's, so an envelope is taken apart, held
to one DSN and to known types, and passes the same door as the service's own.
"""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from loguru import logger
from sentry_sdk.consts import EndpointType
from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.utils import Dsn

from app.observability import protection

TYPES: Final = frozenset(("client_report", "event", "log", "session", "span", "trace_metric", "transaction"))
"""Recordings are not among them: the door cannot look into one."""
MOST_ITEMS: Final = 100
TIMEOUT_SECONDS: Final = 5.0
PASSED_BACK: Final = ("Retry-After", "X-Sentry-Rate-Limits")
"""Headers by which Sentry asks a client for a pause."""


HOLE: Final = r"(?:\[\.\.\]|[0-9]{1,6})"
"""What the page puts into the gaps of its own sentences at gdpr and hipaa, as far as it is believed here."""


class NotOurs(Exception):
    """The envelope is not one that the page of this service sends; the text says why."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What Sentry said."""

    status: int
    headers: dict[str, str]


class Tunnel:
    """Forwards envelopes to one project of Sentry, whose address is never taken from a request."""

    def __init__(self, dsn: str, page: Path) -> None:
        """Prepare.

        Args:
            dsn: of the page.
            page: the folder of the built page, which may hold the sentences of its code.
        """
        self._dsn = Dsn(dsn)
        self._sentences = _sentences(page / "words.json")
        auth = self._dsn.to_auth("watchkeeper.tunnel")
        self._address = auth.get_api_url(EndpointType.ENVELOPE)
        self._auth = auth.to_header()

    def clean(self, body: bytes) -> Envelope | None:
        """The envelope after the door, or None when nothing in it may leave.

        Raises:
            NotOurs: another DSN, another type, or no envelope at all.
        """
        try:
            first = json.loads(body.partition(b"\n")[0])
            envelope = Envelope.deserialize(body)
        except Exception:
            raise NotOurs("not an envelope") from None
        if not isinstance(first, dict) or not self._is_ours(first.get("dsn")):
            raise NotOurs("the DSN is another one")
        # The type may be any JSON; a list cannot even be looked up.
        if len(envelope.items) > MOST_ITEMS or any(str(item.type) not in TYPES for item in envelope.items):
            raise NotOurs("an item that no page of ours sends")
        self._trust(envelope)
        return protection.active.transport.door.envelope(envelope, _lost)

    async def forward(self, envelope: Envelope) -> Forwarded:
        """Send it on. Nothing of the request goes with it: no address, no cookie, no header."""
        headers = {
            "Content-Encoding": "gzip",
            "Content-Type": "application/x-sentry-envelope",
            "X-Sentry-Auth": self._auth,
        }
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
                body = gzip.compress(envelope.serialize())
                answer = await client.post(self._address, content=body, headers=headers)
        except httpx.HTTPError as error:
            logger.warning("the tunnel does not reach Sentry: {}", type(error).__name__)
            return Forwarded(502, {})
        back = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
        return Forwarded(429 if answer.status_code == 429 else 200 if answer.is_success else 502, back)

    def _trust(self, envelope: Envelope) -> None:
        """What the page's own code says may stay, as in what the page sends to Sentry itself."""
        for text in _texts(envelope):
            if self._sentences.fullmatch(text):
                protection.active.trust_text(text)

    def _is_ours(self, given: object) -> bool:
        """The very DSN of this service's page: host, project and public key."""
        try:
            dsn = Dsn(given) if isinstance(given, str) else None
        except Exception:
            return False
        return dsn is not None and _identity(dsn) == _identity(self._dsn)


def _identity(dsn: Dsn) -> tuple[object, ...]:
    return dsn.scheme, dsn.host, dsn.port, dsn.path, dsn.project_id, dsn.public_key


def _sentences(file: Path) -> re.Pattern[str]:
    """A pattern for every sentence of the page's code; it matches nothing where the build wrote none."""
    try:
        sentences: Sequence[Sequence[str]] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        sentences = ()
    # One word alone may be a value that code compares with.
    written = (HOLE.join(map(re.escape, pieces)) for pieces in sentences if " " in "".join(pieces).strip())
    return re.compile("|".join(written) or "(?!)")


def _texts(envelope: Envelope) -> Iterator[str]:
    """The messages of the events in an envelope."""
    for item in envelope.items:
        event: Any = item.payload.json if item.type == "event" else None
        exception = event.get("exception") if isinstance(event, dict) else None
        values = exception.get("values") if isinstance(exception, dict) else None
        for value in values if isinstance(values, list) else ():
            text = value.get("value") if isinstance(value, dict) else None
            if isinstance(text, str):
                yield text


def _lost(item: Item) -> None:
    """The door has told the loss already; there is no transport whose report could count it."""
