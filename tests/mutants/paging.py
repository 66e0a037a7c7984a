"""What is stored, and reading it page by page."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from tests.mutants.access import Access, Holder
from tests.mutants.choices import STANDARD, Choices
from tests.mutants.forms import Json
from tests.mutants.wire import RefusedError

Shelf = tuple[str, str | None]
"""A namespace: an account, and one of its teams or None for the account itself."""

PER_PAGE: Final = 50
MOST_PER_PAGE: Final = 100


@dataclass
class Item:
    """Stored credentials; `fields` has what was given of the documented fields, without the times."""

    number: int
    id: str
    fields: dict[str, Json]
    created: str
    updated: str


class Wish(NamedTuple):
    """Which page a client wants; `after` is the number that its cursor stands for, 0 to begin at the start."""

    per_page: int
    page: int
    after: int


class Page(NamedTuple):
    items: list[Item]
    more: bool


class Paging(Access):
    """Shelves of credentials, and lists of them."""

    def __init__(self, choices: Choices = STANDARD, tokens: Mapping[str, Holder] | None = None) -> None:
        super().__init__(choices, tokens)
        self.shelves: dict[Shelf, dict[str, Item]] = {}
        self.numbers = itertools.count(1)
        self.cursors: dict[str, int] = {}

    def shelf_of(self, holder: Holder, team: str | None) -> Shelf:
        return holder.account, team

    def stored(self, shelf: Shelf) -> dict[str, Item]:
        return self.shelves.setdefault(shelf, {})

    def fill(self, shelf: Shelf, many: int) -> None:
        """Put credentials on a shelf that were there before anybody asked."""
        for number in range(1, many + 1):
            fields = {"name": f"Foreign {number}", "provider": "ecr", "credentials": {"password": "s", "scope": {}}}
            item = Item(next(self.numbers), f"foreign-{number}", fields, self.now(), self.now())
            self.stored(shelf)[item.id] = item

    def now(self) -> str:
        return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    # -- what a client asks for

    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        """Return the page that a query asks for.

        Raises:
            RefusedError: it does not ask for one.
        """
        asked: dict[str, str] = {}
        for name, value in query:
            if name in asked:
                raise self.bad_query(name, "is given twice")
            asked[name] = value
        if "page" in asked and "cursor" in asked:
            raise self.bad_query("cursor", "cannot go with page")
        return Wish(
            per_page=self.read_number(asked, "per_page", self.default_per_page(), MOST_PER_PAGE),
            page=self.read_number(asked, "page", 1, None),
            after=self.read_cursor(asked["cursor"]) if "cursor" in asked else 0,
        )

    def default_per_page(self) -> int:
        return PER_PAGE

    def read_number(self, asked: Mapping[str, str], name: str, default: int, most: int | None) -> int:
        if name not in asked:
            return default
        number = self.number_of(asked[name])
        if number is None:
            raise self.bad_query(name, "should be a whole number")
        return self.in_range(name, number, most)

    def number_of(self, text: str) -> int | None:
        """Return the whole number that a parameter is, None where it is none."""
        digits = text.removeprefix("-")
        if not digits.isascii() or not digits.isdigit():
            return None
        return int(text[:19])  # as much as a server in another language could hold

    def in_range(self, name: str, number: int, most: int | None) -> int:
        nearest = max(1, number) if most is None else min(max(1, number), most)
        if nearest != number and self.choices.page_range == "reject":
            raise self.bad_query(name, "is out of range")
        return nearest

    def read_cursor(self, cursor: str) -> int:
        if cursor in self.cursors:
            return self.cursors[cursor]
        if self.choices.unknown_cursor == "reject":
            raise self.bad_query("cursor", "was never handed out")
        return 0

    def bad_query(self, name: str, complaint: str) -> RefusedError:
        status = int(self.choices.constraint_status)
        return RefusedError(status, "query.bad", f"The parameter {name} {complaint}.", {name: [complaint]})

    # -- what it gets

    def in_order(self, shelf: Shelf) -> list[Item]:
        return sorted(self.stored(shelf).values(), key=lambda item: item.number)

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        """Return the items of a page, and whether there are some after it."""
        items = [item for item in self.in_order(shelf) if item.number > wish.after]
        start = (wish.page - 1) * wish.per_page
        end = start + wish.per_page
        return Page(items[start:end], len(items) > end)

    def cursor_after(self, page: Page) -> Json:
        """Hand out a cursor that goes on after a page."""
        cursor = uuid.uuid4().hex
        self.cursors[cursor] = page.items[-1].number
        return cursor

    def pagination(self, shelf: Shelf, page: Page) -> dict[str, Json]:  # noqa: ARG002 - for mutants that count the shelf
        told: dict[str, Json] = {"hasNextPage": page.more, "count": len(page.items)}
        if page.more:
            told["cursor"] = self.cursor_after(page)
        return told
