"""The query of a list: `per_page`, `page` and `cursor`, read strictly, all problems at once."""

from __future__ import annotations

from typing import Final, NamedTuple

from multidict import MultiMapping

from emulator.behaviour import Behaviour
from emulator.errors import InvalidRequestError, Violation

PER_PAGE_DEFAULT: Final = 50
PER_PAGE_MAX: Final = 100


class ListQuery(NamedTuple):
    """Which page is asked for: `per_page` is 1 to 100, `page` counts from 1 and is ignored with a cursor."""

    per_page: int
    page: int
    cursor: str | None


_FIRST_PAGE: Final = ListQuery(PER_PAGE_DEFAULT, 1, None)


def read_list_query(query: MultiMapping[str], behaviour: Behaviour) -> ListQuery:
    """Return what the query of a list asks for; parameters that are not known are ignored.

    Raises:
        InvalidRequestError: a parameter is no whole number, out of range, given twice, or `page` meets `cursor`.
    """
    if not query:
        return _FIRST_PAGE
    problems = [
        Violation(name, "list.parameter.repeated", "Given more than once; give it once.")
        for name in ("per_page", "page", "cursor")
        if len(query.getall(name, ())) > 1
    ]
    per_page = _whole_number(query, "per_page", PER_PAGE_DEFAULT, problems)
    page = _whole_number(query, "page", 1, problems)
    cursor = query.get("cursor")
    if cursor is not None and "page" in query:
        problems.append(Violation("page", "list.page.exclusive", "Given together with cursor; give one of the two."))
    outside = _out_of_range(per_page, page)
    if outside and behaviour.page_range == "clamp":
        per_page, page, outside = min(max(per_page, 1), PER_PAGE_MAX), max(page, 1), []
    if problems or outside:
        raise InvalidRequestError([*problems, *outside], extra_rules=["list.page-range"] if outside else [])
    return ListQuery(per_page, page, cursor)


def _whole_number(query: MultiMapping[str], name: str, default: int, problems: list[Violation]) -> int:
    text = query.get(name)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        problems.append(Violation(name, f"list.{name}.type", "Must be a whole number, such as 1."))
        return default
    # Beyond 18 digits only "very large" matters, and Python refuses to parse thousands of them.
    number = int(digits) if len(digits) <= 18 else 10**18
    return -number if text.startswith("-") else number


def _out_of_range(per_page: int, page: int) -> list[Violation]:
    problems = []
    if per_page < 1:
        problems.append(Violation("per_page", "list.per_page.minimum", "Too small: use 1 to 100."))
    if per_page > PER_PAGE_MAX:
        problems.append(Violation("per_page", "list.per_page.maximum", "Too large: use 1 to 100."))
    if page < 1:
        problems.append(Violation("page", "list.page.minimum", "Too small: pages count from 1."))
    return problems
