"""Query parameters of control requests, and accounts by their tokens."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web

from emulator.api.emulation import Emulation
from emulator.errors import InvalidControlRequestError, UnauthorizedError

_FLAGS = {"true": True, "false": False}
_NUMBERS = ("limit", "offset")


class Query(NamedTuple):
    """The parameters that control routes know, as they were given."""

    account: str | None = None
    unmatched: bool | None = None
    limit: int | None = None
    team: str | None = None
    search: str | None = None
    offset: int = 0


def check_query(request: web.Request, known: tuple[str, ...]) -> None:
    """Refuse what a route does not know.

    Raises:
        InvalidControlRequestError: an unknown or repeated parameter, or a value that cannot be read.
    """
    problems: dict[str, list[str]] = {}
    for name, text in request.query.items():
        if name not in known:
            # Text without a `=` is no name but a value, and might be a secret.
            told = f"Unknown parameter; there are {', '.join(known)}." if known else "No parameters here."
            problems[name if text else "query"] = [told]
        elif len(request.query.getall(name)) > 1:
            problems[name] = ["Given more than once; give it once."]
        elif name == "unmatched" and text not in _FLAGS:
            problems[name] = ["Must be true or false."]
        elif name in _NUMBERS and not (text.isascii() and text.isdigit() and len(text) < 10):
            problems[name] = ["Must be a whole number from 0 to 999999999."]
        elif not text:
            problems[name] = ["Must not be empty."]
    if problems:
        raise InvalidControlRequestError(problems)


def read_query(request: web.Request) -> Query:
    """Return the parameters of a request that `check_query` let pass."""
    query = request.query
    limit = query.get("limit")
    return Query(
        query.get("account"),
        _FLAGS.get(query.get("unmatched", "")),
        int(limit) if limit else None,
        query.get("team"),
        query.get("search"),
        int(query.get("offset", "0")),
    )


def account_of(token: str, emulation: Emulation) -> str:
    """Return the account that a bearer token belongs to.

    Raises:
        InvalidControlRequestError: tokens are declared, and this is none of them; or it is no word.
    """
    try:
        # A header may have spaces around its token; a token has none.
        return emulation.tenants.caller(f"Bearer {token}" if " " not in token else None).account
    except UnauthorizedError:
        problem = "Not a token that the emulator accepts; see GET /_emulator/tokens."
        raise InvalidControlRequestError({"token": [problem]}) from None
