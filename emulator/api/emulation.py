"""Everything that has state, together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from aiohttp import web

from emulator.api.readings import Readings
from emulator.clock import Clock
from emulator.errors import ConflictError
from emulator.events import Events
from emulator.faults import Faults
from emulator.journal import Journal
from emulator.ratelimit import RateLimit
from emulator.settings import Settings
from emulator.store import Store
from emulator.tenancy import Tenants
from emulator.verifications import Verifications


class Part(Protocol):
    """One thing that has state."""

    def reset(self) -> None:
        """Go back to the state that the program started with, in place."""


class Progress:
    """How many credentials a seeding under way has made, and of how many."""

    def __init__(self, total: int) -> None:
        self.done = 0
        self.total = total


class Seeding:
    """The seeding under way, if there is one; a reset calls it off."""

    def __init__(self) -> None:
        self.progress: Progress | None = None

    def begin(self, total: int) -> Progress:
        """Begin to make `total` credentials.

        Raises:
            ConflictError: another seeding is under way.
        """
        if self.progress is not None:
            raise ConflictError("Another seeding is under way; wait until GET /_emulator/ready answers 200.")
        self.progress = Progress(total)
        return self.progress

    def end(self, progress: Progress) -> bool:
        """End a seeding; return whether it counts: not if it was called off."""
        if self.progress is not progress:
            return False
        self.progress = None
        return True

    def reset(self) -> None:
        """Call off the seeding under way: what it makes will be thrown away."""
        self.progress = None


class Emulation:
    """The emulator's state: what is stored, counted, armed, recorded and switched."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.store = Store(self.clock)
        limit = 0 if settings.rate_limit == "off" else settings.rate_limit_requests
        self.rate_limit = RateLimit(limit=limit, enforce=settings.rate_limit == "enforce")
        self.readings = Readings(settings)
        self.tenants = Tenants(settings.tokens)
        self.faults = Faults()
        self.events = Events()
        self.seeding = Seeding()
        self.journal = Journal(settings.journal, self.events, lambda: self.readings.learnt.settled)
        self.verifications = Verifications()

    @property
    def parts(self) -> Mapping[str, Part]:
        """The parts by name; a test finds every attribute with state here."""
        return {name: part for name, part in vars(self).items() if name != "settings"}

    def reset(self, account: str | None = None) -> None:
        """Put everything back to the start state, in place; or only what belongs to one account."""
        if account is None:
            for part in self.parts.values():
                part.reset()
        else:
            for part in (self.store, self.rate_limit, self.faults, self.journal, self.verifications):
                part.reset(account)
            self.events.change("reset", account=account)


EMULATION: Final = web.AppKey("emulation", Emulation)
