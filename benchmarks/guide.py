"""The design that guides to Sentry with FastAPI show, written anew for today's SDK.

A `BaseHTTPMiddleware` sets id, request, user and breadcrumbs; Loguru writes JSON; hooks filter by key.
"""

import os
import sys
import time
import uuid
from typing import Any

import jwt
import sentry_sdk
from fastapi import FastAPI, Request
from loguru import logger
from sentry_sdk.integrations.fastapi import FastApiIntegration
from sentry_sdk.integrations.starlette import StarletteIntegration
from sentry_sdk.types import Event, Hint
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.responses import Response

_HEADERS = ("authorization", "cookie", "x-api-key")
_FIELDS = ("password", "token", "secret", "key", "credit_card")


def application(dsn: str, traces: float) -> FastAPI:
    """Build it."""
    sentry_sdk.init(
        dsn=dsn,
        release="service@1",
        traces_sample_rate=traces,
        send_default_pii=False,
        attach_stacktrace=True,
        max_breadcrumbs=100,
        integrations=[
            StarletteIntegration(transaction_style="endpoint"),
            FastApiIntegration(transaction_style="endpoint"),
        ],
        before_send=_without_secrets,
        before_send_transaction=_without_health,
    )
    logger.remove(0)
    logger.add(sys.stderr, serialize=True)
    app = FastAPI()
    app.add_middleware(_Context)
    return app


class _Context(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        request_id = request.headers.get("x-request-id") or str(uuid.uuid4())
        started = time.perf_counter()
        sentry_sdk.set_tag("request_id", request_id)
        sentry_sdk.set_tag("endpoint", f"{request.method} {request.url.path}")
        sentry_sdk.set_context(
            "request",
            {
                "method": request.method,
                "url": str(request.url),
                "headers": dict(request.headers),
                "query_params": dict(request.query_params),
            },
        )
        _set_user(request)
        said = f"{request.method} {request.url.path}"
        sentry_sdk.add_breadcrumb(category="request", message=said, level="info")
        with logger.contextualize(request_id=request_id):
            response = await call_next(request)
            spent = round((time.perf_counter() - started) * 1000, 1)
            sentry_sdk.add_breadcrumb(category="response", message=f"{said} {response.status_code}")
            logger.info("{} {} {} ms", said, response.status_code, spent)
        response.headers["X-Request-ID"] = request_id
        return response


def _set_user(request: Request) -> None:
    given = request.headers.get("authorization", "")
    if not given.startswith("Bearer "):
        return
    try:
        claims = jwt.decode(
            given.removeprefix("Bearer "),
            os.environ["AUTH_KEY"],
            algorithms=["HS256"],
            audience=os.environ["AUTH_AUDIENCE"],
            issuer=os.environ["AUTH_ISSUER"],
        )
    except jwt.InvalidTokenError:
        return
    sentry_sdk.set_user({"id": claims["sub"]})
    sentry_sdk.set_tag("tenant", claims.get("tenant"))


def _without_secrets(event: Event, _hint: Hint) -> Event | None:
    request: dict[str, Any] = event.get("request") or {}
    for names, values in ((_HEADERS, request.get("headers")), (_FIELDS, request.get("data"))):
        if isinstance(values, dict):
            values.update({name: "[Filtered]" for name in names if name in values})
    return event


def _without_health(event: Event, _hint: Hint) -> Event | None:
    return None if str(event.get("transaction", "")).endswith("/health") else event
