"""The one place that assembles the application."""

from __future__ import annotations

from aiohttp import web

from emulator.api import pages, service
from emulator.api.emulation import EMULATION, Emulation
from emulator.api.guard import Guard
from emulator.api.registries import Registries
from emulator.settings import Settings


def create_app(settings: Settings | None = None) -> web.Application:
    """Return the emulator as an aiohttp application, in its start state, for any runner or test client."""
    settings = settings or Settings()
    emulation = Emulation(settings)
    guard = Guard(emulation)
    # One byte more than allowed may be read: aiohttp's versions disagree on whether its own limit is included.
    app = web.Application(middlewares=[guard.middleware()], client_max_size=settings.max_body + 1)
    app[EMULATION] = emulation
    Registries(emulation).register(app, guard)
    service.register(app, guard)
    pages.register(app, guard)
    return app
