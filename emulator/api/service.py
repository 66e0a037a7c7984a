"""The routes beside the resource: health, login, and the specification."""

from __future__ import annotations

from aiohttp import web

from emulator import contract
from emulator.api import operations
from emulator.api.answers import Answer, data
from emulator.api.calls import Call
from emulator.api.guard import Guard


def register(app: web.Application, guard: Guard) -> None:
    """Add the routes."""
    guard.register(app, operations.HEALTH, health)
    guard.register(app, operations.LOGIN, login)
    guard.register(app, operations.SPECIFICATION, specification)


def health(_call: Call) -> Answer:
    """GET /v1/: the text that the vendor's health route answers."""
    return Answer(b"success", content_type="text/plain; charset=utf-8")


def login(_call: Call) -> Answer:
    """GET /v1/login: the official command line wants any 200 with JSON for a good token."""
    return data(b"{}")


def specification(_call: Call) -> Answer:
    """GET /v1/swagger-json: the contract."""
    return Answer(contract.specification())
