"""Everything application code needs to be observable; the only package that talks to Sentry and Loguru.

    from app.observability import business_event, logger, set_business_context, traced

Template-owned: `copier update` keeps this folder current, so put code of your own elsewhere.
"""

from loguru import logger

from app.observability import logs
from app.observability.capture import (
    business_event,
    capture_business_error,
    credit_operation,
    external_api_error,
    slow_operation,
    slow_query,
)
from app.observability.context import (
    add_breadcrumb,
    request_id,
    set_business_context,
    set_context,
    set_tags,
    set_tenant,
    set_user,
)
from app.observability.errors import reported
from app.observability.middleware import instrument
from app.observability.monitors import Monitor
from app.observability.operations import Service
from app.observability.scripts import script
from app.observability.sentry import start, status, stop
from app.observability.starting import starting
from app.observability.traced import traced
from app.observability.tracing import carrier, span

logs.until_started()

__all__ = [
    "Monitor",
    "Service",
    "add_breadcrumb",
    "business_event",
    "capture_business_error",
    "carrier",
    "credit_operation",
    "external_api_error",
    "instrument",
    "logger",
    "reported",
    "request_id",
    "script",
    "set_business_context",
    "set_context",
    "set_tags",
    "set_tenant",
    "set_user",
    "slow_operation",
    "slow_query",
    "span",
    "start",
    "starting",
    "status",
    "stop",
    "traced",
]
