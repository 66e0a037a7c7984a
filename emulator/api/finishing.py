"""The end of every emulated call: the usual headers, and the journal."""

from __future__ import annotations

from time import perf_counter

from emulator.api.answers import Answer
from emulator.api.calls import Call
from emulator.api.emulation import Emulation
from emulator.api.misbehaviour import use_up
from emulator.exchange import as_received


class Finish:
    """Says in an answer what is left of the hour, and records the call."""

    def __init__(self, emulation: Emulation) -> None:
        self._rate_limit = emulation.rate_limit
        self._journal = emulation.journal

    def __call__(self, call: Call, answer: Answer) -> Answer:
        """Finish an answer and return it."""
        answer.allowance = call.allowance or self._rate_limit.allowance(call.account, call.now)
        fault: str | None = None
        if answer.headers is not None:
            fault = answer.headers.get("x-emulator-fault")
            if fault == "rate-limit":
                use_up(answer)
        answer.wire = answer.rendered()
        message = call.message
        received = as_received(message.method, message.path, message.raw_headers, call.body or b"", call.data)
        duration = perf_counter() - call.started
        self._journal.record(call.now, duration, call.operation, call.account, fault, received, answer.wire)
        return answer
