"""What goes through the broker for a task, the same for both engines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """A task on its way to a worker.

    Args:
        task: its name.
        id: 32 hexadecimal digits.
        arguments: by name, as JSON knows them.
        carried: the identity it runs with; see `app.observability.baton`.
        delay_seconds: how long it must wait.
        scheduled: whether the scheduler made it.
    """

    task: str
    id: str
    arguments: Mapping[str, Any]
    carried: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    scheduled: bool = False
