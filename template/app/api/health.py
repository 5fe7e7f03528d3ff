"""Is the process alive, may it get requests, and how is everything it needs?"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import sentry_sdk
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from app import api, observability, wiring
from app.observability.transport import Transport
from app.settings import Settings

State = Literal["healthy", "degraded", "unhealthy"]

TIMEOUT_SECONDS = 2.0
RECENT_LOSS_SECONDS = 60.0

router = APIRouter(prefix="/health", tags=["health"])


class Degraded(Exception):
    """Raised by a probe whose subject works, but not well; the text says why."""


class Broken(Exception):
    """Raised by a probe that knows why its subject does not work, with a text that may be shown."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Something the service depends on, and how to look at it.

    `probe` returns a short text, or raises: `Degraded` for a half-broken subject, `Broken` or anything else
    for a broken one. A broken critical subject makes the service unready.
    """

    name: str
    probe: Callable[[], Awaitable[str]]
    critical: bool
    timeout_seconds: float = TIMEOUT_SECONDS


class CheckResult(BaseModel):
    """How one check came out."""

    state: State
    critical: bool
    detail: str
    duration_ms: float


class HealthReport(BaseModel):
    """How the service and everything it needs are."""

    state: State
    service: str
    version: str
    checks: dict[str, CheckResult]


def wanted(request: Request) -> Sequence[HealthCheck]:
    """Dependency: what is checked; tests put something else in its place."""
    sentry = HealthCheck("sentry", probe_sentry, critical=False)
    settings: Settings = request.app.state.settings
    return (sentry, *wiring.health_checks(settings), *api.health_checks(settings))


Checks = Annotated[Sequence[HealthCheck], Depends(wanted)]


@router.get("/live")
async def live() -> dict[str, str]:
    """The process runs and its event loop turns. Nothing else is looked at: a restart would not help."""
    return {"state": "healthy"}


@router.get("/ready")
async def ready(response: Response, checks: Checks) -> dict[str, State]:
    """Requests can be served: everything critical works; 503 otherwise."""
    results = await run([check for check in checks if check.critical])
    state = overall(results)
    response.status_code = 503 if state == "unhealthy" else 200
    return {"state": state}


@router.get("")
async def report(request: Request, response: Response, checks: Checks) -> HealthReport:
    """Everything, with durations; 503 only if something critical is broken."""
    results = await run(checks)
    state = overall(results)
    response.status_code = 503 if state == "unhealthy" else 200
    version: str = request.app.state.settings.app_version
    return HealthReport(state=state, service=wiring.SERVICE, version=version, checks=results)


async def run(checks: Sequence[HealthCheck]) -> dict[str, CheckResult]:
    """Run checks side by side; none takes longer than its time-out."""
    results = await asyncio.gather(*(_run(check) for check in checks))
    return {check.name: result for check, result in zip(checks, results, strict=True)}


def overall(results: dict[str, CheckResult]) -> State:
    """Unhealthy if something critical is; degraded if anything is less than healthy."""
    if any(result.critical and result.state == "unhealthy" for result in results.values()):
        return "unhealthy"
    return "healthy" if all(result.state == "healthy" for result in results.values()) else "degraded"


async def probe_sentry() -> str:
    """Whether errors really leave: client active, queue not full, not rate limited, nothing lost."""
    status = observability.status()
    if status is None or not status.enabled:
        return f"off: {status.reason if status else 'not started'}"
    transport = sentry_sdk.get_client().transport
    if not isinstance(transport, Transport):
        raise Degraded("another client has taken the place of the service's own, round the privacy door")
    reasons = ", ".join(reason for reason in (transport.last_refusal, transport.last_loss) if reason)
    loss = f"; last trouble: {reasons}; {transport.losses} lost in all" if reasons else ""
    if not transport.is_healthy():
        raise Degraded(f"events are held back: the queue is full or Sentry asked for a pause{loss}")
    if transport.seconds_since_loss() < RECENT_LOSS_SECONDS:
        raise Degraded(f"events do not arrive{loss}")
    return f"on{loss}"


async def _run(check: HealthCheck) -> CheckResult:
    started = time.perf_counter()
    state: State = "healthy"
    probe = asyncio.ensure_future(check.probe())
    # Not `wait_for`, which would wait on for a probe that does not let itself be cancelled.
    done, _ = await asyncio.wait({probe}, timeout=check.timeout_seconds)
    try:
        if not done:
            probe.cancel()
            raise TimeoutError
        detail = probe.result()
    except Degraded as reason:
        state, detail = "degraded", str(reason)
    except Broken as reason:
        state, detail = "unhealthy", str(reason)
    except TimeoutError:
        state, detail = "unhealthy", f"no answer within {check.timeout_seconds:g} s"
    except Exception as error:
        # The type only: messages of drivers hold addresses and credentials.
        state, detail = "unhealthy", type(error).__name__
    duration_ms = round((time.perf_counter() - started) * 1000, 1)
    return CheckResult(state=state, critical=check.critical, detail=detail, duration_ms=duration_ms)
