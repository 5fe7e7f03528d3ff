"""Answers for a page on another origin, the unhandled 500 among them (R-WEB-4)."""

from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from app.api.errors import answer_unhandled
from app.observability.incoming import REQUEST_ID_HEADER

if TYPE_CHECKING:
    from app.settings import Settings

ALLOWED_HEADERS: Final = ("authorization", "baggage", "content-type", "sentry-trace", "x-request-id")
"""Without the two of tracing the preflight fails, and the page is broken by being observed."""
READABLE_HEADERS: Final = (REQUEST_ID_HEADER, "Retry-After")
PREFLIGHT_SECONDS: Final = 600


def install(app: FastAPI, settings: "Settings") -> None:
    """Let pages of CORS_ORIGINS call the API; without origins nothing is added."""
    origins = settings.cors_origins
    if not origins:
        return
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=("DELETE", "GET", "PATCH", "POST", "PUT"),
        allow_headers=ALLOWED_HEADERS,
        expose_headers=READABLE_HEADERS,
        max_age=PREFLIGHT_SECONDS,
    )

    async def answer(request: Request, error: Exception) -> Response:
        """The unhandled 500 is made outside of all middleware, so it needs the headers once more."""
        response = await answer_unhandled(request, error)
        origin = request.headers.get("origin", "")
        response.headers["Vary"] = "Origin"
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = ", ".join(READABLE_HEADERS)
        return response

    app.add_exception_handler(Exception, answer)
