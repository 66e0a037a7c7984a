"""The behaviour in force, and what is built for it once instead of with every request."""

from __future__ import annotations

from emulator.behaviour import Behaviour
from emulator.schemas import BodyReader, RegistryCreateSchema, RegistryUpdateSchema
from emulator.settings import Settings


class Readings:
    """Holds the present behaviour; the next request sees a new one."""

    behaviour: Behaviour
    create: BodyReader
    update: BodyReader
    constraint_status: int

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.use(settings.assume)

    def use(self, behaviour: Behaviour) -> None:
        """Put `behaviour` in force."""
        projects = self._settings.known_projects
        integrations = self._settings.known_integrations
        self.behaviour = behaviour
        self.create = BodyReader(RegistryCreateSchema(behaviour, projects=projects, integrations=integrations))
        self.update = BodyReader(RegistryUpdateSchema(behaviour, projects=projects, integrations=integrations))
        self.constraint_status = int(behaviour.constraint_status)

    def reset(self) -> None:
        """Put the behaviour of the settings in force again."""
        self.use(self._settings.assume)
