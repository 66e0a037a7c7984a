"""A connection of the server: it answers usual calls where their bytes arrive, and leaves all others to aiohttp."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from aiohttp import HttpVersion11, StreamReader, web
from aiohttp.hdrs import UPGRADE
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from emulator import errors
from emulator.api.answers import Answer
from emulator.api.emulation import Emulation
from emulator.api.errors import error_answer, from_bug, from_http
from emulator.api.leaving import Connection
from emulator.api.served import Served

LINGER_SECONDS: Final = 0.05
"""How long an answer that is sent may be on its way once the server has stopped."""

_ALONE: Final = 15
"""Answers that go out by themselves after one that had no company: a client that is alone would only wait longer."""

_KNOWN: Final = {
    *("_keepalive_handle", "_keepalive_timeout", "_messages", "_next_keepalive_close_time", "_waiter"),
} <= set(RequestHandler.__slots__)
"""Whether aiohttp's own connection has the parts that it has from 3.11 to 3.14; where not, all calls are left to it."""

Find: TypeAlias = Callable[[RawRequestMessage], tuple[Served, Mapping[str, str]] | None]


class Outbox:
    """Answers that go out together, once all that has come is answered.

    Each that went out by itself would wake its client, which took the server 22 us more of an add's 36.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[tuple[asyncio.Transport, tuple[bytes, ...]]] = []
        self._alone = 0

    def put(self, transport: asyncio.Transport, wire: tuple[bytes, ...]) -> None:
        """Send an answer soon: before all that is still to be answered."""
        if self._alone:
            self._alone -= 1
            transport.writelines(wire)
            return
        if not self._waiting:
            self._loop.call_soon(self.send)
        self._waiting.append((transport, wire))

    def send(self) -> None:
        """Send now what waits."""
        if len(self._waiting) == 1:
            self._alone = _ALONE
        for transport, wire in self._waiting:
            if not transport.is_closing():
                transport.writelines(wire)
        self._waiting.clear()


class Protocol(Connection, RequestHandler):
    """Answers what it can itself; and in the vendor's envelope what aiohttp answers before there is a request."""

    def __init__(self, server: web.Server, *, emulation: Emulation, find: Find, outbox: Outbox, **options: Any) -> None:
        """Make a connection of `server`: `find` says what operation a request is for, `options` are aiohttp's."""
        super().__init__(server, **options)
        self.direct = not emulation.settings.log_requests  # aiohttp's way of sending has the log in it
        self._find = find
        self._outbox = outbox
        self._rate_limit = emulation.rate_limit
        self._readings = emulation.readings
        # From 3.14 on, aiohttp's parser stops where too many requests wait, and wants to be told of each that is taken.
        self._taken: Callable[[], object] = getattr(getattr(self, "_parser", None), "message_consumed", lambda: None)

    def data_received(self, data: bytes) -> None:
        """Answer what came, if it is one whole usual call and nothing else is under way; else leave it to aiohttp.

        aiohttp wakes a task for it, which makes a request object and another task: 14 of an add's 50 us.
        """
        waiter = self._waiter
        if not (_KNOWN and self.direct) or waiter is None or waiter.done() or self.writing_paused:
            super().data_received(data)
            return
        self._waiter = None  # so that aiohttp takes the bytes apart, and wakes nobody
        try:
            super().data_received(data)
            messages: deque[tuple[Any, StreamReader]] = self._messages
            if len(messages) == 1:
                only = messages.popleft()  # before it is answered, so that nothing answers it twice
                if not self._answer(*only, data):
                    messages.append(only)
        finally:
            self._waiter = waiter
            if self._messages:
                waiter.set_result(None)

    def _answer(self, message: Any, content: StreamReader, data: bytes) -> bool:
        """Answer a request that ends in `data`; return False, with nothing done, if it may take more than one step."""
        if not isinstance(message, RawRequestMessage):
            return False  # it was no HTTP
        transport = self.transport
        # aiohttp starts the clock of idle connections with the first answer that it gives itself, before 3.14.
        if transport is None or self._keepalive_handle is None or not _is_usual(message):
            return False
        found = self._find(message)
        if found is None:
            return False
        operation, parameters = found
        try:
            answer = operation.at_once(message, content, self, parameters, data)
        except Exception as error:  # noqa: BLE001 - not the operation, whose errors are answers, but what comes behind it
            answer = self._unrouted(from_bug(error))
            answer.wire = answer.rendered()
        if answer is None:
            return False
        self._taken()
        self._read_on()
        self._outbox.put(transport, answer.wire)
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        return True

    def _read_on(self) -> None:
        """Go on where a large body that nobody wanted has stopped the reading; aiohttp 3.11 would leave it so."""
        if self._reading_paused:
            self.resume_reading()

    def eof_received(self) -> None:
        """Take note that the client has left: what a fault holds up for it is done now."""
        self._outbox.send()  # aiohttp closes the connection, though the client may still read
        # Before `connection_lost`, so that a client that asks next what was recorded finds its call.
        self.end_wait()
        super().eof_received()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Take note as well where there was no farewell."""
        self.end_wait()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it repeats the bytes received
    ) -> web.StreamResponse:
        """Return the answer to bytes that are no HTTP, and to whatever fails outside the application."""
        if request.writer.output_size > 0:
            raise ConnectionError("The answer is on its way already; a second one cannot be sent.")
        if isinstance(exc, ConnectionError):
            response = web.Response()  # the client has gone: nobody is there to read it
        elif isinstance(exc, Exception) and status >= 500:
            response = self._unrouted(from_bug(exc)).response()
        else:
            malformed = errors.MalformedRequestError("The request is not valid HTTP/1.1.")
            response = self._unrouted(error_answer(malformed, self._readings.learnt)).response()
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: Answer | web.StreamResponse, start_time: float | None
    ) -> tuple[Any, bool]:
        """Send an answer; aiohttp's own errors, such as one for an unknown `Expect`, in the envelope."""
        self._read_on()
        if isinstance(resp, Answer):
            transport = self.transport
            if self.direct and transport is not None and _is_usual(request._message):  # noqa: SLF001 - see `Call`
                transport.writelines(resp.wire)
                if self.writing_paused:
                    await self._drain_helper()
                return resp, False
            resp = resp.response()
        elif isinstance(resp, web.HTTPException):
            resp = self._unrouted(from_http(resp, self._readings.learnt)).response()
        return await super().finish_response(request, resp, start_time)

    def _unrouted(self, answer: Answer) -> Answer:
        answer.allowance = self._rate_limit.allowance(None, 0)
        return answer

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109 - aiohttp's own
        """End the connection; what its client has not taken by then is lost."""
        self._outbox.send()
        transport = self.transport
        await super().shutdown(timeout)
        if transport is not None and transport.get_write_buffer_size():
            await asyncio.sleep(LINGER_SECONDS)
            transport.abort()  # closed only, it goes on trying, and the event loop waits for it when it closes


def _is_usual(message: RawRequestMessage) -> bool:
    """Whether the answer is just head and body: not on HTTP/1.0, nor where the connection ends with it."""
    return not message.should_close and message.version == HttpVersion11 and UPGRADE not in message.headers
