"""One emulated call, from its arrival to its answer."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Self

from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from emulator.models import Allowance, Caller


class Call:
    """What a handler works with.

    Attributes:
        message: its line and its headers.
        content: what its body comes through.
        connection: what it came over.
        operation: the name of the operation; None where no route takes the call.
        parameters: those of the path, decoded: `credentialId`, `teamId`.
        data: the bytes that came last, with it or the end of it in them; none where it is not known.
        started: when work on it began, in seconds of the clock that measures durations.
        now: when it came, in milliseconds since 1970; the clock is read once for each call.
        caller: who asks.
        account: the caller's; None until it is known, and where no token is needed.
        allowance: what is left of the account's hour once the call is counted; None before, and where nothing is.
        body: the body as it came, once it is read.
        text: the body, where the operation takes one and it is declared as it has to be.
    """

    __slots__ = (
        *("account", "allowance", "body", "caller", "connection", "content", "data", "message", "now", "operation"),
        *("parameters", "started", "text"),
    )

    caller: Caller

    def __init__(  # noqa: PLR0913 - all that there is when it comes
        self,
        message: RawRequestMessage,
        content: StreamReader,
        connection: RequestHandler,
        operation: str | None,
        parameters: Mapping[str, str],
        now: int,
    ) -> None:
        self.started = perf_counter()
        self.message = message
        self.content = content
        self.connection = connection
        self.operation = operation
        self.parameters = parameters
        self.now = now
        self.data = b""
        self.account: str | None = None
        self.allowance: Allowance | None = None
        self.body: bytes | None = None
        self.text = b""

    @classmethod
    def of(cls, request: web.BaseRequest, operation: str | None, parameters: Mapping[str, str], now: int) -> Self:
        """Return the call that a request of aiohttp's is."""
        message = request._message  # noqa: SLF001 - all of its parts are public
        return cls(message, request.content, request.protocol, operation, parameters, now)
