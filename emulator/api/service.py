"""The routes beside the resource: health, login, and the specification."""

from __future__ import annotations

from aiohttp import web

from emulator import contract
from emulator.api import operations
from emulator.api.answers import answer, data
from emulator.api.guard import Guard
from emulator.models import Caller


def register(app: web.Application, guard: Guard) -> None:
    """Add the routes."""
    guard.register(app, operations.HEALTH, health)
    guard.register(app, operations.LOGIN, login)
    guard.register(app, operations.SPECIFICATION, specification)


async def health(_request: web.Request, _caller: Caller) -> web.Response:
    """GET /v1/: the text that the vendor's health route answers."""
    return answer(b"success", content_type="text/plain; charset=utf-8")


async def login(_request: web.Request, _caller: Caller) -> web.Response:
    """GET /v1/login: the official command line wants any 200 with JSON for a good token."""
    return data(b"{}")


async def specification(_request: web.Request, _caller: Caller) -> web.Response:
    """GET /v1/swagger-json: the contract."""
    return answer(contract.specification())
