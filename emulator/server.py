"""The emulator as a running server; `serve` runs it in this process's main thread."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import Callable
from typing import Any, Final

from aiohttp import HttpVersion11, web
from aiohttp.hdrs import UPGRADE
from aiohttp.log import access_logger
from aiohttp.web_protocol import RequestHandler

from emulator import errors
from emulator.api.answers import Answer
from emulator.api.dispatch import Dispatch
from emulator.api.emulation import EMULATION
from emulator.api.errors import error_answer, from_bug, from_http
from emulator.api.leaving import Connection
from emulator.api.readings import Readings
from emulator.api.request_log import RequestLog
from emulator.app import SERVED, create_app, stored
from emulator.ratelimit import RateLimit
from emulator.settings import Settings

SETTLE_SECONDS: Final = 0.2
"""How long a new server waits until it builds what only some requests need; one that comes earlier builds it."""
SHUTDOWN_SECONDS: Final = 0.8
"""How long requests under way may take once the server is told to stop."""
LINGER_SECONDS: Final = 0.05
"""How long an answer that is sent may be on its way after that."""
LOOPBACK: Final = "127.0.0.1"
LOOPBACK_6: Final = "::1"
LARGE: Final = 4096
"""Bytes of a body from which it is cheaper to send it on its own than to copy it behind its head."""
FREE_PORTS: Final = 20
"""How many free ports of the first address are tried until one is free on the second as well."""


class Protocol(Connection, RequestHandler):
    """Answers in the vendor's envelope what aiohttp answers before there is a request to route."""

    rate_limit: RateLimit
    readings: Readings

    def eof_received(self) -> None:
        """Take note that the client has left: what a fault holds up for it is done now."""
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
            response = self._unrouted(from_bug(exc))
        else:
            malformed = errors.MalformedRequestError("The request is not valid HTTP/1.1.")
            response = self._unrouted(error_answer(malformed, self.readings.learnt))
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: Answer | web.StreamResponse, start_time: float | None
    ) -> tuple[Any, bool]:
        """Send an answer; aiohttp's own errors, such as one for an unknown `Expect`, in the envelope."""
        if isinstance(resp, Answer):
            transport = self.transport
            if self.direct and transport is not None and _is_usual(request):
                if len(resp.body) < LARGE:
                    transport.write(resp.wire())
                else:
                    transport.writelines((resp.wire(head_only=True), resp.body))
                if self.writing_paused:
                    await self._drain_helper()
                return resp, False
            resp = resp.response()
        elif isinstance(resp, web.HTTPException):
            resp = self._unrouted(from_http(resp, self.readings.learnt))
        return await super().finish_response(request, resp, start_time)

    def _unrouted(self, answer: Answer) -> web.Response:
        answer.allowance = self.rate_limit.allowance(None, 0)
        return answer.response()

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109 - aiohttp's signature  # noqa: ASYNC109 - aiohttp's own
        """End the connection; what its client has not taken by then is lost."""
        transport = self.transport
        await super().shutdown(timeout)
        if transport is not None and transport.get_write_buffer_size():
            await asyncio.sleep(LINGER_SECONDS)
            transport.abort()  # closed only, it goes on trying, and the event loop waits for it when it closes


def _is_usual(request: web.BaseRequest) -> bool:
    """Whether the answer is just head and body: not on HTTP/1.0, nor where the connection ends with it."""
    message = request._message  # noqa: SLF001 - see `Call`
    return not message.should_close and message.version == HttpVersion11 and UPGRADE not in message.headers


class _Server(web.Server):
    rate_limit: RateLimit
    readings: Readings
    direct: bool

    def __call__(self) -> RequestHandler:
        protocol = Protocol(self, loop=self._loop, **self._kwargs)
        protocol.rate_limit = self.rate_limit
        protocol.readings = self.readings
        protocol.direct = self.direct
        return protocol


class Runner(web.AppRunner):
    """Runs the application with `Protocol`; otherwise aiohttp's."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        emulation = self.app[EMULATION]
        dispatch = Dispatch(self.app[SERVED], made.request_handler)
        server = _Server(dispatch, request_factory=made.request_factory, **self._kwargs)  # type: ignore[arg-type]
        server.rate_limit = emulation.rate_limit
        server.readings = emulation.readings
        server.direct = not emulation.settings.log_requests  # aiohttp's way of sending has the log in it
        return server


def runner(settings: Settings) -> Runner:
    """Return a runner of a new application."""
    return Runner(
        create_app(settings),
        # One line for each request costs more than answering it.
        access_log=access_logger if settings.log_requests else None,
        access_log_class=RequestLog,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )


async def listen(running: Runner, host: str, port: int, *, both: bool = False) -> str:
    """Start listening and return the base URL with the real port.

    Args:
        running: what answers.
        host: where to listen; empty is 127.0.0.1.
        port: 0 for a free one.
        both: on the same port of ::1 besides, where this machine has it.

    Raises:
        InvalidSettingError: the address cannot be used.
    """
    await running.setup()
    if both and _has_ipv6():
        await _listen_on_both(running, port)
    else:
        await _listen(running, host or LOOPBACK, port)
    bound_host, bound_port = running.addresses[0][:2]
    return f"http://{f'[{bound_host}]' if ':' in bound_host else bound_host}:{bound_port}"


async def _listen_on_both(running: Runner, port: int) -> None:
    for tries_left in reversed(range(1 if port else FREE_PORTS)):
        first = await _listen(running, LOOPBACK, port)
        if await _listen(running, LOOPBACK_6, running.addresses[0][1], may_be_taken=tries_left > 0):
            return
        if first is not None:
            await first.stop()


async def _listen(running: Runner, host: str, port: int, *, may_be_taken: bool = False) -> web.TCPSite | None:
    """Listen on one address; return None where it is taken and may be.

    Raises:
        InvalidSettingError: the address cannot be used.
    """
    site = web.TCPSite(running, host, port, reuse_address=True)
    try:
        await site.start()
    except OSError as error:
        if may_be_taken and error.errno == errno.EADDRINUSE:
            await site.stop()
            return None
        await running.cleanup()
        reason = error.strerror or str(error)
        remedy = "choose another port, or 0 for a free one" if port else "choose another host"
        where = f"[{host}]" if ":" in host else host
        raise errors.InvalidSettingError(
            "--port" if port else "--host", f"{where}:{port}: {reason}; {remedy}"
        ) from None
    return site


def _has_ipv6() -> bool:
    """Whether this machine has ::1: containers often have no IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind((LOOPBACK_6, 0))
    except OSError:
        return False
    return True


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a new event loop: uvloop's where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def serve(settings: Settings, on_ready: Callable[[str, str], None]) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are answered first.

    Args:
        settings: what to serve, and where.
        on_ready: called once requests are accepted, with the base URL and what is stored, in words.

    Raises:
        InvalidSettingError: the address, the fixture, the state file or the port file cannot be used.
    """

    async def main() -> None:
        running = runner(settings)
        url = await listen(running, settings.host, settings.port, both=not settings.host)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
                loop.add_signal_handler(number, stop.set)
        try:
            with _told(settings.port_file, url):
                on_ready(url, stored(running.app))
                loop.call_later(SETTLE_SECONDS, _settle, running)
                await stop.wait()
        finally:
            await running.cleanup()

    with asyncio.Runner(loop_factory=new_loop) as outer, contextlib.suppress(KeyboardInterrupt):
        outer.run(main())


def _told(port_file: str | None, url: str) -> contextlib.AbstractContextManager[None]:
    """Return what keeps the port in a file, if it is wanted there."""
    if port_file is None:
        return contextlib.nullcontext()
    from emulator import portfile

    return portfile.port_file(port_file, int(url.rpartition(":")[2]))


def _settle(running: Runner) -> None:
    """Do what the start did not wait for."""
    running.app[EMULATION].readings.warm_up()
    # What is here now stays: the collector need not walk it again and again, for a tenth of a request's time.
    gc.freeze()
    gc.enable()
