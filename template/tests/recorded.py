"""Traces as they arrived at the inbox, in one form for both lifecycles."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.inbox import Inbox

LIFECYCLES = ("static", "stream")


@dataclass(frozen=True, slots=True)
class Step:
    """One span."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    op: str
    failed: bool
    ended: float
    facts: dict[str, Any]
    """Its data; with the tags, where it stands for a whole trace."""


@dataclass(frozen=True, slots=True)
class Recorded(Step):
    """The trace of one request or job: a transaction or a segment, with the spans below it."""

    source: str
    steps: list[Step] = field(default_factory=list)


def recorded(inbox: Inbox, *, least: int = 1) -> list[Recorded]:
    """What was recorded, in the order in which it ended.

    Args:
        inbox: where it arrived.
        least: how many traces to wait for: requests that are still being answered end theirs later.
    """
    inbox.wait_for(lambda inbox: len(_found(inbox)) >= least)
    return _found(inbox)


def _found(inbox: Inbox) -> list[Recorded]:
    spans = [_streamed(span) for item in inbox.items("span") for span in item.json["items"]]
    found = [_transaction(transaction) for transaction in inbox.transactions]
    for segment in spans:
        if isinstance(segment, Recorded):
            segment.steps.extend(
                span for span in spans if span.facts["sentry.segment.id"] == segment.span_id != span.span_id
            )
            found.append(segment)
    return sorted(found, key=lambda trace: trace.ended)


def _transaction(raw: dict[str, Any]) -> Recorded:
    return Recorded(
        **_classic(
            {**raw["contexts"]["trace"], "timestamp": raw["timestamp"]},
            raw["transaction"],
            raw.get("tags") or {},
        ),
        source=raw["transaction_info"]["source"],
        steps=[Step(**_classic(span, span["description"], {})) for span in raw["spans"]],
    )


def _classic(raw: dict[str, Any], name: str, tags: dict[str, Any]) -> dict[str, Any]:
    return {
        "trace_id": raw["trace_id"],
        "span_id": raw["span_id"],
        "parent_id": raw.get("parent_span_id"),
        "name": name,
        "op": raw["op"],
        "failed": raw.get("status", "ok") != "ok",
        "ended": _seconds(raw["timestamp"]),
        "facts": {**tags, **raw.get("data", {})},
    }


def _streamed(raw: dict[str, Any]) -> Step:
    facts = {name: attribute["value"] for name, attribute in raw["attributes"].items()}
    values = {
        "trace_id": raw["trace_id"],
        "span_id": raw["span_id"],
        "parent_id": raw.get("parent_span_id"),
        "name": raw["name"],
        "op": facts["sentry.op"],
        "failed": raw["status"] != "ok",
        "ended": _seconds(raw["end_timestamp"]),
        "facts": facts,
    }
    if raw["is_segment"]:
        return Recorded(**values, source=facts["sentry.segment.name.source"])
    return Step(**values)


def _seconds(moment: float | str) -> float:
    return moment if isinstance(moment, float) else datetime.fromisoformat(moment).timestamp()
