"""Mutants: what a refused request leaves behind, and names that are taken."""

from __future__ import annotations

from typing import Final

from tests.mutants.access import CREATE, DELETE, Holder
from tests.mutants.forms import ADD_SHAPE, UPDATE_SHAPE, Faults, Json
from tests.mutants.mutant import TOKENS, Catalogue
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks


@breaks("common.rejected-changes-nothing", "add.name.min-length", "add.name.pattern")
class StoredFirst(Target):
    """Credentials are stored before they are judged."""

    def judge(self, faults: Faults) -> None:
        """Judge after the fact."""

    def put(self, shelf: Shelf, item: Item) -> None:
        super().put(shelf, item)
        super().judge(self.new_faults(item.fields))

    def make(self, shelf: Shelf, body: Json) -> Item:
        fields = self.known(body, ADD_SHAPE) if isinstance(body, dict) else {}
        if not isinstance(fields.get("name"), str):
            super().judge(self.new_faults(body))
        return super().make(shelf, body)

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        super().judge(self.change_faults(changes))
        super().change(item, changes)


@breaks("common.rejected-changes-nothing")
class NameReserved(Target):
    """A refused request to add keeps its name taken."""

    def __init__(self) -> None:
        super().__init__()
        self.reserved: set[tuple[Shelf, str]] = set()

    def add(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        body = self.read_body(call)
        name = body.get("name") if isinstance(body, dict) else None
        if isinstance(name, str):
            if (shelf, self.slug(name)) in self.reserved:
                raise RefusedError(409, "name.taken", "There are credentials with such a name already.")
            self.reserved.add((shelf, self.slug(name)))
        answer = super().add(call, shelf, wanted)
        self.reserved.discard((shelf, self.slug(name or "")))
        return answer


@breaks("common.rejected-changes-nothing")
class Overwrites(Target):
    """A name that is taken is refused, but its credentials have been replaced."""

    def free_id(self, _shelf: Shelf, wanted: str) -> str:
        return wanted

    def put(self, shelf: Shelf, item: Item) -> None:
        taken = item.id in self.stored(shelf)
        super().put(shelf, item)
        if taken:
            raise RefusedError(409, "name.taken", "There are credentials with such a name already.")


@breaks("common.rejected-changes-nothing", "get.response.same-as-add", "list.response.every-item-once")
class Upserts(Target):
    """A name that is taken replaces its credentials, and is answered with success."""

    def free_id(self, _shelf: Shelf, wanted: str) -> str:
        return wanted


@breaks("common.rejected-changes-nothing", "get.response.same-as-add", "list.response.every-item-once")
class SameName(Target):
    """Names are compared, not slugs: two that differ in case only get the same id."""

    def free_id(self, _shelf: Shelf, wanted: str) -> str:
        return wanted

    def make(self, shelf: Shelf, body: Json) -> Item:
        for item in self.stored(shelf).values():
            if item.fields["name"] == body["name"]:
                raise RefusedError(409, "name.taken", "There are credentials with such a name already.")
        return super().make(shelf, body)


@breaks("common.rejected-changes-nothing")
class HalfUpdated(Target):
    """The credentials of an update are stored before its restrictions are judged."""

    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        body = self.read_change(call)
        if isinstance(body, dict) and "credentials" in body:
            first = {"credentials": body["credentials"]}
            if not self.change_faults(first):
                self.change(self.find(shelf, wanted), self.known(first, UPDATE_SHAPE))
        return super().update(call, shelf, wanted)


@breaks("common.rejected-changes-nothing")
class RefusedUpdateTouches(Target):
    """An update that is refused moves updatedAt all the same."""

    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        self.find(shelf, wanted).updated = self.now()
        return super().update(call, shelf, wanted)


@breaks("common.rejected-changes-nothing", tokens=True)
class ForbiddenDeletes(Target):
    """A token that may not delete is told so, after the deletion."""

    def permit(self, holder: Holder, permission: str) -> None:
        self.holder = holder
        if permission != DELETE:
            super().permit(holder, permission)

    def deleted(self, item: Item) -> Answer:
        super().permit(self.holder, DELETE)
        return super().deleted(item)


@breaks("common.rejected-changes-nothing", "common.auth.permission", tokens=True)
class ForbiddenAdds(Target):
    """A token that may not add is told so, after the addition."""

    def permit(self, holder: Holder, permission: str) -> None:
        self.holder = holder
        if permission != CREATE:
            super().permit(holder, permission)

    def added(self, item: Item) -> Answer:
        super().permit(self.holder, CREATE)
        return super().added(item)


@breaks("common.rejected-changes-nothing", "common.auth.token", tokens=True)
class TokenAskedLate(Target):
    """Who has no good token is told so, after what was asked has been done."""

    late: RefusedError | None = None

    def authenticate(self, call: Call, permission: str | None) -> Holder:
        try:
            return super().authenticate(call, permission)
        except RefusedError as refusal:
            self.late = refusal
            return TOKENS["token-of-ours"]

    def registries(self, call: Call, team: str | None, rest: list[str], holder: list[Holder]) -> Answer:
        self.late = None
        answer = super().registries(call, team, rest, holder)
        if self.late:
            raise self.late
        return answer


@breaks("common.rejected-changes-nothing")
class TakenTouches(Target):
    """A name that is taken is refused, and moves updatedAt of who has it."""

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        if wanted in self.stored(shelf):
            self.stored(shelf)[wanted].updated = self.now()
        return super().free_id(shelf, wanted)
