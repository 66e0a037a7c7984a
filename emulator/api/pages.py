"""GET /v1/swagger-html: the contract as a page that works offline, files and all from the package."""

from __future__ import annotations

import functools
from typing import Final

from aiohttp import web

from emulator import contract
from emulator.api import operations
from emulator.api.answers import Answer
from emulator.api.calls import Call
from emulator.api.guard import Guard
from emulator.errors import RouteNotFoundError

_FOLDER: Final = "vendor/swagger-ui/"
_CONTENT_TYPES: Final = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
# The page styles elements by script, which needs unsafe-inline for styles; nothing it loads is from elsewhere.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def register(app: web.Application, guard: Guard) -> None:
    """Add the routes."""
    guard.register(app, operations.SPECIFICATION_PAGE, page)
    guard.register(app, operations.SPECIFICATION_FILE, file)


def page(_call: Call) -> Answer:
    """GET /v1/swagger-html."""
    return _served("index.html", "text/html; charset=utf-8")


def file(call: Call) -> Answer:
    """GET /v1/swagger-html/{file}: what the page loads."""
    name = call.parameters["file"]
    if name not in _CONTENT_TYPES:
        raise RouteNotFoundError
    return _served(name, _CONTENT_TYPES[name])


def _served(name: str, content_type: str) -> Answer:
    answer = Answer(_read(name), content_type=content_type)
    answer.say("Content-Security-Policy", _POLICY)
    answer.say("X-Content-Type-Options", "nosniff")
    return answer


@functools.cache
def _read(name: str) -> bytes:
    return contract.find(_FOLDER + name).read_bytes()
