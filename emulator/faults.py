"""Answers that go wrong on purpose: which calls they meet, and what becomes of those."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.errors import InvalidFaultError

EFFECTS: Final = {
    "error": "answers `status` in the error envelope",
    "rate-limit": "answers 429 with Retry-After and nothing left of the hour",
    "reset": "closes the connection with a TCP reset",
    "empty": "closes the connection without an answer",
    "truncate": "sends the headers and half of the body, then closes the connection",
    "malformed": "answers with broken JSON",
    "delay": "answers as usual, but late",
}
"""What a fault can do."""


ANY: Final = "*"
"""Names every operation that needs a token."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault rule.

    Attributes:
        operation: name of the operation that it meets, `*` for all that need a token. A health check must not use up
            a fault that is meant for a client.
        account: the only account that it meets; None for all.
        effect: one of `EFFECTS`.
        status: the status of the effect `error`, 400 to 599.
        delay: milliseconds to wait before the answer, with any effect.
        jitter: at most so many milliseconds more, drawn anew for each call.
        skip: calls that pass before the first one is met.
        times: calls to meet; None for all that follow.
        phase: `before` the operation runs, or `after` it: then its change stays and the answer is lost.
        probability: share of calls that are met, 0 to 1; drawn from the seed.
        seed: where the draws of jitter and probability start.
    """

    operation: str = ANY
    account: str | None = None
    effect: str = "error"
    status: int = 503
    delay: int = 0
    jitter: int = 0
    skip: int = 0
    times: int | None = None
    phase: str = "before"
    probability: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse values that make no fault.

        Raises:
            InvalidFaultError: names the member and what it takes.
        """
        checks = (
            ("effect", self.effect in tuple(EFFECTS), f"must be one of {', '.join(EFFECTS)}"),
            ("status", _whole(self.status, 400, 599), "must be a whole number from 400 to 599"),
            ("delay", _whole(self.delay, 0, MAX_DELAY), f"must be milliseconds, from 0 to {MAX_DELAY}"),
            ("jitter", _whole(self.jitter, 0, MAX_DELAY), f"must be milliseconds, from 0 to {MAX_DELAY}"),
            ("skip", _whole(self.skip, 0, MAX_NUMBER), f"must be a whole number from 0 to {MAX_NUMBER}"),
            (
                "times",
                self.times is None or _whole(self.times, 1, MAX_NUMBER),
                f"must be a whole number from 1 to {MAX_NUMBER}, or null for all calls",
            ),
            ("phase", self.phase in ("before", "after"), "must be before or after"),
            (
                "probability",
                type(self.probability) in {int, float} and 0 <= self.probability <= 1,
                "must be a number from 0 to 1",
            ),
            ("seed", _whole(self.seed, 0, MAX_NUMBER), f"must be a whole number from 0 to {MAX_NUMBER}"),
            ("account", self.account is None or isinstance(self.account, str), "must be the name of an account"),
        )
        problems = {name: problem for name, good, problem in checks if not good}
        if problems:
            raise InvalidFaultError(problems)


MAX_DELAY: Final = 600_000
MAX_NUMBER: Final = 2**53 - 1
"""What every JSON library reads exactly."""


def _whole(value: object, lowest: int, highest: int) -> bool:
    return type(value) is int and lowest <= value <= highest


class Armed:
    """A fault rule in force, and how often it was passed and met."""

    __slots__ = ("_random", "fault", "hits", "number", "seen")

    def __init__(self, number: int, fault: Fault) -> None:
        self.number = number
        self.fault = fault
        self.seen = 0
        self.hits = 0
        self._random = random.Random(fault.seed)  # noqa: S311 - repeatable on purpose

    @property
    def spent(self) -> bool:
        """Whether it has met all the calls that it was to meet."""
        return self.fault.times is not None and self.hits >= self.fault.times

    def concerns(self, operation: str, account: str | None) -> bool:
        """Return whether this fault is about a call; `account` is None where no token is needed."""
        fault = self.fault
        if fault.account is not None and fault.account != account:
            return False
        means_it = fault.operation == operation or (fault.operation == ANY and account is not None)
        return means_it and not self.spent

    def meets(self, operation: str, account: str | None) -> bool:
        """Return whether this fault meets a call, counting the call if it is about it."""
        if not self.concerns(operation, account):
            return False
        fault = self.fault
        self.seen += 1
        if self.seen <= fault.skip or (fault.probability < 1 and self._random.random() >= fault.probability):
            return False
        self.hits += 1
        return True

    def wait(self) -> float:
        """Return how many seconds this call has to wait."""
        fault = self.fault
        return (fault.delay + (self._random.uniform(0, fault.jitter) if fault.jitter else 0)) / 1000


class Faults:
    """The fault rules in force; the first one armed that meets a call decides about it."""

    def __init__(self) -> None:
        self._armed: dict[int, Armed] = {}
        self._next = 1
        # Kept beside, so that a call of an operation that no rule is about costs one look here.
        self._by_operation: dict[str, list[Armed]] = {}

    def __iter__(self) -> Iterator[Armed]:
        """Yield the rules in the order of their arming, spent ones included."""
        return iter(self._armed.values())

    def arm(self, fault: Fault) -> Armed:
        """Put a rule in force."""
        armed = self._armed[self._next] = Armed(self._next, fault)
        self._next += 1
        self._arrange()
        return armed

    def disarm(self, number: int) -> bool:
        """Take one rule out of force; return whether there was one with that number."""
        known = self._armed.pop(number, None) is not None
        self._arrange()
        return known

    def reset(self, account: str | None = None) -> None:
        """Take all rules out of force, or those for one account only."""
        for number, armed in list(self._armed.items()):
            if account is None or armed.fault.account == account:
                del self._armed[number]
        self._arrange()

    def concern(self, operation: str, account: str | None) -> bool:
        """Return whether a rule is about a call, so that it may meet it."""
        for armed in self._about(operation):  # noqa: SIM110 - every call comes by, and a generator takes twice as long
            if armed.concerns(operation, account):
                return True
        return False

    def meeting(self, operation: str, account: str | None) -> Armed | None:
        """Return the rule that meets a call, counting it; None where it goes through."""
        for armed in self._about(operation):
            if armed.meets(operation, account):
                return armed
        return None

    def _about(self, operation: str) -> Sequence[Armed]:
        """Return the rules about an operation, in the order of their arming."""
        return self._by_operation.get(operation) or self._by_operation.get(ANY) or ()

    def _arrange(self) -> None:
        named = {armed.fault.operation for armed in self}
        self._by_operation = {
            operation: [armed for armed in self if armed.fault.operation in {operation, ANY}] for operation in named
        }
