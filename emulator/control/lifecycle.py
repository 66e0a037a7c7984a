"""Alive, ready, reset; and the whole state, out and in."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

import emulator
from emulator import codec, state
from emulator.api.answers import control_answer
from emulator.api.emulation import Emulation
from emulator.control.bodies import MAX_STATE, AccountSchema, read, read_text
from emulator.control.queries import account_of, read_query
from emulator.errors import InvalidControlRequestError

_ACCOUNT = AccountSchema()


async def health(_request: web.Request, _emulation: Emulation) -> dict[str, Any]:
    """GET health: alive, and which version."""
    return {"status": "alive", "version": emulator.__version__}


async def ready(_request: web.Request, emulation: Emulation) -> web.Response:
    """GET ready: 200, or 503 while seeding is under way."""
    progress = emulation.seeding.progress
    if progress is None:
        return control_answer(codec.dumps({"ready": True}))
    return control_answer(codec.dumps({"ready": False, "seeded": progress.done, "of": progress.total}), status=503)


async def reset(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """POST reset: everything back to the start state, or what belongs to one account, by its name or its token."""
    body = await read(request, _ACCOUNT)
    account = read_query(request).account
    if account is not None and body:
        raise InvalidControlRequestError({"account": ["Give it in the query or in the body, not in both."]})
    account = account_of(body["token"], emulation) if "token" in body else body.get("account", account)
    emulation.reset(account)
    return {"account": account}


async def get_state(request: web.Request, emulation: Emulation) -> web.Response:
    """GET state: everything that is stored, secrets included, so that it can be put back; `account` narrows it."""
    moment = state.snapshot(emulation.store, read_query(request).account)
    return control_answer(await asyncio.to_thread(lambda: b"".join(state.render(moment))))


async def put_state(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """PUT state: put what GET state answered in place of everything that is stored."""
    text = await read_text(request, limit=MAX_STATE)
    emulation.store.replace(*await asyncio.to_thread(lambda: state.read(emulation.store, codec.loads(text))))
    stored = len(emulation.store)
    emulation.events.change("state", credentials=stored)
    return {"credentials": stored}
