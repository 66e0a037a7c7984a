"""What is stored, to look at: credentials by account and team without their secrets; and to delete one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple, cast

from aiohttp import web

from emulator import codec, records, redaction
from emulator.api.emulation import Emulation
from emulator.control.queries import Query, read_query
from emulator.errors import InvalidControlRequestError, RegistryNotFoundError
from emulator.namespace import Namespace
from emulator.store import Store

USUAL: Final = 50
"""How many credentials are answered where nobody says how many."""
MOST: Final = 1000
_SEARCHED: Final = ("id", "name", "provider")


class _Place(NamedTuple):
    """Whose credentials: an account's own, or those of one of its teams."""

    account: str
    team: str | None
    namespace: Namespace


class _Found(NamedTuple):
    account: str
    team: str | None
    row: bytes


async def read_all(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET credentials: those of all accounts and teams, or of one; `search` narrows them, `offset` and `limit` page."""
    query = read_query(request)
    limit = USUAL if query.limit is None else query.limit
    if limit > MOST:
        raise InvalidControlRequestError({"limit": [f"Must be a whole number from 0 to {MOST}."]})
    if query.team is not None and query.account is None:
        raise InvalidControlRequestError({"team": ["A team is one of an account; give that too."]})
    places = _places(emulation.store, query)
    if query.search is None:
        total = sum(len(place.namespace) for place in places)
        found = list(islice(_rows(places), query.offset, query.offset + limit))
    else:
        # A million take a second to look through: beside the calls that come meanwhile, as it is now.
        now = [(place, place.namespace.rows()) for place in places]
        matching = await asyncio.to_thread(_search, now, query.search)
        total, found = len(matching), matching[query.offset : query.offset + limit]
    return {"credentials": _shown(found), "total": total}


async def read_one(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET credentials/{credentialId}: one of an account, or of its team, with `[redacted]` for what is secret."""
    place, registry_id = _one(request, emulation)
    whole = cast(
        "dict[str, Any]", redaction.answer(b'{"data":' + records.full(place.namespace.get(registry_id)) + b"}")
    )
    return {"account": place.account, "team": place.team, "credential": whole["data"]}


async def delete(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """DELETE credentials/{credentialId}: forget one, of an account or of its team; no call that the journal keeps."""
    place, registry_id = _one(request, emulation)
    place.namespace.delete(registry_id)
    emulation.events.change("credential-deleted", account=place.account, team=place.team, id=registry_id)
    return {}


def _one(request: web.Request, emulation: Emulation) -> tuple[_Place, str]:
    query, registry_id = read_query(request), request.match_info["credentialId"]
    if query.account is None:
        raise InvalidControlRequestError({"account": ["Missing, and required: the account that has the credential."]})
    for place in _places(emulation.store, query):
        if registry_id in place.namespace:
            return place, registry_id
    raise RegistryNotFoundError(registry_id)


def _places(store: Store, query: Query) -> list[_Place]:
    """Return the places that are meant, in the order of their first use; asking for one does not make it."""
    if query.account is None:
        return [place for name in store.accounts for place in _all_of(store, name)]
    account = store.accounts.get(query.account)
    if account is None:
        return []
    return [_Place(query.account, query.team, account.namespace(query.team))]


def _all_of(store: Store, name: str) -> Iterator[_Place]:
    account = store.accounts[name]
    yield _Place(name, None, account.own)
    for team, namespace in account.teams.items():
        yield _Place(name, team, namespace)


def _rows(places: Iterable[_Place]) -> Iterator[_Found]:
    for account, team, namespace in places:
        for row in namespace:
            yield _Found(account, team, row)


def _search(now: Sequence[tuple[_Place, Sequence[bytes]]], text: str) -> list[_Found]:
    text = text.lower()
    written = codec.dumps(text)[1:-1]
    return [
        _Found(place.account, place.team, row) for place, rows in now for row in rows if _matches(row, text, written)
    ]


def _matches(row: bytes, text: str, written: bytes) -> bool:
    """Return whether a credential is searched for; most are not, and not even parsed."""
    item = records.item(row)
    if written not in item.lower():
        return False
    members = cast("dict[str, str]", codec.loads(item))
    return any(text in members[member].lower() for member in _SEARCHED)


def _shown(found: Sequence[_Found]) -> list[dict[str, Any]]:
    items = records.items(entry.row for entry in found)
    shown = cast("dict[str, Any]", redaction.answer(b'{"data":{"credentials":[' + items + b"]}}"))
    return [
        {"account": entry.account, "team": entry.team, "credential": item}
        for entry, item in zip(found, shown["data"]["credentials"], strict=True)
    ]
