"""Pages of a list: every item once, however they are asked for, and while others add and delete."""

from __future__ import annotations

from collections import Counter
from typing import Final

from emulator.conformance.exchange import Exchange
from emulator.conformance.model import ANYTHING
from emulator.conformance.options import MAIN
from emulator.conformance.probes.reading import (
    MOST_PAGES,
    NO_EVIDENCE,
    cursor_of,
    has_next,
    ids_of,
    items_of,
    read_pages,
    refused_name,
)
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import Session

_ONCE: Final = "list.response.every-item-once"
_MORE: Final = "list.response.pagination.hasNextPage"
_SIZE: Final = "list.response.page-size"
_MAXIMUM: Final = "list.per_page.maximum"
_NUMBER: Final = "list.page.minimum"
_CURSOR: Final = "list.cursor.type"
_ORDER: Final = "list.order"
_BEYOND: Final = "list.page.beyond-last"
_UNCHANGED: Final = "common.rejected-changes-nothing"

_FEW: Final = 5
"""Credentials that are enough for three pages."""
_LARGEST: Final = 100
_FAR: Final = ("9" * 20, "1000000")
"""Numbers of pages that there are not; 64 bits do not hold the first, so that it may be refused for that."""


async def some_credentials(session: Session, number: int = _FEW) -> None:
    """Make sure that so many credentials of this run live in the account, and not in the order of their names."""
    held: list[str] = []
    while len(session.model.living()) < number:
        body = session.usual_body("page")
        if not held:
            held.append(body["name"])
            body = session.usual_body("page")
        elif len(held) == 1 and len(session.model.living()) == number - 1:
            body["name"] = held[0]
        known = await session.living(body)
        known.reusable = True


def _ours(session: Session) -> set[str]:
    """Return the ids that a list of the account has to have."""
    return {known.id for known in session.model.living() if ANYTHING not in known.uncertain}


async def _everything(session: Session) -> list[str]:
    """Return the ids in the account as pages of a hundred have them.

    Raises:
        Skip: the account cannot be listed to its end.
    """
    pages = await read_pages(session, _LARGEST)
    judge_accepted(session, _MAXIMUM, pages[0], "per_page=100")
    if not all(page.ok for page in pages):
        raise Skip(f"the account could not be listed: {pages[-1].outcome}")
    return [identifier for page in pages for identifier in ids_of(page)]


def judge_accepted(session: Session, rule: str, exchange: Exchange, what: str) -> None:
    """Note whether a list was answered that has to be; `what` is the subject of `... is accepted`."""
    if exchange.succeeded:
        session.verdicts.agree(rule, exchange)
    elif exchange.refused and exchange.status not in NO_EVIDENCE:
        session.verdicts.differ(rule, exchange, expected=f"{what} is accepted", got=exchange.outcome)


@probe(_ONCE, _MORE, _SIZE, _MAXIMUM, _NUMBER, _CURSOR, _ORDER, _BEYOND, cost=28, stage=Stage.PAGING)
async def every_item_is_listed_once_with_pages_of_any_size_by_cursor_and_by_number(session: Session) -> None:
    await some_credentials(session)
    listed = await _everything(session)
    _judge_order(session, listed, session.exchanges[-1])
    total = len(listed)
    per_page = min(_LARGEST, -(-total // 3))
    pages = await read_pages(session, per_page, most=MOST_PAGES + 1)
    if len(pages) > 1:
        judge_accepted(session, _CURSOR, pages[1], "a cursor that was handed out")
    if total <= _LARGEST:
        await _nearly_full(session, total)
        await _by_number(session, pages[0], per_page, -(-total // per_page))


def _judge_order(session: Session, listed: list[str], exchange: Exchange) -> None:
    created = [known.id for known in session.model.living() if known.id in set(listed)]
    met = [identifier for identifier in listed if identifier in set(created)]
    orders = {"creation": created, "newest-first": created[::-1], "name": sorted(created)}
    fitting = [order for order, there in orders.items() if met == there]
    if len(fitting) == 1:
        session.verdicts.choose(_ORDER, fitting[0], exchange)
    elif not fitting:
        words = "Credentials are listed in another order than that of creation or of ids."
        session.verdicts.choose(_ORDER, None, exchange, words=words)
    else:
        session.verdicts.skip(_ORDER, f"what was added is in the order of {' and of '.join(fitting)} alike")


async def _nearly_full(session: Session, total: int) -> None:
    """Ask for pages that hold everything, with no place left, and everything but one."""
    page = await session.list(per_page=str(total))
    cursor = cursor_of(page)
    if cursor is not None:
        await session.list(per_page=str(total), cursor=cursor)
    await session.list(per_page=str(total - 1))


async def _by_number(session: Session, first: Exchange, per_page: int, last: int) -> None:
    """Read the pages by number up to the last; the first was asked for without one, which is the same."""
    others = [await session.list(per_page=str(per_page), page=str(number)) for number in range(2, last + 1)]
    _judge_numbered(session, [first, *others], per_page)
    await _look_beyond(session)


async def _look_beyond(session: Session) -> None:
    beyond = await session.list(per_page="1", page=_FAR[0])
    if not beyond.ok:
        beyond = await session.list(per_page="1", page=_FAR[1])
    if beyond.ok and not items_of(beyond):
        session.verdicts.choose(_BEYOND, "empty", beyond)
        if has_next(beyond):
            expected = "hasNextPage is false far behind the last page"
            session.verdicts.differ(_MORE, beyond, expected=expected, got="true")
    elif beyond.refused and beyond.status not in NO_EVIDENCE:
        session.verdicts.choose(_BEYOND, "reject", beyond)
    elif beyond.succeeded:
        got = f"with {len(items_of(beyond))} credentials"
        session.verdicts.choose(_BEYOND, None, beyond, words=f"A page far after the last is answered {got}.")


async def tell_order(session: Session) -> None:
    """Find out in which order credentials are listed, and what is behind the last page."""
    await some_credentials(session, 2)
    ids = [known.id for known in session.model.living()]
    if ids == sorted(ids):  # then the order of creation cannot be told from that of names
        await session.living({**session.usual_body(), "name": session.names.early()})
    listed = await _everything(session)
    _judge_order(session, listed, session.exchanges[-1])
    await _look_beyond(session)


def _judge_numbered(session: Session, pages: list[Exchange], per_page: int) -> None:
    """Judge that all pages by number have every item once, and that only the last one says that it is."""
    if not all(page.ok for page in pages):
        return
    counts = Counter(identifier for page in pages for identifier in ids_of(page))
    wrong = {identifier: counts[identifier] for identifier in _ours(session) if counts[identifier] != 1}
    expected = f"the pages 1 to {len(pages)} of {per_page} have every item once"
    if wrong:
        identifier = min(wrong)
        session.verdicts.differ(_NUMBER, pages[-1], expected=expected, got=f"{identifier} {wrong[identifier]} times")
        return
    session.verdicts.agree(_NUMBER, pages[-1])
    for page in pages[:-1]:
        if has_next(page) is False:
            expected = "hasNextPage is true before the last page"
            session.verdicts.differ(_MORE, page, expected=expected, got="false")


@probe(_ONCE, _UNCHANGED, cost=20, stage=Stage.PAGING)
async def a_reader_of_pages_misses_and_repeats_nothing_while_others_add_and_delete(session: Session) -> None:
    await some_credentials(session)
    before = session.model.before.get((MAIN, None))
    total = len(await _everything(session)) if before is None else len(before) + len(session.model.living())
    per_page = str(min(_LARGEST, -(-(total + 1) // 3)))
    staying, deleted, added = _ours(session), False, False
    pages = [await session.list(per_page=per_page)]
    while (cursor := cursor_of(pages[-1])) is not None and len(pages) <= MOST_PAGES:
        if deleted and not added:
            added = await _add_late(session)
        if not deleted:
            deleted = await _change_what_was_read(session, pages[-1], staying)
        pages.append(await session.list(per_page=per_page, cursor=cursor))
    if pages[-1].refused and pages[-1].status not in NO_EVIDENCE:
        expected = "a cursor leads on also when what it was handed out for is deleted"
        session.verdicts.differ(_ONCE, pages[-1], expected=expected, got=pages[-1].outcome)
    elif cursor_of(pages[-1]) is None and all(page.ok for page in pages):
        _judge_reading(session, pages, staying)


async def _add_late(session: Session) -> bool:
    """Add credentials, by a name that was refused before for another reason: that must not have taken it."""
    body, name = session.usual_body("late"), refused_name(session)
    if name is None:
        return session.model.of(await session.add(body)) is not None
    what = "a name that was in a refused body"
    return await session.accepts(_UNCHANGED, {**body, "name": name}, what=what) is not None


async def _change_what_was_read(session: Session, page: Exchange, staying: set[str]) -> bool:
    """Update the first of our items on a page, and delete the last, on which the cursor may rest.

    Returns:
        Whether it is deleted; it is taken out of `staying` then.
    """
    ours = [known for identifier in ids_of(page) if (known := session.model.find(identifier)) is not None]
    if len(ours) > 1:
        await session.update(ours[0], {"restrictions": {"restricted": True, "projects": []}})
    if not ours or not (await session.delete(ours[-1])).succeeded:
        return False
    staying.discard(ours[-1].id)
    return True


def _judge_reading(session: Session, pages: list[Exchange], staying: set[str]) -> None:
    missing = sorted(staying.difference(*map(ids_of, pages)))
    if missing:
        expected = "who follows the cursors meets all that stays, also while others are added and deleted"
        session.verdicts.differ(_ONCE, pages[-1], expected=expected, got=f"{missing[0]} is on no page")
