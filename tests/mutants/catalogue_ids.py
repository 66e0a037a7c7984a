"""Mutants: ids that are no slugs of their names, and ids that find what they do not name."""

from __future__ import annotations

import re
import uuid
from typing import Final

from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks


@breaks("add.response.id.slug")
class RandomIds(Target):
    """Ids are random."""

    def slug(self, _name: str) -> str:
        return f"r{uuid.uuid4().hex[:20]}"


@breaks("add.response.id.slug")
class IdsWithCapitals(Target):
    """An id keeps the capital letters of the name."""

    def slug(self, name: str) -> str:
        return re.sub(r"\s|\ufeff", "-", name)


@breaks("add.response.id.slug")
class SpacesDropped(Target):
    """An id has nothing where the name has a space."""

    def slug(self, name: str) -> str:
        return re.sub(r"\s|\ufeff", "", name).lower()


@breaks("add.response.id.slug", "add.response.id.pattern")
class SpacesOnlyDivide(Target):
    """Only the space becomes a hyphen; a tab or a wide space stays in the id."""

    def slug(self, name: str) -> str:
        return name.replace(" ", "-").lower()


@breaks("add.response.id.slug", "add.response.id.max-length")
class AlwaysSuffixed(Target):
    """Every id has a random suffix, not only where a name is taken."""

    def slug(self, name: str) -> str:
        return f"{super().slug(name)}-{uuid.uuid4().hex[:5]}"


@breaks("add.response.id.slug")
class IdsCutAt30(Target):
    """An id has at most 30 characters, though a name has 39."""

    def slug(self, name: str) -> str:
        return super().slug(name)[:30].rstrip("-")


@breaks("common.registry.unknown")
class FoundByName(Target):
    """Credentials are found by their name too."""

    def find(self, shelf: Shelf, wanted: str) -> Item:
        return super().find(shelf, self.slug(wanted))


@breaks("common.registry.unknown")
class FoundByStart(Target):
    """The start of an id finds the first credentials that have it."""

    def find(self, shelf: Shelf, wanted: str) -> Item:
        for item in self.in_order(shelf):
            if wanted not in self.stored(shelf) and item.id.startswith(wanted):
                return item
        return super().find(shelf, wanted)


@breaks("common.registry.unknown")
class UnknownIsNull(Target):
    """An unknown id is answered with success and null."""

    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        if wanted not in self.stored(shelf):
            return Answer(200, {"data": None})
        return super().get(call, shelf, wanted)


@breaks("common.registry.unknown")
class UnknownIsEmpty(Target):
    """An unknown id is answered with success and an empty object."""

    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        if wanted not in self.stored(shelf):
            return Answer(200, {"data": {}})
        return super().get(call, shelf, wanted)


@breaks("common.registry.unknown")
class DeletesNothing(Target):
    """Deleting an unknown id succeeds, as what was wanted is so already."""

    def delete(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        if wanted not in self.stored(shelf):
            return Answer(200, {"data": {}})
        return super().delete(call, shelf, wanted)


@breaks("common.registry.unknown")
class UpdatesNothing(Target):
    """Updating an unknown id succeeds: nobody looks how many rows were changed."""

    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        if wanted not in self.stored(shelf):
            self.judge(self.change_faults(self.read_change(call)))
            return Answer(200, {"data": {}})
        return super().update(call, shelf, wanted)


@breaks("common.registry.unknown", "common.error.client-side")
class UnknownCrashes(Target):
    """An unknown id ends in an error of the server."""

    def find(self, shelf: Shelf, wanted: str) -> Item:
        if wanted not in self.stored(shelf):
            raise RefusedError(500, "crash", "Cannot read properties of null.")
        return super().find(shelf, wanted)
