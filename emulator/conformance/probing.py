"""What a probe is: one question to the target, and the rules that it decides.

    @probe("add.name.min-length", "add.name.max-length", cost=8, stage=Stage.BODIES)
    async def names_of_3_and_39_characters_are_accepted_and_of_2_and_40_refused(session: Session) -> None: ...

The probes of a module of `probes/` are found by themselves, in their order there; so are those of `generated.py` and
`repeated.py`.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.conformance.session import Session


class Stage(enum.IntEnum):
    """When a probe runs."""

    TARGET = 1
    """Is it reachable, is it the API, who may use it?"""
    BASICS = 2
    BODIES = 3
    UPDATES = 4
    PAGING = 5
    TEAMS = 6
    ERRORS = 7
    CHOICES = 8
    LESS_LIKELY = 9
    GENERATED = 10
    REPEATED = 11
    """What is left of the budget."""


class Skip(Exception):  # noqa: N818 - a way on, and no error
    """Raised in a probe that cannot go on: its rules that are not observed yet stay so, for the reason given."""


class BudgetSpent(Skip):
    """The next request would be over the budget."""


@dataclass(frozen=True)
class Probe:
    """A probe as it is found; `cost` is the most requests it can take, deletions of what it leaves included."""

    name: str
    rules: tuple[str, ...]
    cost: int
    stage: Stage
    writes: bool
    ask: Callable[[Session], Awaitable[None]]

    async def __call__(self, session: Session) -> None:
        await self.ask(session)


def probe(
    *rules: str, cost: int, stage: Stage, writes: bool = True
) -> Callable[[Callable[[Session], Awaitable[None]]], Probe]:
    """Make a probe of a coroutine function.

    Args:
        rules: ids of the rules it can decide.
        cost: upper bound of the requests, deletions included.
        stage: when it runs.
        writes: whether it sends anything that could change the target.
    """

    def make(ask: Callable[[Session], Awaitable[None]]) -> Probe:
        name = getattr(ask, "__name__", "probe").strip("_").replace("_", " ")
        return Probe(name, rules, cost, stage, writes, ask)

    return make


def probes_of(module: ModuleType) -> list[Probe]:
    """Return the probes that a module has, in the order of their definition."""
    return [value for value in vars(module).values() if isinstance(value, Probe)]
