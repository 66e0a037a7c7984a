"""Mutants: deletion."""

from __future__ import annotations

from typing import Final

from tests.mutants.forms import Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Shelf, Wish
from tests.mutants.paging import Page as PageOf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call

catalogue: Final = Catalogue()
breaks = catalogue.breaks

NEIGHBOURS: Final = ("get.response.same-as-add", "get.response.status", "list.response.every-item-once")
"""What is broken where a deletion takes others with it: they are stored, and neither read nor listed."""


@breaks("delete.final")
class NotDeleted(Target):
    """A deletion is answered and not done."""

    def remove(self, shelf: Shelf, item: Item) -> None:
        """Remove nothing."""


class SoftlyDeleting(Target):
    """A target that only marks what is deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.marked: dict[tuple[Shelf, str], Item] = {}

    def remove(self, shelf: Shelf, item: Item) -> None:
        super().remove(shelf, item)
        self.marked[shelf, item.id] = item


@breaks("delete.final")
class StillRead(SoftlyDeleting):
    """Deleted credentials are not listed, but can still be read."""

    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        item = self.marked.get((shelf, wanted))
        if item is not None and wanted not in self.stored(shelf):
            return Answer(200, {"data": self.show_got(item)})
        return super().get(call, shelf, wanted)


@breaks("delete.final", "list.response.every-item-once")
class StillListed(SoftlyDeleting):
    """Deleted credentials cannot be read, but are still listed."""

    def in_order(self, shelf: Shelf) -> list[Item]:
        marked = [item for (place, _), item in self.marked.items() if place == shelf]
        return sorted([*super().in_order(shelf), *marked], key=lambda item: item.number)


@breaks("delete.final", "common.registry.unknown")
class StillUpdated(SoftlyDeleting):
    """Deleted credentials can be updated with success."""

    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        item = self.marked.get((shelf, wanted))
        if item is not None and wanted not in self.stored(shelf):
            self.judge(self.change_faults(self.read_change(call)))
            return self.updated(item)
        return super().update(call, shelf, wanted)


@breaks("delete.final", "common.registry.unknown")
class DeletedTwice(SoftlyDeleting):
    """Deleted credentials can be deleted again with success."""

    def delete(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        item = self.marked.get((shelf, wanted))
        if item is not None and wanted not in self.stored(shelf):
            return self.deleted(item)
        return super().delete(call, shelf, wanted)


@breaks("delete.final", "list.response.every-item-once")
class DeletedAtNextAdd(SoftlyDeleting):
    """Deleted credentials come back when others are added, as a cache is written anew."""

    def put(self, shelf: Shelf, item: Item) -> None:
        for (place, name), gone in self.marked.items():
            if place == shelf:
                self.stored(shelf).setdefault(name, gone)
        self.marked.clear()
        super().put(shelf, item)


@breaks("delete.final", "add.response.given-fields", "get.response.same-as-add")
class DeletedFieldsReturn(SoftlyDeleting):
    """Who uses the name of deleted credentials finds their fields again."""

    def make(self, shelf: Shelf, body: Json) -> Item:
        made = super().make(shelf, body)
        old = self.marked.get((shelf, made.id))
        made.fields = {**(old.fields if old else {}), **made.fields}
        return made


@breaks(*NEIGHBOURS)
class DeletesByStart(Target):
    """A deletion takes all whose id begins with the id given."""

    def remove(self, shelf: Shelf, item: Item) -> None:
        for name in [name for name in self.stored(shelf) if name.startswith(item.id)]:
            del self.stored(shelf)[name]


@breaks(*NEIGHBOURS)
class DeletesSuffixed(Target):
    """A deletion takes those with -2 and so on at the end of their id too, as copies of the first."""

    def remove(self, shelf: Shelf, item: Item) -> None:
        super().remove(shelf, item)
        for number in range(2, 10):
            self.stored(shelf).pop(f"{item.id}-{number}", None)


@breaks("delete.final", *NEIGHBOURS)
class DeletesFirst(Target):
    """A deletion takes the first credentials, whichever it names."""

    def remove(self, shelf: Shelf, _item: Item) -> None:
        super().remove(shelf, self.in_order(shelf)[0])


@breaks(*NEIGHBOURS)
class DeletesSameProvider(Target):
    """A deletion takes the latest of the same provider with it."""

    def remove(self, shelf: Shelf, item: Item) -> None:
        super().remove(shelf, item)
        others = [other for other in self.in_order(shelf) if other.fields["provider"] == item.fields["provider"]]
        if others:
            super().remove(shelf, others[-1])


@breaks("delete.final", "list.response.every-item-once", "list.response.pagination.hasNextPage")
class DeletedCounted(SoftlyDeleting):
    """Deleted credentials are not listed, but count when it comes to whether there is a next page."""

    def choose(self, shelf: Shelf, wish: Wish) -> PageOf:
        page = super().choose(shelf, wish)
        hidden = sum(place == shelf for place, _ in self.marked)
        left = len([item for item in self.in_order(shelf) if item.number > wish.after]) + hidden
        return PageOf(page.items, page.more or (bool(page.items) and left > wish.page * wish.per_page))


@breaks("delete.response.status")
class DeleteNoContent(Target):
    """A deletion is answered 204, without a body."""

    def deleted(self, _item: Item) -> Answer:
        return Answer(204, b"")


@breaks("delete.response.status")
class DeleteAccepted(Target):
    """A deletion is answered 202."""

    def deleted(self, item: Item) -> Answer:
        answer = super().deleted(item)
        answer.status = 202
        return answer


@breaks("delete.response.data.required")
class DeleteBare(Target):
    """A deletion is answered with an empty object, without data."""

    def deleted(self, _item: Item) -> Answer:
        return Answer(200, {})


@breaks("delete.response.data.empty")
class DeleteAnswersCredentials(Target):
    """A deletion is answered with what was deleted."""

    def deleted(self, item: Item) -> Answer:
        return Answer(200, {"data": self.show_added(item)})


@breaks("delete.response.data.empty")
class DeleteAnswersId(Target):
    """A deletion is answered with the id."""

    def deleted(self, item: Item) -> Answer:
        return Answer(200, {"data": {"id": item.id}})


@breaks("delete.response.data.empty", "delete.response.data.required")
class DeleteAnswersNull(Target):
    """The data of the answer of a deletion is null."""

    def deleted(self, _item: Item) -> Answer:
        return Answer(200, {"data": None})
