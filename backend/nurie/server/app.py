"""The ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware

from nurie.server.engine import EngineHost
from nurie.server.guard import Guard
from nurie.server.responses import HANDLERS
from nurie.server.routes import ROUTES
from nurie.server.service import Service
from nurie.server.settings import ServerSettings

__all__ = ["create_app"]


def create_app(settings: ServerSettings, engine: EngineHost) -> Starlette:
    """The whole server around one engine, loaded once a picture comes in; ``app.state.service`` is its service."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = Starlette(
        routes=ROUTES,
        middleware=[Middleware(Guard, token=settings.token, names=settings.names)],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    service = app.state.service = Service(engine, settings.limits, calibration=settings.calibration)
    app.state.uploads = anyio.CapacityLimiter(settings.limits.uploads)
    return app
