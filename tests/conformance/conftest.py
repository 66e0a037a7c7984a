"""Targets to check, and a talk with them as a probe has it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeAlias

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from emulator import Emulator
from emulator.conformance.names import Names
from emulator.conformance.options import Options
from emulator.conformance.session import Session
from emulator.conformance.target import Target
from emulator.conformance.tokens import Tokens

TOKEN = "account-token"
SEED = 1

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve: TypeAlias = Callable[[Handler], Awaitable[str]]


async def no_wait(seconds: float) -> None:
    """Take the place of waiting where nothing should be waited for."""
    raise AssertionError(f"the run wanted to wait for {seconds} s")


@contextlib.asynccontextmanager
async def talk(url: str, *, seed: int = SEED, wait: Any = no_wait, **options: Any) -> AsyncIterator[Session]:
    """Return what a probe is given, without a run around it."""
    chosen = Options(**{"token": TOKEN, **options})
    names = Names(seed)
    tokens = Tokens(chosen, names.prefix, local=True)
    async with Target(url, tokens, timeout=chosen.timeout) as target:
        yield Session(target, chosen, names, tokens, seed=seed, wait=wait)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A target that keeps the contract, with nothing in it."""
    with Emulator() as running:
        yield running


@pytest.fixture
def serve(aiohttp_server: Any) -> Serve:
    """Start a target that answers every request by one function; return its URL."""

    async def serve(handler: Handler) -> str:
        app = web.Application(client_max_size=1 << 22)
        app.router.add_route("*", "/{path:.*}", handler)
        server: TestServer = await aiohttp_server(app)
        return str(server.make_url("/")).rstrip("/")

    return serve
