"""Traces: who decides that one is recorded, spans of the service's own, and headers that carry it on.

    with isolation_scope(), tracing.begin(headers, name="import rates", op="queue.task", rate=0.1,
                                          source="task", origin="auto.queue.rates") as trace:
        ...
        trace.set_status("ok")

How a trace is recorded is the business of a lifecycle: `transactions` or `segments`.
"""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import sentry_sdk
from sentry_sdk.tracing_utils import Baggage, PropagationContext

from app.observability import baggage, names, segments, transactions
from app.observability.context import current, new_id
from app.observability.recording import Lifecycle, Recording, Source

_LIFECYCLES: Final[dict[str, Lifecycle]] = {"static": transactions, "stream": segments}
_lifecycle: Lifecycle = transactions


def use(lifecycle: str) -> None:
    """Choose how traces are recorded, `static` or `stream`; the SDK must have been started alike."""
    global _lifecycle
    _lifecycle = _LIFECYCLES[lifecycle]


def begin(
    incoming: dict[str, str], *, name: str, op: str, rate: float, source: Source, origin: str
) -> Recording:
    """Continue or begin the trace of a request or job; use what it returns in a `with` statement.

    Call it inside a scope opened for the request or job. A new trace is decided here, before anything is
    built: what the SDK builds for a trace that is not sampled costs more than all the rest (sentry-sdk 2.75).

    Args:
        incoming: the headers `sentry-trace` and `baggage`, where present: what `carrier` gave.
        name: until a better one is known. With any source but `url` it is told to other services, so it must
            be a constant of the code, declared by `protection.trust_name`.
        op: what kind of work, for example `http.server` or `queue.task.arq`.
        rate: share of new traces to sample, 0..1; 0 also refuses what the caller sampled.
        source: what the name is made of.
        origin: what began it, for example `auto.http.watchkeeper`.

    Returns:
        The recording. Where the trace is not sampled it keeps nothing, and tells other services so.
    """
    scope = sentry_sdk.get_current_scope()
    scope.generate_propagation_context(incoming)
    trace = scope.get_active_propagation_context()
    if trace.parent_span_id is None:
        trace.trace_id = new_id()
    baggage.make_ours(trace)
    if sentry_sdk.is_initialized():
        if _decide(trace, rate):
            recording = _lifecycle.start(trace, name=name, op=op, origin=origin, source=source)
            if recording is not None:
                return recording
        _lifecycle.skip(scope, trace)
    return Recording(trace.trace_id)


def span(op: str, name: str) -> AbstractContextManager[Recording]:
    """Time a block as a step of the current trace, or as a trace of its own outside of one.

    The block's errors are left to whoever catches them.

    Args:
        op: a category with dots, for example `service.operation` or `serialize`.
        name: what is done; a constant of the code, see `names.checked` for what becomes of any other.
    """
    return step(op, names.checked(name))


@contextmanager
def step(op: str, name: str) -> Iterator[Recording]:
    """`span` with a name that is declared to the privacy door already."""
    sampled = _lifecycle.is_sampled() if sentry_sdk.is_initialized() else False
    if sampled is False:
        yield Recording()
        return
    # A scope of its own: concurrent tasks of a request must not take each other's span for their parent.
    with sentry_sdk.new_scope():
        if sampled:
            recording = _lifecycle.step(op, name)
        else:
            rate = sentry_sdk.get_client().options["traces_sample_rate"]
            recording = begin({}, name=name, op=op, rate=rate, source="task", origin="manual")
        with recording:
            yield recording


def carrier() -> dict[str, str]:
    """The headers that continue the current trace in a job or another service: `sentry-trace` and `baggage`.

    They say whether the trace is sampled. Empty outside of every trace: what comes then begins its own.
    """
    if current.get() is None and _lifecycle.is_sampled() is None:
        return {}
    return dict(sentry_sdk.get_current_scope().iter_trace_propagation_headers())


def _decide(trace: PropagationContext, rate: float) -> bool:
    """Whether to record a trace; False also where the SDK would decide so, but at a price."""
    if trace.parent_span_id is not None:
        # The caller decided, or left it to a decision that comes out the same in every service.
        return rate > 0 and trace.parent_sampled is not False
    rate, drawn = _effective(rate), random.random()  # noqa: S311 - not a secret
    if drawn >= rate:
        return False
    # The SDK follows a parent's decision, but takes it for a rate of 1; extrapolation needs the real one.
    trace.parent_sampled = True
    trace.baggage = Baggage({"sample_rate": str(rate), "sample_rand": f"{drawn:.6f}"})
    return True


def _effective(rate: float) -> float:
    """The rate after the SDK's back-pressure: it samples less while its queue is full."""
    monitor = sentry_sdk.get_client().monitor
    return rate / 2**monitor.downsample_factor if monitor else rate
