"""What code holds while a trace or a step of it is recorded, and what a lifecycle has to do for that."""

from types import TracebackType
from typing import Literal, Protocol, Self

from sentry_sdk.scope import Scope
from sentry_sdk.tracing_utils import PropagationContext

Source = Literal["custom", "route", "task", "url"]
"""What a trace's name is made of; `url` marks a provisional one, which no other service is told."""
Status = Literal["ok", "error"]


class Recording:
    """A trace or a step of it. This one keeps nothing: it stands for what is not sampled."""

    sampled = False

    def __init__(self, trace_id: str = "") -> None:
        """Start.

        Args:
            trace_id: 32 hexadecimal digits, the same in log lines, events and spans; may be left out for a
                step that is not recorded.
        """
        self.trace_id = trace_id

    def rename(self, name: str, source: Source) -> None:
        """Give a trace the name under which it is found; see `tracing.begin` for what may be one."""

    def set_data(self, key: str, value: str | int | float | bool) -> None:
        """Keep a fact with it; the privacy door judges it by its key."""

    def set_status(self, status: Status) -> None:
        """Say how it ended. An error that leaves the `with` block has said so already."""

    def set_http_status(self, code: int) -> None:
        """Say how it ended, by the status code of the answer."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the recording."""


class Lifecycle(Protocol):
    """What a module does that records traces: see `transactions` and `segments`."""

    def start(
        self, trace: PropagationContext, *, name: str, op: str, origin: str, source: Source
    ) -> Recording | None:
        """Record a trace, if the SDK follows the decision that `trace` holds."""

    def skip(self, scope: Scope, trace: PropagationContext) -> None:
        """Record nothing of a trace, and tell other services so."""

    def is_sampled(self) -> bool | None:
        """Whether the current trace is recorded; None outside of one."""

    def step(self, op: str, name: str) -> Recording:
        """Time a step of the current trace, which is sampled."""
