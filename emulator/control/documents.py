"""What can be read about the emulator: the contract of these routes, and the rulebook."""

from __future__ import annotations

import functools
from typing import Any

from aiohttp import web

from emulator import codec, contract
from emulator.api.answers import control_answer
from emulator.api.emulation import Emulation


async def specification(_request: web.Request, _emulation: Emulation) -> web.Response:
    """GET openapi.json: the contract of the control routes."""
    return control_answer(_control_contract())


async def rules(_request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET rules: the rulebook, and for a rule that can be switched its value in force."""
    choices = emulation.readings.behaviour.choices()
    book = _rulebook()
    listed = [
        {**rule, "value": choices[rule["assumption"]]} if "assumption" in rule else rule for rule in book["rules"]
    ]
    return {**book, "rules": listed}


@functools.cache
def _control_contract() -> bytes:
    return codec.dumps(contract.load("contracts/control.yaml"))


@functools.cache
def _rulebook() -> dict[str, Any]:
    book: dict[str, Any] = contract.load("contracts/rules.yaml")
    return book
