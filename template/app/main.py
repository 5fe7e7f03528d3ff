"""The application: settings, then observability, then everything that may fail."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app import observability, wiring
from app.settings import Settings, get_settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open what the service holds while it runs; close it again, the last first."""
    async with AsyncExitStack() as opened:
        for part in wiring.lifespans():
            await opened.enter_async_context(part(app))
        # What your code opens goes below this line.

        yield


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the API.

    Args:
        settings: given by tests; otherwise read from the environment.
    """
    settings = settings or get_settings()
    observability.start("api", settings)
    with observability.starting("application"):
        # Imported here, so that Sentry is told when a module of the service cannot be imported.
        from app import api
        from app.api import diagnostics, errors
        from app.auth import AuthenticationMiddleware, TokenVerifier

        app = FastAPI(title=wiring.SERVICE, version=settings.app_version, lifespan=lifespan)
        app.state.settings = settings
        errors.install(app)
        for router in (*api.routers(), *diagnostics.routers(settings)):
            app.include_router(router)

        # Your middleware goes below this line; the template adds its own above it. Routers go into app/api/.

        # The middleware added last is the outermost: the request's context comes before everything else.
        app.add_middleware(AuthenticationMiddleware, verifier=TokenVerifier(settings))
        observability.instrument(app, settings)
        for install in wiring.installers():
            install(app, settings)
    return app


app = create_app()
