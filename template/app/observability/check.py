"""One check event from here to Sentry, told step by step, with advice where a step fails."""

import json
import socket
import time
from urllib.parse import urlsplit
from urllib.request import getproxies

import click
import sentry_sdk
from sentry_sdk.types import Event, Hint

from app import observability
from app.observability.options import dsn_of
from app.observability.transport import Transport
from app.settings import Settings

ADVICE = {
    "off": "No event leaves this service. Set SENTRY_DSN (and SENTRY_ENABLED=true in development).",
    "unreachable": "Check the host in SENTRY_DSN, name resolution, firewalls and proxies (HTTPS_PROXY).",
    "sampled": "SENTRY_ERROR_SAMPLE_RATE is 0, so that no error is ever sent. Set it to 1.",
    "refused": "Sentry answered, but did not take the event. 401 or 403: the key in SENTRY_DSN is wrong or "
    "disabled. 429: the quota is used up, see `python -m app cost`. 413: the event is too large.",
    "lost": "The event did not arrive in time. Raise --timeout, or look at Sentry's status page.",
}


def run(settings: Settings, *, timeout: float) -> int:
    """Send a check event.

    Args:
        settings: of the service.
        timeout: seconds to wait for Sentry.

    Returns:
        Exit code: 0 when the event was accepted, 1 otherwise.
    """
    status = observability.start("script", settings)
    for problem in settings.problems:
        _step(False, "settings", problem)
    _step(status.enabled, "Sentry", f"{'on' if status.enabled else 'off'}: {status.reason}")
    if not status.enabled:
        return _fail("off")
    address = urlsplit(dsn_of("script", settings) or "")
    _step(True, "DSN", f"project {address.path.strip('/')} at {address.hostname}, release {status.release}")
    if getproxies():
        _step(True, "network", "through a proxy")
    elif (trouble := _reach(address.hostname or "", address.port, address.scheme, timeout)) is not None:
        _step(False, "network", trouble)
        return _fail("unreachable")
    else:
        _step(True, "network", f"{address.hostname} accepts connections")
    _step(
        status.error_sample_rate > 0,
        "sampling",
        f"{status.error_sample_rate:.0%} of errors, {status.traces_sample_rate:.0%} of traces",
    )
    if status.error_sample_rate == 0:
        return _fail("sampled")
    statuses = ", ".join(settings.sentry_captured_statuses)
    _step(
        True,
        "filters",
        f"of handled errors only status {statuses}; {settings.sentry_error_rate_limit} a minute",
    )
    _step(True, "privacy", f"level {status.level}: {_kept(status.level)}")
    return _send(timeout)


def _send(timeout: float) -> int:
    event_id = None
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("check", "true")
        scope.add_event_processor(_preview)
        event_id = sentry_sdk.capture_message("Check event: errors of this service arrive", level="info")
    if event_id is None:
        _step(False, "event", "held back before it was sent")
        return _fail("sampled")
    started = time.monotonic()
    sentry_sdk.flush(timeout)
    if time.monotonic() - started >= timeout:
        _step(False, "event", f"no answer within {timeout:g} s")
        return _fail("lost")
    transport = sentry_sdk.get_client().transport
    if isinstance(transport, Transport) and (refusal := transport.last_refusal or transport.last_loss):
        _step(False, "event", f"not delivered: {refusal}")
        return _fail("refused" if refusal.startswith("status_") else "lost")
    _step(True, "event", f"accepted; search Sentry for id:{event_id}")
    click.echo("If it does not show up there: look at inbound filters and spike protection of the project.")
    return 0


def _preview(event: Event, _hint: Hint) -> Event:
    shown = {name: value for name, value in event.items() if name in _SHOWN}
    _step(True, "preview", json.dumps(shown, default=str))
    return event


_SHOWN = ("level", "logentry", "message", "tags", "user", "release", "environment")


def _kept(level: str) -> str:
    if level == "standard":
        return "variables of the service's own functions are part of events"
    return "no variables, bodies, cookies or query strings are part of events"


def _reach(host: str, port: int | None, scheme: str, timeout: float) -> str | None:
    try:
        with socket.create_connection((host, port or (443 if scheme == "https" else 80)), timeout):
            return None
    except OSError as error:
        return f"{host} cannot be reached: {error.strerror or type(error).__name__}"


def _step(succeeded: bool, name: str, text: str) -> None:
    click.echo(f"{'ok  ' if succeeded else 'FAIL'}  {name:<9} {text}")


def _fail(reason: str) -> int:
    click.echo(f"\nWhat to do: {ADVICE[reason]}")
    return 1
