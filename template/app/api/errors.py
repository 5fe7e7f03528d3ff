"""What clients are told when something fails: little, and the id to ask for."""

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import Unavailable
from app.observability.incoming import REQUEST_ID_HEADER


def install(app: FastAPI) -> None:
    """Answer errors as JSON with `detail` and `request_id`.

    The id is the one on the log lines and on the event in Sentry: a user can read it out to support.
    """
    app.add_exception_handler(HTTPException, answer_http_exception)
    app.add_exception_handler(RequestValidationError, answer_invalid_request)
    app.add_exception_handler(Unavailable, answer_unavailable)
    app.add_exception_handler(Exception, answer_unhandled)


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer an `HTTPException`, keeping its status, detail and headers."""
    assert isinstance(error, HTTPException)
    if error.status_code in (204, 304):
        return Response(status_code=error.status_code, headers=error.headers)
    return JSONResponse(_body(request, error.detail), error.status_code, error.headers)


async def answer_invalid_request(request: Request, error: Exception) -> Response:
    """Answer input that does not fit: where and why, without repeating the input."""
    assert isinstance(error, RequestValidationError)
    problems = [{name: item[name] for name in ("type", "loc", "msg")} for item in error.errors()]
    return JSONResponse(_body(request, jsonable_encoder(problems)), 422)


async def answer_unavailable(request: Request, error: Exception) -> Response:
    """Answer that something cannot be reached, and when to try again."""
    assert isinstance(error, Unavailable)
    return JSONResponse(_body(request, error.public), 503, {"Retry-After": str(error.retry_after_seconds)})


async def answer_unhandled(request: Request, _error: Exception) -> Response:
    """Answer an error nobody handled. It was reported by the middleware already.

    This handler runs outside of all added middleware, so it sets the header itself.
    """
    request_id = request.scope.get("state", {}).get("request_id", "")
    return JSONResponse(_body(request, "Internal Server Error"), 500, {REQUEST_ID_HEADER: request_id})


def _body(request: Request, detail: object) -> dict[str, object]:
    return {"detail": detail, "request_id": request.scope.get("state", {}).get("request_id")}
