"""POST seed: puts credentials into one account, or into all there are and will be."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from aiohttp import web

from emulator import codec, records, seeding
from emulator.api.emulation import Emulation, Progress
from emulator.control.bodies import SeedSchema, read
from emulator.control.queries import account_of
from emulator.errors import ConflictError, InvalidControlRequestError, NameTakenError
from emulator.models import Document
from emulator.namespace import Namespace
from emulator.seeding.filling import put
from emulator.store import Account

_SEED = SeedSchema()


async def seed(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """POST seed: add a fixture or made credentials behind what is stored: all or, where an id is taken, none."""
    body = await read(request, _SEED)
    account = account_of(body["token"], emulation) if "token" in body else body.get("account")
    told: dict[str, Any]
    if "count" in body:
        number = body.get("seed", 0)
        added = await _made(emulation, body["count"], number, body.get("team"))
        told = {"seed": number, "origin": seeding.origin()}
    elif "fixture" in body:
        added = _named(emulation, body["fixture"])
        told = {"fixture": body["fixture"]}
    else:
        behaviour = emulation.readings.behaviour
        added = seeding.read_account("content", body["content"], emulation.store, behaviour=behaviour, setting="seed")
        told = {}
    _add(emulation, account, added, suffix="count" in body)
    result = {"account": account, "added": len(added), **told}
    emulation.events.change("seed", **result)
    return result


def _named(emulation: Emulation, name: str) -> Account:
    known = seeding.available()
    if name not in known:
        raise InvalidControlRequestError({"fixture": [f"No such fixture; there are {', '.join(known)}."]})
    return seeding.load_named(name, emulation.store, behaviour=emulation.readings.behaviour)


async def _made(emulation: Emulation, count: int, number: int, team: str | None) -> Account:
    """Return made credentials; a thread makes them while requests go on, and `GET ready` tells how far it is.

    Raises:
        ConflictError: another seeding is under way, or a reset called this one off.
    """
    progress = emulation.seeding.begin(count)
    made = emulation.store.new_account()
    try:
        await asyncio.to_thread(_make, emulation, progress, number, made.namespace(team, create=True))
    finally:
        counts = emulation.seeding.end(progress)
    if not counts:
        raise ConflictError("The emulator was reset while the credentials were made; nothing was added.")
    return made


def _make(emulation: Emulation, progress: Progress, number: int, namespace: Namespace) -> None:
    for document in seeding.generate(progress.total, number):
        if emulation.seeding.progress is not progress:
            return
        put(namespace, document, suffix=True)
        progress.done += 1


def _add(emulation: Emulation, name: str | None, added: Account, *, suffix: bool) -> None:
    """Add copies to one account, or to all and the template; to all of them or, if it raises, to none.

    Nothing is put in another's place, so that cursors that were handed out stay good.

    Raises:
        NameTakenError: an id is taken, and `suffix` does not allow to give another.
    """
    store = emulation.store
    if not suffix:
        known = store.accounts.get(name, store.template) if name is not None else None
        for account in [*store.accounts.values(), store.template] if known is None else [known]:
            _refuse_taken(account, added)
    for account in [*store.accounts.values(), store.template] if name is None else [store.account(name)]:
        _include(account, added, suffix=suffix)
    store.replace(store.template, dict(store.accounts))  # the same as before: tells who saves changes


def _refuse_taken(account: Account, added: Account) -> None:
    for team, namespace in _namespaces(added):
        into = account.namespace(team)
        if len(into):
            for row in namespace:
                registry_id = str(records.read(row)["id"])
                if registry_id in into:
                    raise NameTakenError(registry_id)


def _include(target: Account, added: Account, *, suffix: bool) -> None:
    for team, namespace in _namespaces(added):
        into = target.namespace(team, create=True)
        if len(into):
            for row in namespace:
                put(into, cast("Document", codec.loads(records.full(row))), suffix=suffix)
        elif team is None:  # nothing to compare with, so a million are as quick as one
            target.own = namespace.copy()
        else:
            target.teams[team] = namespace.copy()


def _namespaces(account: Account) -> list[tuple[str | None, Namespace]]:
    return [(None, account.own), *account.teams.items()]
