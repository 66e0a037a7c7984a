"""Connections whose client may leave, or be left: waits that last no longer than the client does."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp.web_protocol import RequestHandler

LOOK_SECONDS: Final = 0.05
"""How often a server other than this package's is asked whether its client is still there."""


class Connection:
    """What a connection needs to cut a wait short: it calls `end_wait` once its client has left."""

    direct = False
    """Whether answers are written to it without asking whether it is being closed."""
    _wait: asyncio.Future[None] | None = None

    async def wait(self, seconds: float) -> None:
        """Wait for some seconds, or until the client leaves; a connection has one request at a time."""
        loop = asyncio.get_running_loop()
        self._wait = loop.create_future()
        timer = loop.call_later(seconds, self.end_wait)
        try:
            await self._wait
        finally:
            timer.cancel()
            self._wait = None

    def end_wait(self) -> None:
        """End the wait, if there is one."""
        if self._wait is not None and not self._wait.done():
            self._wait.set_result(None)


async def wait(connection: RequestHandler, seconds: float) -> None:
    """Wait for some seconds, or until the client has left."""
    if not seconds:
        return
    if isinstance(connection, Connection):
        if _is_there(connection):
            await connection.wait(seconds)
        return
    # aiohttp's own connections tell nobody, unless they are to cancel what is under way.
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while _is_there(connection) and (left := end - loop.time()) > 0:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(min(left, LOOK_SECONDS))


def _is_there(connection: RequestHandler) -> bool:
    transport = connection.transport
    return transport is not None and not transport.is_closing()
