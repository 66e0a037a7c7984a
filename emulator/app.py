"""The one place that assembles the application."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from emulator.api import service
from emulator.api.guard import Guard
from emulator.api.readings import Readings
from emulator.api.registries import Registries
from emulator.clock import Clock
from emulator.ratelimit import RateLimit
from emulator.settings import Settings
from emulator.store import Store
from emulator.tenancy import Tenants

STORE: Final = web.AppKey("store", Store)
CLOCK: Final = web.AppKey("clock", Clock)
RATE_LIMIT: Final = web.AppKey("rate_limit", RateLimit)
READINGS: Final = web.AppKey("readings", Readings)


def create_app(settings: Settings | None = None) -> web.Application:
    """Return the emulator as an aiohttp application, empty, for any runner or test client."""
    settings = settings or Settings()
    clock = Clock()
    store = Store(clock)
    readings = Readings(settings)
    limit = 0 if settings.rate_limit == "off" else settings.rate_limit_requests
    rate_limit = RateLimit(clock, limit=limit, enforce=settings.rate_limit == "enforce")
    guard = Guard(Tenants(settings.tokens), rate_limit, readings)

    # One byte more than allowed may be read: aiohttp's versions disagree on whether its own limit is included.
    app = web.Application(middlewares=[guard.middleware()], client_max_size=settings.max_body + 1)
    app[CLOCK] = clock
    app[STORE] = store
    app[RATE_LIMIT] = rate_limit
    app[READINGS] = readings
    Registries(store, readings, max_body=settings.max_body).register(app, guard)
    service.register(app, guard)
    return app
