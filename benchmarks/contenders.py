"""The applications that are compared: one route that answers, one that fails, one that logs."""

import asyncio
import sys

from fastapi import APIRouter, FastAPI
from loguru import logger

LINES = 20
"""Log lines of one request to `/lines`."""
TRACES = 0.1
"""Share of requests that every contender but the bare one traces."""


def application(kind: str, dsn: str, routes: int = 10) -> FastAPI:
    """Build a contender.

    Args:
        kind: `bare`, `sdk` (its defaults), `guide` (the usual design), or `service`: what was rendered.
        dsn: of the inbox. A rendered service reads its own from the environment.
        routes: how many more routes the application has; an error that shows its frames shows them all.
    """
    app = _MAKERS[kind](dsn)
    app.include_router(_router(routes))
    return app


def _bare(_dsn: str) -> FastAPI:
    _plain_lines()
    return FastAPI()


def _sdk(dsn: str) -> FastAPI:
    import sentry_sdk

    sentry_sdk.init(dsn=dsn, traces_sample_rate=TRACES, release="service@1")
    _plain_lines()
    return FastAPI()


def _guide(dsn: str) -> FastAPI:
    from benchmarks import guide

    return guide.application(dsn, TRACES)


def _service(_dsn: str) -> FastAPI:
    from app.main import app

    app.router.routes.clear()
    return app


_MAKERS = {"bare": _bare, "sdk": _sdk, "guide": _guide, "service": _service}


def _plain_lines() -> None:
    """Loguru's own JSON, beside the handlers that the SDK added."""
    logger.remove(0)
    logger.add(sys.stderr, serialize=True)


def _router(routes: int) -> APIRouter:
    router = APIRouter()

    @router.get("/item/{number}")
    async def item(number: int) -> dict[str, int]:
        return {"number": number}

    @router.get("/lines/{number}")
    async def lines(number: int) -> dict[str, int]:
        for step in range(LINES):
            logger.bind(step=step).info("item {} took {} ms", number, 12)
        return {"number": number}

    @router.get("/tasks")
    async def tasks() -> dict[str, int]:
        return {"tasks": len(asyncio.all_tasks())}

    @router.get("/fail/{number}")
    async def fail(number: int) -> None:
        raise ValueError("it failed")

    async def other(number: int) -> dict[str, int]:
        return {"number": number}

    for number in range(routes):
        router.add_api_route(f"/other-{number}/{{number}}", other)
    return router
