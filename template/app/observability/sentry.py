"""Start Sentry: one call for API, worker, scheduler and scripts, which differ by component only."""

import logging
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import sentry_sdk
from loguru import logger
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import BadDsn, Dsn

from app import wiring
from app.observability import errors, logs, protection
from app.observability.events import PROJECT_ROOT
from app.observability.noise import IGNORED_ERRORS, RateLimit
from app.observability.privacy import Level
from app.observability.transport import Transport

if TYPE_CHECKING:
    from app.settings import Settings

Component = Literal["api", "worker", "scheduler", "script"]

SHUTDOWN_SECONDS: Final = 2.0
"""How long a stopping process waits for events that are still queued."""
QUEUE_SIZE: Final = 500
"""Envelopes kept while Sentry is slow or away; beyond it the newest are dropped and counted."""


@dataclass(frozen=True, slots=True)
class Status:
    """Whether errors are sent, and why or why not."""

    enabled: bool
    reason: str
    component: Component
    environment: str
    release: str
    level: Level
    error_sample_rate: float
    traces_sample_rate: float


operators = logger.bind(_ours=logs.OURS)
"""For lines about the service itself, made of constants and settings: nothing in them is anybody's data."""

_lock = threading.Lock()
_status: Status | None = None


def start(component: Component, settings: "Settings") -> Status:
    """Configure logging and start Sentry for this process; further calls change nothing.

    Never raises for a telemetry setting: a bad DSN is told in the log, and the service runs without Sentry.

    Args:
        component: what this process is; a tag on every event.
        settings: of the service.

    Returns:
        Whether Sentry is on, and why.
    """
    global _status
    with _lock:
        if _status is None:
            protection.use(settings)
            logs.configure(settings, component=component)
            _status = _start(component, settings)
            for problem in settings.problems:
                operators.warning(problem)
            if settings.compliance_level not in (None, _status.level):
                operators.warning(
                    f"COMPLIANCE_LEVEL={settings.compliance_level} is ignored: the service is built for "
                    f"{_status.level}, and the variable can only make it stricter"
                )
            _tell(_status)
        return _status


def flush(timeout: float = SHUTDOWN_SECONDS) -> None:
    """Send what is queued, for at most `timeout` seconds, and tell what the rate limit dropped."""
    if errors.reporter is not None:
        errors.reporter.close()
    sentry_sdk.flush(timeout)


def stop(timeout: float = SHUTDOWN_SECONDS) -> None:
    """Send what is queued, for at most `timeout` seconds, and forget everything `start` set up."""
    global _status
    with _lock:
        if errors.reporter is not None:
            errors.reporter.close()
            errors.reporter = None
        sentry_sdk.get_client().close(timeout=timeout)
        sentry_sdk.get_global_scope().set_client(None)
        _status = None


def status() -> Status | None:
    """What `start` found; None before it."""
    return _status


def dsn_of(component: Component, settings: "Settings") -> str | None:
    """The component's DSN: its own where there is one, otherwise the common one."""
    own = settings.sentry_dsn_worker if component in ("worker", "scheduler") else None
    chosen = own or settings.sentry_dsn
    return chosen.get_secret_value().strip() if chosen else None


def options(component: Component, settings: "Settings") -> dict[str, Any]:
    """The options of `sentry_sdk.init`. Integrations are chosen explicitly: nothing is imported or patched
    because a package happens to be installed.
    """
    profiles = settings.sentry_profiles_sample_rate
    private = protection.active.init_options()
    return {
        "dsn": dsn_of(component, settings),
        "environment": settings.sentry_environment or settings.environment,
        "release": settings.release,
        "server_name": settings.server_name,
        "sample_rate": settings.sentry_error_sample_rate,
        "traces_sample_rate": settings.traces_sample_rate,
        "profile_session_sample_rate": profiles or None,
        "profile_lifecycle": "trace" if profiles else "manual",
        "max_breadcrumbs": settings.sentry_max_breadcrumbs,
        "debug": settings.sentry_debug,
        "enable_logs": settings.sentry_logs_enabled,
        "default_integrations": False,
        "auto_enabling_integrations": False,
        "integrations": [
            AtexitIntegration(callback=_before_exit),
            ExcepthookIntegration(),
            ThreadingIntegration(),
            *wiring.sentry_integrations(),
        ],
        "ignore_errors": list(IGNORED_ERRORS),
        **private,
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


def _start(component: Component, settings: "Settings") -> Status:
    refused = refusal(dsn_of(component, settings), settings)
    if refused is None:
        reporter = errors.Reporter(
            RateLimit(settings.sentry_error_rate_limit, _tell_dropped),
            variables=protection.active.level == "standard",
        )
        with warnings.catch_warnings(category=DeprecationWarning):
            sentry_sdk.init(**{**options(component, settings), "before_send": _worth_it_and_safe(reporter)})
        errors.reporter = reporter
        # The SDK makes a debug record for every step of every request, and only then looks at `debug`.
        logging.getLogger("sentry_sdk.errors").setLevel(
            logging.DEBUG if settings.sentry_debug else logging.WARNING
        )
        tags = sentry_sdk.get_global_scope()
        tags.set_tag("service", wiring.SERVICE)
        tags.set_tag("component", component)
    return Status(
        enabled=refused is None,
        reason=refused or "a DSN is set",
        component=component,
        environment=settings.sentry_environment or settings.environment,
        release=settings.release,
        level=protection.active.level,
        error_sample_rate=settings.sentry_error_sample_rate,
        traces_sample_rate=settings.traces_sample_rate,
    )


def _worth_it_and_safe(reporter: errors.Reporter) -> Callable[[Event, Hint], Event | None]:
    """The SDK's `before_send`: noise and duplicates go first, the rest is judged by the privacy hook."""
    judge = protection.active.before_send

    def before_send(event: Event, hint: Hint) -> Event | None:
        kept = reporter.before_send(event, hint)
        return judge(kept, hint) if kept is not None else None

    return before_send


def refusal(dsn: str | None, settings: "Settings") -> str | None:
    """Why Sentry stays off with this DSN; None when it can start."""
    if settings.sentry_enabled is False:
        return "SENTRY_ENABLED is false"
    if not dsn:
        return "SENTRY_DSN is not set"
    if settings.environment == "development" and not settings.sentry_enabled:
        return "this is development; SENTRY_ENABLED=true turns it on"
    try:
        Dsn(dsn)
    except (BadDsn, ValueError):
        return "SENTRY_DSN is not a DSN; expected https://<key>@<host>/<project number>"
    return None


def _tell(status: Status) -> None:
    facts = f"environment {status.environment}, release {status.release}, component {status.component}"
    if status.enabled:
        rates = f"errors {status.error_sample_rate:.0%}, traces {status.traces_sample_rate:.0%}"
        operators.info(f"Sentry is on: {status.reason}; {facts}, {rates}, level {status.level}")
    else:
        told = operators.error if "not a DSN" in status.reason else operators.info
        told(f"Sentry is off: {status.reason}; {facts}")


def _tell_dropped(dropped: int, per_minute: int) -> None:
    operators.warning(
        f"{dropped} error events were not sent in the last minute: "
        f"SENTRY_ERROR_RATE_LIMIT allows {per_minute} and the first of each new kind"
    )


def _before_exit(pending: int, timeout: float) -> None:
    if errors.reporter is not None:
        errors.reporter.close()
    if pending:
        operators.info(f"sending {pending} queued events to Sentry, for at most {timeout:g} s")
