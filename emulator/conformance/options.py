"""What a check is asked to do, and the tokens it may use."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator.profile import Profile

PHASES: Final = ("probes", "generated", "repeated")


class Token(enum.Enum):
    """Whose token a request is sent with; the value is the name of the account, in the ledger too."""

    MAIN = "main"
    OTHER = "other"
    """A token of another account."""
    LIMITED = "limited"
    """A token that lacks permissions."""
    WRONG = "wrong"
    """A token that nobody was given."""
    NONE = "none"
    """No Authorization header."""

    @property
    def account(self) -> Token:
        """The account that it belongs to, by its first token."""
        return Token.MAIN if self is Token.LIMITED else self

    @property
    def placeholder(self) -> str:
        """What is shown in the place of the token; a variable where the user has it."""
        return "wrong-token" if self is Token.WRONG else _VARIABLES.get(self, "")


MAIN: Final = Token.MAIN
OTHER: Final = Token.OTHER
LIMITED: Final = Token.LIMITED
WRONG: Final = Token.WRONG
NONE: Final = Token.NONE

_VARIABLES: Final = {
    MAIN: "$NORTHFLANK_API_TOKEN",
    OTHER: "$NORTHFLANK_API_OTHER_TOKEN",
    LIMITED: "$NORTHFLANK_API_LIMITED_TOKEN",
}


@dataclass(frozen=True, repr=False)
class Options:
    """How to check; there is no repr, as it would show the tokens.

    Attributes:
        token: that of the account to work in; a target on this machine that takes any gets a made-up one without.
        other_token: one of another account, to see that the two are kept apart.
        limited_token: one of the first account that may read only, or less.
        teams: ids of teams that the first token may work in; without, a made-up one is tried on this machine only.
        budget: most requests sent, deletions included.
        only: rule ids or patterns such as `list.*`; all rules, if empty.
        seed: the same seed sends the same requests; None chooses one.
        phases: which of PHASES to run.
        read_only: sends nothing that could change the target.
        strict: an assumed rule that the target does not keep makes the run fail too.
        max_time: an answer that takes more seconds is a finding; 0 for no limit.
        timeout: seconds to wait for one answer.
        total_timeout: seconds after which no more is checked, and only deleted; None for no limit.
        ledger: the file in which everything is noted before it is created; None for none, on this machine only.
        profile: what was learnt of the target before: the rules that it settles count.
        confirmed: the user agreed to writing to a target that is not on this machine.
    """

    token: str | None = None
    other_token: str | None = None
    limited_token: str | None = None
    teams: tuple[str, ...] = ()
    budget: int = 300
    only: tuple[str, ...] = ()
    seed: int | None = None
    phases: frozenset[str] = frozenset(PHASES)
    read_only: bool = False
    strict: bool = False
    max_time: float = 5.0
    timeout: float = 30.0
    total_timeout: float | None = None
    ledger: Path | None = None
    profile: Profile | None = None
    confirmed: bool = False
