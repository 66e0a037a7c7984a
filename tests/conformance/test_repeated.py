"""The last stage: the rest of the budget goes into repetition, which finds what is wrong only sometimes."""

from __future__ import annotations

import re
from collections import Counter
from types import ModuleType
from typing import Any

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import DEFAULT
from emulator.conformance import repeated
from emulator.conformance.options import Options
from emulator.conformance.run import Report, check
from tests.conformance.probed import broken, probed
from tests.conformance.spoiling import probes_in
from tests.mutants.forms import Json
from tests.mutants.lawful import LAWFUL
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, serving

MODULES: tuple[ModuleType, ...] = (repeated,)
OTHERWISE = {
    "secrets": "omit",
    "add-timestamps": "return",
    "partial-update": "replace",
    "unknown-project": "reject",
    "unknown-integration": "reject",
    "credentials-required": "without-integration",
    "constraint-status": "422",
}


async def run(url: str, **options: Any) -> Report:
    return await check(url, Options(**{"seed": 1, **options}), probes=probes_in(MODULES))


@pytest.mark.parametrize("assume", [{}, OTHERWISE], ids=["default", "otherwise"])
@pytest.mark.parametrize("seed", range(6))
async def test_nothing_differs_where_nothing_is_wrong_and_the_budget_is_used(seed: int, assume: dict[str, str]) -> None:
    with Emulator(Settings(assume=DEFAULT.choose(assume))) as emulator:
        report = await run(emulator.url, seed=seed)
    assert report.findings == []
    assert report.left == []
    assert 290 <= report.used <= 300


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_nothing_differs_where_the_same_is_done_in_another_way(made: type[Target]) -> None:
    assert broken(await probed(made(), *MODULES, budget=150)) == set()


async def test_each_kind_of_request_has_its_share() -> None:
    with Emulator() as emulator:
        report = await run(emulator.url)
    kinds = Counter((f"{exchange.operation}".partition("-")[0], exchange.ok) for exchange in report.exchanges)
    assert min(kinds["get", True], kinds["list", True]) > 40
    assert min(kinds["add", True], kinds["delete", True]) > 25
    assert min(kinds[kind, True] for kind in ("update", "modify")) > 8
    assert min(kinds[kind, False] for kind in ("add", "update", "get", "delete")) > 4


async def test_the_same_seed_sends_the_same_requests_and_another_sends_others() -> None:
    sent: list[list[Any]] = []
    for seed in (5, 5, 6):
        with Emulator() as emulator:
            report = await run(emulator.url, seed=seed, budget=120, token="t", other_token="o")
        # A cursor is the target's word.
        targets = [re.sub("cursor=[^&]*", "cursor", exchange.target) for exchange in report.exchanges]
        sent.append([(exchange.method, exchange.sent) for exchange in report.exchanges] + targets)
    assert sent[0] == sent[1] != sent[2]


async def test_a_run_that_was_asked_for_some_rules_repeats_a_little_only() -> None:
    with Emulator() as emulator:
        report = await run(emulator.url, only=("delete.final",))
    assert 30 < report.used < 70


async def test_a_budget_that_is_too_small_for_it_is_left_alone() -> None:
    with Emulator() as emulator:
        report = await run(emulator.url, budget=12)
    assert report.used < 8
    assert "budget" in (report.verdicts.of("delete.final").why or "")


class Sometimes(Target):
    """A target that goes wrong every so many times."""

    every = 20

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def is_due(self, what: str) -> bool:
        self.counts[what] += 1
        return self.counts[what] % self.every == 0


class ShortGets(Sometimes):
    """One get of twenty lacks a member."""

    def show_got(self, item: Item) -> dict[str, Json]:
        shown = super().show_got(item)
        if self.is_due("get"):
            shown.pop("credentials" if "credentials" in shown else "name")
        return shown


class ShortLists(Sometimes):
    """One list of twenty lacks an item."""

    def list_page(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        answer = super().list_page(call, shelf, wanted)
        listed = answer.content["data"]["credentials"]
        if listed and self.is_due("list"):
            listed.pop()
            answer.content["pagination"]["count"] -= 1
        return answer


class Forgetful(Sometimes):
    """One update of ten is answered and not made."""

    every = 10

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        if not self.is_due("update"):
            super().change(item, changes)


class Careless(Sometimes):
    """One wrong body of twenty is accepted."""

    def judge(self, faults: Any) -> None:
        if not (faults and self.is_due("fault")) or {"name", "body"} & set(faults):
            super().judge(faults)


class Stubborn(Sometimes):
    """One deletion of ten is answered and not made."""

    every = 10

    def remove(self, shelf: Shelf, item: Item) -> None:
        if not self.is_due("delete"):
            super().remove(shelf, item)


class Busy(Sometimes):
    """One answer of fifty is a failure of the server."""

    every = 50

    def finish(self, _call: Call, answer: Answer) -> Answer:
        return Answer(503, "busy", "text/plain", answer.headers) if self.is_due("answer") else answer


@pytest.mark.parametrize(
    ("made", "rules"),
    [
        (ShortGets, {"get.response.same-as-add", "update.touches-only-named", "common.rejected-changes-nothing"}),
        (ShortLists, {"list.response.every-item-once", "list.response.pagination.hasNextPage"}),
        (Forgetful, {"get.response.same-as-add", "update.modify-route"}),
        (Stubborn, {"delete.final"}),
        (Busy, {"common.error.client-side"}),
    ],
)
@pytest.mark.parametrize("seed", range(3))
async def test_what_is_wrong_only_sometimes_is_found(made: type[Target], rules: set[str], seed: int) -> None:
    report = await check_anyway(made(), seed)
    assert broken(report) & rules


async def check_anyway(target: Target, seed: int) -> Report:
    """Check a target that may not let everything be deleted."""
    async with serving(target) as url:
        return await run(url, seed=seed)


async def test_a_wrong_body_that_is_accepted_only_sometimes_is_found() -> None:
    report = await check_anyway(Careless(), 1)
    assert [rule for rule in broken(report) if rule.startswith(("add.", "update."))]


async def test_what_was_deleted_and_is_still_listed_is_found_in_the_last_list() -> None:
    class Haunted(Target):
        """A target that lists one of those that were deleted."""

        ghost: Item | None = None

        def remove(self, shelf: Shelf, item: Item) -> None:
            super().remove(shelf, item)
            self.ghost = self.ghost or item

        def in_order(self, shelf: Shelf) -> list[Item]:
            return [*super().in_order(shelf), *([self.ghost] if self.ghost else [])]

    assert "delete.final" in broken(await check_anyway(Haunted(), 1))
