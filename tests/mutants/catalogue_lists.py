"""Mutants: answers of list, and what they say of themselves."""

from __future__ import annotations

from typing import Final

from tests.mutants.forms import Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Page, Shelf, Wish
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call

catalogue: Final = Catalogue()
breaks = catalogue.breaks


class Listing(Target):
    """A target that changes the whole answer of list."""

    def list_page(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        answer = super().list_page(call, shelf, wanted)
        self.relist(answer)
        return answer

    def relist(self, answer: Answer) -> None:
        raise NotImplementedError


@breaks("list.response.status")
class PartialContent(Listing):
    """A page that is not the last is answered 206."""

    def relist(self, answer: Answer) -> None:
        answer.status = 206 if answer.content["pagination"]["hasNextPage"] else 200


@breaks("list.response.status")
class NoContent(Listing):
    """An empty list is answered 204."""

    def relist(self, answer: Answer) -> None:
        if not answer.content["data"]["credentials"]:
            answer.status, answer.content = 204, b""


@breaks("list.response.data.required")
class ListBare(Listing):
    """The answer of list is the array itself."""

    def relist(self, answer: Answer) -> None:
        answer.content = answer.content["data"]["credentials"]


@breaks("list.response.data.required", "list.response.credentials.required")
class ListWithoutData(Listing):
    """The credentials of a list stand beside pagination, without data around them."""

    def relist(self, answer: Answer) -> None:
        answer.content = {**answer.content.pop("data"), **answer.content}


@breaks("list.response.credentials.required")
class ListOfRegistries(Listing):
    """The array of a list is called registries."""

    def relist(self, answer: Answer) -> None:
        data = answer.content["data"]
        data["registries"] = data.pop("credentials")


@breaks("list.response.credentials.required")
class EmptyListOmitted(Listing):
    """An empty list has no member credentials, as `omitempty` has it in Go."""

    def relist(self, answer: Answer) -> None:
        if not answer.content["data"]["credentials"]:
            answer.content["data"] = {}


@breaks("list.response.credentials.type", "list.response.credentials.required")
class EmptyListNull(Listing):
    """The credentials of an empty list are null, as a slice that nobody made is in Go."""

    def relist(self, answer: Answer) -> None:
        answer.content["data"]["credentials"] = answer.content["data"]["credentials"] or None


@breaks("list.response.credentials.type")
class ListByIds(Listing):
    """The credentials of a list are an object by id."""

    def relist(self, answer: Answer) -> None:
        data = answer.content["data"]
        data["credentials"] = {item["id"]: item for item in data["credentials"]}


@breaks("list.response.pagination.required")
class NoPagination(Listing):
    """A list has no pagination."""

    def relist(self, answer: Answer) -> None:
        del answer.content["pagination"]


@breaks("list.response.pagination.required")
class PaginationInside(Listing):
    """pagination stands inside data."""

    def relist(self, answer: Answer) -> None:
        answer.content["data"]["pagination"] = answer.content.pop("pagination")


class Counting(Target):
    """A target whose pagination is wrong in one member."""

    def pagination(self, shelf: Shelf, page: Page) -> dict[str, Json]:
        told = super().pagination(shelf, page)
        self.retell(told, shelf, page)
        return told

    def retell(self, told: dict[str, Json], shelf: Shelf, page: Page) -> None:
        raise NotImplementedError


@breaks("list.response.pagination.required", "list.response.pagination.count")
class NoCount(Counting):
    """pagination has no count."""

    def retell(self, told: dict[str, Json], _shelf: Shelf, _page: Page) -> None:
        del told["count"]


@breaks("list.response.pagination.required", "list.response.pagination.hasNextPage")
class SnakePagination(Counting):
    """pagination has has_next_page."""

    def retell(self, told: dict[str, Json], _shelf: Shelf, _page: Page) -> None:
        told["has_next_page"] = told.pop("hasNextPage")


@breaks("list.response.pagination.count")
class CountOfAll(Counting):
    """count is how many there are on all pages."""

    def retell(self, told: dict[str, Json], shelf: Shelf, _page: Page) -> None:
        told["count"] = len(self.stored(shelf))


@breaks("list.response.pagination.count")
class CountInText(Counting):
    """count is a text, as a driver returns large numbers."""

    def retell(self, told: dict[str, Json], _shelf: Shelf, page: Page) -> None:
        told["count"] = str(len(page.items))


@breaks("list.response.pagination.count")
class CountOfPageSize(Target):
    """count is the size of a page that was asked for, on a last page too."""

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        self.per_page = wish.per_page
        return super().choose(shelf, wish)

    def pagination(self, shelf: Shelf, page: Page) -> dict[str, Json]:
        return {**super().pagination(shelf, page), "count": self.per_page}


@breaks("list.response.pagination.hasNextPage", "list.response.pagination.cursor-absent")
class FullPageHasNext(Target):
    """A page that is full is taken for one with another behind it."""

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        page = super().choose(shelf, wish)
        return Page(page.items, len(page.items) == wish.per_page)


@breaks("list.response.pagination.hasNextPage")
class NextWhereAnyLeft(Target):
    """hasNextPage says whether there are more than fit a page, whichever page it is."""

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        page = super().choose(shelf, wish)
        return Page(page.items, bool(page.items) and len(self.stored(shelf)) > wish.per_page)


@breaks("list.response.pagination.hasNextPage", "list.response.every-item-once")
class NeverNext(Counting):
    """hasNextPage is always false; the cursor is right."""

    def retell(self, told: dict[str, Json], _shelf: Shelf, _page: Page) -> None:
        told["hasNextPage"] = False


@breaks("list.response.pagination.hasNextPage")
class NextInText(Counting):
    """hasNextPage is a text."""

    def retell(self, told: dict[str, Json], _shelf: Shelf, page: Page) -> None:
        told["hasNextPage"] = "true" if page.more else "false"


@breaks("list.response.pagination.cursor-absent")
class CursorNull(Counting):
    """The cursor of the last page is null."""

    def retell(self, told: dict[str, Json], _shelf: Shelf, _page: Page) -> None:
        told.setdefault("cursor", None)


@breaks("list.response.pagination.cursor-absent")
class CursorEmpty(Counting):
    """The cursor of the last page is an empty text."""

    def retell(self, told: dict[str, Json], _shelf: Shelf, _page: Page) -> None:
        told.setdefault("cursor", "")


@breaks("list.response.pagination.cursor-absent")
class CursorAlways(Counting):
    """The last page has a cursor too, which leads to an empty page."""

    def retell(self, told: dict[str, Json], _shelf: Shelf, page: Page) -> None:
        if page.items:
            told.setdefault("cursor", self.cursor_after(page))


@breaks("list.response.pagination.cursor-absent", "list.response.every-item-once")
class CursorForgotten(Counting):
    """There is no cursor, though there is a next page."""

    def retell(self, told: dict[str, Json], _shelf: Shelf, _page: Page) -> None:
        told.pop("cursor", None)


@breaks("list.cursor.type", "list.response.pagination.cursor-absent")
class CursorNumber(Target):
    """A cursor is a number."""

    def cursor_after(self, page: Page) -> Json:
        number = page.items[-1].number
        self.cursors[str(number)] = number
        return number


@breaks("list.cursor.type", "list.response.pagination.cursor-absent")
class CursorObject(Target):
    """A cursor is an object, to be sent back as its member after."""

    def cursor_after(self, page: Page) -> Json:
        return {"after": super().cursor_after(page)}


@breaks("list.response.pagination.required", "list.response.pagination.hasNextPage", "list.response.pagination.count")
class EmptyOmitted(Counting):
    """What is false or 0 is left out of pagination, as `omitempty` has it in Go."""

    def retell(self, told: dict[str, Json], _shelf: Shelf, _page: Page) -> None:
        for key in [key for key, value in told.items() if not value]:
            del told[key]


@breaks("list.response.every-item-once")
class RepeatedByJoin(Listing):
    """Credentials for two projects are listed twice: a join without DISTINCT."""

    def list_page(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        self.shelf = shelf
        return super().list_page(call, shelf, wanted)

    def relist(self, answer: Answer) -> None:
        items = [self.stored(self.shelf)[shown["id"]] for shown in answer.content["data"]["credentials"]]
        times = [max(1, len(item.fields.get("restrictions", {}).get("projects", []))) for item in items]
        rows = [self.show_listed(item) for item, many in zip(items, times, strict=True) for _ in range(many)]
        answer.content["data"]["credentials"] = rows
        answer.content["pagination"]["count"] = len(rows)


@breaks("list.response.every-item-once", "list.response.item.fields")
class LostByJoin(Target):
    """Credentials without a user name are not listed: an inner join."""

    def in_order(self, shelf: Shelf) -> list[Item]:
        return [item for item in super().in_order(shelf) if "username" in item.fields.get("credentials", {})]
