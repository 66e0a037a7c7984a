"""The query of a list: `per_page`, `page` and `cursor`, read strictly, all problems at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from multidict import MultiMapping

from emulator.behaviour import DEFAULT, Behaviour
from emulator.errors import InvalidRequestError, Violation

_PARAMETERS: Final = ("per_page", "page", "cursor")

PER_PAGE_DEFAULT: Final = int(DEFAULT.default_page_size)
PER_PAGE_MAX: Final = 100


class ListQuery(NamedTuple):
    """Which page is asked for: `per_page` is 1 to 100, `page` counts from 1 and is ignored with a cursor."""

    per_page: int
    page: int
    cursor: str | None


_USUAL: Final = re.compile(r"[^?]*\?per_page=([1-9][0-9]?|100)(?:&(?:page=([1-9][0-9]{0,8})|cursor=([A-Za-z0-9_-]+)))?")


def usual_list_query(target: str) -> ListQuery | None:
    """Return what a request target asks for that has nothing wrong in it, None for all others.

    As clients of the API write them; to parse a URL takes as long as to find a page.
    """
    found = _USUAL.fullmatch(target)
    return None if found is None else ListQuery(int(found[1]), int(found[2] or 1), found[3])


def read_list_query(query: MultiMapping[str], behaviour: Behaviour) -> ListQuery:
    """Return what the query of a list asks for; parameters that are not known are ignored.

    Raises:
        InvalidRequestError: a parameter is no whole number, out of range, given twice, or `page` meets `cursor`.
    """
    size = int(behaviour.default_page_size)
    if not query:
        return ListQuery(size, 1, None)
    given, problems = _given(query, behaviour)
    cursor = given.get("cursor")
    if cursor is not None and "page" in given:
        if behaviour.page_and_cursor == "reject":
            message = "Given together with cursor; give one of the two."
            problems.append(Violation("page", "list.page.exclusive", message))
        elif behaviour.page_and_cursor == "cursor":
            del given["page"]
        else:
            cursor = None
    per_page = _whole_number(given, "per_page", size, problems)
    page = _whole_number(given, "page", 1, problems)
    outside = _out_of_range(per_page, page)
    if outside and behaviour.page_range == "clamp":
        per_page, page, outside = min(max(per_page, 1), PER_PAGE_MAX), max(page, 1), []
    if problems or outside:
        raise InvalidRequestError([*problems, *outside], extra_rules=["list.page-range"] if outside else [])
    return ListQuery(per_page, page, cursor)


def _given(query: MultiMapping[str], behaviour: Behaviour) -> tuple[dict[str, str], list[Violation]]:
    """Return the parameters that count, and what is wrong with how often they are given."""
    last = behaviour.repeated_parameter == "last"
    given, problems = {}, []
    for name in _PARAMETERS:
        values = query.getall(name, ())
        if values:
            given[name] = values[-1 if last else 0]
        if len(values) > 1 and behaviour.repeated_parameter == "reject":
            problems.append(Violation(name, "list.parameter.repeated", "Given more than once; give it once."))
    return given, problems


def _whole_number(query: Mapping[str, str], name: str, default: int, problems: list[Violation]) -> int:
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
