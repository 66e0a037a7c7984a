"""One exchange before the judge: what was asked for, what is known, and where the verdicts go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emulator.conformance.exchange import Exchange
from emulator.conformance.memory import Place, memory_of
from emulator.conformance.model import Known
from emulator.conformance.options import LIMITED, NONE, Token
from emulator.conformance.routes import route_of

if TYPE_CHECKING:
    from emulator.conformance.session import Session

_TOKENS: Final = {f"Bearer {token.placeholder}": token for token in Token if token is not NONE}


class Asked(NamedTuple):
    """A request for the resource.

    Attributes:
        kind: `add`, `list`, `get`, `update` or `delete`: the first word of its rules' ids.
        token: whose token it had; None for none, and for a header that is not of the usual form.
        modify: it took the route of older clients.
    """

    kind: str
    token: Token | None
    team: str | None
    id: str | None
    modify: bool

    @property
    def place(self) -> Place | None:
        """The account and the team, None where the account is not known."""
        return None if self.token is None else (self.token.account, self.team)


class Case:
    """One exchange and the run that it belongs to.

    Attributes:
        asked: what it asked for, None if that is not the resource.
    """

    def __init__(self, session: Session, exchange: Exchange) -> None:
        self.session = session
        self.exchange = exchange
        self.memory = memory_of(session)
        self.asked = _asked(exchange)

    @property
    def is_limited(self) -> bool:
        """Whether the token may be one that must not see everything."""
        return self.asked is not None and self.asked.token is LIMITED

    def agree(self, rule: str) -> None:
        """Note that the exchange is as a rule says."""
        self.session.verdicts.agree(rule, self.exchange)

    def differ(self, rule: str, expected: str, got: str) -> None:
        """Note that it is not."""
        self.session.verdicts.differ(rule, self.exchange, expected=expected, got=got)

    def choose(self, rule: str, choice: str | None, words: str | None = None) -> None:
        """Note how the target has what is only assumed."""
        self.session.verdicts.choose(rule, choice, self.exchange, words=words)

    def find(self, place: Place | None, identifier: object) -> Known | None:
        """Return what lives under an id in a place."""
        if place is None or not isinstance(identifier, str):
            return None
        return self.session.model.find(identifier, place[1], place[0])


def _asked(exchange: Exchange) -> Asked | None:
    route = route_of(exchange.target.partition("?")[0])
    if route is None or exchange.operation is None:
        return None
    kind = exchange.operation.partition("-")[0]
    token = _TOKENS.get(exchange.sent_headers.get("Authorization", ""))
    return Asked("update" if kind == "modify" else kind, token, route.team, route.id, route.modify)
