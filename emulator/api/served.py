"""An operation and what every call of it passes: who asks, may they, is a fault armed, what does the body say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from aiohttp import StreamReader, web
from aiohttp.hdrs import AUTHORIZATION
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler
from multidict import istr

from emulator import errors
from emulator.api.answers import Answer
from emulator.api.bodies import is_at_hand, read_body, read_text, text_at_hand
from emulator.api.calls import Call
from emulator.api.emulation import Emulation
from emulator.api.errors import answer_to
from emulator.api.finishing import Finish
from emulator.api.leaving import wait
from emulator.api.misbehaviour import Met, meet, preferred
from emulator.api.operations import Operation
from emulator.models import Caller

Handler: TypeAlias = Callable[[Call], Answer]
"""What an operation does once its body is at hand: nothing comes in between."""

_PREFER: Final = istr("Prefer")
_NOBODY: Final = Caller("", frozenset())
"""The caller of operations that need no token."""


class Served:
    """Answers the calls of one operation."""

    def __init__(self, emulation: Emulation, finish: Finish, operation: Operation, handler: Handler) -> None:
        self._operation = operation
        self._handler = handler
        self._clock = emulation.clock
        self._tenants = emulation.tenants
        self._rate_limit = emulation.rate_limit
        self._readings = emulation.readings
        self._faults = emulation.faults
        self._max_body = emulation.settings.max_body
        self._finish = finish

    def at_once(
        self,
        message: RawRequestMessage,
        content: StreamReader,
        connection: RequestHandler,
        parameters: Mapping[str, str],
        data: bytes,
    ) -> Answer | None:
        """Return the answer to a call that `data` has ended; None, and nothing done, where it might take a wait."""
        operation = self._operation
        call = Call(message, content, connection, operation.name, parameters, self._clock.now())
        call.data = data
        if not is_at_hand(call) or _PREFER in message.headers:
            return None
        try:
            self._identify(call)
            if self._faults.concern(operation.name, call.account):
                return None
            self._admit(call)
            if operation.takes_body:
                call.text = text_at_hand(
                    call, self._readings.behaviour, limit=self._max_body, may_be_empty=operation.may_be_empty
                )
            answer = self._handler(call)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets the envelope
            answer = answer_to(error, self._readings.learnt)
        return self._finish(call, answer)

    async def serve(self, request: web.BaseRequest, parameters: Mapping[str, str]) -> Answer:
        """Return the answer to any call: as `at_once`, but for what there is to wait for."""
        operation = self._operation
        call = Call.of(request, operation.name, parameters, self._clock.now())
        met: Met | None = None
        try:
            self._identify(call)
            met = self._met(call)
            if met is not None and met.early:
                await self._delay(call, met)
            if met is not None and met.replaces:
                answer = met.answer()
            else:
                self._admit(call)
                if operation.takes_body:
                    call.text = await read_text(
                        call, self._readings.behaviour, limit=self._max_body, may_be_empty=operation.may_be_empty
                    )
                answer = self._handler(call)
        except Exception as error:  # noqa: BLE001 - as above
            answer = answer_to(error, self._readings.learnt)
        if met is None:
            return self._finish(call, answer)
        return await meet(met, call.connection, answer, lambda last: self._finish(call, last))

    def _identify(self, call: Call) -> None:
        """Find out who asks.

        Raises:
            UnauthorizedError: a token is needed, and the call has none, or none that counts.
        """
        if self._operation.needs_token:
            call.caller = caller = self._tenants.caller(call.message.headers.get(AUTHORIZATION))
            call.account = caller.account
        else:
            call.caller = _NOBODY

    def _admit(self, call: Call) -> None:
        """Count the call, and let it pass if its caller may do that.

        Raises:
            RateLimitedError, ForbiddenError: it does not pass.
        """
        if call.account is not None:
            call.allowance = self._rate_limit.count(call.account, call.now)
        permission = self._operation.permission
        if permission is not None and permission not in call.caller.permissions:
            raise errors.ForbiddenError(permission)

    def _met(self, call: Call) -> Met | None:
        """Return the fault that this call meets, if any: one that is armed, else one that the client prefers."""
        armed = self._faults.meeting(self._operation.name, call.account)
        if armed is not None:
            return Met.armed(armed)
        wishes = call.message.headers.getall(_PREFER, None)
        return preferred(", ".join(wishes)) if wishes else None

    async def _delay(self, call: Call, met: Met) -> None:
        """Wait with the body at hand: a client that leaves in the meantime takes along what is not read yet.

        It does not take along the call: that is carried out and recorded at once, as nobody waits for it any more.
        """
        broken: errors.EmulatorError | None = None
        try:
            await read_body(call, limit=self._max_body)
        except errors.EmulatorError as error:
            broken = error
        await wait(call.connection, met.wait)
        if broken is not None and not met.replaces:
            raise broken
