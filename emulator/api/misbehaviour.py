"""Carries out a fault: waits, replaces an answer, or loses it on its way, down to the socket."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from aiohttp.web_protocol import RequestHandler

from emulator.api.answers import Answer, phrase
from emulator.api.errors import envelope
from emulator.api.leaving import Connection, wait
from emulator.faults import MAX_DELAY, Armed
from emulator.models import Allowance
from emulator.ratelimit import WINDOW_SECONDS

_LOSING: Final = frozenset({"reset", "empty", "truncate"})
_PREFERENCE: Final = re.compile(r"\s*(code|delay)\s*=\s*(\"?)([0-9]{1,6})\2\s*(?:;.*)?\Z", re.IGNORECASE)
_MALFORMED: Final = b'{"data": {"id": "broken'


class Met(NamedTuple):
    """A fault that one call met.

    Attributes:
        effect: one of `faults.EFFECTS`.
        wait: seconds before the answer.
        early: the wait is before the operation, else after it.
        replaces: the operation does not run.
        applied: what `Preference-Applied` says, where the client asked for it.
    """

    effect: str
    status: int
    wait: float
    early: bool
    replaces: bool
    applied: str | None = None

    @classmethod
    def armed(cls, rule: Armed) -> Met:
        """Return what an armed rule does to this call."""
        fault = rule.fault
        early = fault.phase == "before"
        return cls(fault.effect, fault.status, rule.wait(), early, early and fault.effect != "delay")

    def answer(self) -> Answer:
        """Return the answer in place of the operation's."""
        if self.effect == "rate-limit":
            status, word, message = 429, "rate-limited", "The requests of this hour are used up, says an armed fault."
        elif self.effect == "error":
            status = self.status
            word = phrase(status).lower().replace(" ", "-").replace("'", "")
            message = f"{phrase(status)}, says an armed fault."
        elif self.effect == "malformed":
            return Answer(_MALFORMED)
        else:
            return Answer(b'{"data":{}}')  # on its way nowhere, or only in part
        return Answer(envelope(status, word, message), status)


def preferred(wish: str) -> Met | None:
    """Return what the value of a `Prefer` header asks for: `code=503`, `delay=200` (milliseconds), or both.

    Preferences that are not known, and values that make no sense, are ignored, as RFC 7240 has it.
    """
    found = [match for part in wish.split(",") if (match := _PREFERENCE.match(part))]
    values = {match[1].lower(): int(match[3]) for match in reversed(found)}
    code, delay = values.get("code", 0), values.get("delay", 0)
    wanted = []
    if 400 <= code <= 599:
        wanted.append(f"code={code}")
    if 0 < delay <= MAX_DELAY:
        wanted.append(f"delay={delay}")
    else:
        delay = 0
    if not wanted:
        return None
    refuses = wanted[0].startswith("code")
    return Met(
        "error" if refuses else "delay", code, delay / 1000, early=True, replaces=refuses, applied=", ".join(wanted)
    )


async def meet(
    met: Met,
    connection: RequestHandler,
    answer: Answer,
    finish: Callable[[Answer], Answer],
) -> Answer:
    """Do to an answer what the fault says.

    Args:
        met: the fault.
        connection: what the call came over.
        answer: the answer so far: the fault's own where the operation did not run.
        finish: says what is left of the hour and records the call.
    """
    if not met.early:
        await wait(connection, met.wait)
    if not met.replaces and met.effect != "delay" and met.effect not in _LOSING:
        answer = met.answer()
    answer.say("x-emulator-fault", met.effect)
    if met.applied:
        answer.say("Preference-Applied", met.applied)
    answer = finish(answer)
    if met.effect in _LOSING:
        _lose(met.effect, connection, answer)
    return answer


def use_up(answer: Answer) -> None:
    """Say that the hour is used up, with the documented limit where the emulator counts nothing."""
    limit, _, reset = answer.allowance or Allowance(1000, 0, WINDOW_SECONDS)
    answer.allowance = Allowance(limit, 0, reset)
    answer.say("Retry-After", str(reset))


def _lose(effect: str, connection: RequestHandler, answer: Answer) -> None:
    """Close the connection in the middle of things; aiohttp finds it closed and writes nothing more."""
    transport = connection.transport
    if transport is None:
        return
    if isinstance(connection, Connection):
        connection.direct = False  # uvloop 0.21 writes to what is closing until all is sent
    if effect == "truncate":
        whole = b"".join(answer.wire)
        transport.write(whole[: len(whole) - len(answer.body) + len(answer.body) // 2])
    if effect == "reset":
        handle = transport.get_extra_info("socket")
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
