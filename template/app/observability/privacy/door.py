"""The door: the transport through which every byte for Sentry passes, scrubbed to the level or dropped.

Whatever the hooks did, and whoever called the SDK, the envelope arrives here as plain JSON. A new envelope is
built from allow-listed parts. If scrubbing an item fails, the item is dropped, counted, and reported
on stderr by its type and the type of the exception alone; the service goes on.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from sentry_sdk.envelope import Envelope, Item, PayloadRef
from sentry_sdk.transport import HttpTransport

from app.observability.privacy.contexts import sampling_context
from app.observability.privacy.items import ITEMS, attachment, other
from app.observability.privacy.passes import Pass
from app.observability.privacy.scrubber import Scrubber
from app.observability.privacy.structures import ENVELOPE_IDS, ITEM_HEADERS, OWN, copy_ids

if TYPE_CHECKING:
    from sentry_sdk._types import EventDataCategory

Report = Callable[[str], None]


def to_stderr(line: str) -> None:
    """One line for the operator; it never carries content."""
    sys.stderr.write(line + "\n")


class Door:
    """Turns an envelope into a clean one."""

    def __init__(self, rules: Scrubber, report: Report = to_stderr) -> None:
        self._rules = rules
        self._report = report
        self.strict = rules.strict

    def learn(self, options: dict[str, Any]) -> None:
        """What the client itself is called: release, environment, dist."""
        self._rules.own = {key: str(options[key]) for key in OWN if options.get(key)}

    def envelope(self, envelope: Envelope, lost: Callable[[Item], None]) -> Envelope | None:
        """A new envelope with what may leave, or None; `lost` is told every item that a failure cost."""
        items: list[Item] = []
        passes: list[Pass] = []
        for item in envelope.items:
            try:
                cleaned = self.item(item, passes)
            except Exception as error:
                self._failed(item, error)
                lost(item)
                continue
            if cleaned is not None:
                items.append(cleaned)
        if not items:
            return None
        return Envelope(headers=self.headers(envelope.headers, passes), items=items)

    def _failed(self, item: Item, error: Exception) -> None:
        try:
            self._report(
                f"privacy: dropped one {_known_type(item.type)} item, scrubbing raised {type(error).__name__}"
            )
        except Exception:
            return

    def headers(self, raw: dict[str, Any], passes: Iterable[Pass] = ()) -> dict[str, Any]:
        """Ids, time and the trace's sampling context; anything else is left behind.

        `passes`: those over the items, which learned what must not be in the transaction's name either.
        """
        try:
            out = copy_ids(raw, ENVELOPE_IDS)
            trace = raw.get("trace")
            if isinstance(trace, dict):
                out["trace"] = sampling_context(Pass(self._rules), trace)
                for run in passes:
                    if "transaction" in out["trace"] and len(run.learned):
                        out["trace"]["transaction"] = run.unlearn(out["trace"]["transaction"])
            return out
        except Exception:
            return {}

    def item(self, item: Item, passes: list[Pass]) -> Item | None:
        """A new item, or None when its type may not leave at this level; `passes` takes what made it."""
        kind = item.type or ""
        headers = copy_ids(item.headers, ITEM_HEADERS)
        if kind == "attachment":
            return self._attachment(item, headers)
        scrub = ITEMS.get(kind)
        if scrub is None:
            if self._rules.strict:
                self._report("privacy: dropped one item of a type that this level does not know")
                return None
            scrub = other
        raw = item.payload.json
        if raw is None:
            raw = json.loads(item.get_bytes())
        if not isinstance(raw, dict):
            raise TypeError("payload is not an object")

        def new() -> Pass:
            passes.append(Pass(self._rules))
            return passes[-1]

        return Item(payload=_written(scrub(new, raw)), headers=headers)

    def _attachment(self, item: Item, headers: dict[str, Any]) -> Item | None:
        """Text at standard, without its name; nothing else."""
        if self._rules.strict:
            return None
        try:
            payload = attachment(partial(Pass, self._rules), item.get_bytes())
        except UnicodeDecodeError:
            return None
        return Item(
            payload=payload,
            headers={**headers, "type": "attachment"},
            filename="attachment.txt",
            content_type="text/plain",
        )


def _written(payload: dict[str, Any]) -> PayloadRef:
    """The payload with its bytes, which the SDK would otherwise write at many times the cost."""
    try:
        return PayloadRef(bytes=orjson.dumps(payload, option=orjson.OPT_NON_STR_KEYS), json=payload)
    except TypeError:  # half characters, huge numbers: the SDK's own writer knows them
        return PayloadRef(json=payload)


def _spotlight(options: dict[str, Any]) -> bool:
    """Will the SDK copy envelopes to Spotlight? The variable counts unless the option is False."""
    wanted = options.get("spotlight")
    if wanted is None:
        return os.environ.get("SENTRY_SPOTLIGHT", "").lower() not in ("", "0", "false", "no", "off", "n", "f")
    return bool(wanted)


def _known_type(kind: str | None) -> str:
    return kind if kind in ITEMS or kind == "attachment" else "unknown"


class PrivateTransport(HttpTransport):
    """Base of the transport class that `Privacy.transport` makes; `door` is set on the subclass."""

    door: Door

    def __init__(self, options: dict[str, Any]) -> None:
        if self.door.strict and _spotlight(options):
            raise ValueError(
                "Spotlight is on, and at this compliance level nothing may pass the door unscrubbed. "
                "Pass spotlight=False and unset SENTRY_SPOTLIGHT."
            )
        super().__init__(options)
        self.door.learn(options)

    def capture_envelope(self, envelope: Envelope) -> None:
        """Scrub, then queue. Public method of the SDK's transport; nothing else is overridden."""
        cleaned = self.door.envelope(envelope, self._lost)
        if cleaned is not None:
            self.let_out(cleaned)

    def let_out(self, cleaned: Envelope) -> None:
        """Queue what the door has made; whoever follows envelopes looks here, where they are clean."""
        super().capture_envelope(cleaned)

    def _lost(self, item: Item) -> None:
        """Count a loss without the SDK reading the payload again: that may be what failed."""
        try:
            category: EventDataCategory = item.data_category
            count = item.headers.get("item_count")
            quantity = count if isinstance(count, int) and count > 0 else 1
            self.record_lost_event("before_send", data_category=category, quantity=quantity)
        except Exception:
            return
