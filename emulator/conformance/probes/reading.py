"""What probes of lists and of refusals have in common: reading an answer, whatever it may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from emulator import patterns
from emulator.conformance.comparing import Difference, differences
from emulator.conformance.exchange import Exchange
from emulator.conformance.model import Known
from emulator.conformance.names import LONGEST, slug
from emulator.conformance.options import MAIN, Token
from emulator.conformance.probing import Skip
from emulator.conformance.session import Session

NO_EVIDENCE: Final = (401, 403, 429)
"""Refusals that say nothing of what was asked for."""
MOST_PAGES: Final = 8
"""Pages of a hundred that a probe reads to find what is ours."""


class TooManyPages(Skip):
    """A list goes on for longer than it is read."""


def data_of(exchange: Exchange) -> dict[str, Any]:
    """Return the member `data` of an answer; empty where it is no object."""
    match exchange.answer:
        case {"data": dict(data)}:
            return data
    return {}


def error_of(exchange: Exchange) -> dict[str, Any]:
    """Return the member `error` of an answer; empty where it is no object."""
    match exchange.answer:
        case {"error": dict(error)}:
            return error
    return {}


def details_of(exchange: Exchange) -> dict[str, Any]:
    """Return the problems that an error tells by the path of the field at fault; empty where it does not."""
    details = error_of(exchange).get("details")
    return details if isinstance(details, dict) else {}


def items_of(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the items of a list that are objects."""
    match exchange.answer:
        case {"data": {"credentials": list(items)}}:
            return [item for item in items if isinstance(item, dict)]
    return []


def ids_of(exchange: Exchange) -> list[str]:
    """Return the ids of the items of a list."""
    return [item["id"] for item in items_of(exchange) if isinstance(item.get("id"), str)]


def cursor_of(exchange: Exchange) -> str | None:
    """Return the cursor of a list, None where there is none to follow."""
    match exchange.answer:
        case {"pagination": {"cursor": str(cursor)}} if cursor:
            return cursor
    return None


def has_next(exchange: Exchange) -> bool | None:
    """Return what a list says of a next page, None where it says nothing."""
    match exchange.answer:
        case {"pagination": {"hasNextPage": bool(more)}}:
            return more
    return None


async def read_pages(
    session: Session, per_page: int | None, *, most: int = MOST_PAGES, team: str | None = None, token: Token = MAIN
) -> list[Exchange]:
    """Follow the cursors from the first page on; ends early where a page is no success.

    Args:
        per_page: None asks for no size.

    Raises:
        TooManyPages: there are more than `most` pages.
    """
    size = {} if per_page is None else {"per_page": str(per_page)}
    pages = [await session.list(team=team, token=token, **size)]
    while (cursor := cursor_of(pages[-1])) is not None:
        if len(pages) == most:
            raise TooManyPages(f"a list has more than {most} pages of {per_page or 'the usual size'}")
        pages.append(await session.list(team=team, token=token, cursor=cursor, **size))
    return pages


def agree_if_refused(session: Session, rules: str | Sequence[str], exchange: Exchange) -> bool:
    """Note that something was refused which has to be; where it is not, the oracle has told already.

    Returns:
        Whether it was refused, for a reason that counts.
    """
    evident = exchange.refused and exchange.status not in NO_EVIDENCE
    for rule in [rules] if isinstance(rules, str) else rules:
        if evident:
            session.verdicts.agree(rule, exchange)
        elif not exchange.succeeded:
            session.verdicts.skip(rule, exchange.outcome)
    return evident


def changes(known: Known, exchange: Exchange) -> list[Difference]:
    """Return where an answer of get is not what was given; a target may leave all secrets out."""
    return [found for found in differences(known, data_of(exchange)) if not found.is_secret_left_out]


def is_open(session: Session, *rules: str) -> bool:
    """Return whether one of the rules is not decided yet."""
    return any(not session.verdicts.observed(rule) for rule in rules)


def refused_name(session: Session) -> str | None:
    """Return a good name that was in a body that was refused for something else, None if there is none."""
    for exchange in reversed(session.exchanges):
        if exchange.operation == "add-registry" and exchange.refused and exchange.status not in NO_EVIDENCE:
            sent = exchange.sent_json
            name = sent.get("name") if isinstance(sent, dict) else None
            if isinstance(name, str) and _is_good_and_unused(session, name):
                return name
    return None


def _is_good_and_unused(session: Session, name: str) -> bool:
    if not session.names.ours(name) or len(name) > LONGEST or patterns.NAME.match(name) is None:
        return False
    return session.model.find(slug(name)) is None and session.model.deleted(slug(name)) is None
