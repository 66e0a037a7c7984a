"""What a calibration has learnt, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emulator.conformance import rulebook
from emulator.conformance.learning import Learning
from emulator.conformance.outcome import Report
from emulator.conformance.report.words import plural, scrub, visible
from emulator.conformance.rulebook import wrap
from emulator.profile import KEPT, LEARNT

_NARROWEST: Final = 40
_WIDEST: Final = 110


def render(report: Report, learning: Learning, *, width: int = 80) -> str:
    """Return the report, with a line break at its end; only curl lines are longer than `width` columns."""
    width = max(_NARROWEST, min(width, _WIDEST))
    parts = (_head(report), _settled(learning, width), _failures(learning, width))
    rest = (_undecided(learning, width), _outside(report, learning, width), _differing(report, learning, width))
    return "\n".join(line for part in (*parts, *rest) for line in part) + "\n"


def _head(report: Report) -> Iterator[str]:
    yield f"Calibrated {visible(scrub(report.url))} in {report.seconds:.1f} s, seed {report.seed}"
    left = f"{report.created} created, {report.deleted} deleted, {len(report.left)} left"
    yield f"{report.used} of {report.budget} requests; {left}"
    yield from (visible(scrub(note)) for note in report.notes)
    yield ""


def _settled(learning: Learning, width: int) -> Iterator[str]:
    book, rules = rulebook.load().rules, learning.profile.rules
    switched = {rule: settled.choice for rule, settled in rules.items() if book[rule].assumption}
    same = [rule for rule, choice in switched.items() if choice == book[rule].default]
    others = {rule: choice for rule, choice in switched.items() if choice != book[rule].default}
    yield f"SETTLED ({len(rules)})"
    yield ""
    for rule, choice in others.items():
        words = (book[rule].alternatives or {}).get(choice, "See the failures below.")
        yield f"  {rule}: {book[rule].assumption}={choice}"
        yield wrap(f"{words} The emulator's default is {book[rule].default}.", width, "    ")
    if others:
        yield ""
    kept = [rule for rule, settled in rules.items() if settled.choice == KEPT]
    if same or kept:
        yield f"  As the emulator does by default ({len(same) + len(kept)})"
        yield wrap(", ".join([*same, *kept]), width, "    ")
        yield ""


def _failures(learning: Learning, width: int) -> Iterator[str]:
    shapes = learning.profile.errors
    if not shapes:
        return
    yield f"FAILURES ({plural(len(shapes), 'kind')})"
    yield ""
    usual = learning.profile.rules.get("common.constraint-status")
    for kind, shape in shapes.items():
        status = shape.status or (usual.choice if usual and usual.choice != LEARNT else "?")
        told = f"{status} {shape.id or '(no one word)'}"
        message = f': "{shape.message}"' if shape.message else ""
        yield wrap(
            visible(f"{kind}: {told}, details {shape.details or 'of no known form'}{message}"), width, "  ", "    "
        )
    yield ""


def _undecided(learning: Learning, width: int) -> Iterator[str]:
    if learning.undecided:
        yield f"NOT DECIDED ({len(learning.undecided)})"
        yield ""
        for rule, why in learning.undecided.items():
            yield wrap(visible(f"{rule}: {scrub(why)}"), width, "  ", "    ")
        yield ""


def _outside(report: Report, learning: Learning, width: int) -> Iterator[str]:
    if learning.outside:
        yield f"OUTSIDE ALL ALTERNATIVES ({len(learning.outside)})"
        yield ""
        for found in learning.outside:
            yield wrap(visible(f"{found.rule}: {scrub(found.words)}"), width, "  ", "    ")
            if found.exchange is not None:
                yield f"    {visible(scrub(found.exchange.curl(report.url.rstrip('/'))))}"
                yield f"    status {found.exchange.status}"
        yield ""


def _differing(report: Report, learning: Learning, width: int) -> Iterator[str]:
    if learning.differing:
        yield f"NOT AS DOCUMENTED ({len(learning.differing)})"
        yield ""
        for finding in learning.differing:
            told = f"{finding.rule}: expected {finding.expected}; got {finding.got}"
            yield wrap(visible(scrub(told)), width, "  ", "    ")
            if finding.exchange is not None:
                yield f"    {visible(scrub(finding.exchange.curl(report.url.rstrip('/'))))}"
        yield ""
