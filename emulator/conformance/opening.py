"""The first requests of a run: is anybody there, is it the API, does it know the token, what is there already?"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from emulator.conformance import pacing
from emulator.conformance.exchange import ABSENT, Exchange
from emulator.conformance.options import MAIN
from emulator.conformance.session import Session

_MOST_PAGES: Final = 10
_PER_PAGE: Final = "100"
_RATE_LIMIT: Final = "common.rate-limit.headers"
_FEW: Final = 5
"""Requests left at the very start of which nobody should be sure."""


class CannotCheckError(Exception):
    """There is nothing that could be checked; the message is a sentence with the remedy."""


async def open_target(session: Session) -> None:
    """Make sure that there is an API to check, and note what is in the account already.

    Two answers decide that there is none: one alone may be the very defect that a check is for.

    Raises:
        UnreachableError: nobody is there.
        CannotCheckError: whoever is there is not the API, or does not take the token.
    """
    session.purpose = "opening"
    first = await session.list(per_page=_PER_PAGE)
    if _no_api(session, first) is not None:
        # An unknown id is rightly answered 404, a login is not.
        missing = first.status == HTTPStatus.NOT_FOUND
        second = await (session.send("GET", "/v1/login") if missing else session.get(f"{session.names.prefix}-none"))
        sentence = _no_api(session, second)
        if sentence is not None:
            raise CannotCheckError(sentence)
    await _test_the_rate_limit(session, first)
    await _note_what_is_there(session, first)


def _no_api(session: Session, exchange: Exchange) -> str | None:  # noqa: PLR0911 - one for each
    """Return a sentence if this is no answer of the API to a token that it knows."""
    base, status = session.target.base, exchange.status
    if exchange.problem is not None:
        return f"{base} does not answer: {exchange.problem}. Is the URL right, and the target healthy?"
    if status == 401:
        return f"{base} does not know the token (status 401). Set NORTHFLANK_API_TOKEN to one of its tokens."
    if status == 403:
        return (
            f"{base} does not let the token read credentials (status 403). "
            "Give it the permissions for registry credentials, or take another token."
        )
    if 300 <= status <= 399:
        where = exchange.headers.get("location", "elsewhere").partition("?")[0]
        return f"{base} redirects to {where} (status {status}). Give the URL of the API itself."
    if exchange.answer is ABSENT:
        page = "html" in exchange.headers.get("content-type", "") or exchange.content.lstrip()[:1] == b"<"
        kind = "a web page" if page else "no JSON"
        return f"What {base} answers is {kind} (status {status}), not the API. Is the URL right?"
    if status == HTTPStatus.NOT_FOUND and exchange.operation != "get-registry":
        return f"{base} has nothing at {exchange.target.partition('?')[0]} (status 404). Is the URL right?"
    if status >= 500:
        return f"{base} is out of order: {exchange.outcome}. Try again when it is up."
    return None


async def _test_the_rate_limit(session: Session, first: Exchange) -> None:
    """If hardly a request should be left, see whether that is true: a target that is wrong there can still be checked.

    That what is left grows, the judge of every answer tells.
    """
    left = pacing.remaining(first)
    if not first.ok or left is None or left > _FEW:
        return
    session.believes_rate_limit = False
    session.budget.renewed()
    second = await session.list(per_page="1")
    now_left = pacing.remaining(second)
    if session.verdicts.of(_RATE_LIMIT).differences:
        return
    if not second.succeeded or now_left != 0 or left != 0:
        session.believes_rate_limit = True
        session.budget.told(now_left or 0)
    else:
        expected = "x-ratelimit-remaining is above 0 as long as requests are answered"
        session.verdicts.differ(_RATE_LIMIT, second, expected=expected, got="it is 0 and stays 0")


async def _note_what_is_there(session: Session, first: Exchange) -> None:
    ids: set[str] = set()
    exchange, seen = first, set[str]()
    for _ in range(_MOST_PAGES):
        ids.update(_ids(exchange.answer))
        match exchange.answer:
            case {"pagination": {"hasNextPage": False}}:
                session.model.before[MAIN, None] = frozenset(ids)
                return
            case {"pagination": {"cursor": str(cursor)}} if cursor not in seen and session.can(1):
                seen.add(cursor)
                exchange = await session.list(per_page=_PER_PAGE, cursor=cursor)
            case _:
                return


def _ids(answer: Any) -> list[str]:
    match answer:
        case {"data": {"credentials": list(items)}}:
            return [item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]
    return []
