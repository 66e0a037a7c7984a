"""Mutants: cursors that lead to the wrong place, and lists that are not what is stored."""

from __future__ import annotations

import random
from typing import Final

from tests.mutants.forms import Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Page, Shelf, Wish
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call

catalogue: Final = Catalogue()
breaks = catalogue.breaks


@breaks("list.cursor.type", "list.response.every-item-once", "list.response.pagination.cursor-absent")
class CursorIgnored(Target):
    """The cursor is checked, and every page is the first."""

    def read_cursor(self, cursor: str) -> int:
        super().read_cursor(cursor)
        return 0


@breaks("list.response.every-item-once")
class CursorIncluded(Target):
    """A page begins with the last item of the one before."""

    def read_cursor(self, cursor: str) -> int:
        return super().read_cursor(cursor) - 1


@breaks("list.response.every-item-once")
class CursorSkips(Target):
    """A page begins one item too late."""

    def read_cursor(self, cursor: str) -> int:
        return super().read_cursor(cursor) + 1


class Offsets(Target):
    """A target whose cursors stand for how many items have been read."""

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        items = self.in_order(shelf)
        start = wish.after + (wish.page - 1) * wish.per_page
        self.end = start + wish.per_page
        return Page(items[start : self.end], len(items) > self.end)

    def cursor_after(self, page: Page) -> Json:
        cursor = super().cursor_after(page)
        self.cursors[cursor] = self.end
        return cursor


@breaks("list.response.every-item-once")
class OffsetsOldestFirst(Offsets):
    """A cursor stands for how many items have been read: who deletes one meanwhile misses another."""


@breaks("list.response.every-item-once")
class OffsetsNewestFirst(Offsets):
    """Lists begin with the newest, and a cursor is an offset: who adds meanwhile meets items again."""

    def in_order(self, shelf: Shelf) -> list[Item]:
        return super().in_order(shelf)[::-1]


@breaks("list.response.every-item-once")
class RestartsAfterDeletion(Target):
    """A cursor whose item was deleted starts over."""

    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        wish = super().read_wish(query)
        known = {item.number for shelf in self.shelves.values() for item in shelf.values()}
        return wish if wish.after in known else wish._replace(after=0)


@breaks("list.response.every-item-once")
class LostAfterDeletion(Target):
    """A cursor whose item was deleted is refused."""

    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        wish = super().read_wish(query)
        known = {item.number for shelf in self.shelves.values() for item in shelf.values()}
        if wish.after and wish.after not in known:
            raise self.bad_query("cursor", "is no longer good")
        return wish


@breaks("list.response.every-item-once")
class Shuffled(Offsets):
    """Lists have no order, and so pages overlap."""

    def in_order(self, shelf: Shelf) -> list[Item]:
        items = super().in_order(shelf)
        random.Random(self.calls).shuffle(items)  # noqa: S311 - the same in every run
        return items


@breaks("list.response.every-item-once", "list.response.page-size")
class CursorForgetsSize(Target):
    """per_page is not used beside a cursor: the rest comes in one page."""

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        return super().choose(shelf, wish._replace(per_page=50) if wish.after else wish)


@breaks("list.response.every-item-once")
class UpdatedDropOut(Target):
    """An updated item moves to the end, and so is met twice or not at all."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        super().change(item, changes)
        item.number = next(self.numbers)


@breaks("list.response.every-item-once", "delete.final")
class ListCached(Target):
    """A list is answered as it was when it was first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.cache: dict[tuple[Shelf, tuple[tuple[str, str], ...]], Json] = {}

    def list_page(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        content = super().list_page(call, shelf, wanted).content
        return Answer(200, self.cache.setdefault((shelf, call.query), content))


@breaks("list.response.pagination.hasNextPage")
class BeyondLastHasNext(Target):
    """A page after the last says that there is a next one."""

    def pagination(self, shelf: Shelf, page: Page) -> dict[str, Json]:
        told = super().pagination(shelf, page)
        if not page.items and self.stored(shelf):
            told["hasNextPage"] = True
        return told
