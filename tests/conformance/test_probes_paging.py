"""The probes of lists: pages, the limits of the parameters, cursors."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import DEFAULT
from emulator.conformance.probes import paging, parameters
from tests.conformance.probed import broken, probe_url, probed
from tests.mutants.choices import Choices
from tests.mutants.lawful import LAWFUL, NewestFirst
from tests.mutants.mutant import TOKENS
from tests.mutants.paging import Item, Page, Shelf, Wish
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError

MODULES: Final = (paging, parameters)
EVERY_RULE: Final = {
    *("list.response.every-item-once", "list.response.pagination.hasNextPage", "list.response.page-size"),
    *("list.per_page.type", "list.per_page.minimum", "list.per_page.maximum", "list.per_page.default"),
    *("list.page.type", "list.page.minimum", "list.page.beyond-last", "list.page-range", "list.page.exclusive"),
    *("list.cursor.type", "list.unknown-cursor", "list.parameter.repeated", "list.order"),
}


@pytest.mark.parametrize("seed", range(4))
async def test_the_emulator_keeps_every_rule_whatever_the_seed(seed: int) -> None:
    with Emulator() as emulator:
        report = await probe_url(emulator.url, *MODULES, seed=seed)
    assert broken(report) == set()
    assert [rule for rule in EVERY_RULE if not report.verdicts.observed(rule)] == []
    assert report.created == report.deleted > 50


async def test_where_the_budget_has_no_room_for_fifty_the_default_size_is_not_observed() -> None:
    with Emulator() as emulator:
        report = await probe_url(emulator.url, *MODULES, budget=160)
    assert report.used <= 38
    assert "it takes more than 50 to see" in str(report.verdicts.of("list.per_page.default").why)


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_so_does_a_target_that_does_the_same_in_another_way(made: type[Target]) -> None:
    assert broken(await probed(made(), *MODULES)) == set()


@pytest.mark.parametrize(("switch", "other"), [("page-range", "clamp"), ("unknown-cursor", "first-page")])
async def test_the_choice_is_told(switch: str, other: str) -> None:
    with Emulator(Settings(assume=DEFAULT.choose({switch: other}))) as emulator:
        report = await probe_url(emulator.url, *MODULES)
    assert broken(report) == set()
    assert report.verdicts.of(f"list.{switch}").choice == other


@pytest.mark.parametrize("others", [3, 60, 180])
async def test_what_others_have_in_the_account_is_neither_counted_nor_touched(others: int) -> None:
    target = Target(tokens=TOKENS)
    stored = target.stored(("ours", None))
    for number in range(others):
        fields: dict[str, Any] = {"name": f"Foreign {number}", "provider": "ecr"}
        item = Item(next(target.numbers), f"foreign-{number}", fields, target.now(), target.now())
        stored[item.id] = item
    before = copy.deepcopy(stored)
    report = await probed(target, *MODULES, token="token-of-ours")
    assert broken(report) == set()
    assert report.verdicts.of("list.response.every-item-once").outcome == "conforms"
    assert stored == before


async def test_another_order_is_a_choice() -> None:
    report = await probed(NewestFirst(), *MODULES)
    assert broken(report) == set()
    assert report.verdicts.of("list.order").outcome == "chose"


class SizeIgnored(Target):
    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        return super().read_wish(query)._replace(per_page=50)


class MoreAfterAFullPage(Target):
    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        page = super().choose(shelf, wish)
        return page._replace(more=len(page.items) == wish.per_page)


class OneLeftIsNotWorthAPage(Target):
    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        page = super().choose(shelf, wish)
        return page._replace(more=super().choose(shelf, wish._replace(per_page=wish.per_page + 1)).more)


class OffsetCursors(Target):
    """A cursor is how many items were read."""

    read = 0

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        items = self.in_order(shelf)
        start = wish.after or (wish.page - 1) * wish.per_page
        self.read = start + wish.per_page
        return Page(items[start : self.read], len(items) > self.read)

    def cursor_after(self, page: Page) -> Any:
        cursor = super().cursor_after(page)
        self.cursors[cursor] = self.read
        return cursor


class NewestFirstByOffset(OffsetCursors):
    def in_order(self, shelf: Shelf) -> list[Item]:
        return super().in_order(shelf)[::-1]


class CursorsOfTheDeadStartOver(Target):
    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        living = {item.number for item in self.in_order(shelf)}
        return super().choose(shelf, wish if wish.after in living else wish._replace(after=0))


class CursorsOfTheDeadAreRefused(Target):
    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        if wish.after and wish.after not in {item.number for item in self.in_order(shelf)}:
            raise self.bad_query("cursor", "leads nowhere")
        return super().choose(shelf, wish)


class NoCursorIsKnown(Target):
    def read_cursor(self, _cursor: str) -> int:
        raise self.bad_query("cursor", "was never handed out")


class PageIgnored(Target):
    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        return super().read_wish(query)._replace(page=1)


class PagesFromZero(Target):
    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        return super().choose(shelf, wish._replace(page=wish.page + 1) if self.numbered_page else wish)

    numbered_page = False

    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        self.numbered_page = "page" in dict(query)
        return super().read_wish(query)


class Limits(Target):
    """Takes what `taken` says to be what it says, whatever the range."""

    taken: ClassVar[Mapping[tuple[str, int], int]] = {}

    def in_range(self, name: str, number: int, most: int | None) -> int:
        return self.taken[name, number] if (name, number) in self.taken else super().in_range(name, number, most)


class TakesZero(Limits):
    taken: ClassVar = {("per_page", 0): 50}


class TakesZeroForNothing(Limits):
    taken: ClassVar = {("per_page", 0): 0, ("per_page", 101): 100, ("page", 0): 1}

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        return super().choose(shelf, wish) if wish.per_page else Page([], more=False)


class Takes101(Limits):
    taken: ClassVar = {("per_page", 101): 101}


class TakesPageZero(Limits):
    taken: ClassVar = {("page", 0): 1}


class Refuses(Target):
    """Refuses what is within the range."""

    refused = ("per_page", 100)

    def in_range(self, name: str, number: int, most: int | None) -> int:
        if (name, number) == self.refused:
            raise self.bad_query(name, "is out of range")
        return super().in_range(name, number, most)


class Refuses1(Refuses):
    refused = ("per_page", 1)


class ReadsHalves(Target):
    """Reads a number as far as it is one."""

    def number_of(self, text: str) -> int | None:
        return super().number_of(text.partition(".")[0])


class TwentyByDefault(Target):
    def default_per_page(self) -> int:
        return 20


class HundredByDefault(Target):
    def default_per_page(self) -> int:
        return 100


class ForgetsWhatIsListed(Target):
    """An item that was listed is in no list any more for the next three requests."""

    def list_page(self, call: Call, shelf: Shelf, identifier: str) -> Answer:
        answer = super().list_page(call, shelf, identifier)
        if self.calls % 4 == 0 and len(answer.content["data"]["credentials"]) > 1:
            answer.content["data"]["credentials"].pop()
            answer.content["pagination"]["count"] -= 1
        return answer


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (SizeIgnored, "list.response.page-size"),
        (MoreAfterAFullPage, "list.response.pagination.hasNextPage"),
        (OneLeftIsNotWorthAPage, "list.response.pagination.hasNextPage"),
        (OffsetCursors, "list.response.every-item-once"),
        (NewestFirstByOffset, "list.response.every-item-once"),
        (CursorsOfTheDeadStartOver, "list.response.every-item-once"),
        (CursorsOfTheDeadAreRefused, "list.response.every-item-once"),
        (ForgetsWhatIsListed, "list.response.every-item-once"),
        (NoCursorIsKnown, "list.cursor.type"),
        (PageIgnored, "list.page.minimum"),
        (PagesFromZero, "list.page.minimum"),
        (TakesPageZero, "list.page.minimum"),
        (TakesZero, "list.per_page.minimum"),
        (TakesZeroForNothing, "list.per_page.minimum"),
        (Refuses1, "list.per_page.minimum"),
        (Takes101, "list.per_page.maximum"),
        (Refuses, "list.per_page.maximum"),
        (ReadsHalves, "list.per_page.type"),
        (ReadsHalves, "list.page.type"),
        (TwentyByDefault, "list.per_page.default"),
        (HundredByDefault, "list.per_page.default"),
    ],
)
async def test_a_defect_is_found_and_its_rule_named(made: type[Target], rule: str) -> None:
    # With the smaller budget, the probes add no fifty credentials, which only the default size takes.
    budget = 300 if rule == "list.per_page.default" else 160
    assert rule in broken(await probed(made(), *MODULES, budget=budget))


class RefusesFarPages(Target):
    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        wish = super().read_wish(query)
        if wish.page > 1000:
            raise RefusedError(404, "page.unknown", "There is no such page.")
        return wish


async def test_what_the_rule_only_assumes_is_told_and_is_no_difference() -> None:
    report = await probed(RefusesFarPages(Choices(unknown_cursor="first-page")), *MODULES)
    assert broken(report) == set()
    assert report.verdicts.of("list.page.beyond-last").choice == "reject"
    assert report.verdicts.of("list.unknown-cursor").choice == "first-page"
