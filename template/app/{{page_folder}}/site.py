"""Serve the built page behind all routes of the API: files, the page itself for addresses it knows, headers.

It is the router's last resort, so a route of the API always wins, and what looks like a call of the API
keeps its JSON 404.
"""

from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from app.observability.operators import operators
from app.page.headers import page_headers

if TYPE_CHECKING:
    from app.settings import Settings

ASSETS: Final = "static/"
"""Where the build puts files whose names are hashes of their contents."""
FOREVER: Final = "public, max-age=31536000, immutable"
SMALLEST_COMPRESSED: Final = 1_024


def install(app: FastAPI, settings: "Settings") -> None:
    """Serve the page for whatever no route of the API matches, where a built page is there."""
    recorded = settings.sentry_replay_sample_rate or settings.sentry_replay_error_sample_rate
    if settings.sentry_tunnel_enabled and recorded:
        operators.warning(
            "the page is not recorded: SENTRY_TUNNEL_ENABLED is true, and no recording passes the tunnel"
        )
    if (settings.page_folder / "index.html").is_file():
        site = Site(app, settings)
        app.router.default = GZipMiddleware(site, minimum_size=SMALLEST_COMPRESSED)


class Site:
    """The files of the page, and the page for each of its own addresses."""

    def __init__(self, app: FastAPI, settings: "Settings") -> None:
        self._files = StaticFiles(directory=settings.page_folder)
        self._not_found: ASGIApp = app.router.default
        self._headers = page_headers(settings)
        self._of_the_api = frozenset(path.split("/")[1] for path in app.openapi()["paths"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._response(scope) if scope["type"] == "http" else None
        await (response or self._not_found)(scope, receive, send)

    async def _response(self, scope: Scope) -> Response | None:
        path = self._files.get_path(scope)
        if path.endswith(".map"):  # source maps are for Sentry
            return None
        response = await self._file(path, scope)
        if response is None and self._is_navigation(scope):
            path, response = "index.html", await self._file("index.html", scope)
        if response is not None:
            scope["route"] = _PAGE
            response.headers.update(self._headers)
            response.headers["Cache-Control"] = FOREVER if path.startswith(ASSETS) else "no-cache"
        return response

    async def _file(self, path: str, scope: Scope) -> Response | None:
        try:
            return await self._files.get_response(path, scope)
        except HTTPException:
            return None

    def _is_navigation(self, scope: Scope) -> bool:
        """Does a person's browser ask for an address that is not below one of the API's?"""
        # A target such as `*` has no slash at all.
        _, slash, below = scope["path"].removeprefix(scope.get("root_path", "")).partition("/")
        accepts = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        asked = scope["method"] in ("GET", "HEAD") and b"text/html" in accepts
        return asked and bool(slash) and below.partition("/")[0] not in self._of_the_api


def _page() -> None:
    """Never called: the route only gives log lines and traces a name that holds nobody's data."""


_PAGE: Final = Route("/{page}", _page)
