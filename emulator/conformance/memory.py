"""What the run has seen so far, to judge later answers by: beside the model, which has what was sent."""

from __future__ import annotations

import time
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from emulator.conformance.exchange import Exchange
from emulator.conformance.model import Known
from emulator.conformance.options import Token

if TYPE_CHECKING:
    from emulator.conformance.session import Session

Place: TypeAlias = "tuple[Token, str | None]"
"""An account, by its token, and a team in it; None for the account itself."""


@dataclass
class Instants:
    """The times that one operation showed of some credentials, in milliseconds since 1970.

    Attributes:
        at: when it showed them, in seconds of a clock of this process.
        updates: how many updates had been made by then.
        changes: how many of these named something.
    """

    created: int | None
    updated: int | None
    at: float
    updates: int
    changes: int


@dataclass(eq=False)
class Seen:
    """What was seen of one set of credentials.

    Attributes:
        data: of the last answer of get, or of add.
        born: when add was answered, in seconds of a clock of this process.
        by: the times by operation, `add`, `get` or `list`.
        updates: how many updates were accepted.
        changes: how many of these named something.
        changed: dotted paths that updates named since the last answer of get.
        refused: a request that would have changed it was refused since the last answer of get.
        told: what was found to be wrong already, with the value it had: it is no new finding when it stays so.
        doubtful: keys given twice in its body make it unsure what was given.
        given_times: an update gave times, which the target may have taken.
        missed: a get did not find it, though it lives.
    """

    data: dict[str, Any] | None = None
    born: float = 0.0
    by: dict[str, Instants] = field(default_factory=dict)
    updates: int = 0
    changes: int = 0
    last_change: float = 0.0
    changed: set[str] = field(default_factory=set)
    refused: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    doubtful: bool = False
    given_times: bool = False
    missed: bool = False


@dataclass
class Walk:
    """The pages that were read by following cursors, from the first on.

    Attributes:
        ids: what was listed so far.
        living: what lived when the first page was asked for.
        deletions: how many there had been in the place before the last page.
    """

    ids: tuple[str, ...]
    living: frozenset[str]
    deletions: int


@dataclass
class Secrets:
    """Whether user names and passwords are returned: all of them, or none of them."""

    returned: bool = False
    left_out: list[tuple[str, Exchange, str]] = field(default_factory=list)
    """Where they were not: rule, exchange and dotted path."""


@dataclass
class Window:
    """The last rate-limit headers that a token got."""

    number: int
    remaining: int
    reset: int


@dataclass(eq=False)
class Memory:
    """What was seen in one run.

    Attributes:
        windows: by the Authorization header as it is shown.
        secrets: how the target chose.
        walks: by place and the cursor that the last page answered.
        foreign: places in which somebody else's credentials were listed.
        complete: places that were listed to their end at least once.
        deletions: how many were made in a place.
        gone: ids of which a deletion was sent and not answered.
        lost: ids by place that may exist, as a creation of them was not answered.
        instants: different times of creation: more than one says that the target's clock runs.
        fine: the target's times have fractions of a second.
    """

    windows: dict[str, Window] = field(default_factory=dict)
    secrets: Secrets = field(default_factory=Secrets)
    walks: dict[tuple[Place, str], Walk] = field(default_factory=dict)
    foreign: set[Place] = field(default_factory=set)
    complete: set[Place] = field(default_factory=set)
    deletions: dict[Place, int] = field(default_factory=dict)
    gone: set[tuple[Place, str]] = field(default_factory=set)
    lost: set[tuple[Place, str]] = field(default_factory=set)
    instants: set[int] = field(default_factory=set)
    fine: bool = False
    _seen: weakref.WeakKeyDictionary[Known, Seen] = field(default_factory=weakref.WeakKeyDictionary)

    def of(self, known: Known) -> Seen:
        """Return what was seen of some credentials."""
        return self._seen.setdefault(known, Seen())

    def now(self) -> float:
        """Return the time in seconds of a clock that only runs forward."""
        return time.monotonic()


# The session has its own business; what judging has to remember is nobody else's.
_MEMORIES: Final[weakref.WeakKeyDictionary[Session, Memory]] = weakref.WeakKeyDictionary()


def memory_of(session: Session) -> Memory:
    """Return the memory of a run."""
    return _MEMORIES.setdefault(session, Memory())
