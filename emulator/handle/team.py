"""A team of an account, in a test's hands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.handle.account import Northflank


class Team:
    """A team of an account, which has credentials of its own."""

    def __init__(self, handle: Northflank, name: str) -> None:
        self._handle = handle
        self.name = name

    def __repr__(self) -> str:
        return f"<Team {self.name!r} of {self._handle!r}>"

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """What the team stores; see `Northflank.credentials`."""
        stored: list[dict[str, Any]] = self._handle.stored["teams"].get(self.name, [])
        return stored

    def seed(
        self,
        count: int | None = None,
        *,
        seed: int | None = None,
        credentials: Iterable[Mapping[str, Any]] | None = None,
    ) -> int:
        """Add made credentials to the team, or these; see `Northflank.seed`."""
        return self._handle.seed(count=count, seed=seed, team=self.name, credentials=credentials)
