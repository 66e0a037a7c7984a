"""GET events: what happens, as server-sent events."""

from __future__ import annotations

from typing import Final

from aiohttp import web

import emulator
from emulator.api.emulation import Emulation

_PATIENCE: Final = 15.0
"""Seconds without an event until a comment shows that the stream lives."""


async def stream(request: web.Request, emulation: Emulation) -> web.StreamResponse:
    """Send `request`, `change` and `missed` events until the client goes or the server stops."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "x-emulator-version": emulator.__version__,
        }
    )
    with emulation.events.listen() as listener:
        await response.prepare(request)
        await response.write(b": listening\n\n")
        try:
            while not listener.closed:
                events = await listener.take(_PATIENCE)
                lines = [b"event: %s\ndata: %s\n\n" % (event.kind.encode("ascii"), event.data) for event in events]
                await response.write(b"".join(lines) or b": still here\n\n")
        except ConnectionError:
            pass  # the client has gone
    return response
