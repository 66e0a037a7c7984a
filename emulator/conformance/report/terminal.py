"""The report for people at a terminal: differences in full, everything else in few lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from emulator.conformance.report import facts, words
from emulator.conformance.report.facts import Facts, RuleFacts
from emulator.conformance.report.words import visible
from emulator.conformance.rulebook import Rule, wrap
from emulator.conformance.verdicts import CHOSE, CONFORMS, DIFFERS, NOT_OBSERVED

if TYPE_CHECKING:
    from emulator.conformance.run import Report

_NARROWEST: Final = 40
_WIDEST: Final = 110
_LABEL: Final = 10
_STYLES: Final = {"bold": "1", "dim": "2", DIFFERS: "1;31", CONFORMS: "32", CHOSE: "33", NOT_OBSERVED: "2"}


def render(report: Report, *, color: bool = False, width: int = 80) -> str:
    """Return the report, with a line break at its end; only curl lines are longer than `width` columns."""
    return _Page(facts.from_report(report), color, max(_NARROWEST, min(width, _WIDEST))).text()


class _Page:
    def __init__(self, told: Facts, color: bool, width: int) -> None:
        self._facts = told
        self._color = color
        self._width = width

    def text(self) -> str:
        return "\n".join([*self._head(), *self._operations(), *self._end()]) + "\n"

    def _head(self) -> Iterator[str]:
        told = self._facts
        yield self._paint("bold", f"northflank-emulator check {told.version}")
        yield from self._labelled("Target", told.url, indent="")
        yield from self._labelled("Run", f"{told.when}, {told.seconds:.1f} s, seed {told.seed}", indent="")
        created = f"{told.created} created, {told.deleted} deleted, {len(told.left)} left"
        yield from self._labelled("Requests", f"{told.used} of {told.budget}; {created}", indent="")
        for entry in told.left:
            yield from self._labelled("", f"left: {entry}", indent="")
        for note in told.notes:
            yield from self._labelled("Note", note, indent="")
        yield ""

    def _operations(self) -> Iterator[str]:
        if self._facts.failure is not None:
            return
        for group, rules in self._facts.groups.items():
            if group == "setting" and not any(told.observations for told in rules):
                continue
            yield self._paint("bold", facts.GROUPS[group].upper())
            yield ""
            for told in facts.having(rules, DIFFERS):
                yield from self._difference(told)
            yield from self._counted(CONFORMS, "Conforming", [told.rule for told in facts.having(rules, CONFORMS)])
            yield from self._choices(facts.having(rules, CHOSE))
            yield from self._not_observed(rules)

    def _difference(self, told: RuleFacts) -> Iterator[str]:
        rule = told.rule
        room = self._width - len("  DIFFERS  ") - len(rule.id)
        basis = f"{rule.basis:>{room}}" if room > len(rule.basis) else f"\n    {rule.basis}"
        yield f"  {self._paint(DIFFERS, 'DIFFERS')}  {self._paint('bold', rule.id)}{basis}"
        yield wrap(rule.says, self._width, "    ")
        yield from self._labelled("Source", words.source(rule))
        if not told.findings:  # strict: what was chosen counts
            yield from self._labelled("Got", " ".join(words.choice(told)))
        for finding in told.findings:
            yield ""
            yield from self._labelled("Expected", finding.expected)
            yield from self._labelled("Got", finding.got)
            if finding.curl is not None:
                yield f"    {visible(finding.curl)}"  # in one line, to be copied
        more = told.differences - len(told.findings)
        if more > 0:
            yield ""
            yield wrap(f"and {more} more of {told.observations} observations.", self._width, "    ")
        yield ""

    def _choices(self, chosen: list[RuleFacts]) -> Iterator[str]:
        for told in chosen:
            if told.as_default:
                continue
            sentence, beside = words.choice(told)
            yield f"  {self._paint(CHOSE, 'Choice')}  {told.rule.id} ({told.rule.basis})"
            yield wrap(visible(sentence), self._width, "    ")
            yield wrap(beside, self._width, "    ")
            yield ""
        same = [f"{told.rule.assumption}={told.choice}" for told in chosen if told.as_default]
        if same:
            yield self._paint(CHOSE, f"  {words.plural(len(same), 'choice')} as the emulator's default")
            yield wrap(", ".join(dict.fromkeys(same)), self._width, "    ")
            yield ""

    def _not_observed(self, rules: list[RuleFacts]) -> Iterator[str]:
        for reason, without in facts.by_reason(rules).items():
            yield from self._counted(NOT_OBSERVED, "Not observed", without, visible(reason))

    def _counted(self, outcome: str, label: str, rules: list[Rule], reason: str = "") -> Iterator[str]:
        if not rules:
            return
        first = f"{label} ({len(rules)}){f': {reason}' if reason else ''}"
        lines = wrap(first, self._width, "  ", "    ").splitlines()
        yield from (self._paint(outcome, line) for line in lines)
        yield wrap(", ".join(compact(rule.id for rule in rules)), self._width, "    ")
        yield ""

    def _end(self) -> Iterator[str]:
        told = self._facts
        counted = facts.counts(told.rules)
        if told.switches:
            yield wrap("With these switches the emulator chooses as the target does:", self._width)
            yield f"  {words.serve(told.switches)}"
            yield ""
        style = DIFFERS if told.exit_code else CONFORMS
        if told.failure is not None:
            yield self._paint(style, wrap(f"{told.headline}: {visible(told.failure)}", self._width))
        else:
            others = f"{counted[CONFORMS]} conform, {words.plural(counted[CHOSE], 'choice')}"
            line = f"{told.headline}; {others}, {counted[NOT_OBSERVED]} not observed."
            yield self._paint(style, wrap(line, self._width))
            ids = ", ".join(rule.rule.id for rule in facts.having(told.rules, DIFFERS))
            yield from [wrap(ids, self._width, "  ")] if ids else []
        yield wrap(f"Exit {told.exit_code}: {facts.EXITS[told.exit_code]}.", self._width)

    def _labelled(self, label: str, text: str, indent: str = "    ") -> Iterator[str]:
        hanging = indent + " " * _LABEL
        lines = wrap(visible(text), self._width, hanging).splitlines() or [hanging]
        yield indent + self._paint("dim", f"{label:<{_LABEL}}") + lines[0][len(hanging) :]
        yield from lines[1:]

    def _paint(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._color and text.strip() else text


def compact(ids: Iterable[str]) -> Iterator[str]:
    """Yield ids without their first word, those with all but the last word in common as `name.{type,required}`."""
    lasts: dict[str, list[str]] = {}
    for identifier in ids:
        before, _, last = identifier.partition(".")[2].rpartition(".")
        lasts.setdefault(before, []).append(last)
    for before, ends in lasts.items():
        if not before:
            yield from ends
        else:
            yield f"{before}.{ends[0]}" if len(ends) == 1 else f"{before}.{{{','.join(ends)}}}"
