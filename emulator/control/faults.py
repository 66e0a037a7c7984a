"""Fault rules: see, arm, disarm."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from aiohttp import web

from emulator.api.emulation import Emulation
from emulator.control.bodies import FaultSchema, read
from emulator.control.queries import account_of, read_query
from emulator.errors import UnknownControlTargetError
from emulator.faults import Armed, Fault

_FAULT = FaultSchema()
_WIRE = {"delay": "delayMs", "jitter": "jitterMs"}


async def read_all(_request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET faults: the rules in force, with how many calls each has seen and met."""
    return {"faults": [_shown(armed) for armed in emulation.faults]}


async def arm(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """POST faults: put a rule in force; the answer has its id."""
    body = await read(request, _FAULT)
    token = body.pop("token", None)
    if token is not None:
        body["account"] = account_of(token, emulation)
    armed = emulation.faults.arm(Fault(**body))
    shown = _shown(armed)
    emulation.events.change("fault-armed", fault=shown)
    return shown


async def disarm(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """DELETE faults/{faultId}: take one rule out of force."""
    number = request.match_info["faultId"]
    if not (number.isascii() and number.isdigit() and len(number) < 19 and emulation.faults.disarm(int(number))):
        raise UnknownControlTargetError("No fault with that id is armed; see GET /_emulator/faults.")
    emulation.events.change("fault-disarmed", id=int(number))
    return {}


async def disarm_all(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """DELETE faults: take all rules out of force, or those for `?account=` only."""
    account = read_query(request).account
    emulation.faults.reset(account)
    emulation.events.change("faults-disarmed", account=account)
    return {}


def _shown(armed: Armed) -> dict[str, Any]:
    rule = {_WIRE.get(field.name, field.name): getattr(armed.fault, field.name) for field in fields(Fault)}
    return {"id": armed.number, **rule, "seen": armed.seen, "hits": armed.hits, "spent": armed.spent}
