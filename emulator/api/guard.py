"""What every emulated request passes: who asks, may they, and how many requests are left; then the answer's headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from aiohttp import web
from aiohttp.typedefs import Middleware

from emulator import errors
from emulator.api.answers import stamp
from emulator.api.errors import error_answer, from_bug, from_http
from emulator.api.operations import Operation
from emulator.api.readings import Readings
from emulator.models import Caller
from emulator.ratelimit import RateLimit
from emulator.tenancy import Tenants

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

CALLER: Final = "caller"
"""The key under which a guarded request holds its `Caller`."""


class Guard:
    """Registers handlers behind the checks that their operation needs, and answers what they raise."""

    def __init__(self, tenants: Tenants, rate_limit: RateLimit, readings: Readings) -> None:
        self._tenants = tenants
        self._rate_limit = rate_limit
        self._readings = readings

    def register(self, app: web.Application, operation: Operation, handler: Handler) -> None:
        """Add the route of `operation`. Its handler runs only for callers that may."""
        guarded = self._checked(operation, handler) if operation.needs_token else handler
        app.router.add_route(operation.method, operation.path, guarded, name=operation.name)

    def _checked(self, operation: Operation, handler: Handler) -> Handler:
        permission = operation.permission

        async def check(request: web.Request) -> web.StreamResponse:
            caller = self._tenants.caller(request.headers.get("Authorization"))
            request[CALLER] = caller
            self._rate_limit.count(caller.account)
            if permission is not None and permission not in caller.permissions:
                raise errors.ForbiddenError(permission)
            return await handler(request)

        return check

    def middleware(self) -> Middleware:
        """Return the middleware that turns exceptions into answers and stamps every answer."""

        @web.middleware
        async def exchange(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                response = await handler(request)
            except errors.EmulatorError as error:
                response = error_answer(error, constraint_status=self._readings.constraint_status)
            except web.HTTPException as error:
                response = from_http(error)
            except ConnectionError:
                raise  # the client has gone: nobody is there to answer
            except Exception as error:  # noqa: BLE001 - whatever it is, the client gets the envelope
                response = from_bug(error)
            caller: Caller | None = request.get(CALLER)
            stamp(response, self._rate_limit.allowance(caller.account if caller else None))
            return response

        return exchange
