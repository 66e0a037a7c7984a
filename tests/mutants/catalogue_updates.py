"""Mutants: updates, by PATCH and by the route for older clients."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Final

from tests.mutants.forms import UPDATE_SHAPE, Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Shelf
from tests.mutants.reshaping import gone, put
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks


@breaks("update.modify-route")
class NoModify(Target):
    """There is no route for older clients."""

    def modify(self, _call: Call, _shelf: Shelf, _wanted: str) -> Answer:
        raise RefusedError(404, "path.unknown", "There is nothing at this path.")


@breaks("update.modify-route")
class ModifyDoesNothing(Target):
    """The route for older clients answers as it should and changes nothing."""

    def modify(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        item = self.find(shelf, wanted)
        self.judge(self.change_faults(self.read_change(call)))
        return self.updated(item)


@breaks("update.modify-route")
class ModifyUnchecked(Target):
    """The route for older clients does not look at its body."""

    def modify(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        item, body = self.find(shelf, wanted), self.read_change(call)
        self.change(item, self.known(body, UPDATE_SHAPE) if isinstance(body, dict) else {})
        return self.updated(item)


@breaks("update.modify-route")
class ModifyReplaces(Target):
    """The route for older clients replaces credentials where PATCH merges them."""

    def modify(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        body = self.read_change(call)
        if not self.change_faults(body):
            item = self.find(shelf, wanted)
            for key in body.keys() & {"credentials", "restrictions"}:
                item.fields.pop(key, None)
        return super().modify(call, shelf, wanted)


@breaks("update.modify-route", "update.response.data.empty")
class ModifyAnswersCredentials(Target):
    """The route for older clients answers with the credentials, as it did once."""

    def modify(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        super().modify(call, shelf, wanted)
        return Answer(200, {"data": self.show_got(self.find(shelf, wanted))})


@breaks("get.response.same-as-add", "update.touches-only-named")
class UpdateLost(Target):
    """An update is answered and never stored."""

    def change(self, item: Item, _changes: dict[str, Json]) -> None:
        item.updated = self.now()


@breaks("get.response.same-as-add", "update.touches-only-named")
class UpdateOfPasswordLost(Target):
    """An update changes everything but the password."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        put(changes, "credentials.password", gone)
        super().change(item, changes)


@breaks("get.response.same-as-add", "update.touches-only-named")
class UpdateToFalseLost(Target):
    """An update cannot set anything to false: what is falsy is taken for not given."""

    def merged(self, old: Json, new: Json) -> Json:
        return old if new is False and old is not None else super().merged(old, new)


@breaks("get.response.same-as-add", "update.touches-only-named")
class ProjectsJoined(Target):
    """An update adds to the projects instead of replacing them."""

    def merged(self, old: Json, new: Json) -> Json:
        return [*old, *new] if isinstance(old, list) and isinstance(new, list) else super().merged(old, new)


@breaks("update.touches-only-named")
class UpdateReplacesAll(Target):
    """An update replaces credentials and restrictions, whichever it names."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        for key in ("credentials", "restrictions"):
            if changes and key not in changes:
                item.fields.pop(key, None)
        super().change(item, changes)


@breaks("update.touches-only-named")
class UpdateKeepsOnlyNamed(Target):
    """An update leaves nothing but id, name, provider and what it names, as PUT would."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        item.fields = {key: item.fields[key] for key in ("name", "provider")}
        super().change(item, changes)


@breaks("update.touches-only-named")
class UpdateLiftsRestrictions(Target):
    """An update of credentials sets restricted back to false."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        if "credentials" in changes:
            put(item.fields, "restrictions.restricted", lambda _: False)
        super().change(item, changes)


@breaks("update.touches-only-named", "get.response.same-as-add")
class UpdateRenames(Target):
    """An update sets the name to the id."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        item.fields["name"] = item.id
        super().change(item, changes)


@breaks("update.touches-only-named", "get.response.same-as-add")
class UpdateTouchesNeighbour(Target):
    """An update without the right WHERE changes the credentials added after it too."""

    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        answer = super().update(call, shelf, wanted)
        item, changes = self.find(shelf, wanted), self.known(self.read_change(call), UPDATE_SHAPE)
        for other in [other for other in self.in_order(shelf) if other.number > item.number][:1]:
            self.change(other, copy.deepcopy(changes))
        return answer


@breaks("update.updatedAt.moves")
class UpdatedAtStays(Target):
    """An update does not move updatedAt."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        before = item.updated
        super().change(item, changes)
        item.updated = before


@breaks("update.updatedAt.moves")
class CreatedAtMoves(Target):
    """An update moves createdAt too."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        super().change(item, changes)
        item.created = item.updated


@breaks("update.updatedAt.moves", "get.response.same-as-add")
class ReadMoves(Target):
    """Reading moves updatedAt too."""

    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        self.find(shelf, wanted).updated = self.now()
        return super().get(call, shelf, wanted)


@breaks("update.response.status")
class UpdateNoContent(Target):
    """An update is answered 204, without a body."""

    def updated(self, _item: Item) -> Answer:
        return Answer(204, b"")


@breaks("update.response.status")
class UpdateAccepted(Target):
    """An update is answered 202."""

    def updated(self, item: Item) -> Answer:
        answer = super().updated(item)
        answer.status = 202
        return answer


@breaks("update.response.data.required")
class UpdateSucceeds(Target):
    """An update is answered with `success: true`."""

    def updated(self, _item: Item) -> Answer:
        return Answer(200, {"success": True})


@breaks("update.response.data.empty")
class UpdateAnswersCredentials(Target):
    """An update is answered with what has become of the credentials."""

    def updated(self, item: Item) -> Answer:
        return Answer(200, {"data": self.show_got(item)})


@breaks("update.response.data.empty")
class UpdateAnswersNull(Target):
    """The data of the answer of an update is null."""

    def updated(self, _item: Item) -> Answer:
        return Answer(200, {"data": None})


@breaks("update.updatedAt.moves")
class LocalTime(Target):
    """An update sets updatedAt to the local time two hours east, and says it is UTC."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        super().change(item, changes)
        later = datetime.fromisoformat(item.updated) + timedelta(hours=2)
        item.updated = later.isoformat(timespec="microseconds").replace("+00:00", "Z")


@breaks("update.touches-only-named")
class UpdateOfNothingClears(Target):
    """An update that names nothing clears everything that it could name."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        for key in () if changes else ("credentials", "restrictions"):
            item.fields.pop(key, None)
        super().change(item, changes)


@breaks("get.response.same-as-add", "update.touches-only-named")
class UpdateToEmptyLost(Target):
    """An update cannot empty anything: what is empty is taken for not given."""

    def merged(self, old: Json, new: Json) -> Json:
        return old if new in ("", []) and old is not None else super().merged(old, new)


# The second rule fits as well: as far as the list tells, the update did not move the time.
@breaks("list.response.item.fields", "update.updatedAt.moves")
class ListedTimesStay(Target):
    """A list has the time of creation for that of update."""

    def show_listed(self, item: Item) -> dict[str, Json]:
        return {**super().show_listed(item), "updatedAt": item.created}
