"""The behaviour in force, and what is built for it once instead of with every request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.behaviour import Behaviour
from emulator.settings import Settings

if TYPE_CHECKING:
    from emulator.schemas import BodyReader


class Readings:
    """Holds the present behaviour; the next request sees a new one.

    The readers are built when the first body comes, or when `warm_up` is called: marshmallow and the schemas take a
    fifth of the start, and a server can say that it is there before.
    """

    behaviour: Behaviour
    constraint_status: int

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._readers: tuple[BodyReader, BodyReader] | None = None
        self.use(settings.assume)

    @property
    def create(self) -> BodyReader:
        """What reads the bodies of add."""
        return (self._readers or self.warm_up())[0]

    @property
    def update(self) -> BodyReader:
        """What reads the bodies of update."""
        return (self._readers or self.warm_up())[1]

    def use(self, behaviour: Behaviour) -> None:
        """Put `behaviour` in force."""
        self.behaviour = behaviour
        self.constraint_status = int(behaviour.constraint_status)
        self._readers = None

    def warm_up(self) -> tuple[BodyReader, BodyReader]:
        """Build the readers."""
        from emulator.schemas import BodyReader, RegistryCreateSchema, RegistryUpdateSchema

        projects, integrations = self._settings.known_projects, self._settings.known_integrations
        create = RegistryCreateSchema(self.behaviour, projects=projects, integrations=integrations)
        update = RegistryUpdateSchema(self.behaviour, projects=projects, integrations=integrations)
        self._readers = BodyReader(create), BodyReader(update)
        return self._readers

    def reset(self) -> None:
        """Put the behaviour of the settings in force again."""
        self.use(self._settings.assume)
