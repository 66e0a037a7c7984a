"""Mutants: permissions, and accounts that are not apart."""

from __future__ import annotations

from typing import Final

from tests.mutants.access import ALL, CREATE, DELETE, READ_SECRETS, UPDATE, Holder
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call

catalogue: Final = Catalogue()
breaks = catalogue.breaks


class Lenient(Target):
    """A target that does not ask for some permissions."""

    granted: frozenset[str] = ALL

    def permit(self, holder: Holder, permission: str) -> None:
        if permission not in self.granted:
            super().permit(holder, permission)


@breaks("common.auth.permission", tokens=True)
class AnyoneAdds(Lenient):
    """Adding needs no permission."""

    granted = frozenset({CREATE})


@breaks("common.auth.permission", tokens=True)
class AnyoneUpdates(Lenient):
    """Updating needs no permission."""

    granted = frozenset({UPDATE})


@breaks("common.auth.permission", tokens=True)
class AnyoneDeletes(Lenient):
    """Deleting needs no permission."""

    granted = frozenset({DELETE})


@breaks("common.auth.permission", tokens=True)
class AnyoneReadsSecrets(Lenient):
    """Who may list may also read what is encrypted."""

    granted = frozenset({READ_SECRETS})


@breaks("common.auth.permission", tokens=True)
class NoPermissions(Lenient):
    """Permissions are stored and never looked at."""


@breaks("common.isolation")
class OneAccount(Target):
    """All tokens share one account."""

    def shelf_of(self, _holder: Holder, team: str | None) -> Shelf:
        return "all", team


@breaks("common.isolation", tokens=True)
class ListsOthers(Target):
    """A list has the credentials of all accounts; they can be read with the right token only."""

    def in_order(self, shelf: Shelf) -> list[Item]:
        items = [item for place, items in self.shelves.items() if place[1] == shelf[1] for item in items.values()]
        return sorted(items, key=lambda item: item.number)


class Finding(Target):
    """A target that finds credentials on other shelves too."""

    def find(self, shelf: Shelf, wanted: str) -> Item:
        if wanted not in self.stored(shelf):
            for place, items in self.shelves.items():
                if wanted in items and self.near(shelf, place):
                    return items[wanted]
        return super().find(shelf, wanted)

    def remove(self, shelf: Shelf, item: Item) -> None:
        for place in [shelf, *self.shelves]:
            if self.stored(place).get(item.id) is item:
                return super().remove(place, item)
        return None

    def near(self, shelf: Shelf, place: Shelf) -> bool:
        raise NotImplementedError


@breaks("common.isolation", tokens=True)
class FindsOthers(Finding):
    """Whoever knows an id can read, update and delete what it names, whosever it is."""

    def near(self, shelf: Shelf, place: Shelf) -> bool:
        return place[1] == shelf[1]


class FindsSometimes(FindsOthers):
    """A target that does not look whose the credentials are in one operation."""

    careless: str
    permission = ""

    def permit(self, holder: Holder, permission: str) -> None:
        self.permission = permission
        super().permit(holder, permission)

    def near(self, shelf: Shelf, place: Shelf) -> bool:
        return self.permission == self.careless and super().near(shelf, place)


@breaks("common.isolation")
class DeletesOthers(FindsSometimes):
    """A deletion does not look whose the credentials are."""

    careless = DELETE


@breaks("common.isolation")
class UpdatesOthers(FindsSometimes):
    """An update does not look whose the credentials are."""

    careless = UPDATE


@breaks("common.isolation")
class ReadsOthers(FindsSometimes):
    """Get does not look whose the credentials are."""

    careless = READ_SECRETS


@breaks("common.isolation", "add.response.id.slug", "add.response.status")
class NamesOfAll(Target):
    """A name that another account has is taken."""

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        for place in self.shelves:
            if place[1] == shelf[1]:
                super().free_id(place, wanted)
        return super().free_id(shelf, wanted)


@breaks("common.auth.permission", tokens=True)
class AnyoneModifies(Lenient):
    """The route for older clients needs no permission."""

    granted = frozenset()

    def route(self, call: Call, holder: list[Holder]) -> Answer:
        self.granted = frozenset({UPDATE}) if call.parts[-1] == "modify" else frozenset()
        return super().route(call, holder)
