"""A target that is nearly right: the emulator behind a proxy that changes what passes through it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from emulator import Emulator, Settings
from emulator.conformance.options import Options
from emulator.conformance.probing import Probe, probes_of
from emulator.conformance.run import Report, check


class Refuse(Exception):  # noqa: N818 - it is no error
    """Raised by a defect: the target refuses what it was asked, after it has done `body` if there is one."""

    def __init__(self, body: Any = None) -> None:
        super().__init__()
        self.body = body


class Call(NamedTuple):
    """A request on its way; `kind` is `add`, `patch`, `modify` or another method in small letters."""

    kind: str
    path: str
    body: Any


Defect = Callable[[Call], Any]
"""Returns the body that the emulator gets instead, or raises `Refuse`."""


@dataclass
class _Proxy:
    base: str
    client: aiohttp.ClientSession
    defect: Defect

    async def answer(self, request: web.Request) -> web.Response:
        sent = await request.read()
        refused = False
        if sent:
            call = Call(_kind(request), request.path, _parsed(sent))
            try:
                changed = self.defect(call)
            except Refuse as refusal:
                refused, changed = True, refusal.body
            if changed is not call.body:
                sent = json.dumps(changed).encode()
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        url = URL(self.base + request.raw_path, encoded=True)
        async with self.client.request(request.method, url, data=sent or None, headers=headers) as answer:
            content, status = await answer.read(), answer.status
            if refused and status == 200:
                content, status = json.dumps({"error": {"status": 400, "id": "no", "message": "No."}}).encode(), 400
            shown = {name: value for name, value in answer.headers.items() if name.lower().startswith("x-ratelimit")}
            return web.Response(status=status, body=content, headers=shown, content_type=answer.content_type)


def _kind(request: web.Request) -> str:
    if request.method == "POST":
        return "modify" if request.path.endswith("/modify") else "add"
    return request.method.lower()


def _parsed(sent: bytes) -> Any:
    try:
        return json.loads(sent)
    except ValueError:
        return None


@asynccontextmanager
async def spoiled(defect: Defect) -> AsyncIterator[str]:
    """Yield the base URL of a target with a defect."""
    app = web.Application()
    with Emulator(Settings()) as emulator:
        async with aiohttp.ClientSession() as client:
            app.router.add_route("*", "/{path:.*}", _Proxy(emulator.url, client, defect).answer)
            async with TestServer(app) as server:
                yield str(server.make_url("")).rstrip("/")


def probes_in(modules: Sequence[ModuleType]) -> list[Probe]:
    """Return the probes of some modules."""
    return [probe for module in modules for probe in probes_of(module)]


async def findings(url: str, modules: Sequence[ModuleType], *, seed: int = 0) -> set[str]:
    """Return the rules that the probes of some modules find broken."""
    report = await ask(url, modules, seed=seed)
    return {finding.rule for finding in report.findings}


async def ask(url: str, modules: Sequence[ModuleType], *, seed: int = 0, budget: int = 300) -> Report:
    """Run the probes of some modules, and nothing else."""
    return await check(url, Options(seed=seed, budget=budget), probes=probes_in(modules))
