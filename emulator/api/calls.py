"""One emulated call, from its arrival to its answer."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from emulator.models import Caller


class Call:
    """What a handler works with.

    Attributes:
        request: the request as aiohttp has it.
        message: its line and its headers, each without the property that `request` has around it.
        parameters: those of the path, decoded: `credentialId`, `teamId`.
        caller: who asks.
        now: when it came, in milliseconds since 1970; the clock is read once for each call.
        body: the body as it came, once it is read.
        text: the body, where the operation takes one and it is declared as it has to be.
    """

    __slots__ = ("body", "caller", "message", "now", "parameters", "request", "text")

    caller: Caller

    def __init__(self, request: web.BaseRequest, parameters: Mapping[str, str], now: int) -> None:
        self.request = request
        self.message = request._message  # noqa: SLF001 - all of its parts are public: 1.5 us a call
        self.parameters = parameters
        self.now = now
        self.body: bytes | None = None
        self.text = b""
