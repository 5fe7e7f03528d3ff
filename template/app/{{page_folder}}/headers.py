"""Headers of the page: what it may load, and whom it may talk to (Content Security Policy level 3)."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.page.telemetry import browser_dsn, replay_rates

if TYPE_CHECKING:
    from app.settings import Settings

REPORTS = "/page/policy"
"""Where browsers report what the policy stopped. Not Sentry itself: a report holds whole addresses."""


def page_headers(settings: "Settings") -> dict[str, str]:
    """The headers of every file of the page."""
    headers = {
        "Content-Security-Policy": policy(settings),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    if settings.environment in ("staging", "production"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def policy(settings: "Settings") -> str:
    """Everything from this origin; beyond it only Sentry, and only where envelopes go there."""
    dsn = browser_dsn(settings)
    connect = ["'self'"]
    if dsn and not settings.sentry_tunnel_enabled:
        connect.append(_origin(dsn))
    directives = {
        "default-src": ["'self'"],
        "base-uri": ["'self'"],
        "connect-src": connect,
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        # A recording is compressed in a worker that is made from a blob.
        "worker-src": ["'self'", "blob:"] if any(replay_rates(settings)) else ["'self'"],
        "report-uri": [REPORTS],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())


def _origin(dsn: str) -> str:
    parts = urlsplit(dsn)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
