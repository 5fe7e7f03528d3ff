"""Start Sentry: one call for API, worker, scheduler and scripts, which differ by component only."""

import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sentry_sdk
from sentry_sdk.utils import BadDsn, Dsn

from app import wiring
from app.observability import errors, held, last_words, logs, protection, standard_library, tracing
from app.observability.noise import RateLimit
from app.observability.operators import operators
from app.observability.options import SHUTDOWN_SECONDS, Component, dsn_of, options_of
from app.observability.privacy import Level
from app.observability.reporter import Reporter

if TYPE_CHECKING:
    from app.settings import Settings


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
            last_words.install()
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
    """Send what is held and queued, for at most `timeout` seconds, and tell what the rate limit dropped."""
    held.release_all()
    if errors.reporter is not None:
        errors.reporter.close()
    sentry_sdk.flush(timeout)


def stop(timeout: float = SHUTDOWN_SECONDS) -> None:
    """Send what is queued, for at most `timeout` seconds, and forget everything `start` set up."""
    global _status
    with _lock:
        held.release_all()
        if errors.reporter is not None:
            errors.reporter.close()
            errors.reporter = None
        last_words.restore()
        sentry_sdk.get_client().close(timeout=timeout)
        sentry_sdk.get_global_scope().set_client(None)
        _status = None


def status() -> Status | None:
    """What `start` found; None before it."""
    return _status


def _start(component: Component, settings: "Settings") -> Status:
    refused = refusal(dsn_of(component, settings), settings)
    if refused is None:
        try:
            _init(component, settings)
        except Exception as error:  # HTTPS_PROXY without a scheme, for example
            sentry_sdk.get_global_scope().set_client(None)
            refused = f"it cannot be started: {type(error).__name__}; is HTTPS_PROXY an address?"
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


def _init(component: Component, settings: "Settings") -> None:
    reporter = Reporter(
        RateLimit(settings.sentry_error_rate_limit, _tell_dropped),
        variables=protection.active.level == "standard",
    )
    standard_library.route_sdk(debug=settings.sentry_debug)
    with warnings.catch_warnings(category=DeprecationWarning):
        sentry_sdk.init(**options_of(component, settings, reporter))
    errors.reporter = reporter
    tracing.use(settings.sentry_trace_lifecycle)
    everywhere = sentry_sdk.get_global_scope()
    for name, value in (("service", wiring.SERVICE), ("component", component)):
        everywhere.set_tag(name, value)
        everywhere.set_attribute(name, value)


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
