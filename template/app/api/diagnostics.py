"""Routes that fail on purpose, to see an error arrive. Never in production.

Elsewhere they are guarded: with DIAGNOSTICS_TOKEN set, a request needs it in `X-Diagnostics-Token`;
without it the routes exist in development and test only, and answer this machine only.
"""

import asyncio
import ipaddress
import secrets
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Header, HTTPException, Query, Request

from app import wiring
from app.observability import capture_business_error, logger, slow_operation
from app.settings import Settings

MAX_SLOW_SECONDS = 10.0


class DiagnosticError(RuntimeError):
    """Raised on purpose."""


def routers(settings: Settings) -> Sequence[APIRouter]:
    """The diagnostic routes, where the environment allows them."""
    if settings.environment == "production":
        return ()
    if settings.environment == "staging" and settings.diagnostics_token is None:
        return ()
    return (_router, *wiring.diagnostics())


def guard(request: Request, x_diagnostics_token: Annotated[str | None, Header()] = None) -> None:
    """Let a request through that has the token or, where no token is set, comes from this machine.

    A refused request gets the 404 of a route that is not there.
    """
    settings: Settings = request.app.state.settings
    if settings.diagnostics_token is not None:
        expected = settings.diagnostics_token.get_secret_value().encode()
        allowed = secrets.compare_digest((x_diagnostics_token or "").encode(), expected)
    else:
        allowed = _is_loopback(request.client.host if request.client else "")
    if not allowed:
        raise HTTPException(404)


_router = APIRouter(prefix="/diagnostics", tags=["diagnostics"], dependencies=[Depends(guard)])


@_router.post("/unhandled")
async def unhandled() -> None:
    """An exception nobody handles."""
    raise DiagnosticError("raised by /diagnostics/unhandled")


@_router.post("/http-500")
async def http_500() -> None:
    """An error the code answers itself, with status 500."""
    raise HTTPException(500, "answered by /diagnostics/http-500")


@_router.post("/captured-exception")
async def captured_exception() -> dict[str, str | None]:
    """An exception that is handled and reported."""
    try:
        raise DiagnosticError("reported by /diagnostics/captured-exception")
    except DiagnosticError as error:
        event_id = capture_business_error(error, feature="diagnostics")
    return {"event_id": event_id}


@_router.post("/captured-message")
async def captured_message() -> dict[str, str]:
    """An error that is only a log message."""
    logger.error("logged by /diagnostics/captured-message")
    return {"detail": "logged"}


@_router.post("/division-by-zero")
def division_by_zero() -> float:
    """A built-in exception, in a function that runs in the thread pool."""
    numerator, denominator = 1, 0
    return numerator / denominator


@_router.post("/slow")
async def slow(seconds: Annotated[float, Query(ge=0, le=MAX_SLOW_SECONDS)] = 1.0) -> dict[str, float]:
    """A request that takes its time and is reported as slow."""
    await asyncio.sleep(seconds)
    slow_operation("diagnostics.slow", seconds * 1000, threshold_ms=500)
    return {"seconds": seconds}


@_router.post("/failing-task", status_code=202)
async def failing_task(background: BackgroundTasks) -> dict[str, str]:
    """A request that is answered, and fails in the background afterwards."""
    background.add_task(_fail)
    return {"detail": "accepted"}


async def _fail() -> None:
    raise DiagnosticError("raised after /diagnostics/failing-task was answered")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
