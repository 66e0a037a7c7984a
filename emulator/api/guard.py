"""What every emulated call passes: who asks, may they, is a fault armed; then the usual headers and the journal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Final, TypeAlias

from aiohttp import web
from aiohttp.hdrs import AUTHORIZATION
from aiohttp.typedefs import Handler as RawHandler
from aiohttp.typedefs import Middleware
from multidict import istr

from emulator import errors
from emulator.api.answers import Answer, stamp_control
from emulator.api.bodies import read_body, read_text, usual_text
from emulator.api.calls import Call
from emulator.api.emulation import Emulation
from emulator.api.errors import answer_to, from_http
from emulator.api.leaving import wait
from emulator.api.misbehaviour import Met, meet, preferred, use_up
from emulator.api.operations import CONTROL, Operation
from emulator.models import Allowance, Caller, Permission

Handler: TypeAlias = Callable[[Call], Answer]
"""What an operation does once its body is at hand: nothing comes in between."""
Served: TypeAlias = Callable[[web.BaseRequest, Mapping[str, str]], Awaitable[Answer]]
"""An operation behind its guard: takes a request and the parameters of its path."""

_PREFER: Final = istr("Prefer")
_NOBODY: Final = Caller("", frozenset())
"""The caller of operations that need no token."""


class Guard:
    """Puts handlers behind the checks that their operation needs, and answers what they raise."""

    def __init__(self, emulation: Emulation) -> None:
        self._tenants = emulation.tenants
        self._rate_limit = emulation.rate_limit
        self._readings = emulation.readings
        self._clock = emulation.clock
        self._faults = emulation.faults
        self._journal = emulation.journal
        self._max_body = emulation.settings.max_body
        self.served: dict[tuple[str, str], Served] = {}
        """Every operation by method and path template."""

    def register(self, app: web.Application, operation: Operation, handler: Handler) -> None:
        """Add the route of `operation`. Its handler runs only for callers that may."""
        serve = self._guarded(operation, handler)

        async def routed(request: web.Request) -> web.StreamResponse:
            return (await serve(request, request.match_info)).response()

        self.served[operation.method, operation.path] = serve
        app.router.add_route(operation.method, operation.path, routed, name=operation.name)

    def _guarded(self, operation: Operation, handler: Handler) -> Served:  # noqa: C901
        name, needs_token, permission = operation.name, operation.needs_token, operation.permission
        takes_body, may_be_empty = operation.takes_body, operation.may_be_empty
        clock, tenants, faults, rate_limit = self._clock, self._tenants, self._faults, self._rate_limit
        readings, max_body = self._readings, self._max_body

        # All in one coroutine: each that waits for another takes half a microsecond of the 50.
        async def serve(  # noqa: C901
            request: web.BaseRequest, parameters: Mapping[str, str]
        ) -> Answer:
            started = perf_counter()
            call = Call(request, parameters, clock.now())
            headers = call.message.headers
            account: str | None = None
            allowance: Allowance | None = None
            met: Met | None = None
            try:
                if needs_token:
                    call.caller = caller = tenants.caller(headers.get(AUTHORIZATION))
                    account = caller.account
                else:
                    call.caller = caller = _NOBODY
                if faults.watching(name) or _PREFER in headers:
                    met = self._met(call, name, account)
                    if met is not None and met.early:
                        await self._delay(call, met)
                if met is not None and met.replaces:
                    answer = met.answer()
                else:
                    if account is not None:
                        allowance = rate_limit.count(account, call.now)
                    if permission is not None:
                        _check(permission, caller)
                    if takes_body:
                        call.text = usual_text(call, limit=max_body) or await read_text(
                            call, readings.behaviour, limit=max_body, may_be_empty=may_be_empty
                        )
                    answer = handler(call)
            except Exception as error:  # noqa: BLE001 - whatever it is, the client gets the envelope
                answer = answer_to(error, readings.learnt)
            answer.allowance = allowance
            if met is None:
                return self._finish(call, name, account, answer, started)
            return await meet(met, request, answer, lambda last: self._finish(call, name, account, last, started))

        return serve

    async def _delay(self, call: Call, met: Met) -> None:
        """Wait with the body at hand: a client that leaves in the meantime takes along what is not read yet.

        It does not take along the call: that is carried out and recorded at once, as nobody waits for it any more.
        """
        broken: errors.EmulatorError | None = None
        try:
            await read_body(call, limit=self._max_body)
        except errors.EmulatorError as error:
            broken = error
        await wait(call.request, met.wait)
        if broken is not None and not met.replaces:
            raise broken

    def _met(self, call: Call, operation: str, account: str | None) -> Met | None:
        """Return the fault that this call meets, if any: one that is armed, else one that the client prefers."""
        armed = self._faults.meeting(operation, account)
        if armed is not None:
            return Met.armed(armed)
        wishes = call.message.headers.getall(_PREFER, None)
        return preferred(", ".join(wishes)) if wishes else None

    def _finish(self, call: Call, operation: str | None, account: str | None, answer: Answer, started: float) -> Answer:
        if answer.allowance is None:
            answer.allowance = self._rate_limit.allowance(account, call.now)
        fault: str | None = None
        if answer.headers is not None:
            fault = answer.headers.get("x-emulator-fault")
            if fault == "rate-limit":
                use_up(answer)
        message = call.message
        self._journal.record(
            call.now,
            perf_counter() - started,
            message.method,
            message.path,
            message.raw_headers,
            call.body,
            operation,
            account,
            fault,
            answer,
        )
        return answer

    def middleware(self) -> Middleware:
        """Return the middleware that answers for calls that no route takes."""

        @web.middleware
        async def unmatched(request: web.Request, handler: RawHandler) -> web.StreamResponse:
            started = perf_counter()
            try:
                return await handler(request)
            except web.HTTPException as error:
                raised = error
            if f"{request.path}/".startswith(f"{CONTROL}/"):
                response = from_http(raised).response()
                stamp_control(response)
                return response
            answer = from_http(raised, self._readings.learnt)
            account = self._account(request)
            return self._finish(Call(request, {}, self._clock.now()), None, account, answer, started).response()

        return unmatched

    def _account(self, request: web.BaseRequest) -> str | None:
        """Return whose call it is that no route takes, if its token is good; it needs none."""
        try:
            return self._tenants.caller(request.headers.get("Authorization")).account
        except errors.UnauthorizedError:
            return None


def _check(permission: Permission, caller: Caller) -> None:
    if permission not in caller.permissions:
        raise errors.ForbiddenError(permission)
