"""The emulator as a running server; `serve` runs it in this process's main thread."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Final

from aiohttp import web
from aiohttp.log import access_logger
from aiohttp.web_protocol import RequestHandler

from emulator import errors
from emulator.api.dispatch import Dispatch
from emulator.api.emulation import EMULATION
from emulator.api.request_log import RequestLog
from emulator.app import SERVED, create_app, stored
from emulator.connection import Outbox, Protocol
from emulator.settings import Settings

SETTLE_SECONDS: Final = 0.2
"""How long a new server waits until it builds what only some requests need; one that comes earlier builds it."""
SHUTDOWN_SECONDS: Final = 0.8
"""How long requests under way may take once the server is told to stop."""
LOOPBACK: Final = "127.0.0.1"
LOOPBACK_6: Final = "::1"
FREE_PORTS: Final = 20
"""How many free ports of the first address are tried until one is free on the second as well."""


class _Server(web.Server):
    protocol: Callable[..., RequestHandler]

    def __call__(self) -> RequestHandler:
        return self.protocol(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs the application with `Protocol`; otherwise aiohttp's."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        dispatch = Dispatch(self.app[SERVED], made.request_handler)
        server = _Server(dispatch, request_factory=made.request_factory, **self._kwargs)  # type: ignore[arg-type]
        outbox = Outbox(asyncio.get_running_loop())
        server.protocol = partial(Protocol, emulation=self.app[EMULATION], find=dispatch.find, outbox=outbox)
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
