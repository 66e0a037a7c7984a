"""Mutants: the answer of get, and times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from tests.mutants.forms import Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Shelf
from tests.mutants.reshaping import gone, put
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call

catalogue: Final = Catalogue()
breaks = catalogue.breaks


@breaks("get.response.status")
class NonAuthoritative(Target):
    """The answer of get is 203, as one that a proxy has changed."""

    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        answer = super().get(call, shelf, wanted)
        answer.status = 203
        return answer


@breaks("get.response.data.required")
class GotBare(Target):
    """The answer of get is the credentials themselves."""

    def get(self, _call: Call, shelf: Shelf, wanted: str) -> Answer:
        return Answer(200, self.show_got(self.find(shelf, wanted)))


@breaks("add.response.data.type", "get.response.same-as-add")
class GotAsArray(Target):
    """The data of the answer of get is an array of one, as a query's result is."""

    def get(self, _call: Call, shelf: Shelf, wanted: str) -> Answer:
        return Answer(200, {"data": [self.show_got(self.find(shelf, wanted))]})


@breaks("get.response.timestamps")
class NoCreatedAt(Target):
    """The answer of get has no createdAt."""

    def show_got(self, item: Item) -> dict[str, Json]:
        shown = super().show_got(item)
        put(shown, "createdAt", gone)
        return shown


@breaks("get.response.timestamps")
class UpdatedAtOnceUpdated(Target):
    """The answer of get has updatedAt only after an update."""

    def show_got(self, item: Item) -> dict[str, Json]:
        shown = super().show_got(item)
        if item.updated == item.created:
            put(shown, "updatedAt", gone)
        return shown


@breaks("common.timestamps")
class TimesWithSpace(Target):
    """Times are as SQL writes them, without T and zone."""

    def now(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@breaks("common.timestamps")
class TimesWithoutZone(Target):
    """Times have no zone, as isoformat of a naive datetime has it."""

    def now(self) -> str:
        return super().now().removesuffix("Z")


@breaks("common.timestamps")
class TimesOfHttp(Target):
    """Times are as HTTP writes them."""

    def now(self) -> str:
        return datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


@breaks("common.timestamps")
class TimesInSeconds(Target):
    """Times are texts of seconds."""

    def now(self) -> str:
        return str(datetime.now(UTC).timestamp())
