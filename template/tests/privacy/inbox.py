"""The service's inbox, read the way these tests need it: as text, and as items received since last time."""

from typing import Any

from tests import inbox


class Inbox(inbox.Inbox):
    """The loopback Sentry of the other tests, with a memory that is emptied by reading."""

    def take(self) -> str:
        """Everything received since the last call, as text, with JSON escapes of letters resolved."""
        return "\n".join(_readable(envelope.raw) for envelope in self._drain())

    def take_items(self) -> list[tuple[dict[str, Any], Any]]:
        """Items received since the last call as (header, payload); payloads of JSON are parsed."""
        found: list[tuple[dict[str, Any], Any]] = []
        for envelope in self._drain():
            for item in envelope.items:
                try:
                    found.append((item.headers, item.json))
                except ValueError:
                    found.append((item.headers, item.body))
        return found

    def _drain(self) -> list[inbox.Envelope]:
        envelopes, self.envelopes = self.envelopes, []
        return envelopes


def _readable(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    return text + "\n" + text.encode().decode("unicode_escape", "replace") if "\\u" in text else text
