"""Take the page's envelopes, for browsers that block Sentry's host; off without SENTRY_TUNNEL_ENABLED."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse

from app.observability.tunnel import NotOurs, Tunnel
from app.page.telemetry import TUNNEL, browser_dsn
from app.page.visitors import VisitorRate, check_origin, read, unpacked
from app.settings import Settings

MOST_BYTES: Final = 200_000
"""Of an envelope as it arrives. The largest that a page sends is an event with a hundred breadcrumbs."""
MOST_BYTES_UNPACKED: Final = 1_000_000
ENVELOPES_PER_MINUTE: Final = 120

router = APIRouter(tags=["page"])

_rate = VisitorRate(ENVELOPES_PER_MINUTE)


@router.post(TUNNEL, include_in_schema=False)
async def tunnel(request: Request) -> JSONResponse:
    """Pass an envelope on to Sentry, scrubbed by the service's own door. The answer tells nothing of it."""
    settings: Settings = request.app.state.settings
    dsn = browser_dsn(settings) if settings.sentry_tunnel_enabled else None
    if dsn is None:
        raise HTTPException(404)
    _rate.check(request)
    check_origin(request, settings)
    body = unpacked(request, await read(request, MOST_BYTES), MOST_BYTES_UNPACKED)
    way = _tunnel(dsn, settings.page_folder)
    try:
        envelope = way.clean(body)
    except NotOurs:
        raise HTTPException(400, "this is no envelope of the page") from None
    if envelope is None:
        return JSONResponse({})
    told = await way.forward(envelope)
    return JSONResponse({}, told.status, told.headers)


@lru_cache(maxsize=4)
def _tunnel(dsn: str, page: Path) -> Tunnel:
    return Tunnel(dsn, page)
