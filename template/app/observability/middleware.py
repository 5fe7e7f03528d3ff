"""Pure ASGI middleware: gives every request its frame and flushes what is queued when the service stops.

It takes the place of the SDK's web integration: one layer that knows how the request ends costs a third of it
and collects nothing that is not named here.
"""

import asyncio
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import sentry_sdk
from loguru import logger
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.observability import errors, privacy, sentry, standard_library
from app.observability.context import current
from app.observability.marks import is_logged, mark_logged
from app.observability.request import Policy, Request

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.settings import Settings


def instrument(app: "FastAPI", settings: "Settings") -> None:
    """Give every request of the application its context; call it after all other middleware is added."""
    app.add_middleware(
        RequestContextMiddleware,
        traces_sample_rate=settings.traces_sample_rate,
        untraced_paths=settings.sentry_untraced_paths,
        captured_statuses=settings.captured_statuses,
        known_hosts=settings.sentry_known_hosts,
    )
    # The last one of the list is the innermost.
    app.user_middleware.append(
        Middleware(HandledErrorMiddleware, captured_statuses=settings.captured_statuses)
    )


class RequestContextMiddleware:
    """Wrap the application; must be the outermost of the added middleware."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        traces_sample_rate: float,
        untraced_paths: Iterable[str],
        captured_statuses: Iterable[int],
        known_hosts: Iterable[str],
    ) -> None:
        """Configure.

        Args:
            app: the next application.
            traces_sample_rate: share of new traces that are sampled, 0..1.
            untraced_paths: path prefixes without transaction, access line and breadcrumb.
            captured_statuses: status codes that make a *handled* exception an event.
            known_hosts: names under which the service is reached; events tell no other host.
        """
        self.app = app
        self._policy = Policy(
            traces_sample_rate, frozenset(captured_statuses), frozenset(host.lower() for host in known_hosts)
        )
        paths = [path.rstrip("/") for path in untraced_paths]
        self._untraced = frozenset(paths), tuple(f"{path}/" for path in paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._run_lifespan(scope, receive, send)
            return
        request = Request(self._policy, scope, send, quiet=self._is_untraced(scope))
        token = current.set(request.context)
        try:
            with privacy.begin(), sentry_sdk.isolation_scope() as isolation:
                await request.run(self.app, isolation, receive)
        finally:
            current.reset(token)

    def _is_untraced(self, scope: Scope) -> bool:
        """Whether a request is of the kind that only says that the service is there."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        whole, prefixes = self._untraced
        return path in whole or path.startswith(prefixes)

    async def _run_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        standard_library.route()

        async def send_after_flush(message: Message) -> None:
            # The server may end the process once it has this message, without running exit hooks. A failure
            # is told inside its `except` block, so the exception is at hand.
            if message["type"].endswith(".failed"):
                if (error := sys.exc_info()[1]) is not None:
                    _tell(error)
                message = {**message, "message": ""}  # a traceback, which servers print
            if message["type"].startswith("lifespan.shutdown."):
                await asyncio.to_thread(sentry.flush)
            await send(message)

        try:
            await self.app(scope, receive, send_after_flush)
        except Exception as error:
            _tell(error)
            raise


class HandledErrorMiddleware:
    """Note the error that an answer is made of; must be the innermost of the added middleware.

    Exception handlers answer inside their `except` block. A `BaseHTTPMiddleware`, which `@app.middleware`
    makes, passes the answer on from another task, where nobody further out can see what was handled.
    """

    def __init__(self, app: ASGIApp, *, captured_statuses: Iterable[int]) -> None:
        """Configure.

        Args:
            app: the next application.
            captured_statuses: of answers whose error is wanted.
        """
        self.app = app
        self._statuses = frozenset(captured_statuses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_noted(message: Message) -> None:
            if message.get("status") in self._statuses and (error := sys.exc_info()[1]) is not None:
                scope.setdefault("state", {})["error"] = error
            await send(message)

        await self.app(scope, receive, send_noted)


def _tell(error: BaseException) -> None:
    """Report what kept the application from starting or stopping, with one line."""
    event_id = errors.report(error, mechanism="lifespan", handled=False)
    if not is_logged(error):
        line = logger.bind(_reported=True, sentry_event_id=event_id)
        line.opt(exception=error).critical("the application could not start or stop")
        mark_logged(error)
