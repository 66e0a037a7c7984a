"""The way of every request to the target: within the budget and its rate limit, and every answer is judged."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from emulator.conformance import pacing
from emulator.conformance.budget import Budget
from emulator.conformance.exchange import Exchange
from emulator.conformance.ledger import Ledger
from emulator.conformance.model import Model
from emulator.conformance.names import Names
from emulator.conformance.options import MAIN, Options, Token
from emulator.conformance.probing import BudgetSpent, Skip
from emulator.conformance.target import Target
from emulator.conformance.tokens import Tokens
from emulator.conformance.verdicts import Verdicts

_TOO_MANY: Final = 429
_EXCEEDED: Final = "common.rate-limit.exceeded"
_OTHERS: Final = 50
"""Requests that others who use the account may send between two of ours."""

Wait = Callable[[float], Awaitable[None]]

LONGEST_WAIT: Final = 60.0
"""Seconds that a run waits for a target whose rate limit is used up."""


class RateLimitedError(Skip):
    """The target's rate limit is used up, for longer than a run waits."""


@dataclass(frozen=True)
class Request:
    """What is about to be sent."""

    method: str
    target: str
    headers: Mapping[str, str | None]
    body: bytes | None
    token: Token
    purpose: str
    operation: str | None


@dataclass(frozen=True, eq=False)
class Pending:
    """A creation that was sent and not answered, or not in a way that tells whether it was made."""

    name: object
    team: str | None
    account: Token


class Sender:
    """Sends requests and keeps the model, the ledger and the budget.

    Attributes:
        options: of the run.
        verdicts: what is known about the rules.
        names: what everything that is created has to be named by.
        random: the one source of chance for probes.
        model: what the target should hold of this run's doing.
        budget: how much may still be sent.
        purpose: name of the probe that is running.
        tokens: which tokens there are.
        exchanges: all of them.
        notes: sentences for the report.
        pending: creations of which nobody knows whether they were made.
        places: accounts and teams that creations were sent to, in the order of the first ones.
        accepted: tokens and operations that were answered with success.
        stopped: why nothing more is sent; None while it is.
    """

    def __init__(  # noqa: PLR0913 - the parts of a run
        self,
        target: Target,
        options: Options,
        names: Names,
        tokens: Tokens,
        *,
        seed: int = 0,
        ledger: Ledger | None = None,
        wait: Wait = asyncio.sleep,
        after_each: Callable[[], None] = lambda: None,
    ) -> None:
        self.target = target
        self.options = options
        self.names = names
        self.tokens = tokens
        self.ledger = ledger
        self.verdicts = Verdicts(strict=options.strict, conceal=self.conceal, profile=options.profile)
        self.random = random.Random(f"probes {seed}")  # noqa: S311 - repeatable, and no secret
        self.model = Model()
        self.budget = Budget(options.budget)
        self.purpose = ""
        self.exchanges: list[Exchange] = []
        self.notes: list[str] = []
        self.pending: list[Pending] = []
        self.places: dict[tuple[Token, str | None], None] = {}
        self.accepted: set[tuple[Token, str]] = set()
        self.created = 0
        self.deleted = 0
        self.stopped: str | None = None
        self.believes_rate_limit = True
        self._wait = wait
        self._after_each = after_each
        self._free: set[tuple[Token, str | None, str]] = set()
        self._told_tokens: set[Token] = set()
        self._remaining: dict[Token, int] = {}

    def has(self, token: Token) -> bool:
        """Return whether there is such a token: of another account, for example."""
        return self.tokens.has(token)

    def can(self, requests: int, creations: int = 0) -> bool:
        """Return whether the budget has so many requests; each creation counts twice, for its deletion too."""
        return self.budget.left >= requests + 2 * creations

    def note(self, sentence: str) -> None:
        """Put a sentence into the report, once."""
        sentence = self.conceal(sentence)
        if sentence not in self.notes:
            self.notes.append(sentence)

    def conceal(self, text: str) -> str:
        """Return a text without the tokens, user names and passwords in it."""
        text = self.tokens.conceal(text)
        for secret in self.model.secrets:
            text = text.replace(secret, "***")
        return text

    async def ask(self, request: Request, *, aside: bool = False) -> Exchange:
        """Send within the budget and the target's rate limit; `aside` takes a request that was put aside."""
        if self.stopped is not None:
            raise RateLimitedError(self.stopped)
        if not aside and self.budget.left < 1:
            raise self.spent()
        exchange = await self._exchange(request, aside=aside)
        if not pacing.is_limited(exchange):
            return exchange
        seconds = pacing.asked_to_wait(exchange)
        if seconds is not None and seconds <= LONGEST_WAIT and self.budget.left_of_plan > 0:
            self.note(f"The target's rate limit was met; the run waited {seconds:.0f} s.")
            await self._wait(seconds)
            self.budget.renewed()
            exchange = await self._exchange(request)
            if not pacing.is_limited(exchange):
                return exchange
        self.stopped = "the target's rate limit is used up"
        raise RateLimitedError(self.stopped)

    async def _exchange(self, request: Request, *, aside: bool = False) -> Exchange:
        self.budget.spend(aside=aside)
        exchange = await self.target.send(
            request.method,
            request.target,
            token=request.token,
            headers=request.headers,
            body=request.body,
            purpose=request.purpose,
            operation=request.operation,
        )
        self.exchanges.append(exchange)
        self._count_as_the_target(exchange, request.token.account)
        if exchange.succeeded and request.operation is not None:
            self.accepted.add((request.token, request.operation))
        self.judge(exchange)
        self._after_each()
        return exchange

    def _count_as_the_target(self, exchange: Exchange, account: Token) -> None:
        left, before = pacing.remaining(exchange), self._remaining.get(account, 0)
        if exchange.status == _TOO_MANY and (left or (left is None and before > _OTHERS)):
            expected = "429 only once x-ratelimit-remaining is 0"
            self.verdicts.differ(_EXCEEDED, exchange, expected=expected, got=f"429 with {left or before} left")
        if left is None:
            return
        self._remaining[account] = left
        if self.believes_rate_limit and account is MAIN:
            self.budget.told(left)

    def judge(self, exchange: Exchange) -> None:
        """Look at what came back, before anything else does."""
        raise NotImplementedError

    def spent(self) -> BudgetSpent:
        if self.budget.shrunk:
            return BudgetSpent("the target's rate limit leaves no more requests")
        return BudgetSpent(f"the budget of {self.budget.planned} requests was used up")
