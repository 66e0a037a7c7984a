"""Defects that few targets have, each looked for with few requests: only what nothing else in a run would show."""

from __future__ import annotations

import asyncio
from typing import Final

from emulator.conformance.comparing import value_at
from emulator.conformance.memory import memory_of
from emulator.conformance.probes.valid import Part, accept
from emulator.conformance.probing import Stage, probe
from emulator.conformance.session import Session
from emulator.conformance.variety import NUMBERS, WORDS

_GOT: Final = "get.response.same-as-add"
_MOVES: Final = "update.updatedAt.moves"
_TEXTS: Final = ("registryUrl", "aws.region", "gcp.projectId", "azure.resourceGroup")
_SECRETS: Final = ("credentials.username", "credentials.password")
_A_SECOND_AND_MORE: Final = 1.6


@probe("add.response.given-fields", _GOT, cost=4, stage=Stage.CHOICES)
async def texts_that_look_like_something_else_come_back_as_they_were_given(session: Session) -> None:
    if any(_is_number(value_at(known.body, _SECRETS[0])) for known in session.model.everything):
        return  # other probes have given such texts
    fields = {path: session.random.choice(WORDS) for path in _TEXTS}
    # The first number shows most: it loses its zeros, if nothing else.
    numbers = session.random.sample([NUMBERS[0], session.random.choice(NUMBERS[1:])], len(_SECRETS))
    fields |= dict(zip(_SECRETS, numbers, strict=True))
    parts = [Part(f"add.{path}.type", f"{text!r} as {path}", {path: text}) for path, text in fields.items()]
    known = await accept(session, parts)
    if known is not None:
        await session.get(known)


def _is_number(text: object) -> bool:
    return isinstance(text, str) and text.isdigit()


@probe(_MOVES, cost=8, stage=Stage.CHOICES)
async def an_update_moves_a_time_of_update_without_fractions_too(session: Session) -> None:
    if session.verdicts.observed(_MOVES):
        return
    known = await session.living()
    await session.get(known)
    if memory_of(session).fine:
        return  # the updates of the next probe show it
    # All updates so far were made in the second of the time that they should have moved on from.
    await asyncio.sleep(_A_SECOND_AND_MORE)
    later = await session.living(session.usual_body("later"))
    await session.get(later)
    restricted = (known.expected.get("restrictions") or {}).get("restricted") is not True
    change = {"restrictions": {"restricted": restricted, "projects": []}}
    await session.update_accepts("update.response.status", known, change, what="a valid update")
    await session.get(known)
