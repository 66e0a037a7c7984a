"""The control routes, each behind the same checks, each answering errors in the same envelope."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Final, NamedTuple, TypeAlias

from aiohttp import web

from emulator import codec
from emulator.api.answers import control_answer, stamp_control
from emulator.api.emulation import Emulation
from emulator.api.errors import answer_to
from emulator.api.operations import CONTROL
from emulator.control.queries import check_query
from emulator.control.safety import check

Handler: TypeAlias = Callable[[web.Request, Emulation], Awaitable[object]]
"""Returns what is answered as JSON, or a response of its own."""


class Route(NamedTuple):
    """One control route.

    Attributes:
        handler: module of this package and function; loaded when first asked, as its libraries take a tenth of a start.
        query: the parameters that it knows.
        body: whether its handler reads a body; no other route takes one.
        always: it needs no token and is there even while control is off: a container's health check has no token.
    """

    method: str
    path: str
    handler: str
    query: tuple[str, ...] = ()
    body: bool = False
    always: bool = False


ROUTES: Final = (
    Route("GET", "/health", "lifecycle.health", always=True),
    Route("GET", "/ready", "lifecycle.ready", always=True),
    Route("GET", "/openapi.json", "documents.specification", always=True),
    Route("POST", "/reset", "lifecycle.reset", query=("account",), body=True),
    Route("POST", "/seed", "seeds.seed", body=True),
    Route("GET", "/state", "lifecycle.get_state", query=("account",)),
    Route("PUT", "/state", "lifecycle.put_state", body=True),
    Route("GET", "/requests", "requests.read_all", query=("account", "unmatched", "limit")),
    Route("DELETE", "/requests", "requests.forget", query=("account",)),
    Route("POST", "/requests/find", "requests.find", body=True),
    Route("POST", "/requests/count", "requests.count", body=True),
    Route("POST", "/requests/verify", "requests.verify", body=True),
    Route("GET", "/requests/verify", "requests.last_failure"),
    Route("GET", "/credentials", "credentials.read_all", query=("account", "team", "search", "offset", "limit")),
    Route("GET", "/credentials/{credentialId}", "credentials.read_one", query=("account", "team")),
    Route("DELETE", "/credentials/{credentialId}", "credentials.delete", query=("account", "team")),
    Route("GET", "/faults", "faults.read_all"),
    Route("POST", "/faults", "faults.arm", body=True),
    Route("DELETE", "/faults", "faults.disarm_all", query=("account",)),
    Route("DELETE", "/faults/{faultId}", "faults.disarm"),
    Route("GET", "/clock", "switches.get_clock"),
    Route("PUT", "/clock", "switches.put_clock", body=True),
    Route("GET", "/tokens", "switches.get_tokens"),
    Route("PUT", "/tokens", "switches.put_tokens", body=True),
    Route("GET", "/accounts", "switches.get_accounts"),
    Route("GET", "/rules", "documents.rules"),
    Route("GET", "/rules/decided", "documents.decided", query=("account",)),
    Route("GET", "/assumptions", "switches.get_assumptions"),
    Route("PUT", "/assumptions", "switches.put_assumptions", body=True),
    Route("GET", "/profile", "profiles.get_profile"),
    Route("PUT", "/profile", "profiles.put_profile", body=True),
    Route("GET", "/events", "events.stream"),
)


def register(app: web.Application, emulation: Emulation) -> None:
    """Add the routes, and end event streams and a seeding under way when the server stops."""
    for route in ROUTES:
        app.router.add_route(route.method, CONTROL + route.path, _guarded(route, emulation))

    async def end(_: web.Application) -> None:
        emulation.events.close()
        emulation.seeding.reset()  # its thread would go on, and the program wait for it

    app.on_shutdown.append(end)


def _guarded(route: Route, emulation: Emulation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def call(request: web.Request) -> web.StreamResponse:
        try:
            check(request, emulation.settings, always=route.always)
            check_query(request, route.query)
            if not route.body and request.body_exists:
                await _refuse_body(request)
            result = await _handler(route.handler)(request, emulation)
            response = result if isinstance(result, web.StreamResponse) else control_answer(codec.dumps(result))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets the envelope
            response = answer_to(error).response()
        if not response.prepared:
            stamp_control(response)
        return response

    return call


@functools.cache
def _handler(name: str) -> Handler:
    module, _, function = name.partition(".")
    handler: Handler = getattr(import_module(f"emulator.control.{module}"), function)
    return handler


async def _refuse_body(request: web.Request) -> None:
    from emulator.control.bodies import EmptySchema, read

    await read(request, EmptySchema())
