"""The emulator as a running server: in this process's main thread (`serve`), or in a thread of its own (`Emulator`)."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web
from aiohttp.log import access_logger
from aiohttp.web_protocol import RequestHandler

from emulator import errors
from emulator.api.answers import stamp
from emulator.api.emulation import EMULATION
from emulator.api.errors import error_answer, from_bug, from_http
from emulator.api.request_log import RequestLog
from emulator.app import create_app, stored
from emulator.ratelimit import RateLimit
from emulator.settings import Settings

SETTLE_SECONDS: Final = 0.2
"""How long a new server waits until it builds what only some requests need; one that comes earlier builds it."""
SHUTDOWN_SECONDS: Final = 0.8
"""How long requests under way may take once the server is told to stop."""
LINGER_SECONDS: Final = 0.05
"""How long an answer that is sent may be on its way after that."""


class Protocol(RequestHandler):
    """Answers in the vendor's envelope what aiohttp answers before there is a request to route."""

    rate_limit: RateLimit

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
            response = from_bug(exc)
        else:
            response = error_answer(errors.MalformedRequestError("The request is not valid HTTP/1.1."))
        response.force_close()
        stamp(response, self.rate_limit.allowance(None))
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; aiohttp's own errors, such as one for an unknown `Expect`, in the envelope."""
        if isinstance(resp, web.HTTPException):
            resp = from_http(resp)
            stamp(resp, self.rate_limit.allowance(None))
        return await super().finish_response(request, resp, start_time)

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109 - aiohttp's signature  # noqa: ASYNC109 - aiohttp's own
        """End the connection; what its client has not taken by then is lost."""
        transport = self.transport
        await super().shutdown(timeout)
        if transport is not None and transport.get_write_buffer_size():
            await asyncio.sleep(LINGER_SECONDS)
            transport.abort()  # closed only, it goes on trying, and the event loop waits for it when it closes


class _Server(web.Server):
    rate_limit: RateLimit

    def __call__(self) -> RequestHandler:
        protocol = Protocol(self, loop=self._loop, **self._kwargs)
        protocol.rate_limit = self.rate_limit
        return protocol


class Runner(web.AppRunner):
    """Runs the application with `Protocol`; otherwise aiohttp's."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        server = _Server(made.request_handler, request_factory=made.request_factory, **self._kwargs)
        server.rate_limit = self.app[EMULATION].rate_limit
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


async def listen(running: Runner, host: str, port: int) -> str:
    """Start listening and return the base URL with the real port.

    Raises:
        InvalidSettingError: the address cannot be used.
    """
    await running.setup()
    try:
        await web.TCPSite(running, host, port, reuse_address=True).start()
    except OSError as error:
        await running.cleanup()
        reason = error.strerror or str(error)
        remedy = "choose another port, or 0 for a free one" if port else "choose another host"
        raise errors.InvalidSettingError("--port" if port else "--host", f"{host}:{port}: {reason}; {remedy}") from None
    bound_host, bound_port = running.addresses[0][:2]
    return f"http://{f'[{bound_host}]' if ':' in bound_host else bound_host}:{bound_port}"


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
        InvalidSettingError: the address, the fixture or the state file cannot be used.
    """

    async def main() -> None:
        running = runner(settings)
        url = await listen(running, settings.host, settings.port)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
                loop.add_signal_handler(number, stop.set)
        on_ready(url, stored(running.app))
        loop.call_later(SETTLE_SECONDS, _settle, running)
        try:
            await stop.wait()
        finally:
            await running.cleanup()

    with asyncio.Runner(loop_factory=new_loop) as outer, contextlib.suppress(KeyboardInterrupt):
        outer.run(main())


def _settle(running: Runner) -> None:
    """Do what the start did not wait for."""
    running.app[EMULATION].readings.warm_up()
    # What is here now stays: the collector need not walk it again and again, for a tenth of a request's time.
    gc.freeze()


async def _end_tasks() -> None:
    """End what the cleanup left, as `asyncio.Runner` does: aiohttp does not wait for what it cancels."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    loop = asyncio.get_running_loop()
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()


class Emulator:
    """An emulator on a free port of this machine, in a thread with an event loop of its own.

    `with Emulator() as emulator:` starts and stops it; `emulator.url` is its address.
    """

    def __init__(self, settings: Settings | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._settings = settings or Settings()
        self._host, self._port = host, port
        self._url: str | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL, such as `http://127.0.0.1:41235`.

        Raises:
            RuntimeError: it is not running.
        """
        if self._url is None:
            raise RuntimeError("The emulator is not running; use `with Emulator() as emulator:` or call start().")
        return self._url

    def start(self) -> Self:
        """Start, and return once requests are accepted.

        Raises:
            InvalidSettingError: the address cannot be used.
        """
        if self._thread is not None:
            raise RuntimeError("The emulator is running already.")
        self._loop = new_loop()
        self._running = runner(self._settings)
        self._thread = threading.Thread(target=self._loop.run_forever, name="northflank-emulator", daemon=True)
        self._thread.start()
        try:
            self._url = self._do(listen(self._running, self._host, self._port))
        except BaseException:
            self._end_thread()
            raise
        return self

    def stop(self) -> None:
        """Stop; does nothing if it is not running."""
        if self._thread is None:
            return
        self._do(self._running.cleanup())
        self._end_thread()

    def reset(self, account: str | None = None) -> None:
        """Forget everything that was stored and counted, or only what belongs to one account."""

        async def reset() -> None:
            self._running.app[EMULATION].reset(account)

        self._do(reset())

    def _do(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _end_thread(self) -> None:
        self._do(_end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join()
        self._loop.close()
        self._thread = self._url = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
