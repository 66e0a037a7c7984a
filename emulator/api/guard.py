"""What every emulated call passes: who asks, may they, is a fault armed; then the answer's headers and the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TypeAlias

from aiohttp import web
from aiohttp.typedefs import Handler as RawHandler
from aiohttp.typedefs import Middleware

from emulator import errors
from emulator.api.answers import stamp, stamp_control
from emulator.api.bodies import BODY, read_body
from emulator.api.emulation import Emulation
from emulator.api.errors import answer_to, from_http
from emulator.api.misbehaviour import Met, meet, preferred, use_up
from emulator.api.operations import CONTROL, Operation
from emulator.journal import Exchange
from emulator.models import Caller

Handler: TypeAlias = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]

NOBODY = Caller("", frozenset())
"""The caller of operations that need no token."""


class Guard:
    """Registers handlers behind the checks that their operation needs, and answers what they raise."""

    def __init__(self, emulation: Emulation) -> None:
        self._tenants = emulation.tenants
        self._rate_limit = emulation.rate_limit
        self._readings = emulation.readings
        self._clock = emulation.clock
        self._faults = emulation.faults
        self._journal = emulation.journal
        self._max_body = emulation.settings.max_body

    def register(self, app: web.Application, operation: Operation, handler: Handler) -> None:
        """Add the route of `operation`. Its handler runs only for callers that may."""
        name = operation.name

        async def call(request: web.Request) -> web.StreamResponse:
            started = perf_counter()
            account: str | None = None
            met: Met | None = None
            response: web.StreamResponse
            try:
                caller = NOBODY
                if operation.needs_token:
                    caller = self._tenants.caller(request.headers.get("Authorization"))
                    account = caller.account
                met = self._met(request, name, account)
                if met is not None and met.early:
                    await self._delay(request, met)
                if met is not None and met.replaces:
                    response = met.answer()
                else:
                    response = await self._checked(request, operation, handler, caller)
            except Exception as error:  # noqa: BLE001 - whatever it is, the client gets the envelope
                response = answer_to(error, constraint_status=self._readings.constraint_status)
            if met is None:
                return self._finish(request, name, account, response, started)
            return await meet(met, request, response, lambda last: self._finish(request, name, account, last, started))

        app.router.add_route(operation.method, operation.path, call, name=name)

    async def _checked(
        self, request: web.Request, operation: Operation, handler: Handler, caller: Caller
    ) -> web.StreamResponse:
        if operation.needs_token:
            self._rate_limit.count(caller.account)
            if operation.permission is not None and operation.permission not in caller.permissions:
                raise errors.ForbiddenError(operation.permission)
        return await handler(request, caller)

    async def _delay(self, request: web.Request, met: Met) -> None:
        """Wait with the body at hand: a client that leaves in the meantime takes along what is not read yet."""
        broken: errors.EmulatorError | None = None
        try:
            await read_body(request, limit=self._max_body)
        except errors.EmulatorError as error:
            broken = error
        await asyncio.sleep(met.wait)
        if broken is not None and not met.replaces:
            raise broken

    def _met(self, request: web.Request, operation: str, account: str | None) -> Met | None:
        """Return the fault that this call meets, if any: one that is armed, else one that the client prefers."""
        armed = self._faults.meeting(operation, account) if self._faults else None
        if armed is not None:
            return Met.armed(armed)
        wishes = request.headers.getall("Prefer", None)
        return preferred(", ".join(wishes)) if wishes else None

    def _finish(
        self,
        request: web.Request,
        operation: str | None,
        account: str | None,
        response: web.StreamResponse,
        started: float,
    ) -> web.StreamResponse:
        stamp(response, self._rate_limit.allowance(account))
        headers = response.headers
        fault = headers.get("x-emulator-fault")
        if fault == "rate-limit":
            use_up(headers)
        if not self._journal.wanted:
            self._journal.dropped += 1
            return response
        body = response.body if isinstance(response, web.Response) else None
        # Parts and not the whole answer: what is kept is a thousand times as much as what is at work.
        exchange = Exchange(
            self._journal.next_number(),
            self._clock.now(),
            perf_counter() - started,
            request.method,
            request.raw_path,
            request.headers,
            request.get(BODY),
            operation,
            account,
            fault,
            response.status,
            headers,
            body if isinstance(body, bytes) else None,
        )
        self._journal.record(exchange)
        return response

    def middleware(self) -> Middleware:
        """Return the middleware that answers for calls that no route takes."""

        @web.middleware
        async def unmatched(request: web.Request, handler: RawHandler) -> web.StreamResponse:
            started = perf_counter()
            try:
                return await handler(request)
            except web.HTTPException as error:
                response = from_http(error)
            if f"{request.path}/".startswith(f"{CONTROL}/"):
                stamp_control(response)
                return response
            return self._finish(request, None, None, response, started)

        return unmatched
