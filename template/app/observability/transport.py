"""The transport through the privacy door, remembering what became of what it was given."""

import threading
import time
from typing import TYPE_CHECKING, Any, Final

from app.observability.deliveries import deliveries
from app.observability.operators import operators
from app.observability.privacy.door import PrivateTransport

if TYPE_CHECKING:
    from sentry_sdk.envelope import Envelope, Item


_WANTED: Final = frozenset({"sample_rate", "before_send", "event_processor", "backpressure"})
"""Reasons of losses that somebody asked for."""


TELL_SECONDS: Final = 60.0


class Transport(PrivateTransport):
    """The door to Sentry; knows its last loss, for the health report."""

    last_loss: str | None = None
    """Reason and category of the last item that was not delivered, for example `network_error (error)`."""
    losses: int = 0
    """Items that were not delivered since the process started, those sampled or filtered out not counted."""
    last_refusal: str | None = None
    """Why the last envelope was not taken: `network`, or Sentry's answer, such as `status_403`."""
    _lost_at = float("-inf")
    _told_at = float("-inf")

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self._in_door = 0
        self._idle = threading.Condition()

    def seconds_since_loss(self) -> float:
        """Seconds since the last item was not delivered; infinite if all were."""
        return time.monotonic() - self._lost_at

    def _tell(self) -> None:
        """One line a minute while items are lost, so that an outage is known where Sentry cannot tell it."""
        if self._lost_at - self._told_at >= TELL_SECONDS:
            self._told_at = self._lost_at
            reason = self.last_refusal or self.last_loss
            operators.warning(f"events do not reach Sentry ({reason}), {self.losses} so far")

    def capture_envelope(self, envelope: "Envelope") -> None:
        with self._idle:
            self._in_door += 1
        try:
            super().capture_envelope(envelope)
        finally:
            with self._idle:
                self._in_door -= 1
                self._idle.notify_all()

    def flush(self, timeout: float, callback: Any = None) -> None:
        """Send what is queued, and what another thread is just scrubbing: the SDK forgets that (2.75)."""
        end = time.monotonic() + timeout
        with self._idle:
            self._idle.wait_for(lambda: self._in_door == 0, timeout)
        super().flush(max(0.0, end - time.monotonic()), callback)

    def let_out(self, cleaned: "Envelope") -> None:
        for item in cleaned.items:
            deliveries.let_out(item)
        super().let_out(cleaned)

    def on_dropped_event(self, reason: str) -> None:
        self.last_refusal = reason
        self._lost_at = time.monotonic()
        if reason == "status_429":  # of all refusals the one that is not recorded as a loss as well
            deliveries.refused()
        super().on_dropped_event(reason)

    def record_lost_event(
        self,
        reason: str,
        data_category: Any = None,
        item: "Item | None" = None,
        *,
        quantity: int = 1,
    ) -> None:
        category = item.data_category if item is not None else data_category
        if item is not None and item.type == "event" and isinstance(item.payload.json, dict):
            deliveries.lost(item.payload.json.get("event_id", ""))
        # Counts of earlier losses travel as items of category `internal`; they are not a loss themselves.
        if reason not in _WANTED and category != "internal":
            self.last_loss = f"{reason} ({category})"
            self.losses += quantity
            self._lost_at = time.monotonic()
            self._tell()
        super().record_lost_event(reason, data_category, item, quantity=quantity)
