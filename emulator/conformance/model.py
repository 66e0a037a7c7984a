"""What the target should hold of this run's doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from emulator.conformance.exchange import Exchange
from emulator.conformance.options import Token

Fields: TypeAlias = "Mapping[str, Fields | None]"

FIELDS: Final[Fields] = {
    "name": None,
    "provider": None,
    "registryUrl": None,
    "aws": {"region": None},
    "gcp": {"projectId": None},
    "azure": {"resourceGroup": None},
    "integrationId": None,
    "credentials": {"username": None, "password": None, "scope": {"pull": None, "push": None}},
    "restrictions": {"restricted": None, "projects": None},
}
"""The documented fields that a body gives and an answer returns; the times are the server's own."""

UPDATABLE: Final = ("credentials", "restrictions")
ANYTHING: Final = "*"
"""In `Known.uncertain`: nothing of it is known for sure."""

_SHORTEST_SECRET: Final = 6
"""Shorter user names and passwords are not looked for in other texts, where they would be found by chance."""


@dataclass(eq=False, repr=False)
class Known:
    """Credentials that this run created.

    Attributes:
        account: the account it is in, by its token.
        body: what was given on creation.
        expected: the documented fields as they should be now, updates included.
        uncertain: dotted paths that should not be compared, as nobody says what an update does that did not name
            them, or as an update was not answered; ANYTHING for all.
        reusable: whether probes that need just any may have it.
    """

    id: str
    team: str | None
    account: Token
    body: dict[str, Any]
    expected: dict[str, Any] = field(default_factory=dict)
    uncertain: set[str] = field(default_factory=set)
    reusable: bool = False
    put_aside: bool = True
    """Whether the request that deletes it is put aside in the budget."""

    @property
    def name(self) -> Any:
        """What was given as the name."""
        return self.body.get("name")

    @property
    def secret(self) -> bool:
        """Whether it should have a user name or a password."""
        credentials = self.expected.get("credentials")
        return isinstance(credentials, dict) and not credentials.keys().isdisjoint(("username", "password"))

    def is_certain(self, path: str) -> bool:
        """Return whether the value at a dotted path is known, and those of all inside it."""
        if ANYTHING in self.uncertain:
            return False
        return not any(f"{path}.".startswith(f"{other}.") or other.startswith(f"{path}.") for other in self.uncertain)

    def updated(self, body: Any) -> None:
        """Take an update into account that was accepted."""
        given = documented(body)
        for name in UPDATABLE:
            if name in given:
                self.expected[name] = self._merged(self.expected.get(name), given[name], name)

    def lost(self, body: Any) -> None:
        """Take an update into account of which nobody knows whether it was made."""
        self.uncertain.update(name for name in UPDATABLE if isinstance(body, dict) and name in body)

    def _merged(self, old: Any, new: Any, path: str) -> Any:
        self.uncertain.discard(path)
        if not isinstance(old, dict) or not isinstance(new, dict):
            return new
        # Members that an update does not name stay or go: which of the two is not documented.
        self.uncertain.update(f"{path}.{name}" for name in old.keys() - new.keys())
        return old | {name: self._merged(old.get(name), value, f"{path}.{name}") for name, value in new.items()}


def documented(body: Any, fields: Fields = FIELDS) -> dict[str, Any]:
    """Return what of a body is documented, at every depth; copies of the objects."""
    if not isinstance(body, dict):
        return {}
    found: dict[str, Any] = {}
    for name, inner in fields.items():
        if name in body:
            value = body[name]
            found[name] = documented(value, inner) if inner and isinstance(value, dict) else value
    return found


def secrets_of(value: Any) -> Iterable[str]:
    """Return the user names and passwords in a body, wherever they are in it."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name in ("username", "password") and isinstance(member, str) and len(member) >= _SHORTEST_SECRET:
                yield member
            yield from secrets_of(member)
    elif isinstance(value, list):
        for item in value:
            yield from secrets_of(item)


class Model:
    """The credentials of this run, living and deleted.

    Attributes:
        before: ids that were in a place, an account and a team, before the run; only places that were read to the end.
        secrets: every user name and password that was sent.
    """

    def __init__(self) -> None:
        self.before: dict[tuple[Token, str | None], frozenset[str]] = {}
        self.secrets: set[str] = set()
        self._living: dict[tuple[Token, str | None, str], Known] = {}
        self._gone: dict[tuple[Token, str | None, str], Known] = {}
        self._by_exchange: dict[int, Known] = {}

    def add(self, known: Known, exchange: Exchange | None = None) -> None:
        """Note what was created, and by which exchange."""
        place = (known.account, known.team, known.id)
        self._gone.pop(place, None)
        self._living[place] = known
        if exchange is not None:
            self._by_exchange[exchange.number] = known

    def remove(self, known: Known) -> None:
        """Note that something is deleted."""
        place = (known.account, known.team, known.id)
        if self._living.pop(place, None) is not None:
            self._gone[place] = known

    def find(self, identifier: str, team: str | None = None, account: Token = Token.MAIN) -> Known | None:
        """Return what lives under an id in a place."""
        return self._living.get((account, team, identifier))

    def deleted(self, identifier: str, team: str | None = None, account: Token = Token.MAIN) -> Known | None:
        """Return what lived under an id in a place, and is deleted."""
        return self._gone.get((account, team, identifier))

    def of(self, exchange: Exchange) -> Known | None:
        """Return what an exchange created."""
        return self._by_exchange.get(exchange.number)

    def living(self, team: str | None = None, account: Token = Token.MAIN) -> list[Known]:
        """Return what lives in a place, the oldest first."""
        return [known for known in self._living.values() if (known.account, known.team) == (account, team)]

    @property
    def everything(self) -> list[Known]:
        """All that lives, the oldest first."""
        return list(self._living.values())

    @property
    def gone(self) -> list[Known]:
        """All that is deleted, and whose id was not taken again."""
        return list(self._gone.values())
