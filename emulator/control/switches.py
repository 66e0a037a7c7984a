"""What can be switched while the emulator runs: the clock, the tokens, the assumptions; and who uses it."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from emulator.api.emulation import Emulation
from emulator.behaviour import CHOICES, DEFAULT
from emulator.clock import parse_rfc3339, rfc3339
from emulator.control.bodies import ClockSchema, read, read_value
from emulator.errors import ConflictError, InvalidControlRequestError, InvalidSettingError
from emulator.settings import read_tokens
from emulator.store import Account

_CLOCK = ClockSchema()
_LATEST: Final = parse_rfc3339("9999-01-01T00:00:00Z")
"""Later ones are refused: a time has four digits for the year, and the clock may run on for a while."""


async def get_clock(_request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET clock: the time that counts, and whether it stands still."""
    return {"now": rfc3339(emulation.clock.now()), "frozen": emulation.clock.frozen}


async def put_clock(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """PUT clock: set it, advance it, freeze it or let it run, in this order."""
    change = await read(request, _CLOCK)
    clock = emulation.clock
    # Read once: a millisecond that passes between setting and freezing would be added to what was asked for.
    at = change.get("now", clock.now()) + change.get("advance", 0)
    if at >= _LATEST:
        raise ConflictError("That is past the year 9998; set the clock to an earlier time first.")
    if change.get("frozen", clock.frozen):
        clock.freeze(at)
    else:
        clock.unfreeze()
        clock.set(at)
    shown = await get_clock(request, emulation)
    emulation.events.change("clock", **shown)
    return shown


async def get_tokens(_request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET tokens: accounts and permissions of the declared tokens, in their order; never the tokens."""
    return {
        "tokens": [
            {"account": caller.account, "permissions": sorted(caller.permissions)}
            for caller in emulation.tenants.declared
        ]
    }


async def put_tokens(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """PUT tokens: declare these, in place of those declared so far; an empty list lets every token count."""
    content = await read_value(request)
    try:
        declared = () if content == {"tokens": []} else read_tokens("body", content)
    except InvalidSettingError as error:
        # The setting is `body`, or `body: tokens[0]`: what goes before the problem.
        problem = str(error).removeprefix(f"{error.setting}: ")
        raise InvalidControlRequestError({error.setting.removeprefix("body: "): [problem]}) from None
    emulation.tenants.declare(declared)
    emulation.events.change("tokens", declared=len(declared))
    return await get_tokens(request, emulation)


async def get_accounts(_request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET accounts: those in use, with how much they and their teams hold; and what any other starts with."""
    store = emulation.store
    return {
        "accounts": [{"name": name, **_held(account)} for name, account in store.accounts.items()],
        "template": _held(store.template),
    }


def _held(account: Account) -> dict[str, Any]:
    return {
        "credentials": len(account.own),
        "teams": {team: len(namespace) for team, namespace in account.teams.items()},
    }


async def get_assumptions(_request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET assumptions: every switch with its value, its default and what else it can be."""
    defaults = DEFAULT.choices()
    return {
        name: {"value": value, "default": defaults[name], "choices": list(CHOICES[name])}
        for name, value in emulation.readings.behaviour.choices().items()
    }


async def put_assumptions(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """PUT assumptions: `{"duplicate-name": "suffix"}`; switches that are not named stay."""
    wanted = await read_value(request)
    if not isinstance(wanted, dict):
        raise InvalidControlRequestError({"body": ["Must be a JSON object."]})
    problems: dict[str, list[str]] = {}
    for name, value in wanted.items():
        if name not in CHOICES:
            problems[name] = [f"No such assumption; there are {', '.join(CHOICES)}."]
        elif value not in CHOICES[name]:
            problems[name] = [f"Must be {' or '.join(CHOICES[name])}."]
    if problems:
        raise InvalidControlRequestError(problems)
    emulation.readings.use(emulation.readings.behaviour.choose(wanted))
    emulation.events.change("assumptions", **wanted)
    return await get_assumptions(request, emulation)
