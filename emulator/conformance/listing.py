"""Judges what list answers: a page by itself, its items beside what is known, and the pages of a walk together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qsl

from emulator.conformance import items, shapes, whereabouts
from emulator.conformance.case import Case
from emulator.conformance.exchange import ABSENT, Exchange
from emulator.conformance.memory import Place, Walk
from emulator.conformance.options import Token
from emulator.conformance.shapes import shown

if TYPE_CHECKING:
    from emulator.conformance.session import Session

_DEFAULT_SIZE: Final = 50
_LARGEST: Final = 100
_HAS_NEXT: Final = "list.response.pagination.hasNextPage"
_CURSOR: Final = "list.response.pagination.cursor-absent"
_COUNT: Final = "list.response.pagination.count"
_PAGINATION: Final = "list.response.pagination.required"
_SIZE: Final = "list.response.page-size"
_USUAL: Final = "list.per_page.default"
_ONCE: Final = "list.response.every-item-once"
_WHOLE: Final = re.compile("[0-9]{1,9}")
_ELSEWHERE: Final = {
    "delete.final": "was deleted",
    "common.teams": "is in another team or in none",
    "common.isolation": "is in another account",
}


class Page(NamedTuple):
    """A page of a list, as far as it can be read."""

    items: list[Any]
    has_next: bool
    cursor: str | None

    @property
    def ids(self) -> list[str]:
        """The ids of the items that have one."""
        ids = (item.get("id") for item in self.items if isinstance(item, dict))
        return [identifier for identifier in ids if isinstance(identifier, str)]


def judge_page(case: Case, answer: Mapping[str, Any]) -> None:
    """Judge the form of a page, whoever's credentials it has."""
    data = answer["data"]
    if not isinstance(data, dict):
        case.differ("list.response.data.required", "data is an object", shown(data))
        return
    credentials = data.get("credentials", ABSENT)
    for rule, good in (
        ("list.response.credentials.required", credentials is not ABSENT),
        ("list.response.credentials.type", isinstance(credentials, list)),
    ):
        if not good:
            case.differ(rule, "data.credentials, an array", _told(credentials))
            return
        case.agree(rule)
    pagination = answer.get("pagination", ABSENT)
    if isinstance(pagination, dict):
        _judge_pagination(case, pagination, len(credentials))
    else:
        case.differ(_PAGINATION, "pagination, an object", _told(pagination))
    _judge_size(case, len(credentials))
    items.judge_forms(case, credentials)


def _judge_pagination(case: Case, pagination: Mapping[str, Any], listed: int) -> None:
    missing = [name for name in ("hasNextPage", "count") if name not in pagination]
    if missing:
        case.differ(_PAGINATION, "pagination with hasNextPage and count", f"no {' and no '.join(missing)}")
    else:
        case.agree(_PAGINATION)
    count, has_next = pagination.get("count", ABSENT), pagination.get("hasNextPage", ABSENT)
    if shapes.is_whole(count) and count == listed:
        case.agree(_COUNT)
    elif count is not ABSENT:
        case.differ(_COUNT, f"pagination.count is {listed}, the number of credentials in this answer", shown(count))
    if isinstance(has_next, bool):
        _judge_cursor(case, pagination.get("cursor", ABSENT), has_next=has_next)
    elif has_next is not ABSENT:
        case.differ(_HAS_NEXT, "pagination.hasNextPage is true or false", shown(has_next))


def _judge_cursor(case: Case, cursor: Any, *, has_next: bool) -> None:
    if has_next:
        good, expected = isinstance(cursor, str) and cursor != "", "a cursor, as there is a next page"
    else:
        good, expected = cursor is ABSENT, "no member cursor, as there is no next page"
    if good:
        case.agree(_CURSOR)
    else:
        case.differ(_CURSOR, expected, _told(cursor))


def _judge_size(case: Case, listed: int) -> None:
    size = _size(case) if _sizes_asked_for(case.exchange) else None
    most = _LARGEST if size is None else size
    if listed > most:
        case.differ(_SIZE, f"at most {most} credentials in a page", str(listed))
    elif size is not None:
        case.agree(_SIZE)


def _sizes_asked_for(exchange: Exchange) -> list[str]:
    parameters = parse_qsl(exchange.target.partition("?")[2], keep_blank_values=True)
    return [value for name, value in parameters if name == "per_page"]


def _size(case: Case) -> int | None:
    """Return how many credentials a page may hold at most; None where the request asked for what is not allowed."""
    asked = _sizes_asked_for(case.exchange)
    if not asked:
        return int(case.session.verdicts.of(_USUAL).settled or _DEFAULT_SIZE)
    if len(asked) == 1 and _WHOLE.fullmatch(asked[0]) and 1 <= int(asked[0]) <= _LARGEST:
        return int(asked[0])
    return None


def judge_listed(
    session: Session, exchange: Exchange, *, team: str | None, token: Token, query: Mapping[str, str]
) -> None:
    """Judge a page by what is known: its items, and the pages before it."""
    case, page, place = Case(session, exchange), _page(exchange.answer), (token.account, team)
    if page is None:
        return
    if "per_page" not in query:
        _judge_usual_size(case, page)
    items.judge_known(case, place, page.items)
    for identifier in page.ids:
        _judge_stranger(case, place, identifier)
    if "page" not in query:
        _judge_walk(case, place, page, query.get("cursor"))
    elif "cursor" not in query and _WHOLE.fullmatch(query["page"]):
        _judge_numbered(case, place, page, int(query["page"]))


def _page(answer: Any) -> Page | None:
    match answer:
        case {"data": {"credentials": list(found)}, "pagination": {"hasNextPage": bool(has_next), **rest}}:
            cursor = rest.get("cursor")
            return Page(found, has_next, cursor if isinstance(cursor, str) and cursor else None)
    return None


def _judge_usual_size(case: Case, page: Page) -> None:
    listed = len(page.items)
    if listed == _DEFAULT_SIZE and page.has_next:
        case.agree(_USUAL)
    elif page.has_next:
        known = str(listed) in (case.session.verdicts.of(_USUAL).rule.alternatives or {})
        case.choose(_USUAL, str(listed) if known else None, f"A page holds {listed} credentials where there are more.")
        case.differ(_USUAL, f"{_DEFAULT_SIZE} credentials in a page where there are more", str(listed))
    elif listed > _DEFAULT_SIZE:
        case.differ(_USUAL, f"at most {_DEFAULT_SIZE} credentials in a page", f"{listed}, and no next page")


def _judge_stranger(case: Case, place: Place, identifier: str) -> None:
    """Judge that what is listed should be there; what this run knows nothing of may be somebody else's."""
    if case.find(place, identifier) is not None:
        return
    rule = whereabouts.stranger(case, place, identifier)
    if rule in _ELSEWHERE:
        case.differ(rule, f"no {identifier}, which {_ELSEWHERE[rule]}", "it is listed")
    elif rule is not None:
        case.differ("common.rejected-changes-nothing", f"no {identifier}, of which no add told", "it is listed")
    else:
        case.memory.foreign.add(place)


def _judge_walk(case: Case, place: Place, page: Page, cursor: str | None) -> None:
    """Judge the pages that were read one after the other: each item once, and an end where there is nothing more."""
    living = _living(case, place)
    deletions = case.memory.deletions.get(place, 0)
    walk = Walk((), living, deletions) if cursor is None else case.memory.walks.get((place, cursor))
    if walk is None:
        return
    if cursor is not None and not page.items and walk.deletions == deletions:
        case.differ(_HAS_NEXT, "a next page that is not empty, as hasNextPage was true before it", "no credentials")
    ids = (*walk.ids, *page.ids)
    twice = {identifier for identifier, times in Counter(ids).items() if times > 1} & set(page.ids)
    if twice:
        case.differ(_ONCE, "each item once", f"{min(twice)} a second time")
    walk = Walk(ids, walk.living & living, deletions)
    if page.has_next:
        _judge_end(case, place, living.difference(ids))
        if page.cursor is not None:
            case.memory.walks[place, page.cursor] = walk
    else:
        _judge_completeness(case, place, page, walk)


def _judge_completeness(case: Case, place: Place, page: Page, walk: Walk) -> None:
    missing = walk.living.difference(walk.ids)
    if missing:
        is_full = len(page.items) >= (_size(case) or _LARGEST)
        expected = "every item in the pages until the last, or a next page"
        case.differ(_HAS_NEXT if is_full else _ONCE, expected, f"no {min(missing)}, and hasNextPage is false")
        return
    case.memory.complete.add(place)
    case.agree(_HAS_NEXT)
    if len(set(walk.ids)) == len(walk.ids):
        case.agree(_ONCE)


def _judge_end(case: Case, place: Place, rest: frozenset[str]) -> None:
    """Judge that there is a next page only if there is something for it, where nobody else has anything."""
    if rest:
        case.agree(_HAS_NEXT)
    elif _is_ours_alone(case, place):
        case.differ(_HAS_NEXT, "hasNextPage is false, as everything is listed until here", "true")


def _judge_numbered(case: Case, place: Place, page: Page, number: int) -> None:
    """Judge a page that was asked for by its number: where nobody else has anything it is known how much it holds."""
    size = _size(case)
    if size is None or number < 1 or not _is_ours_alone(case, place):
        return
    before, living = (number - 1) * size, len(_living(case, place))
    expected = min(size, max(0, living - before))
    if len(page.items) < expected:
        case.differ(_ONCE, f"{expected} credentials on page {number}, as there are {living}", str(len(page.items)))
    elif page.has_next is not (living > before + size):
        case.differ(_HAS_NEXT, f"hasNextPage is {str(not page.has_next).lower()}, as there are {living}", "the other")
    else:
        case.agree(_HAS_NEXT)


def _is_ours_alone(case: Case, place: Place) -> bool:
    """Return whether a place was seen as a whole and holds nothing but what this run knows."""
    memory = case.memory
    in_doubt = any(where == place for where, _ in memory.lost | memory.gone)
    return place in memory.complete and place not in memory.foreign and not in_doubt


def _living(case: Case, place: Place) -> frozenset[str]:
    """Return the ids that should be listed in a place."""
    living = case.session.model.living(place[1], place[0])
    return frozenset(known.id for known in living if (place, known.id) not in case.memory.gone)


def _told(value: Any) -> str:
    return "no such member" if value is ABSENT else shown(value)
