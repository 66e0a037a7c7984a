"""Puts the operations into the application, and answers for the calls that none of them takes."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler as RawHandler
from aiohttp.typedefs import Middleware

from emulator import errors
from emulator.api.answers import stamp_control
from emulator.api.calls import Call
from emulator.api.emulation import Emulation
from emulator.api.errors import from_http
from emulator.api.finishing import Finish
from emulator.api.operations import CONTROL, Operation
from emulator.api.served import Handler, Served


class Guard:
    """Puts handlers behind the checks that their operation needs."""

    def __init__(self, emulation: Emulation) -> None:
        self._emulation = emulation
        self._finish = Finish(emulation)
        self.served: dict[tuple[str, str], Served] = {}
        """Every operation by method and path template."""

    def register(self, app: web.Application, operation: Operation, handler: Handler) -> None:
        """Add the route of `operation`. Its handler runs only for callers that may."""
        served = Served(self._emulation, self._finish, operation, handler)

        async def routed(request: web.Request) -> web.StreamResponse:
            return (await served.serve(request, request.match_info)).response()

        self.served[operation.method, operation.path] = served
        app.router.add_route(operation.method, operation.path, routed, name=operation.name)

    def middleware(self) -> Middleware:
        """Return the middleware that answers for calls that no route takes."""

        @web.middleware
        async def unmatched(request: web.Request, handler: RawHandler) -> web.StreamResponse:
            call = Call.of(request, None, {}, self._emulation.clock.now())
            try:
                return await handler(request)
            except web.HTTPException as error:
                raised = error
            if f"{request.path}/".startswith(f"{CONTROL}/"):
                response = from_http(raised).response()
                stamp_control(response)
                return response
            call.account = self._account(request)
            return self._finish(call, from_http(raised, self._emulation.readings.learnt)).response()

        return unmatched

    def _account(self, request: web.BaseRequest) -> str | None:
        """Return whose call it is that no route takes, if its token is good; it needs none."""
        try:
            return self._emulation.tenants.caller(request.headers.get("Authorization")).account
        except errors.UnauthorizedError:
            return None
