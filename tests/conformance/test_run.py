import re
from typing import Any

import pytest

from emulator import Emulator
from emulator.conformance.options import Options
from emulator.conformance.probing import Skip
from emulator.conformance.run import Report, check, probes_for
from emulator.conformance.session import Session
from emulator.errors import InvalidSettingError
from tests.conformance.conftest import no_wait
from tests.conformance.running import (
    a_probe_that_reads,
    asking,
    options,
    probes,
    store,
    stored,
)


@pytest.fixture
async def full(emulator: Emulator) -> Report:
    return await check(emulator.url, options(), wait=no_wait)


async def test_a_target_that_keeps_the_contract_conforms(full: Report, emulator: Emulator) -> None:
    assert [f"{found.rule}: {found.expected}, {found.got}" for found in full.findings] == []
    assert full.exit_code == 0
    assert full.failure is None
    assert full.left == []
    assert not [note for note in full.notes if "mistake" in note]
    assert full.created > 0
    assert full.created == full.deleted
    assert full.used == len(full.exchanges) <= 300
    assert await stored(emulator.url) == []


async def test_the_same_seed_sends_the_same_requests_and_another_seed_others() -> None:
    sent = []
    for seed in (5, 5, 6):
        with Emulator() as emulator:
            report = await check(emulator.url, options(seed=seed), wait=no_wait)
        # A cursor is the target's, and another one in every process.
        sent.append([(asked.method, re.sub("cursor=.*", "", asked.target), asked.sent) for asked in report.exchanges])

    assert len(sent[0]) > 50
    assert sent[0] == sent[1]
    assert sent[0] != sent[2]


@pytest.mark.parametrize("budget", [10, 25, 60, 150])
async def test_no_budget_is_ever_passed_and_everything_is_deleted_within_it(emulator: Emulator, budget: int) -> None:
    report = await check(emulator.url, options(budget=budget), wait=no_wait)

    assert report.used == len(report.exchanges) <= budget
    assert report.left == []
    assert await stored(emulator.url) == []
    assert report.findings == []


async def test_credentials_of_others_are_as_they_were(emulator: Emulator) -> None:
    await store(emulator.url, "abc", "Production", *(f"nfc {number}" for number in range(60)))
    before = await stored(emulator.url)
    report = await check(emulator.url, options(), wait=no_wait)

    assert report.findings == []
    assert report.created > 0
    assert await stored(emulator.url) == before


async def test_a_read_only_run_sends_nothing_that_could_change_anything(emulator: Emulator) -> None:
    report = await check(emulator.url, options(read_only=True), wait=no_wait)

    assert report.exit_code == 0
    assert {exchange.method for exchange in report.exchanges} <= {"GET", "HEAD", "OPTIONS"}
    assert report.verdicts.of("add.name.required").why == "the run was read-only"


@pytest.mark.parametrize(
    ("only", "names"),
    [
        ((), ["a probe that creates three", "a probe that reads"]),
        (("list.*",), ["a probe that reads"]),
        (("add.name.type", "common.*"), ["a probe that creates three"]),
        # No probe names it: it can show in any answer.
        (("common.error.envelope",), ["a probe that creates three", "a probe that reads"]),
    ],
)
def test_only_the_probes_of_the_rules_that_are_asked_for_run(only: tuple[str, ...], names: list[str]) -> None:
    assert [found.name for found in probes_for(options(only=only), probes())] == names


@pytest.mark.parametrize("pattern", ["add.nmae.required", "lits.*"])
async def test_a_rule_that_there_is_not_is_refused_with_one_that_is_near(pattern: str) -> None:
    with pytest.raises(InvalidSettingError, match=r"matches no rule; try '"):
        await check("http://127.0.0.1:9", options(only=(pattern,)))


@pytest.mark.parametrize(
    ("chosen", "message"),
    [({"phases": frozenset({"probs"})}, "probes, generated, repeated"), ({"budget": 9}, "10 or more")],
)
async def test_an_option_that_makes_no_sense_is_refused(chosen: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSettingError, match=message):
        await check("http://127.0.0.1:9", options(**chosen), probes=probes())


async def test_every_probe_there_is_names_rules_of_the_rulebook_and_its_cost(emulator: Emulator) -> None:
    report = await check(emulator.url, options(), probes=[a_probe_that_reads])
    found = probes_for(Options())

    assert found
    assert len({one.name for one in found}) == len(found)
    assert [one.name for one in found if one.cost < 0 or one.cost > 300 or not one.rules] == []
    for one in found:
        for rule in one.rules:
            report.verdicts.of(rule)
    assert [one.stage for one in found] == sorted(one.stage for one in found)


async def test_probes_that_cost_more_than_is_left_are_skipped_and_later_ones_are_not(emulator: Emulator) -> None:
    @asking("add.name.pattern", cost=40)
    async def dear(session: Session) -> None:
        raise AssertionError("too dear")

    report = await check(emulator.url, options(budget=30), probes=[dear, *probes()])

    assert report.verdicts.of("add.name.pattern").why == "the budget of 30 requests was used up"
    assert report.verdicts.of("list.order").outcome == "conforms"


async def test_a_probe_that_fails_does_not_end_the_run_and_is_told(emulator: Emulator) -> None:
    @asking("add.name.pattern", "add.name.min-length")
    async def broken(session: Session) -> None:
        await session.accepts("add.name.min-length", session.usual_body())
        raise ZeroDivisionError("a slip")

    report = await check(emulator.url, options(), probes=[broken, a_probe_that_reads])

    assert report.verdicts.of("add.name.pattern").outcome == "not observed"
    assert report.verdicts.of("add.name.pattern").why == "the probe failed: ZeroDivisionError: a slip"
    assert report.verdicts.of("add.name.min-length").outcome == "conforms"
    assert report.verdicts.of("list.order").outcome == "conforms"
    assert "mistake in this program" in report.notes[0]
    assert (report.created, report.deleted) == (1, 1)


async def test_a_probe_that_cannot_go_on_says_why(emulator: Emulator) -> None:
    @asking("add.name.pattern")
    async def shy(session: Session) -> None:
        raise Skip("there is no second token")

    report = await check(emulator.url, options(), probes=[shy])

    assert report.verdicts.of("add.name.pattern").why == "there is no second token"
    assert report.verdicts.of("add.name.type").why == "nothing in this run looks at it"
    assert report.notes == []


@pytest.mark.parametrize(
    ("only", "code"), [((), 0), (("list.order",), 0), (("add.*",), 2), (("add.name.required", "list.order"), 0)]
)
async def test_a_run_that_observed_none_of_the_rules_it_was_asked_for_tested_nothing(
    emulator: Emulator, only: tuple[str, ...], code: int
) -> None:
    @asking("add.name.required")
    async def does_nothing(session: Session) -> None:
        pass

    report = await check(emulator.url, options(only=only), probes=[does_nothing, a_probe_that_reads])

    assert report.exit_code == code


async def test_a_difference_is_exit_code_1(emulator: Emulator) -> None:
    @asking("add.name.required")
    async def finds(session: Session) -> None:
        exchange = await session.list()
        session.verdicts.differ("add.name.required", exchange, expected="this", got="that")

    report = await check(emulator.url, options(), probes=[finds])

    assert report.exit_code == 1
    assert report.findings[0].purpose == "finds"
