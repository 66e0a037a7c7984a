"""The probes of the life of credentials."""

from __future__ import annotations

from typing import Any, Final

import pytest

from emulator import Emulator
from emulator.conformance.probes import basics
from emulator.conformance.run import Report
from tests.conformance.probed import broken, probe_url, probed, told
from tests.mutants.lawful import LAWFUL, KeepsNames
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError, serving

RULES: Final = (*("delete.final", "update.modify-route", "update.touches-only-named", "get.response.same-as-add"),)


@pytest.mark.parametrize("seed", range(4))
async def test_the_emulator_keeps_every_rule_whatever_the_seed(seed: int) -> None:
    with Emulator() as emulator:
        report = await probe_url(emulator.url, basics, seed=seed)
    assert broken(report) == set()
    assert [rule for rule in RULES if not report.verdicts.observed(rule)] == []
    assert report.created == report.deleted == 3
    assert report.used <= 20


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_so_does_a_target_that_does_the_same_in_another_way(made: type[Target]) -> None:
    assert broken(await probed(made(), basics)) == set()


async def test_a_name_that_is_not_free_after_deletion_is_a_choice() -> None:
    report = await probed(KeepsNames(), basics)
    assert broken(report) == set()
    assert "stays taken" in told(report, "delete.name-free")


class DeletesNothing(Target):
    def remove(self, shelf: Shelf, item: Item) -> None:
        """Leave it where it is."""


class DeletesWhatBeginsAlike(Target):
    def remove(self, shelf: Shelf, item: Item) -> None:
        stored = self.stored(shelf)
        for identifier in [name for name in stored if name.startswith(item.id)]:
            del stored[identifier]


class DeletesTwice(Target):
    def delete(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        return super().delete(call, shelf, wanted) if wanted in self.stored(shelf) else Answer(200, {"data": {}})


class UpdatesTheDead(Target):
    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        return super().update(call, shelf, wanted) if wanted in self.stored(shelf) else Answer(200, {"data": {}})


class ListsTheDead(Target):
    def __init__(self) -> None:
        super().__init__()
        self.dead: list[Item] = []

    def remove(self, shelf: Shelf, item: Item) -> None:
        super().remove(shelf, item)
        self.dead.append(item)

    def in_order(self, shelf: Shelf) -> list[Item]:
        return [*self.dead, *super().in_order(shelf)]


class RemembersTheDead(DeletesNothing):
    """What is deleted is marked as such; its fields are there again when the name is."""

    def __init__(self) -> None:
        super().__init__()
        self.dead: dict[str, Item] = {}

    def remove(self, shelf: Shelf, item: Item) -> None:
        self.dead[item.id] = self.stored(shelf).pop(item.id)

    def show_got(self, item: Item) -> dict[str, Any]:
        old = self.dead.get(item.id)
        return {**(old.fields if old else {}), **super().show_got(item)}


class UpdatesWhatBeginsAlike(Target):
    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        others = [name for name in self.stored(shelf) if name.startswith(wanted) and name != wanted]
        for other in others:
            super().update(call, shelf, other)
        return super().update(call, shelf, wanted)


class UpdatesNothing(Target):
    def change(self, item: Item, changes: dict[str, Any]) -> None:
        """Leave it as it is."""


class ModifiesNothing(Target):
    def modify(self, _call: Call, shelf: Shelf, wanted: str) -> Answer:
        return self.updated(self.find(shelf, wanted))


class NoRouteOfOldClients(Target):
    def modify(self, _call: Call, _shelf: Shelf, _wanted: str) -> Answer:
        raise RefusedError(404, "path.unknown", "There is nothing at this path.")


class HidesTheNeighbour(Target):
    def in_order(self, shelf: Shelf) -> list[Item]:
        return [item for item in super().in_order(shelf) if not item.id.endswith("-2")]


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (DeletesNothing, "delete.final"),
        (DeletesWhatBeginsAlike, "delete.final"),
        (DeletesTwice, "delete.final"),
        (UpdatesTheDead, "delete.final"),
        (ListsTheDead, "delete.final"),
        (RemembersTheDead, "get.response.same-as-add"),
        (UpdatesWhatBeginsAlike, "update.touches-only-named"),
        (UpdatesNothing, "get.response.same-as-add"),
        (ModifiesNothing, "update.modify-route"),
        (NoRouteOfOldClients, "update.modify-route"),
        (HidesTheNeighbour, "list.response.every-item-once"),
    ],
)
async def test_a_defect_is_found_and_its_rule_named(made: type[Target], rule: str) -> None:
    assert rule in broken(await probed_even_if_something_stays(made()))


async def probed_even_if_something_stays(made: Target, **options: Any) -> Report:
    """Run the probes against a target that may be unable to delete."""
    async with serving(made) as url:
        return await probe_url(url, basics, **options)
