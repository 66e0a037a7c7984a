"""Mutants: what is wrong only sometimes, or too slow."""

from __future__ import annotations

import copy
from typing import Final

from tests.mutants.forms import ADD_SHAPE, Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Shelf
from tests.mutants.reshaping import gone, put
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks


class Counted(Target):
    """A target that counts what it does, to go wrong each time a count is a multiple of `every`."""

    every: int

    def __init__(self) -> None:
        super().__init__()
        self.count_of: dict[str, int] = {}

    def due(self, what: str) -> bool:
        self.count_of[what] = self.count_of.get(what, 0) + 1
        return self.count_of[what] % self.every == 0


@breaks("get.response.same-as-add")
class EveryTwentiethGet(Counted):
    """Every 20th get answers with other credentials of the same namespace."""

    every = 20

    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        item = self.find(shelf, wanted)
        others = [other for other in self.in_order(shelf) if other is not item]
        if self.due("get") and others:
            return Answer(200, {"data": self.show_got(others[0])})
        return super().get(call, shelf, wanted)


@breaks("get.response.same-as-add")
class EveryTenthGetShort(Counted):
    """Every 10th get lacks a field, as one of the replicas is older."""

    every = 10

    def show_got(self, item: Item) -> dict[str, Json]:
        shown = super().show_got(item)
        if self.due("get"):
            put(shown, "credentials", gone)
            put(shown, "registryUrl", gone)
            put(shown, "provider", gone)
        return shown


@breaks("common.error.client-side", "get.response.status", "get.response.same-as-add", "common.registry.unknown")
class EveryFifteenthGetUnknown(Counted):
    """Every 15th get does not find what is there."""

    every = 15

    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        self.find(shelf, wanted)
        if self.due("get"):
            raise RefusedError(404, "registry.unknown", "There are no credentials with this id.")
        return super().get(call, shelf, wanted)


@breaks("common.error.client-side")
class EveryFifteenthAdd(Counted):
    """Every 15th request to add ends in an error of the server."""

    every = 15

    def add(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        if self.due("add"):
            raise RefusedError(500, "crash", "The pool of connections is exhausted.")
        return super().add(call, shelf, wanted)


@breaks("list.response.every-item-once")
class EveryTwelfthList(Counted):
    """Every 12th list lacks an item."""

    every = 12

    def list_page(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        answer = super().list_page(call, shelf, wanted)
        listed = answer.content["data"]["credentials"]
        if listed and self.due("list"):
            listed.pop()
            answer.content["pagination"]["count"] = len(listed)
        return answer


@breaks("delete.final")
class EveryTenthDeletion(Counted):
    """Every 10th deletion is answered and not done."""

    every = 10

    def remove(self, shelf: Shelf, item: Item) -> None:
        if not self.due("delete"):
            super().remove(shelf, item)


@breaks("get.response.same-as-add", "update.touches-only-named")
class EveryFifthUpdate(Counted):
    """Every 5th update is answered and not done."""

    every = 5

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        if self.due("update"):
            item.updated = self.now()
        else:
            super().change(item, changes)


@breaks("add.response.given-fields")
class EveryTwelfthAddSwapped(Counted):
    """Every 12th answer of add has the user name and the password swapped."""

    every = 12

    def show_added(self, item: Item) -> dict[str, Json]:
        shown = super().show_added(item)
        credentials = shown.get("credentials", {})
        if {"username", "password"} <= credentials.keys() and self.due("add"):
            credentials.update(username=credentials["password"], password=credentials["username"])
        return shown


@breaks("common.rate-limit.headers")
class OneServerWithoutHeaders(Counted):
    """One server of eight does not set the headers of the rate limit."""

    every = 8

    def finish(self, _call: Call, answer: Answer) -> Answer:
        if self.due("answer"):
            answer.headers.clear()
        return answer


@breaks("common.error.client-side")
class ProxyFails(Counted):
    """One answer of 25 is a proxy's page."""

    every = 25

    def finish(self, _call: Call, answer: Answer) -> Answer:
        if not self.due("answer"):
            return answer
        return Answer(502, "<html><h1>502 Bad Gateway</h1></html>", "text/html", answer.headers)


@breaks("list.response.item.no-secrets")
class EveryEighthListShowsAll(Counted):
    """Every 8th list shows the secrets, as a cache of get is used."""

    every = 8

    def list_page(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        self.careless = self.due("list")
        return super().list_page(call, shelf, wanted)

    def show_listed(self, item: Item) -> dict[str, Json]:
        return self.show_got(item) if self.careless else super().show_listed(item)


@breaks("get.response.same-as-add", "update.updatedAt.moves")
class StaleOnce(Target):
    """The first get after an update answers with what was before it."""

    def __init__(self) -> None:
        super().__init__()
        self.before: dict[int, Item] = {}

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        self.before[item.number] = copy.deepcopy(item)
        super().change(item, changes)

    def get(self, _call: Call, shelf: Shelf, wanted: str) -> Answer:
        item = self.find(shelf, wanted)
        return Answer(200, {"data": self.show_got(self.before.pop(item.number, item))})


@breaks("list.response.every-item-once", "list.response.item.fields")
class ListLagsBehind(Target):
    """A list does not have what was added last until it was asked for once."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh: set[int] = set()

    def put(self, shelf: Shelf, item: Item) -> None:
        super().put(shelf, item)
        self.fresh = {item.number}

    def in_order(self, shelf: Shelf) -> list[Item]:
        items = [item for item in super().in_order(shelf) if item.number not in self.fresh]
        self.fresh = set()
        return items


@breaks("get.response.status", "get.response.same-as-add", "common.registry.unknown")
class ReadLagsBehind(Target):
    """The first get of new credentials does not find them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[int] = set()

    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        item = self.find(shelf, wanted)
        if item.number not in self.seen:
            self.seen.add(item.number)
            raise RefusedError(404, "registry.unknown", "There are no credentials with this id.")
        return super().get(call, shelf, wanted)


@breaks("get.response.same-as-add", "update.touches-only-named", "common.rejected-changes-nothing")
class SharedScopes(Target):
    """Scopes that are equal share one object, so that an update of one changes another."""

    last: dict[str, Json] | None = None

    def make(self, shelf: Shelf, body: Json) -> Item:
        item = super().make(shelf, body)
        scope = self.known(body, ADD_SHAPE).get("credentials", {}).get("scope")
        if scope is not None and scope == self.last:
            item.fields["credentials"]["scope"] = self.last
        self.last = item.fields.get("credentials", {}).get("scope")
        return item

    def merged(self, old: Json, new: Json) -> Json:
        if isinstance(old, dict) and isinstance(new, dict):
            for key, value in new.items():
                old[key] = self.merged(old.get(key), value)
            return old
        return new


class Slow(Counted):
    """A target that sometimes takes its time."""

    seconds = 0.25

    def finish(self, call: Call, answer: Answer) -> Answer:
        if self.due(f"{call.method} {answer.status < 400}"):
            answer.delay = self.seconds
        return answer


@breaks("setting.max-time", max_time=0.2)
class OneOfTenSlow(Slow):
    """One of ten answers takes too long."""

    every = 10


@breaks("setting.max-time", max_time=0.2)
class DeletionsSlow(Slow):
    """One deletion of eight takes too long."""

    every = 8

    def finish(self, call: Call, answer: Answer) -> Answer:
        return super().finish(call, answer) if call.method == "DELETE" else answer
