"""The behaviour in force, and what is built for it once instead of with every request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from emulator import codec
from emulator.api.learnt import Learnt
from emulator.behaviour import Behaviour
from emulator.settings import Settings

if TYPE_CHECKING:
    from emulator.profile import Profile
    from emulator.schemas import BodyReader, NewReader

_LOADERS: Final = {"first": codec.first_key_loads, "reject": codec.single_key_loads}


class Readings:
    """Holds the present behaviour; the next request sees a new one.

    The readers are built when the first body comes, or when `warm_up` is called: marshmallow and the schemas take a
    fifth of the start, and a server can say that it is there before.

    Attributes:
        profile: what was learnt of a target, if that is in force.
        learnt: how failures are told, and which rules the profile settles.
        loads: reads JSON.
    """

    behaviour: Behaviour
    learnt: Learnt
    loads: Callable[[bytes], object]

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._readers: tuple[NewReader, BodyReader] | None = None
        self.profile: Profile | None = None
        self.reset()

    @property
    def create(self) -> NewReader:
        """What reads the bodies of add."""
        return (self._readers or self.warm_up())[0]

    @property
    def update(self) -> BodyReader:
        """What reads the bodies of update."""
        return (self._readers or self.warm_up())[1]

    def use(self, behaviour: Behaviour) -> None:
        """Put `behaviour` in force; where the profile says otherwise, it settles nothing any more."""
        self.behaviour = behaviour
        settled = {} if self.profile is None else self.profile.in_force(behaviour)
        self.learnt = Learnt.of(self.profile, int(behaviour.constraint_status), settled)
        self.loads = _LOADERS.get(behaviour.duplicate_key, codec.loads)
        self._readers = None

    def follow(self, profile: Profile | None, behaviour: Behaviour) -> None:
        """Put a profile in force, or none, and `behaviour` with it."""
        self.profile = profile
        self.use(behaviour)

    def warm_up(self) -> tuple[NewReader, BodyReader]:
        """Build the readers."""
        from emulator.schemas import BodyReader, NewReader, RegistryCreateSchema, RegistryUpdateSchema

        projects, integrations = self._settings.known_projects, self._settings.known_integrations
        create = RegistryCreateSchema(self.behaviour, projects=projects, integrations=integrations)
        update = RegistryUpdateSchema(self.behaviour, projects=projects, integrations=integrations)
        self._readers = NewReader(create), BodyReader(update)
        return self._readers

    def reset(self) -> None:
        """Put the behaviour and the profile of the settings in force again."""
        self.follow(self._settings.profile, self._settings.assume)
