"""The lifecycle `static`: a trace is one transaction, sent with all its spans when it ends."""

from types import TracebackType
from typing import Self

import sentry_sdk
from sentry_sdk.consts import SPANSTATUS
from sentry_sdk.scope import Scope
from sentry_sdk.tracing import Span, Transaction, TransactionSource
from sentry_sdk.tracing_utils import PropagationContext

from app.observability.recording import Recording, Source, Status


class RecordedSpan(Recording):
    """A transaction, or a span of one."""

    sampled = True

    def __init__(self, span: Span) -> None:
        super().__init__(span.trace_id)
        self._span = span

    def rename(self, name: str, source: Source) -> None:
        if isinstance(self._span, Transaction):
            self._span.name, self._span.source = name, source

    def set_data(self, key: str, value: str | int | float | bool) -> None:
        self._span.set_data(key, value)

    def set_status(self, status: Status) -> None:
        self._span.set_status(SPANSTATUS.OK if status == "ok" else SPANSTATUS.INTERNAL_ERROR)

    def set_http_status(self, code: int) -> None:
        self._span.set_http_status(code)

    def __enter__(self) -> Self:
        self._span.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._span.__exit__(kind, error, trace)


class UnsampledSpan(Span):
    """Stands for a trace that is not sampled, and makes outgoing calls tell their peers so.

    The SDK sends trace headers for spans of a transaction only, so this one makes its transaction, which
    is never sent, when the first outgoing call asks for it.
    """

    _transaction: Transaction | None = None

    @property
    def containing_transaction(self) -> Transaction:
        if self._transaction is None:
            self._transaction = Transaction(
                trace_id=self.trace_id,
                span_id=self.span_id,
                parent_span_id=self.parent_span_id,
                sampled=False,
                name="request",
                source=TransactionSource.URL,
            )
        return self._transaction


def start(trace: PropagationContext, *, name: str, op: str, origin: str, source: Source) -> Recording | None:
    """Record a trace, if the SDK follows the decision that `trace` holds."""
    transaction = Transaction(
        name=name,
        op=op,
        origin=origin,
        source=source,
        trace_id=trace.trace_id,
        parent_span_id=trace.parent_span_id,
        parent_sampled=trace.parent_sampled,
        baggage=trace.baggage,
        same_process_as_parent=False,
    )
    sentry_sdk.start_transaction(transaction)
    return RecordedSpan(transaction) if transaction.sampled else None


def skip(scope: Scope, trace: PropagationContext) -> None:
    """Record nothing of a trace, and tell other services so."""
    scope.span = UnsampledSpan(trace_id=trace.trace_id, parent_span_id=trace.parent_span_id, sampled=False)


def is_sampled() -> bool | None:
    """Whether the current trace is recorded; None outside of one."""
    span = sentry_sdk.get_current_span()
    return None if span is None else bool(span.sampled)


def step(op: str, name: str) -> Recording:
    """Time a step of the current trace, which is sampled."""
    parent = sentry_sdk.get_current_span()
    return RecordedSpan(parent.start_child(op=op, name=name)) if parent else Recording()
