"""`check` finds every mutant, within the default budget, and names a rule that it breaks."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Final

import pytest

from emulator.conformance.options import Options
from emulator.conformance.probing import Probe, Skip
from emulator.conformance.run import check, probes_for
from emulator.conformance.session import Session
from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.rules import BEYOND, COUNTING, RULES, SETTINGS
from tests.mutants.wire import serving

pytestmark = pytest.mark.no_cover

BUDGET: Final = 300
"""The default of Options.budget."""


def until_found(probe: Probe, rules: Collection[str]) -> Probe:
    """Return a probe that asks nothing once one of the rules is found broken.

    A run of these sends what a run of `check` sends, up to there; what comes after could not take the finding back.
    """

    async def ask(session: Session) -> None:
        if any(session.verdicts.of(rule).outcome == "differs" for rule in rules):
            raise Skip("the mutant is found")
        await probe(session)

    return replace(probe, ask=ask)


@pytest.mark.parametrize("mutant", [pytest.param(mutant, id=mutant.name) for mutant in MUTANTS])
async def test_check_finds_a_mutant_and_names_its_rule(mutant: Mutant) -> None:
    # Each mutant has a seed of its own, the same in every run.
    options = Options(seed=zlib.crc32(mutant.name.encode()), **mutant.options)
    probes = [until_found(probe, mutant.rules) for probe in probes_for(options)]
    async with serving(mutant.make()) as url:
        report = await check(url, options, probes=probes)

    found = Counter(finding.rule for finding in report.findings)
    assert report.used <= BUDGET
    assert report.exit_code == 1, f"{mutant.says} Not found. {report.failure or ''}"
    assert found.keys() & set(mutant.rules), f"{mutant.says} Found under {dict(found)}, not under {mutant.rules}."
    assert not [note for note in report.notes if "mistake in this program" in note]


def test_there_are_many_mutants_each_with_a_name_of_its_own() -> None:
    names = Counter(mutant.name for mutant in MUTANTS)
    assert len(names) >= 100
    assert [name for name, times in names.items() if times > 1] == []


def test_every_mutant_breaks_rules_that_there_are_and_one_that_counts() -> None:
    for mutant in MUTANTS:
        assert set(mutant.rules) - RULES.keys() <= SETTINGS, mutant.name
        assert set(mutant.rules) & (COUNTING | SETTINGS), mutant.name
        assert mutant.says.endswith("."), mutant.name


def test_every_rule_that_counts_has_a_mutant() -> None:
    broken = {rule for mutant in MUTANTS for rule in mutant.rules}
    assert sorted(COUNTING - broken) == sorted(BEYOND.keys() - broken)
    assert BEYOND.keys() <= COUNTING
