"""What the SDK is started with: integrations, hooks and limits, chosen one by one."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.types import Event, Hint, SpanJSON

from app import wiring
from app.observability import breadcrumbs, held, protection
from app.observability.context import current
from app.observability.events import PROJECT_ROOT
from app.observability.noise import IGNORED_ERRORS
from app.observability.operators import operators
from app.observability.reporter import Reporter
from app.observability.transport import Transport

if TYPE_CHECKING:
    from app.settings import Settings

Component = Literal["api", "worker", "scheduler", "script"]

SHUTDOWN_SECONDS: Final = 2.0
"""How long a stopping process waits for events that are still queued."""
QUEUE_SIZE: Final = 500
"""Envelopes kept while Sentry is slow or away; beyond it the newest are dropped and counted."""


def dsn_of(component: Component, settings: "Settings") -> str | None:
    """The component's DSN: its own where there is one, otherwise the common one."""
    own = settings.sentry_dsn_worker if component in ("worker", "scheduler") else None
    chosen = own or settings.sentry_dsn
    return chosen.get_secret_value().strip() if chosen else None


def options_of(component: Component, settings: "Settings", reporter: Reporter) -> dict[str, Any]:
    """The options of `sentry_sdk.init`. Integrations are chosen explicitly: nothing is imported or patched
    because a package happens to be installed.

    Args:
        component: what this process is.
        settings: of the service.
        reporter: decides about the events that the SDK makes itself.
    """
    profiles = settings.sentry_profiles_sample_rate
    streaming = settings.sentry_trace_lifecycle == "stream"
    private = protection.active.init_options(streaming=streaming)
    return {
        "dsn": dsn_of(component, settings),
        "environment": settings.sentry_environment or settings.environment,
        "release": settings.release,
        "server_name": settings.server_name,
        "sample_rate": settings.sentry_error_sample_rate,
        "traces_sample_rate": settings.traces_sample_rate,
        "trace_lifecycle": settings.sentry_trace_lifecycle,
        "profile_session_sample_rate": profiles or None,
        "profile_lifecycle": "trace" if profiles else "manual",
        "max_breadcrumbs": settings.sentry_max_breadcrumbs,
        "debug": settings.sentry_debug,
        "enable_logs": settings.sentry_logs_enabled,
        "default_integrations": False,
        "auto_enabling_integrations": False,
        "integrations": [
            AtexitIntegration(callback=_before_exit(reporter)),
            ThreadingIntegration(),
            *wiring.sentry_integrations(),
        ],
        "ignore_errors": list(IGNORED_ERRORS),
        **private,
        "before_send": _worth_it_and_safe(reporter),
        "before_breadcrumb": breadcrumbs.in_known_categories(private["before_breadcrumb"]),
        **({"before_send_span": _named_and_safe} if streaming else {}),
        # Variables and source lines are collected by events.py, for the service's own frames only.
        "data_collection": {
            **private["data_collection"],
            "stack_frame_variables": False,
            "frame_context_lines": 0,
        },
        "include_local_variables": False,
        "include_source_context": False,
        "project_root": str(PROJECT_ROOT),
        "trace_propagation_targets": list(settings.sentry_trace_propagation_targets),
        "transport": type("ServiceTransport", (Transport, protection.active.transport), {}),
        "transport_queue_size": QUEUE_SIZE,
        "shutdown_timeout": SHUTDOWN_SECONDS,
    }


def _worth_it_and_safe(reporter: Reporter) -> Callable[[Event, Hint], Event | None]:
    """The SDK's `before_send`: noise and duplicates go first, the rest is judged by the privacy hook."""
    judge = protection.active.before_send

    def before_send(event: Event, hint: Hint) -> Event | None:
        kept = reporter.before_send(event, hint)
        return judge(kept, hint) if kept is not None else None

    return before_send


def _named_and_safe(span: SpanJSON, hint: Hint) -> Any:
    """The SDK's `before_send_span`: the segment gets its name when it ends, but the route is known by now."""
    route = context.route() if (context := current.get()) is not None else None
    if route and not span.get("is_segment"):
        span["attributes"]["sentry.segment.name"] = route
    return protection.active.before_send_span(span, hint)


def _before_exit(reporter: Reporter) -> Callable[[int, float], None]:
    def tell(pending: int, timeout: float) -> None:
        held.release_all()
        reporter.close()
        if pending:
            operators.info(f"sending {pending} queued events to Sentry, for at most {timeout:.3g} s")

    return tell
