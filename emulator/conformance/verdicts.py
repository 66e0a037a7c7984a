"""What the run found out about each rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from emulator.conformance import rulebook
from emulator.conformance.exchange import Exchange
from emulator.conformance.rulebook import Rule, Source
from emulator.profile import KEPT, LEARNT, Profile

MAX_TIME: Final = "setting.max-time"
"""The one rule that is not of the rulebook: the user's limit for the time that an answer takes."""

CONFORMS: Final = "conforms"
DIFFERS: Final = "differs"
CHOSE: Final = "chose"
NOT_OBSERVED: Final = "not observed"

_KEPT: Final = 5
"""Findings of one rule that are kept; all are counted."""
_MAX_TIME_RULE: Final = Rule(
    MAX_TIME,
    "An answer takes no longer than --max-time.",
    "setting",
    Source("setting", "The options of this run", "--max-time"),
    ["*"],
)


@dataclass(frozen=True)
class Finding:
    """One difference; `got` holds no secret."""

    rule: str
    expected: str
    got: str
    exchange: Exchange | None
    purpose: str


@dataclass
class Verdict:
    """What is known about one rule.

    Attributes:
        observations: how often it was looked at, differences included.
        differences: how many of these differed.
        findings: the first differences.
        choices: which alternatives of an assumed rule were met, in the order of meeting them.
        words: what the target does instead of what the rule says, where no alternative has it.
        why: why nothing was observed.
        settled: what a profile says of it, which then counts; None where none does.
        shown: the first exchange that shows that the rule is kept, or which alternative was chosen.
        odd: the exchange that `words` tell of.
    """

    rule: Rule
    strict: bool = False
    settled: str | None = None
    observations: int = 0
    differences: int = 0
    findings: list[Finding] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    words: str | None = None
    why: str | None = None
    shown: Exchange | None = None
    odd: Exchange | None = None

    @property
    def outcome(self) -> str:
        """One of `conforms`, `differs`, `chose` and `not observed`."""
        if not self.observations:
            return NOT_OBSERVED
        if self.settled is not None:
            return DIFFERS if self.found != self.settled else CHOSE if self.choices else CONFORMS
        if self.differences:
            return DIFFERS if self._binding else CHOSE
        if not self.choices and self.words is None:
            return CONFORMS
        return DIFFERS if self.strict and (self.words is not None or self.choices != [self.rule.default]) else CHOSE

    @property
    def found(self) -> str | None:
        """What a profile would say of it: an alternative, or that it is kept; None where that cannot be said."""
        if not self.observations or self.words is not None or len(self.choices) > 1:
            return None
        if self.choices:
            return self.choices[0]
        return None if self.differences else self.rule.default or KEPT

    @property
    def choice(self) -> str | None:
        """The alternative that the target chose, if it keeps to one."""
        return self.choices[0] if len(self.choices) == 1 and self.words is None else None

    @property
    def chosen(self) -> str:
        """What the target chose, in words; empty where it chose nothing."""
        alternatives = self.rule.alternatives or {}
        told = [alternatives.get(choice, choice) for choice in self.choices]
        if self.words is not None:
            told.append(self.words)
        if not told and self.findings:
            told.append(self.findings[0].got)
        if self.settled is not None and not told and self.observations:
            told.append("What the rule says.")
        return " At other times: ".join(told)

    def drift(self) -> Finding | None:
        """Return what a profile says and the target does no longer, where nothing else tells of it."""
        if self.settled is None or self.findings or self.outcome != DIFFERS:
            return None
        words = (self.rule.alternatives or {}).get(self.settled, "the rule is kept").rstrip(".")
        exchange = self.odd or self.shown
        expected = f"{self.settled}, as the profile has it: {words}"
        got = ", ".join([*self.choices, *(["something else"] if self.words else [])])
        purpose = exchange.purpose if exchange else ""
        return Finding(self.rule.id, expected, f"{got}: {self.chosen}", exchange, purpose)

    @property
    def _binding(self) -> bool:
        return self.strict or self.rule.basis != "assumed"


def _as_settled(profile: Profile | None) -> Callable[[Rule], Rule]:
    """Return what gives a rule that a profile settles the basis and the source that it has by that."""

    def settle(rule: Rule) -> Rule:
        settled = None if profile is None else profile.rules.get(rule.id)
        if profile is None or settled is None:
            return rule
        source = Source("profile", f"A profile of {profile.target}", f"seen on {settled.date}: {settled.choice}")
        return replace(rule, basis="live-verified", source=source)

    return settle


class Verdicts:
    """One verdict a rule, in the order of the rulebook.

    Every method raises KeyError for a rule that there is not.

    Args:
        strict: differences from assumed rules count too.
        conceal: takes the secrets out of a text that is going to be shown.
        profile: what was learnt of the target before; a rule that it settles counts.
    """

    def __init__(
        self, *, strict: bool = False, conceal: Callable[[str], str] = str, profile: Profile | None = None
    ) -> None:
        settled = {} if profile is None else profile.rules
        rules = [*map(_as_settled(profile), rulebook.load().rules.values()), _MAX_TIME_RULE]
        self.purpose = ""
        self.decided = 0
        """How many rules were observed."""
        self._conceal = conceal
        self._told: set[tuple[str, int, str, str]] = set()
        choices = {rule: each.choice for rule, each in settled.items() if each.choice != LEARNT}
        self._verdicts = {rule.id: Verdict(rule, strict, choices.get(rule.id)) for rule in rules}

    def agree(self, rule: str, exchange: Exchange | None = None) -> None:
        """Note one observation that conforms."""
        verdict = self._observe(rule)
        if verdict.shown is None:
            verdict.shown = exchange

    def differ(self, rule: str, exchange: Exchange | None, *, expected: str, got: str) -> None:
        """Note one that does not; both texts complete the sentence `expected ..., got ...`.

        What was told of an exchange already is not told again: neither the same sentence, nor in other words that its
        outcome is not what it should be.
        """
        if exchange is not None:
            sentence = "" if got.endswith(exchange.outcome) else expected
            told = (rule, exchange.number, sentence, got if sentence else "")
            if told in self._told:
                return
            self._told.add(told)
        verdict = self._observe(rule)
        verdict.differences += 1
        if len(verdict.findings) < _KEPT:
            purpose = exchange.purpose if exchange else self.purpose
            verdict.findings.append(Finding(rule, self._conceal(expected), self._conceal(got), exchange, purpose))

    def choose(
        self, rule: str, choice: str | None, exchange: Exchange | None = None, *, words: str | None = None
    ) -> None:
        """Note which alternative of an assumed rule the target has, or in words what no alternative covers."""
        verdict = self._observe(rule)
        if choice is not None and choice not in (verdict.rule.alternatives or {}):
            raise KeyError(f"{choice} is no alternative of {rule}")
        if choice is not None and choice not in verdict.choices:
            verdict.choices.append(choice)
            verdict.shown = exchange if len(verdict.choices) == 1 else verdict.shown
        if choice is None and verdict.words is None:
            verdict.odd = exchange
            verdict.words = self._conceal(words or (exchange.outcome if exchange else "something else"))

    def conceal(self, text: str) -> str:
        """Return a text without the secrets of the run."""
        return self._conceal(text)

    def skip(self, rule: str, why: str) -> None:
        """Note why a rule is not observed; the first reason stays, until it is."""
        verdict = self._verdicts[rule]
        if verdict.why is None and not verdict.observations:
            verdict.why = self._conceal(why)

    def of(self, rule: str) -> Verdict:
        """Return what is known so far; a later call may return more."""
        verdict = self._verdicts[rule]
        return replace(verdict, findings=list(verdict.findings), choices=list(verdict.choices))

    def observed(self, rule: str) -> bool:
        """Return whether a rule was looked at."""
        return self._verdicts[rule].observations > 0

    @property
    def differs(self) -> bool:
        """Whether any rule makes the run fail."""
        return any(verdict.outcome == DIFFERS for verdict in self)

    @property
    def findings(self) -> list[Finding]:
        """The differences that make the run fail, in the order of the rulebook."""
        return [finding for verdict in self if verdict.outcome == DIFFERS for finding in verdict.findings]

    def __len__(self) -> int:
        return len(self._verdicts)

    def __iter__(self) -> Iterator[Verdict]:
        """Yield all that is known at the end, by rule."""
        return (self._at_the_end(self.of(rule)) for rule in self._verdicts)

    def _at_the_end(self, verdict: Verdict) -> Verdict:
        drift = verdict.drift()
        return verdict if drift is None else replace(verdict, findings=[drift], differences=1)

    def _observe(self, rule: str) -> Verdict:
        verdict = self._verdicts[rule]
        self.decided += not verdict.observations
        verdict.observations += 1
        verdict.why = None
        return verdict
