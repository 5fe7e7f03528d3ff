"""The lifecycle `stream`: every span is an item of its own, sent soon after it ends; a trace is a segment."""

from types import TracebackType

from sentry_sdk import traces
from sentry_sdk.scope import Scope
from sentry_sdk.tracing_utils import PropagationContext

from app.observability.recording import Recording, Source, Status

FIRST_ERROR = 400
"""Status code from which on an answer is an error, as in the SDK's own integrations (sentry-sdk 2.75)."""


class StreamedRecording(Recording):
    """A segment, or a span of one."""

    sampled = True

    def __init__(self, span: traces.StreamedSpan) -> None:
        super().__init__(span.trace_id)
        self._span = span

    def rename(self, name: str, source: Source) -> None:
        self._span.name = name
        self._span.set_attribute("sentry.segment.name.source", source)

    def set_data(self, key: str, value: str | int | float | bool) -> None:
        self._span.set_attribute(key, value)

    def set_status(self, status: Status) -> None:
        self._span.status = status

    def set_http_status(self, code: int) -> None:
        self._span.set_attribute("http.response.status_code", code)
        self._span.status = "error" if code >= FIRST_ERROR else "ok"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._span.__exit__(kind, error, trace)


def start(trace: PropagationContext, *, name: str, op: str, origin: str, source: Source) -> Recording | None:
    """Record a trace, if the SDK follows the decision that `trace` holds."""
    span = traces.start_span(
        name,
        {"sentry.op": op, "sentry.origin": origin, "sentry.segment.name.source": source},
        parent_span=None,
    )
    if span.sampled:
        # The SDK keeps the command line on each segment; the door would blank it, argument by argument.
        span.remove_attribute("process.command_args")
        return StreamedRecording(span)
    span.end()
    return None


def skip(scope: Scope, trace: PropagationContext) -> None:
    """Record nothing of a trace, and tell other services so."""
    traces.NoOpStreamedSpan(
        scope=scope,  # it becomes the scope's span
        trace_id=trace.trace_id,
        parent_span_id=trace.parent_span_id,
        baggage=trace.baggage,
        sampled=False,
    )


def is_sampled() -> bool | None:
    """Whether the current trace is recorded; None outside of one."""
    span = traces.get_current_span()
    return None if span is None else bool(span.sampled)


def step(op: str, name: str) -> Recording:
    """Time a step of the current trace, which is sampled."""
    return StreamedRecording(traces.start_span(name, {"sentry.op": op}))
