"""The sampling context that comes in with a trace: it goes on to other services and jobs, round the door."""

import re
from typing import Final

from sentry_sdk.tracing_utils import Baggage, PropagationContext

from app.observability import protection

_OURS: Final = ("release", "environment", "public_key", "org_id")
"""What says who reports. A caller may write anything there, so it is always this service."""

_HEX: Final = re.compile(r"([0-9a-f]{32})")
_SHARE: Final = re.compile(r"([01]|[01]?\.[0-9]{1,6})[0-9]*")
_FORMS: Final = {
    "trace_id": _HEX,
    "replay_id": _HEX,
    "sample_rand": _SHARE,
    "sample_rate": _SHARE,
    "sampled": re.compile(r"(true|false)"),
    "transaction": re.compile(r"(.+)"),
}
"""What of the rest goes on, and in what form; a longer share is cut off. The transaction is scrubbed."""


def make_ours(trace: PropagationContext) -> None:
    """Leave in the baggage of a trace only what is ours, or of a form that serves nothing but sampling."""
    if trace.baggage is None:
        return
    given = trace.baggage.sentry_items
    own = Baggage.populate_from_propagation_context(trace).sentry_items
    kept: dict[str, str] = {name: own[name] for name in _OURS if name in given and name in own}
    for name, value in protection.active.scrub_baggage(given).items():
        if name in _FORMS and (found := _FORMS[name].fullmatch(value)):
            kept[name] = found[1]
    trace.baggage.sentry_items = kept
