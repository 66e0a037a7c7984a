"""What a run tells: while it goes on, and when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from emulator.conformance.exchange import Exchange
from emulator.conformance.verdicts import Finding, Verdicts


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: requests used of the budget, rules decided of all, and what is being asked."""

    used: int
    budget: int
    decided: int
    rules: int
    purpose: str


@dataclass(repr=False)
class Report:
    """What came of a run.

    Attributes:
        budget: what `Options.budget` was.
        asked_for: the rules that `Options.only` names, or all.
        used: requests that were sent, deletions included.
        left: what could not be deleted, in words.
        notes: sentences on what a reader should know besides.
        failure: why nothing could be checked, a sentence with the remedy.
        unfinished: the time was up before everything had been looked at.
        exchanges: everything that was sent and answered.
    """

    url: str
    started: datetime
    seed: int
    prefix: str
    budget: int
    verdicts: Verdicts
    asked_for: Collection[str]
    seconds: float = 0.0
    used: int = 0
    created: int = 0
    deleted: int = 0
    left: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failure: str | None = None
    unfinished: bool = False
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """The differences that make the run fail."""
        return self.verdicts.findings

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 differs, 2 could not run, tested nothing, or found nothing before its time was up."""
        tested = any(self.verdicts.observed(rule) for rule in self.asked_for)
        if self.failure is not None or not tested:
            return 2
        if self.verdicts.differs:
            return 1
        return 2 if self.unfinished else 0


class Interrupted(asyncio.CancelledError):
    """The run was cancelled; what it created is deleted, as far as `report` does not say otherwise."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report
