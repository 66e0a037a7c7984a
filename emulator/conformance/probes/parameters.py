"""The parameters of a list: what is within their limits, outside them, or odd."""

from __future__ import annotations

from typing import Final

from emulator.conformance.exchange import Exchange
from emulator.conformance.probes.paging import judge_accepted, some_credentials, tell_order
from emulator.conformance.probes.reading import NO_EVIDENCE, agree_if_refused, cursor_of, ids_of, is_open, items_of
from emulator.conformance.probing import Stage, probe
from emulator.conformance.routes import path_of
from emulator.conformance.session import Session

_MINIMUM: Final = "list.per_page.minimum"
_MAXIMUM: Final = "list.per_page.maximum"
_DEFAULT: Final = "list.per_page.default"
_NUMBER: Final = "list.page.minimum"
_RANGE: Final = "list.page-range"
_UNKNOWN: Final = "list.unknown-cursor"
_EXCLUSIVE: Final = "list.page.exclusive"
_REPEATED: Final = "list.parameter.repeated"
LIST_CHOICES: Final = (_RANGE, _UNKNOWN, _EXCLUSIVE, _REPEATED)

_LARGEST: Final = 100
_USUAL: Final = 50
_LATER: Final = 130
"""Requests that the later stages take."""


@probe(_RANGE, _MINIMUM, _MAXIMUM, _NUMBER, cost=5, stage=Stage.PAGING)
async def sizes_and_numbers_out_of_range_are_refused_or_clamped(session: Session) -> None:
    await tell_range(session)


async def tell_range(session: Session) -> None:
    """Find out what becomes of per_page=0, per_page=101 and page=0: all refused, or all clamped."""
    await session.living()
    asked = {
        _MINIMUM: ("per_page=0", await session.list(per_page="0")),
        _MAXIMUM: ("per_page=101", await session.list(per_page="101")),
        _NUMBER: ("page=0", await session.list(page="0", per_page="1")),
    }
    if any(not (each.succeeded or each.refused) or each.status in NO_EVIDENCE for _, each in asked.values()):
        return
    refused = [what for what, exchange in asked.values() if exchange.refused]
    taken = [what for what, exchange in asked.values() if exchange.succeeded]
    if refused and taken:
        words = f"{' and '.join(refused)} is refused, and {' and '.join(taken)} is accepted."
        session.verdicts.choose(_RANGE, None, asked[_MINIMUM][1], words=words)
    for rule, (what, exchange) in asked.items():
        if exchange.refused:
            session.verdicts.agree(rule, exchange)
            if not taken:
                session.verdicts.choose(_RANGE, "reject", exchange)
        elif refused:
            expected = f"{what} is refused, as {refused[0]} is"
            session.verdicts.differ(rule, exchange, expected=expected, got="it is accepted")
        else:
            _judge_clamped(session, rule, what, exchange)


def _judge_clamped(session: Session, rule: str, what: str, exchange: Exchange) -> None:
    """Note whether the nearest allowed value was taken, as far as that can be seen."""
    size = len(items_of(exchange))
    fits = size <= _LARGEST if rule == _MAXIMUM else size == 1
    if fits:
        session.verdicts.agree(rule, exchange)
        session.verdicts.choose(_RANGE, "clamp", exchange)
    else:
        nearest = "one item" if rule != _MAXIMUM else "at most 100 items"
        expected = f"{what} is refused, or the nearest allowed value is taken: {nearest}"
        session.verdicts.differ(rule, exchange, expected=expected, got=f"{size} items")
        session.verdicts.choose(_RANGE, None, exchange, words=f"{what} is answered with {size} items.")


@probe("list.per_page.type", "list.page.type", cost=3, stage=Stage.PAGING, writes=False)
async def parameters_that_are_no_whole_numbers_are_refused(session: Session) -> None:
    for rule, query in (
        ("list.per_page.type", "per_page=1.5"),
        ("list.page.type", "page=1.5"),
    ):
        exchange = await session.send("GET", path_of(), query=query)
        if exchange.succeeded:
            session.verdicts.differ(rule, exchange, expected=f"{query} is refused", got="it is accepted")
        else:
            agree_if_refused(session, rule, exchange)


@probe(_MINIMUM, _UNKNOWN, _EXCLUSIVE, _REPEATED, cost=6, stage=Stage.PAGING)
async def odd_cursors_and_parameters_are_answered_in_some_way(session: Session) -> None:
    await tell_parameters(session)


async def tell_parameters(session: Session) -> None:
    """Find out what becomes of a made-up cursor, of a cursor beside a page number, and of a parameter given twice."""
    await some_credentials(session, 2)
    first = await session.list(per_page="1")
    judge_accepted(session, _MINIMUM, first, "per_page=1")
    made_up = await session.list(per_page="1", cursor=f"{session.names.prefix}-cursor")
    if made_up.refused and made_up.status not in NO_EVIDENCE:
        session.verdicts.choose(_UNKNOWN, "reject", made_up)
    elif made_up.ok and ids_of(made_up) == ids_of(first):
        session.verdicts.choose(_UNKNOWN, "first-page", made_up)
    elif made_up.succeeded:
        words = f"A cursor that was never handed out is answered with {len(items_of(made_up))} credentials."
        session.verdicts.choose(_UNKNOWN, None, made_up, words=words)
    cursor = cursor_of(first)
    if cursor is not None:
        both = await session.list(per_page="1", cursor=cursor, page="1")
        counts = "page" if ids_of(both) == ids_of(first) else "cursor" if len(items_of(both)) == 1 else None
        words = f"A cursor and page=1 together are answered with {len(items_of(both))} credentials."
        _choose(session, _EXCLUSIVE, both, counts, words)
    twice = await session.send("GET", path_of(), query="per_page=1&per_page=2")
    counts = {1: "first", 2: "last"}.get(len(items_of(twice)))
    _choose(session, _REPEATED, twice, counts, f"per_page=1&per_page=2 is answered with {len(items_of(twice))} items.")


def _choose(session: Session, rule: str, exchange: Exchange, accepted: str | None, words: str | None = None) -> None:
    if exchange.refused and exchange.status not in NO_EVIDENCE:
        session.verdicts.choose(rule, "reject", exchange)
    elif exchange.succeeded:
        session.verdicts.choose(rule, accepted, exchange, words=words)


@probe(_DEFAULT, cost=1, stage=Stage.PAGING)
async def a_page_holds_50_credentials_if_no_size_is_asked_for(session: Session) -> None:
    """What the page holds, the oracle judges; it takes more than 50 credentials to see the number."""
    missing = _USUAL + 1 - len(session.model.living())
    if missing > 0 and session.can(_LATER, creations=missing):
        await some_credentials(session, _USUAL + 1)
    page = await session.list()
    why = f"there are only {len(items_of(page))} credentials; a larger --budget adds some" if page.ok else page.outcome
    session.verdicts.skip(_DEFAULT, f"it takes more than {_USUAL} to see, and {why}")


@probe(*LIST_CHOICES, "list.order", "list.page.beyond-last", cost=24, stage=Stage.CHOICES)
async def how_lists_are_ordered_and_what_odd_parameters_do(session: Session) -> None:
    if is_open(session, "list.page-range"):
        await tell_range(session)
    if is_open(session, *LIST_CHOICES[1:]):
        await tell_parameters(session)
    if is_open(session, "list.order", "list.page.beyond-last"):
        await tell_order(session)
