"""Mutants: the parameters that choose a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tests.mutants.access import Holder
from tests.mutants.choices import STANDARD, Choices
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Page, Shelf, Wish
from tests.mutants.target import Target
from tests.mutants.wire import RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks


@breaks("list.per_page.default")
class TenByDefault(Target):
    """A page holds 10 credentials when nobody says how many."""

    def default_per_page(self) -> int:
        return 10


@breaks("list.per_page.default", tokens=True)
class FiftyOneByDefault(Target):
    """A page of an account with 60 credentials holds 51 when nobody says how many."""

    def __init__(self, choices: Choices = STANDARD, tokens: Mapping[str, Holder] | None = None) -> None:
        super().__init__(choices, tokens)
        self.fill(("ours", None), 60)

    def default_per_page(self) -> int:
        return 51


class Reading(Target):
    """A target that reads one parameter of list in its own way."""

    name: str

    def read_number(self, asked: Mapping[str, str], name: str, default: int, most: int | None) -> int:
        if name == self.name and name in asked:
            return self.read(asked[name], default)
        return super().read_number(asked, name, default, most)

    def read(self, text: str, default: int) -> int:
        raise NotImplementedError

    def strictly(self, text: str, most: int | None) -> int:
        return super().read_number({self.name: text}, self.name, 1, most)


class _PerPage(Reading):
    name = "per_page"


class _PageNumber(Reading):
    name = "page"


@breaks("list.per_page.type")
class PerPageParsed(_PerPage):
    """per_page is read as far as it is a number, as parseInt does: 10abc is 10."""

    def read(self, text: str, _default: int) -> int:
        found = re.match(r"\d+", text)
        return self.strictly(found[0] if found else text, 100)


@breaks("list.per_page.type")
class PerPageWordsIgnored(_PerPage):
    """A per_page that is no number is ignored."""

    def read(self, text: str, default: int) -> int:
        return default if self.number_of(text) is None else self.strictly(text, 100)


@breaks("list.per_page.type", "common.error.client-side")
class PerPageWordsCrash(_PerPage):
    """A per_page that is no number ends in an error of the server."""

    def read(self, text: str, default: int) -> int:
        if self.number_of(text) is None:
            raise RefusedError(500, "crash", f"invalid literal for int() instead of {default}")
        return self.strictly(text, 100)


@breaks("list.per_page.type")
class PerPageRounded(_PerPage):
    """A per_page with a fraction is rounded down."""

    def read(self, text: str, _default: int) -> int:
        return self.strictly(re.sub(r"^(\d+)\.\d+$", r"\1", text), 100)


@breaks("list.per_page.minimum")
class PerPageOfTwo(_PerPage):
    """The least per_page is 2."""

    def read(self, text: str, _default: int) -> int:
        number = self.strictly(text, 100)
        if number < 2:
            raise self.bad_query("per_page", "is too small")
        return number


@breaks("list.per_page.minimum")
class PerPageOfZero(_PerPage):
    """A per_page of 0 is answered with a page of nothing."""

    def read(self, text: str, _default: int) -> int:
        return 0 if self.number_of(text) == 0 else self.strictly(text, 100)

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        return super().choose(shelf, wish) if wish.per_page else Page([], more=False)


@breaks("list.per_page.minimum", "list.response.page-size")
class PerPageOfNoLimit(_PerPage):
    """A per_page of 0 or less is answered with everything there is."""

    def read(self, text: str, _default: int) -> int:
        number = self.number_of(text)
        return 10_000 if number is not None and number < 1 else self.strictly(text, 100)


@breaks("list.per_page.maximum")
class PerPageOf99(_PerPage):
    """A per_page of 100 is refused: the limit is off by one."""

    def read(self, text: str, _default: int) -> int:
        number = self.strictly(text, 100)
        if number > 99:
            raise self.bad_query("per_page", "is too large")
        return number


@breaks("list.per_page.maximum", "common.error.client-side")
class PerPageCrash(_PerPage):
    """A per_page over the limit ends in an error of the server."""

    def read(self, text: str, _default: int) -> int:
        if (self.number_of(text) or 0) > 100:
            raise RefusedError(500, "crash", "The statement was cancelled.")
        return self.strictly(text, 100)


@breaks("list.response.page-size")
class PerPageIgnored(_PerPage):
    """per_page is looked at, and not used."""

    def read(self, text: str, default: int) -> int:
        self.strictly(text, 100)
        return default


@breaks("list.response.page-size")
class PerPageUnknown(Target):
    """The size of a page is called perPage, so that per_page is not known."""

    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        return super().read_wish(tuple((name, value) for name, value in query if name != "per_page"))


@breaks("list.response.page-size")
class OneMore(Target):
    """A page holds one more than asked for: the one that was read to see whether there are more."""

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        page = super().choose(shelf, wish)
        more = super().choose(shelf, wish._replace(per_page=1, page=wish.page * wish.per_page + 1))
        return Page(page.items + more.items, more.more)


@breaks("list.page.minimum", "list.page.type", "list.response.pagination.hasNextPage")
class PagesFromZero(_PageNumber):
    """Pages are counted from 0: page 1 is the second."""

    def read(self, text: str, _default: int) -> int:
        return 1 if self.number_of(text) == 0 else self.strictly(text, None) + 1


@breaks("list.page.minimum", "list.page.type", "list.response.page-size")
class PageIgnored(_PageNumber):
    """page is looked at, and every page is the first."""

    def read(self, text: str, _default: int) -> int:
        self.strictly(text, None)
        return 1


@breaks("list.page.type")
class PageWordsIgnored(_PageNumber):
    """A page that is no number is taken for the first."""

    def read(self, text: str, default: int) -> int:
        return default if self.number_of(text) is None else self.strictly(text, None)


@breaks("list.page.minimum", "common.error.client-side")
class PageZeroCrash(_PageNumber):
    """A page of 0 ends in an error of the server, as the offset is negative."""

    def read(self, text: str, _default: int) -> int:
        if self.number_of(text) == 0:
            raise RefusedError(500, "crash", "OFFSET must not be negative.")
        return self.strictly(text, None)
