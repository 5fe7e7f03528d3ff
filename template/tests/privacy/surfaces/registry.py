"""The tables of surfaces, and how an error is captured as the middleware does it."""

from collections.abc import Callable
from typing import Any

import sentry_sdk
import sentry_sdk.logger
import sentry_sdk.metrics
import sentry_sdk.traces
from sentry_sdk.utils import event_from_exception

from app.observability.privacy import Privacy

Surface = Callable[[Privacy, str, str, str], None]

SURFACES: dict[str, Surface] = {}
STREAMED: dict[str, Surface] = {}
LINES: dict[str, Surface] = {}


def surface(function: Surface) -> Surface:
    SURFACES[function.__name__] = function
    return function


def streamed(function: Surface) -> Surface:
    STREAMED[function.__name__] = function
    return function


def line(function: Surface) -> Surface:
    LINES[function.__name__] = function
    return function


def capture(error: BaseException, **parts: Any) -> None:
    """What our middleware does."""
    client = sentry_sdk.get_client()
    event, hint = event_from_exception(
        error, client_options=client.options, mechanism={"type": "middleware", "handled": False}
    )
    event.update(parts)  # type: ignore[typeddict-item]
    sentry_sdk.capture_event(event, hint)


def fail(**parts: Any) -> None:
    try:
        raise RuntimeError("payment provider did not answer")
    except RuntimeError as error:
        capture(error, **parts)
