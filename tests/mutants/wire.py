"""What goes over the wire: requests and answers as plain values, and the server that carries them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

Json = Any

LARGEST_BODY = 1024 * 1024
"""Bytes."""


@dataclass(frozen=True)
class Call:
    """A request; `parts` are the decoded segments of its path."""

    method: str
    path: str
    parts: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Answer:
    """An answer; `content` is JSON, or a text where `kind` says so."""

    status: int
    content: Json
    kind: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    """Seconds to wait before it is sent."""
    compressed: bool = False
    last: bool = False
    """Whether the connection ends with it."""

    def raw(self) -> bytes:
        if isinstance(self.content, bytes):
            return self.content
        if self.kind.startswith("text/"):
            return str(self.content).encode()
        return json.dumps(self.content).encode()


class RefusedError(Exception):
    """A request that is not done; `code` is the word that error.id has."""

    def __init__(self, status: int, code: str, text: str, details: Mapping[str, Json] | None = None) -> None:
        self.status = status
        self.code = code
        self.text = text
        self.details = details
        self.headers: dict[str, str] = {}
        super().__init__(text)


class Answering(Protocol):
    def handle(self, call: Call) -> Answer: ...

    def malformed(self) -> Answer:
        """Answer what is no well-formed HTTP."""


class Handler(RequestHandler):
    """Has bytes that are no HTTP answered by the target too."""

    target: Answering

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status != 400:
            return super().handle_error(request, status, exc, message)
        response = response_of(self.target.malformed())
        response.force_close()
        return response

    def log_exception(self, *_arguments: object, **_more: object) -> None:
        """Say nothing: what is no HTTP is sent on purpose, and slips are raised at the end."""


class Server(web.Server):
    target: Answering

    def __call__(self) -> RequestHandler:
        handler = Handler(self, loop=self._loop, **self._kwargs)
        handler.target = self.target
        return handler


def response_of(made: Answer) -> web.Response:
    return web.Response(status=made.status, body=made.raw(), headers={"Content-Type": made.kind, **made.headers})


async def read_call(request: web.BaseRequest) -> Call:
    """Return a request as a plain value; a body that is too large is cut off one byte after the limit."""
    body = b""
    while len(body) <= LARGEST_BODY and (chunk := await request.content.readany()):
        body += chunk
    path = request.rel_url.raw_path
    return Call(
        method=request.method,
        path=path,
        parts=tuple(unquote(part) for part in path.split("/")[1:]),
        query=tuple(request.rel_url.query.items()),
        headers=request.headers,
        body=body[: LARGEST_BODY + 1],
    )


@contextlib.asynccontextmanager
async def serving(target: Answering) -> AsyncIterator[str]:
    """Serve a target on a free port of the loopback until the block ends; yields its URL.

    What the target raises is raised when the block ends: a mutant is to be found for its defect, not for a slip.
    """
    slips: list[Exception] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        call = await read_call(request)
        try:
            made = target.handle(call)
        except Exception as slip:
            slips.append(slip)
            raise
        if made.delay:
            await asyncio.sleep(made.delay)
        response = response_of(made)
        if made.compressed:
            response.enable_compression()
        if made.last:
            response.force_close()
        return response

    server = Server(answer)
    server.target = target
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
    if slips:
        raise slips[0]
