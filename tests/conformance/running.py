"""Runs with probes of their own, and what is stored before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

from emulator.conformance.options import Options
from emulator.conformance.probing import Probe, Stage, probe
from emulator.conformance.session import Session
from tests.conformance.conftest import TOKEN
from tests.conftest import REGISTRIES

LIST = {"data": {"credentials": []}, "pagination": {"hasNextPage": False, "count": 0}}


def options(**chosen: Any) -> Options:
    return Options(**{"token": TOKEN, "seed": 1, **chosen})


async def stored(url: str, token: str = TOKEN, team: str | None = None) -> list[dict[str, Any]]:
    path = REGISTRIES if team is None else f"/v1/teams/{team}/integrations/registries"
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{url}{path}?per_page=100", headers={"Authorization": f"Bearer {token}"}) as response,
    ):
        credentials: list[dict[str, Any]] = (await response.json())["data"]["credentials"]
        return credentials


async def store(url: str, *names: str) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        for name in names:
            body = {"name": name, "provider": "acr"}
            async with client.post(f"{url}{REGISTRIES}", json=body) as response:
                assert response.status == 200


def asking(*rules: str, cost: int = 10, stage: Stage = Stage.BASICS, writes: bool = True) -> Callable[..., Probe]:
    return probe(*rules, cost=cost, stage=stage, writes=writes)


@asking("add.name.required", "add.name.type")
async def a_probe_that_creates_three(session: Session) -> None:
    for _ in range(3):
        await session.living(session.usual_body())
    await session.living(session.usual_body(), team=session.names.team())
    session.verdicts.agree("add.name.required")


@asking("list.order", writes=False)
async def a_probe_that_reads(session: Session) -> None:
    await session.list()
    session.verdicts.agree("list.order")


def probes() -> list[Probe]:
    return [a_probe_that_creates_three, a_probe_that_reads]


def asked(session: Session) -> list[str]:
    """Return what was sent, as `GET /v1/login`."""
    return [f"{exchange.method} {exchange.target}" for exchange in session.exchanges]


def answering(data: Any, *, status: int = 200, **headers: str) -> web.Response:
    """Answer JSON; a header's name is written with `_` for `-`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return web.json_response(data, status=status, headers=named)


def envelope(status: int) -> web.Response:
    return web.json_response({"error": {"status": status, "id": "x", "message": "No."}}, status=status)
