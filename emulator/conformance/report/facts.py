"""What every report tells, taken from a run once: so that they all tell the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import emulator
from emulator.conformance.report.words import plural, scrub
from emulator.conformance.rulebook import BASES, OPERATIONS, Rule
from emulator.conformance.verdicts import CHOSE, CONFORMS, DIFFERS, NOT_OBSERVED, Finding, Verdict

if TYPE_CHECKING:
    from emulator.conformance.run import Report

OUTCOMES: Final = (DIFFERS, CONFORMS, CHOSE, NOT_OBSERVED)
"""The outcomes in the order of every report."""
GROUPS: Final = {**OPERATIONS, "setting": "Settings of this run"}
"""The groups of rules, in the order of every report."""
MEANING: Final = {**BASES, "setting": "A limit that was set for this run."}
EXITS: Final = {
    0: "nothing that was observed differs",
    1: "at least one rule differs",
    2: "the check could not run to its end, or tested nothing asked for",
}
"""What the exit codes mean."""
UNTOLD: Final = "no reason was noted"


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """One difference; `curl` is a shell command that shows it again, `answered` the status (0: no answer came)."""

    expected: str
    got: str
    purpose: str
    curl: str | None = None
    request: str | None = None
    answered: int | None = None


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """One rule and what came of it.

    Attributes:
        outcome: one of OUTCOMES.
        differences: how many of the observations differed; `findings` has the first of them, equal ones once.
        chosen: what the target does where a rule leaves the choice, in words.
        choice: the alternative that is, if it is one of the rule's.
        as_default: whether that is what the emulator does unless told otherwise.
        assume: the switch that makes the emulator do it too, `NAME=VALUE`; None where there is none, or no need.
        why: the reason, where nothing was observed.
    """

    rule: Rule
    outcome: str
    observations: int
    differences: int
    findings: Sequence[FindingFacts]
    chosen: str
    choice: str | None
    as_default: bool
    assume: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """A run as it is reported; `started` is an ISO 8601 time, `left` names what could not be deleted."""

    url: str
    version: str
    started: str
    seconds: float
    seed: int
    prefix: str
    used: int
    budget: int
    created: int
    deleted: int
    left: Sequence[str]
    notes: Sequence[str]
    failure: str | None
    exit_code: int
    rules: Sequence[RuleFacts]

    @property
    def groups(self) -> dict[str, list[RuleFacts]]:
        """The rules by group, in the order of GROUPS; no group is empty."""
        found: dict[str, list[RuleFacts]] = {group: [] for group in GROUPS}
        for told in self.rules:
            found[told.rule.group].append(told)
        return {group: rules for group, rules in found.items() if rules}

    @property
    def switches(self) -> list[str]:
        """The switches, as `NAME=VALUE`, with which the emulator chooses as the target does."""
        return list(dict.fromkeys(told.assume for told in self.rules if told.assume))

    @property
    def when(self) -> str:
        """When the run began, for people."""
        return self.started.replace("T", " ").replace("+00:00", " UTC")

    @property
    def headline(self) -> str:
        """The run in a few words; never a score."""
        differ = len(having(self.rules, DIFFERS))
        if self.failure is not None:
            return "The check could not run"
        if differ:
            return f"{plural(differ, 'rule')} {'differs' if differ == 1 else 'differ'}"
        if self.exit_code == 2:
            return "Not everything that was asked for was tested"
        return "Nothing that was observed differs"


def from_report(report: Report) -> Facts:
    """Return the facts of a run; whatever in them could be a secret is redacted."""
    base = scrub(report.url).rstrip("/")
    return Facts(
        url=base,
        version=emulator.__version__,
        started=report.started.isoformat(timespec="seconds"),
        seconds=report.seconds,
        seed=report.seed,
        prefix=report.prefix,
        used=report.used,
        budget=report.budget,
        created=report.created,
        deleted=report.deleted,
        left=[scrub(str(entry)) for entry in report.left],
        notes=[scrub(note) for note in report.notes],
        failure=None if report.failure is None else scrub(report.failure),
        exit_code=report.exit_code,
        rules=[_rule(verdict, base) for verdict in report.verdicts if _is_told(verdict, report)],
    )


def _is_told(verdict: Verdict, report: Report) -> bool:
    """Return whether a rule belongs into the report: one that was not asked for does if it was observed."""
    return verdict.rule.id in report.asked_for or verdict.outcome != NOT_OBSERVED


def _rule(verdict: Verdict, base: str) -> RuleFacts:
    rule, choice = verdict.rule, verdict.choice
    default = choice is not None and choice == rule.default
    switched = choice is not None and not default
    return RuleFacts(
        rule=rule,
        outcome=verdict.outcome,
        observations=verdict.observations,
        differences=verdict.differences,
        findings=list(dict.fromkeys(_finding(finding, base) for finding in verdict.findings)),
        chosen=scrub(verdict.chosen),
        choice=choice,
        as_default=default,
        assume=f"{rule.assumption}={choice}" if switched else None,
        why=(scrub(verdict.why or "") or UNTOLD) if verdict.outcome == NOT_OBSERVED else None,
    )


def _finding(finding: Finding, base: str) -> FindingFacts:
    expected, got, purpose = scrub(finding.expected), scrub(finding.got), finding.purpose
    exchange = finding.exchange
    if exchange is None:
        return FindingFacts(expected, got, purpose)
    request = f"{exchange.method} {scrub(exchange.target)}"
    return FindingFacts(expected, got, purpose, scrub(exchange.curl(base)), request, exchange.status)


def having(rules: Sequence[RuleFacts], outcome: str) -> list[RuleFacts]:
    """Return the rules with an outcome."""
    return [told for told in rules if told.outcome == outcome]


def counts(rules: Sequence[RuleFacts]) -> dict[str, int]:
    """Return how many rules have each of OUTCOMES."""
    found = Counter(told.outcome for told in rules)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def by_reason(rules: Sequence[RuleFacts]) -> dict[str, list[Rule]]:
    """Return those that were not observed, by the reason; the reason with most rules first."""
    found: dict[str, list[Rule]] = {}
    for told in having(rules, NOT_OBSERVED):
        found.setdefault(told.why or UNTOLD, []).append(told.rule)
    return dict(sorted(found.items(), key=lambda entry: -len(entry[1])))
