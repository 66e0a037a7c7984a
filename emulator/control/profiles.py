"""The profile in force: what was learnt of a target."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from emulator import profiletext
from emulator.api.emulation import Emulation
from emulator.behaviour import DEFAULT
from emulator.control.bodies import read_value
from emulator.errors import InvalidControlRequestError, InvalidSettingError
from emulator.profile import parse


async def get_profile(_request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """GET profile: the profile in force, null for none, and the switches that stand otherwise."""
    profile, behaviour = emulation.readings.profile, emulation.readings.behaviour
    return {
        "profile": None if profile is None else profiletext.document(profile),
        "overruled": [] if profile is None else profile.overruled(behaviour),
    }


async def put_profile(request: web.Request, emulation: Emulation) -> dict[str, Any]:
    """PUT profile: follow this one from now on; null follows none, with every switch as it is without."""
    content = await read_value(request)
    if not isinstance(content, dict) or set(content) != {"profile"}:
        raise InvalidControlRequestError({"body": ['Must be {"profile": ...}, with a profile or null.']})
    try:
        profile = None if content["profile"] is None else parse("profile", content["profile"])
    except InvalidSettingError as error:
        place = error.setting.replace(": ", ".")
        raise InvalidControlRequestError({place: [str(error).removeprefix(f"{error.setting}: ")]}) from None
    # Switches that it says nothing of stay as they are.
    behaviour = DEFAULT if profile is None else emulation.readings.behaviour.choose(profile.choices_in_force)
    emulation.readings.follow(profile, behaviour)
    emulation.events.change("profile", target=None if profile is None else profile.target)
    return await get_profile(request, emulation)
