"""The probes that tell which alternative of each assumed rule a target takes: alone, as a calibration has them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import CHOICES, DEFAULT
from emulator.conformance import rulebook
from emulator.conformance.options import Options
from emulator.conformance.probes import all_probes, conditional, failures, parameters
from emulator.conformance.probes import choices as choosing
from emulator.conformance.probing import Probe, Stage
from emulator.conformance.run import Report, check
from tests.calibration.calibrated import target_of
from tests.conformance.probed import broken, told
from tests.conformance.spoiling import probes_in
from tests.mutants.lawful import (
    LAWFUL,
    KeepsNames,
    NewestFirst,
    OrderedById,
    PlainErrors,
    RandomSuffix,
    Relaxed,
    RequestTimes,
    Strict,
)
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError, serving

UNSEEN: Final = "default-page-size"
"""The switch that takes more credentials to see than these probes add."""
DEFAULTS: Final = DEFAULT.choices()
SINGLE: Final = [{name: choice} for name, choices in CHOICES.items() for choice in choices if name != UNSEEN]
COMBINED: Final = [
    {name: choices[-1] for name, choices in CHOICES.items()},
    {name: choices[1] for name, choices in CHOICES.items()},
    *({name: random.Random(seed).choice(choices) for name, choices in CHOICES.items()} for seed in range(4)),  # noqa: S311
]
ASSUMED: Final = {rule.id for rule in rulebook.load().rules.values() if rule.basis == "assumed"}
SWITCHED: Final = {rule.id: rule.assumption for rule in rulebook.load().rules.values() if rule.assumption}


PROBES: Final = [
    probe for probe in probes_in([choosing, conditional, failures, parameters]) if probe.stage == Stage.CHOICES
]


async def ask(url: str, probes: Sequence[Probe] = PROBES, **options: Any) -> Report:
    """Run the probes of the choices, or others."""
    report = await check(url, Options(**options), probes=probes)
    assert report.failure is None
    assert [note for note in report.notes if "mistake in this program" in note] == []
    return report


def chosen(report: Report) -> dict[str, str | None]:
    """Return what was found out, by switch; None where the target keeps to none of the alternatives."""
    found: dict[str, str | None] = {}
    for rule, switch in SWITCHED.items():
        verdict = report.verdicts.of(rule)
        if verdict.observations:
            found[switch] = verdict.choice or (DEFAULTS[switch] if verdict.outcome == "conforms" else None)
    return found


def undecidable(choices: Mapping[str, str]) -> set[str]:
    """Return the switches that nobody can tell from outside, where others stand like this."""
    reading = choices.get("credentials-required", DEFAULTS["credentials-required"])
    return {UNSEEN, "empty-secret"} if reading == "never" else {UNSEEN}


def defects(choices: Mapping[str, str]) -> set[str]:
    """Return the rules that a check takes for broken where switches stand like this and no profile settles them."""
    return {"delete.final"} if choices.get("repeated-delete") == "success" else set()


@pytest.mark.parametrize(
    "choices", [*SINGLE, *COMBINED], ids=lambda choices: "-".join(itertools.chain(*choices.items()))[:60]
)
async def test_the_emulator_is_told_as_it_is_in_sixty_requests(choices: dict[str, str]) -> None:
    with Emulator(Settings(assume=DEFAULT.choose(choices))) as emulator:
        report = await ask(emulator.url, seed=len(str(choices)))
    assert broken(report) == defects(choices)
    assert chosen(report) == {
        name: choice for name, choice in ({**DEFAULTS, **choices}).items() if name not in undecidable(choices)
    }
    assert report.used <= 60
    assert report.left == []


@pytest.mark.parametrize("choices", COMBINED, ids=range(len(COMBINED)))
async def test_so_is_a_target_that_shares_no_code_with_it(choices: dict[str, str]) -> None:
    async with serving(target_of(choices)) as url:
        report = await ask(url)
    assert broken(report) == defects(choices)
    found = chosen(report)
    assert found == {name: choices[name] for name in choices if name not in undecidable(choices)}


@pytest.mark.parametrize("seed", range(5))
async def test_every_assumed_rule_is_decided_whatever_the_seed(seed: int) -> None:
    with Emulator() as emulator:
        report = await ask(emulator.url, seed=seed)
    undecided = {rule for rule in {*ASSUMED, *SWITCHED} if not report.verdicts.observed(rule)}
    assert undecided == {"list.per_page.default"}
    agreed = ASSUMED - SWITCHED.keys() - undecided
    assert {rule: report.verdicts.of(rule).outcome for rule in agreed} == dict.fromkeys(agreed, "conforms")


async def test_what_the_stages_before_have_found_out_is_not_asked_again() -> None:
    with Emulator() as emulator:
        alone = await ask(emulator.url)
        after = await ask(emulator.url, [probe for probe in all_probes() if probe.stage <= Stage.CHOICES])
    asked = [exchange for exchange in after.exchanges if exchange.purpose in {probe.name for probe in PROBES}]
    assert len(asked) <= 16 < alone.used
    assert chosen(after) == {name: choice for name, choice in DEFAULTS.items() if name != UNSEEN}


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_a_target_that_does_the_same_in_another_way_has_no_difference(made: type[Target]) -> None:
    async with serving(made()) as url:
        report = await ask(url)
    assert broken(report) == set()
    assert report.left == []


class StoresEverything(Target):
    def known(self, body: Any, _shape: Any) -> Any:
        return {name: value for name, value in body.items() if name not in ("createdAt", "updatedAt")}


class CountsTheFirstKey(Target):
    def parse(self, raw: bytes) -> Any:
        super().parse(raw)
        return json_with_first_keys(raw)


def json_with_first_keys(raw: bytes) -> Any:
    import json

    return json.loads(raw, object_pairs_hook=lambda pairs: dict(reversed(pairs)))


class MergesShallowly(Target):
    def merged(self, old: Any, new: Any) -> Any:
        return {**old, **new} if isinstance(old, dict) and isinstance(new, dict) else new


class HalfATime(Target):
    def show_added(self, item: Item) -> dict[str, Any]:
        return {**super().show_added(item), "createdAt": item.created}


class EmptyPageForOddCursors(Target):
    def read_cursor(self, cursor: str) -> int:
        return self.cursors.get(cursor, 1 << 40)


class Teapot(Target):
    def judge(self, faults: Any) -> None:
        if faults:
            raise RefusedError(418, "body.bad", "No.", faults)


@pytest.mark.parametrize(
    ("made", "rule", "words"),
    [
        (StoresEverything, "common.unknown-fields", "stored"),
        (RequestTimes, "add.request-timestamps", "times"),
        (MergesShallowly, "update.partial", "scope is replaced as a whole"),
        (HalfATime, "add.timestamps", "createdAt"),
        (EmptyPageForOddCursors, "list.unknown-cursor", "with 0 credentials"),
        (Teapot, "common.constraint-status", "418"),
        (RandomSuffix, "add.duplicate-name", "another id"),
        (PlainErrors, "common.error.statuses", "410"),
    ],
)
async def test_what_no_alternative_has_is_told_in_words(made: type[Target], rule: str, words: str) -> None:
    async with serving(made()) as url:
        report = await ask(url)
    assert broken(report) <= {"common.error.envelope"}
    assert report.verdicts.of(rule).choice is None
    assert words in told(report, rule)


@pytest.mark.parametrize(
    ("made", "rule", "choice"),
    [
        (CountsTheFirstKey, "common.json.duplicate-key", "first"),
        (Strict, "common.json.duplicate-key", "reject"),
        (Strict, "update.empty-body", "reject"),
        (Relaxed, "common.content-type", "accept"),
        (Relaxed, "list.page.exclusive", "cursor"),
        (Relaxed, "list.parameter.repeated", "last"),
        (NewestFirst, "list.order", "newest-first"),
        (OrderedById, "list.order", "name"),
        (KeepsNames, "delete.name-free", "taken"),
    ],
)
async def test_what_another_target_does_is_one_of_the_alternatives(made: type[Target], rule: str, choice: str) -> None:
    async with serving(made()) as url:
        report = await ask(url)
    assert broken(report) == set()
    assert report.verdicts.of(rule).choice == choice


class Overwrites(Target):
    def free_id(self, _shelf: Shelf, wanted: str) -> str:
        return wanted


class RefusesTooLate(Target):
    def put(self, shelf: Shelf, item: Item) -> None:
        there = item.id in self.stored(shelf)
        super().put(shelf, item)
        if there:
            raise RefusedError(409, "name.taken", "There are credentials with such a name already.")

    def free_id(self, _shelf: Shelf, wanted: str) -> str:
        return wanted


class SuffixesTheFirst(Target):
    """New credentials take the id, and the old ones get another."""

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        if wanted in self.stored(shelf):
            old = self.stored(shelf).pop(wanted)
            self.stored(shelf)[f"{wanted[:36]}-2"] = old
        return wanted


class ModifyReplaces(Target):
    def modify(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        item = self.find(shelf, wanted)
        body = self.read_change(call)
        self.judge(self.change_faults(body))
        item.fields.update(body)
        return self.updated(item)


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (Overwrites, "get.response.same-as-add"),
        (RefusesTooLate, "common.rejected-changes-nothing"),
        (SuffixesTheFirst, "get.response.same-as-add"),
        (ModifyReplaces, "update.modify-route"),
    ],
)
async def test_a_defect_is_no_choice(made: type[Target], rule: str) -> None:
    async with serving(made()) as url:
        assert rule in broken(await ask(url))


def test_the_probes_name_every_assumed_rule() -> None:
    assert {*ASSUMED, *SWITCHED} - {rule for probe in PROBES for rule in probe.rules} == {"list.per_page.default"}
    assert {probe.name for probe in all_probes() if probe.stage == Stage.CHOICES} >= {probe.name for probe in PROBES}


def _values() -> Iterator[str]:
    for name, choices in CHOICES.items():
        if name != UNSEEN:
            yield from (f"{name}={choice}" for choice in choices)


def test_every_value_of_every_switch_is_among_those_tried() -> None:
    assert {f"{name}={choice}" for choices in SINGLE for name, choice in choices.items()} == set(_values())
