"""Carries out a fault: waits, replaces an answer, or loses it on its way, down to the socket."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from emulator.api.answers import answer
from emulator.api.errors import envelope
from emulator.faults import MAX_DELAY, Armed
from emulator.ratelimit import WINDOW_SECONDS

_LOSING: Final = frozenset({"reset", "empty", "truncate"})
_PREFERENCE: Final = re.compile(r"\s*(code|delay)\s*=\s*(\"?)([0-9]{1,6})\2\s*(?:;.*)?\Z", re.IGNORECASE)
_MALFORMED: Final = b'{"data": {"id": "broken'


@dataclass(frozen=True, slots=True)
class Met:
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

    def answer(self) -> web.Response:
        """Return the answer in place of the operation's."""
        if self.effect == "rate-limit":
            status, word, message = 429, "rate-limited", "The requests of this hour are used up, says an armed fault."
        elif self.effect == "error":
            status = self.status
            word = _phrase(status).lower().replace(" ", "-").replace("'", "")
            message = f"{_phrase(status)}, says an armed fault."
        elif self.effect == "malformed":
            return answer(_MALFORMED)
        else:
            return answer(b'{"data":{}}')  # on its way nowhere, or only in part
        return answer(envelope(status, word, message), status=status)


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
    request: web.Request,
    response: web.StreamResponse,
    finish: Callable[[web.StreamResponse], web.StreamResponse],
) -> web.StreamResponse:
    """Do to an answer what the fault says.

    Args:
        met: the fault.
        request: the call.
        response: the answer so far: the fault's own where the operation did not run.
        finish: adds the usual headers and records the call.
    """
    if not met.early:
        await asyncio.sleep(met.wait)
    if not met.replaces and met.effect != "delay" and met.effect not in _LOSING:
        response = met.answer()
    response.headers["x-emulator-fault"] = met.effect
    if met.applied:
        response.headers["Preference-Applied"] = met.applied
    response = finish(response)
    if met.effect in _LOSING:
        _lose(met.effect, request, response)
    return response


def use_up(headers: CIMultiDict[str]) -> None:
    """Say that the hour is used up, with the documented limit where the emulator counts nothing."""
    headers.setdefault("x-ratelimit-limit", "1000")
    headers.setdefault("x-ratelimit-reset", str(WINDOW_SECONDS))
    headers["x-ratelimit-remaining"] = "0"
    headers["Retry-After"] = headers["x-ratelimit-reset"]


def _lose(effect: str, request: web.Request, response: web.StreamResponse) -> None:
    """Close the connection in the middle of things; aiohttp finds it closed and writes nothing more."""
    transport = request.transport
    if transport is None:
        return
    if effect == "truncate" and isinstance(response, web.Response) and isinstance(response.body, bytes):
        body = response.body
        head = [f"HTTP/1.1 {response.status} {response.reason}", f"Content-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in response.headers.items()]
        transport.write("\r\n".join([*head, "", ""]).encode("utf-8") + body[: len(body) // 2])
    if effect == "reset":
        handle = transport.get_extra_info("socket")
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
