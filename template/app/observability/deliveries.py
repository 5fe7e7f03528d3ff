"""Which error events Sentry has taken, and which were lost on the way: for parts that send lost ones again.

Nothing is kept until `follow` is called.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sentry_sdk
from sentry_sdk.envelope import Envelope, Item, PayloadRef

MAX_FOLLOWED: Final = 2_000
"""Events followed at a time. The oldest beyond it are forgotten: their outcome is not known then."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of events since it was last asked, by event id."""

    arrived: frozenset[str]
    lost: Mapping[str, dict[str, Any]]
    """Events that did not arrive, as the privacy door has let them out."""


class Deliveries:
    """Follows events between the privacy door and Sentry. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._following = False
        self._under_way: dict[str, dict[str, Any]] = {}
        self._arrived: dict[str, None] = {}
        self._lost: dict[str, dict[str, Any]] = {}
        self._sending: str | None = None

    def follow(self, wanted: bool) -> None:
        """Begin to follow events, or stop and forget all."""
        with self._lock:
            self._following = wanted
            for kept in (self._under_way, self._arrived, self._lost):
                kept.clear()

    def let_out(self, item: Item) -> None:
        """The door let an item out; called by the transport."""
        event = item.payload.json if item.type == "event" else None
        if not self._following or not isinstance(event, dict) or "event_id" not in event:
            return
        item.payload = _Followed(self, event)
        with self._lock:
            self._lost.pop(event["event_id"], None)
            _remember(self._under_way, event["event_id"], event)

    def sending(self, event_id: str) -> None:
        """An event is being written to the wire; called by the SDK's one sending thread."""
        self._sending = event_id

    def refused(self) -> None:
        """Sentry refused what is being sent, with an answer that the SDK does not count as a loss."""
        if self._sending is not None:
            self.lost(self._sending)

    def lost(self, event_id: str) -> None:
        """An event did not arrive; called by the transport."""
        with self._lock:
            if (event := self._under_way.pop(event_id, None)) is not None:
                _remember(self._lost, event_id, event)

    def is_under_way(self, event_id: str) -> bool:
        """Whether this process still tries to send an event."""
        return event_id in self._under_way

    def outcomes(self, timeout: float) -> Outcomes:
        """Wait until what is queued is sent, for at most `timeout` seconds, and tell what became of it.

        Blocks; call it in a thread. Outcomes are told again until they are `forget`-ed.
        """
        with self._lock:
            asked = set(self._under_way)
        if asked and (transport := sentry_sdk.get_client().transport) is not None:
            started = time.monotonic()
            transport.flush(timeout)
            if time.monotonic() - started < timeout:  # the queue was emptied
                with self._lock:
                    for event_id in asked & self._under_way.keys():
                        del self._under_way[event_id]
                        _remember(self._arrived, event_id, None)
        with self._lock:
            return Outcomes(frozenset(self._arrived), dict(self._lost))

    def forget(self, outcomes: Outcomes) -> None:
        """What became of these events is kept elsewhere now."""
        with self._lock:
            for event_id in outcomes.arrived:
                self._arrived.pop(event_id, None)
            for event_id in outcomes.lost:
                self._lost.pop(event_id, None)


class _Followed(PayloadRef):
    """An event's payload that tells when it is sent."""

    def __init__(self, deliveries: Deliveries, event: dict[str, Any]) -> None:
        super().__init__(json=event)
        self._deliveries = deliveries
        self._event_id: str = event["event_id"]

    def get_bytes(self) -> bytes:
        self._deliveries.sending(self._event_id)
        return super().get_bytes()


deliveries = Deliveries()
"""Those of this process."""


def ready() -> bool:
    """Whether events can be sent right now: Sentry is on, the queue has room, no pause was asked for."""
    transport = sentry_sdk.get_client().transport
    return transport is not None and transport.is_healthy()


def send_again(event: dict[str, Any]) -> None:
    """Send an event that did not arrive, under its old id; Sentry takes each id once.

    Args:
        event: a whole event; it passes the privacy door like any other.
    """
    if (transport := sentry_sdk.get_client().transport) is not None:
        envelope = Envelope(headers={"event_id": event["event_id"]})
        envelope.add_event(event)  # type: ignore[arg-type]
        transport.capture_envelope(envelope)


def _remember(kept: dict[str, Any], event_id: str, value: object) -> None:
    kept[event_id] = value
    if len(kept) > MAX_FOLLOWED:
        del kept[next(iter(kept))]
