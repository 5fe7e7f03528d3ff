"""What the page asks the API about itself: its configuration, its user, and what its policy stopped."""

from typing import Final, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import wiring
from app.api import diagnostics
from app.auth import CurrentUser
from app.observability import logger, protection
from app.observability.privacy import Level
from app.page.headers import REPORTS
from app.page.telemetry import TUNNEL, browser_dsn, replay_rates, traces_sample_rate
from app.page.visitors import VisitorRate, read
from app.settings import Environment, Settings

router = APIRouter(tags=["page"])

MOST_REPORT_BYTES: Final = 16_384
REPORTS_PER_MINUTE: Final = 10

_reports = VisitorRate(REPORTS_PER_MINUTE)

Directive = Literal[
    "base-uri",
    "connect-src",
    "default-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "frame-src",
    "img-src",
    "media-src",
    "object-src",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "style-src-attr",
    "style-src-elem",
    "worker-src",
]


class SentryConfig(BaseModel):
    """How the page's SDK is started."""

    dsn: str
    tunnel: str | None
    error_sample_rate: float
    traces_sample_rate: float
    replay_sample_rate: float
    replay_error_sample_rate: float
    logs: bool


class PageConfig(BaseModel):
    """What one build of the page has to know to serve this environment."""

    service: str
    environment: Environment
    release: str
    level: Level
    api: str = Field("", description="Origin of the API; empty when it is the page's own.")
    diagnostics: bool
    reports: bool
    sentry: SentryConfig | None


class PageUser(BaseModel):
    """Who uses the page, as Sentry may know it."""

    id: str


class PolicyViolation(BaseModel):
    """The part of a browser's report that names nobody: addresses are left out."""

    model_config = ConfigDict(extra="ignore")

    directive: Directive = Field(alias="effective-directive")


class PolicyReport(BaseModel):
    """A browser's report (CSP level 2, section 5)."""

    report: PolicyViolation = Field(alias="csp-report")


@router.get("/config.json")
async def config(request: Request, response: Response) -> PageConfig:
    """The page's configuration, read before it starts."""
    settings: Settings = request.app.state.settings
    response.headers["Cache-Control"] = "no-cache"
    return PageConfig(
        service=wiring.SERVICE,
        environment=settings.environment,
        release=settings.release,
        level=protection.level_of(settings),
        diagnostics=bool(diagnostics.routers(settings)) and settings.diagnostics_token is None,
        reports="post" in request.app.openapi()["paths"].get("/reports", {}),
        sentry=_sentry(settings),
    )


@router.get("/page/user")
async def user(user: CurrentUser) -> PageUser:
    """The user's id as the API tells it to Sentry: a pseudonym at gdpr and hipaa."""
    return PageUser(id=protection.active.pseudonym(user.user_id))


@router.post(REPORTS, status_code=204, include_in_schema=False)
async def policy(request: Request) -> None:
    """Something that the page's policy stopped: a mistake of ours, or somebody's try. No address is kept."""
    _reports.check(request)
    try:
        told = PolicyReport.model_validate_json(await read(request, MOST_REPORT_BYTES))
    except ValidationError:
        raise HTTPException(400, "this is no report of a browser") from None
    logger.bind(operation=told.report.directive).error("the policy of the page stopped something")


def _sentry(settings: Settings) -> SentryConfig | None:
    dsn = browser_dsn(settings)
    if dsn is None:
        return None
    replay, replay_error = replay_rates(settings)
    return SentryConfig(
        dsn=dsn,
        tunnel=TUNNEL if settings.sentry_tunnel_enabled else None,
        error_sample_rate=settings.sentry_error_sample_rate,
        traces_sample_rate=traces_sample_rate(settings),
        replay_sample_rate=replay,
        replay_error_sample_rate=replay_error,
        logs=settings.sentry_logs_enabled,
    )
