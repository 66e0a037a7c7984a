"""`check` finds nothing wrong with a target that is right, whichever way it takes where there are several."""

from __future__ import annotations

import copy
import os
from typing import Any, Final

import pytest

from emulator import Emulator
from emulator.conformance.options import Options
from emulator.conformance.run import Report, check
from tests.mutants.choices import OTHERS, Choices
from tests.mutants.lawful import LAWFUL, KnownTeams
from tests.mutants.mutant import TOKEN_OPTIONS, TOKENS
from tests.mutants.rules import BEYOND, RULES
from tests.mutants.target import Target
from tests.mutants.wire import serving

pytestmark = pytest.mark.no_cover

FULLY_OTHER: Final[dict[str, Any]] = {switch: values[0] for switch, values in OTHERS.items()}
# Generated requests take two thirds of a run's time: every night they are tried on these targets too.
PHASES: Final = frozenset(
    {"probes", "repeated", *({"generated"} if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else ())}
)
ALTERNATIVES: Final = [(switch, value) for switch, values in OTHERS.items() for value in values]


async def checked(target: Target, **options: Any) -> Report:
    """Check a target, and hold the run itself to what every run must do."""
    async with serving(target) as url:
        report = await check(url, Options(**options))
    assert report.failure is None
    assert not [note for note in report.notes if "mistake in this program" in note]
    assert [f"{found.rule}: {found.expected} {found.got}" for found in report.findings] == []
    assert report.exit_code == 0
    assert report.used <= 300
    assert report.left == []
    return report


@pytest.mark.parametrize("seed", range(20))
async def test_nothing_is_found_whatever_the_seed(seed: int) -> None:
    target = Target()
    report = await checked(target, seed=seed)
    assert report.created == report.deleted > 10
    assert not any(target.shelves.values())


@pytest.mark.parametrize(("switch", "value"), ALTERNATIVES)
async def test_nothing_is_found_whichever_alternative_is_taken(switch: str, value: str) -> None:
    report = await checked(Target(Choices(**{switch: value})), seed=7, phases=PHASES)
    switched = [rule["id"] for rule in RULES.values() if rule.get("assumption") == switch.replace("_", "-")]
    assert {report.verdicts.of(rule).choice for rule in switched} == {value}


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param(FULLY_OTHER, id="all-others"),
        pytest.param(
            {**FULLY_OTHER, "credentials_required": "never", "unknown_project": "accept"}, id="never-required"
        ),
    ],
)
async def test_nothing_is_found_where_all_is_otherwise(choices: dict[str, Any]) -> None:
    await checked(Target(Choices(**choices)), seed=11)


async def test_nothing_is_found_where_projects_and_integrations_must_be_known() -> None:
    choices = Choices(unknown_project="reject", unknown_integration="reject", projects={"a"}, integrations={"a"})
    await checked(Target(choices), seed=13, phases=PHASES)


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_nothing_is_found_where_the_same_is_done_in_another_way(made: type[Target]) -> None:
    await checked(made(), seed=17, phases=PHASES)


@pytest.mark.parametrize("options", [TOKEN_OPTIONS, {"token": TOKEN_OPTIONS["token"]}], ids=["all", "one"])
async def test_nothing_is_found_where_tokens_are_declared(options: dict[str, Any]) -> None:
    await checked(Target(tokens=TOKENS), seed=19, phases=PHASES, **options)


async def test_nothing_is_found_where_teams_must_be_known() -> None:
    await checked(KnownTeams(), seed=23, phases=PHASES, teams=("team-one", "team-two"))


@pytest.mark.parametrize("seed", range(3))
async def test_what_others_have_stored_stays_as_it_is(seed: int) -> None:
    target = Target(tokens=TOKENS)
    for account in ("ours", "theirs"):
        target.fill((account, None), 60)
    before = copy.deepcopy(target.shelves)

    report = await checked(target, seed=seed, phases=PHASES, **TOKEN_OPTIONS)

    assert {shelf: items for shelf, items in target.shelves.items() if items} == before
    # Nothing was found, and that is not because nobody looked.
    counting = [verdict for verdict in report.verdicts if verdict.rule.basis not in {"assumed", "setting"}]
    assert [verdict.rule.id for verdict in counting if verdict.outcome == "not observed"] == list(BEYOND)
    assert len(counting) > 100


@pytest.mark.parametrize("seed", range(2))
async def test_nothing_is_found_in_the_emulator(seed: int) -> None:
    with Emulator() as emulator:
        report = await check(emulator.url, Options(seed=seed))
    assert report.findings == []
    assert report.exit_code == 0
    assert report.left == []
