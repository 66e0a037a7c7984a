"""The probes for what few targets get wrong: nothing is found where nothing is wrong, and else the right rule."""

from __future__ import annotations

from types import ModuleType

import pytest

from emulator import Emulator
from emulator.conformance.probes import choices, seldom
from tests.conformance.probed import broken, probe_url, probed
from tests.mutants.forms import Json
from tests.mutants.lawful import LAWFUL, WholeSeconds
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target

MODULES: tuple[ModuleType, ...] = (choices, seldom)
GIVEN = "add.response.given-fields"


@pytest.mark.parametrize("seed", range(3))
async def test_the_emulator_differs_nowhere(seed: int) -> None:
    with Emulator() as emulator:
        report = await probe_url(emulator.url, *MODULES, seed=seed)
    assert report.findings == []
    assert report.verdicts.observed("update.updatedAt.moves") is False  # no update was sent: that is for other probes


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_what_is_done_in_another_lawful_way_differs_nowhere(made: type[Target]) -> None:
    assert broken(await probed(made(), *MODULES)) == set()


class Typed(Target):
    """A target that stores texts as what they look like, as YAML would."""

    def make(self, shelf: Shelf, body: Json) -> Item:
        item = super().make(shelf, body)
        return Item(item.number, item.id, self.as_yaml(item.fields), item.created, item.updated)

    def as_yaml(self, value: Json) -> Json:
        if isinstance(value, dict):
            return {name: self.as_yaml(inner) for name, inner in value.items()}
        return int(value) if isinstance(value, str) and value.isdigit() else value


class Touched(Target):
    """A target that sets the time of update of who has a name that is asked for again."""

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        if wanted in self.stored(shelf):
            self.stored(shelf)[wanted].updated = "2030-01-01T00:00:00.000Z"
        return super().free_id(shelf, wanted)


@pytest.mark.parametrize("seed", range(3))
async def test_a_text_of_digits_that_comes_back_as_a_number_is_found(seed: int) -> None:
    assert GIVEN in broken(await probed(Typed(), *MODULES, seed=seed))


async def test_a_refused_name_that_touches_who_has_it_is_found() -> None:
    assert broken(await probed(Touched(), *MODULES)) == {"common.rejected-changes-nothing"}


async def test_a_time_of_update_that_never_moves_is_found_where_times_have_whole_seconds_too() -> None:
    class Still(WholeSeconds):
        def change(self, item: Item, changes: dict[str, Json]) -> None:
            before = item.updated
            super().change(item, changes)
            item.updated = before

    assert broken(await probed(Still(), seldom)) == {"update.updatedAt.moves"}
    report = await probed(WholeSeconds(), seldom)
    assert broken(report) == set()
    assert report.verdicts.observed("update.updatedAt.moves")
