"""The one place that assembles the application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Final

from aiohttp import web

from emulator.api import pages, service
from emulator.api.emulation import EMULATION, Emulation
from emulator.api.guard import Guard, Served
from emulator.api.registries import Registries
from emulator.control import routes
from emulator.settings import Settings

if TYPE_CHECKING:
    from emulator.statefile import StateFile

STATE_FILE: Final[web.AppKey[StateFile]] = web.AppKey("state_file")
SERVED: Final[web.AppKey[Mapping[tuple[str, str], Served]]] = web.AppKey("served")
"""The emulated operations by method and path template, for a server that finds them faster than the router."""


def create_app(settings: Settings | None = None) -> web.Application:
    """Return the emulator as an aiohttp application, in its start state, for any runner or test client.

    Raises:
        InvalidFixtureError: the fixture file of the settings is broken.
        InvalidSettingError: there is no such fixture.
    """
    settings = settings or Settings()
    emulation = Emulation(settings)
    if settings.fixture:
        from emulator.seeding import load_account  # only who asks for a state to start with pays for it

        fixture = load_account(settings.fixture, emulation.store, behaviour=settings.assume)
        emulation.store.start_from(fixture)
    guard = Guard(emulation)
    # One byte more than allowed may be read: aiohttp's versions disagree on whether its own limit is included.
    app = web.Application(middlewares=[guard.middleware()], client_max_size=settings.max_body + 1)
    app[EMULATION] = emulation
    app[SERVED] = guard.served
    Registries(emulation).register(app, guard)
    service.register(app, guard)
    pages.register(app, guard)
    routes.register(app, emulation)
    if settings.state_file is not None:
        from emulator.statefile import StateFile  # likewise

        app[STATE_FILE] = StateFile(settings.state_file, emulation.store)
        app.cleanup_ctx.append(_kept)
    return app


async def _kept(app: web.Application) -> AsyncIterator[None]:
    # A generator of its own, since aiohttp before 3.12 takes nothing else.
    async with app[STATE_FILE].kept():
        yield


def stored(app: web.Application) -> str:
    """Return what the running application holds, and where that is from, in a few words."""
    emulation = app[EMULATION]
    held = emulation.store.summary()
    file = app.get(STATE_FILE)
    if file is not None and file.found:
        return f"{held}, from {file}"
    if len(emulation.store.template):
        held += f", from {emulation.settings.fixture}"
    return held if file is None else f"{held}, kept in {file}"
