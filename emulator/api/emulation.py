"""Everything that has state, together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from aiohttp import web

from emulator.api.readings import Readings
from emulator.clock import Clock
from emulator.events import Events
from emulator.faults import Faults
from emulator.journal import Journal
from emulator.ratelimit import RateLimit
from emulator.settings import Settings
from emulator.store import Store
from emulator.tenancy import Tenants


class Part(Protocol):
    """One thing that has state."""

    def reset(self) -> None:
        """Go back to the state that the program started with, in place."""


class Emulation:
    """The emulator's state: what is stored, counted, armed, recorded and switched."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.store = Store(self.clock)
        limit = 0 if settings.rate_limit == "off" else settings.rate_limit_requests
        self.rate_limit = RateLimit(self.clock, limit=limit, enforce=settings.rate_limit == "enforce")
        self.readings = Readings(settings)
        self.tenants = Tenants(settings.tokens)
        self.faults = Faults()
        self.events = Events()
        # How many credentials a seeding under way has made, and of how many; None while there is none.
        self.seeding: tuple[int, int] | None = None
        self.journal = Journal(settings.journal, self.events)

    @property
    def parts(self) -> Mapping[str, Part]:
        """The parts by name; a test finds every attribute with state here."""
        return {name: part for name, part in vars(self).items() if name not in {"settings", "seeding"}}

    def reset(self, account: str | None = None) -> None:
        """Put everything back to the start state, in place; or only what belongs to one account."""
        if account is None:
            for part in self.parts.values():
                part.reset()
        else:
            for part in (self.store, self.rate_limit, self.faults, self.journal):
                part.reset(account)
            self.events.change("reset", account=account)


EMULATION: Final = web.AppKey("emulation", Emulation)
