"""One emulated call, from its arrival to its answer."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from emulator.models import Caller


class Call:
    """What a handler works with.

    Attributes:
        request: the request as aiohttp has it.
        parameters: those of the path, decoded: `credentialId`, `teamId`.
        caller: who asks.
        now: when it came, in milliseconds since 1970; the clock is read once for each call.
        body: the body as it came, once it is read.
    """

    __slots__ = ("body", "caller", "now", "parameters", "request")

    caller: Caller

    def __init__(self, request: web.BaseRequest, parameters: Mapping[str, str], now: int) -> None:
        self.request = request
        self.parameters = parameters
        self.now = now
        self.body: bytes | None = None
