"""The one place that assembles the application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Final, Unpack

from aiohttp import web

from emulator import inspector
from emulator.api import pages, service
from emulator.api.emulation import EMULATION, Emulation
from emulator.api.guard import Guard
from emulator.api.registries import Registries
from emulator.api.served import Served
from emulator.control import routes
from emulator.settings import Settings

if TYPE_CHECKING:
    from emulator.given import Given
    from emulator.statefile import StateFile

STATE_FILE: Final[web.AppKey[StateFile]] = web.AppKey("state_file")
SERVED: Final[web.AppKey[Mapping[tuple[str, str], Served]]] = web.AppKey("served")
"""The emulated operations by method and path template, for a server that finds them faster than the router."""


def create_app(settings: Settings | None = None, **given: Unpack[Given]) -> web.Application:
    """Return the emulator as an aiohttp application, in its start state, for any runner or test client.

    Args:
        given: settings, such as `rate_limit="enforce"` or `assume={"duplicate-name": "suffix"}`; see `Given`.
        settings: all of them as one object, in place of the keywords.

    Raises:
        InvalidFixtureError: the fixture file of the settings is broken.
        InvalidSettingError: there is no such fixture, no such setting, or its value cannot be used.
    """
    if given:
        from emulator.given import settings_of  # the command has its own way

        settings = settings_of(given, instead_of=settings)
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
    inspector.register(app)
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
