"""Whether and where the page sends its errors."""

from typing import TYPE_CHECKING, Final

from app.observability import sentry

if TYPE_CHECKING:
    from app.settings import Settings


TUNNEL: Final = "/page/mail"
"""Where the tunnel takes envelopes; a name that no blocking list knows."""


def browser_dsn(settings: "Settings") -> str | None:
    """The DSN of the page, its own or the common one; None where Sentry is off or the DSN is none.

    A DSN names a project and lets nobody read it: it is meant to be seen by browsers.
    """
    chosen = settings.sentry_dsn_frontend or settings.sentry_dsn
    dsn = chosen.get_secret_value().strip() if chosen else None
    return None if sentry.refusal(dsn, settings) else dsn


def replay_rates(settings: "Settings") -> tuple[float, float]:
    """Shares of visits that are recorded, 0..1: of all, and of those with an error.

    None with the tunnel, which takes no recordings: the service's door cannot look into one.
    """
    if settings.sentry_tunnel_enabled:
        return 0.0, 0.0
    return settings.sentry_replay_sample_rate, settings.sentry_replay_error_sample_rate


def traces_sample_rate(settings: "Settings") -> float:
    """Share of page loads and navigations that are traced, 0..1; the API's where it has none of its own."""
    rate = settings.sentry_frontend_traces_sample_rate
    return settings.traces_sample_rate if rate is None else rate
