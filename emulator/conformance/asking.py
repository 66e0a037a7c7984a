"""Asks a target what a clean-up has to know: patiently, and within its rate limit."""

from __future__ import annotations

import asyncio
from typing import Any, Final, NamedTuple

from emulator.conformance import pacing
from emulator.conformance.exchange import Exchange
from emulator.conformance.options import Token
from emulator.conformance.target import Target, UnreachableError

PATIENCE: Final = 60.0
"""Seconds that are spent altogether on waiting for the rate limit; the real one's window is an hour."""
_TRIES: Final = 3
_PAUSE: Final = 0.5
_DEAD: Final = 2
"""Requests in a row that were not answered at any try."""
_TOO_MANY: Final = 429
_BROKEN: Final = 500
_DONE: Final = range(200, 300)


class GaveUpError(Exception):
    """The target cannot be asked any more; the message says why and what to do."""


class Answer(NamedTuple):
    """What came back: the JSON value, if it is one; `status` is 0 where nothing did, and `problem` then says why."""

    status: int
    data: Any = None
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the target did what it was asked for."""
        return self.status in _DONE

    def __str__(self) -> str:
        return f"the target answers {self.status}" if self.status else f"{self.problem}"


class Asker:
    """Asks a target, and counts the `requests`."""

    def __init__(self, target: Target) -> None:
        self.requests = 0
        self._target = target
        self._wait = 0.0
        self._patience = PATIENCE
        self._lost = 0

    async def ask(self, method: str, path: str, token: Token) -> Answer:
        """Send one request, and again where nothing or a failure of the server came back.

        Raises:
            GaveUpError: nobody is there any more, or the rate limit is used up for longer than anybody wants to wait.
        """
        answer = Answer(0)
        for attempt in range(_TRIES):
            await self._be_patient(_PAUSE * attempt)
            self.requests += 1
            try:
                exchange = await self._target.send(method, path, token=token, purpose="clean-up")
            except UnreachableError as error:
                raise GaveUpError(str(error)) from None
            self._heed(exchange)
            answer = Answer(exchange.status, exchange.answer, exchange.problem)
            if answer.status and answer.status < _BROKEN and answer.status != _TOO_MANY:
                break
        self._lost = 0 if answer.status else self._lost + 1
        if self._lost >= _DEAD:
            raise GaveUpError(f"The target does not answer any more ({answer.problem}); run the clean-up again later.")
        return answer

    async def _be_patient(self, pause: float) -> None:
        wait, self._wait = self._wait, 0.0
        if wait > self._patience:
            raise GaveUpError(f"The target's rate limit is used up; run the clean-up again in {_words(wait)}.")
        self._patience -= wait
        if wait or pause:
            await asyncio.sleep(max(wait, pause))

    def _heed(self, exchange: Exchange) -> None:
        """Note how long the next request has to wait, if this answer says that the limit is reached."""
        if exchange.status == _TOO_MANY:
            self._wait = pacing.asked_to_wait(exchange) or _PAUSE
        elif pacing.remaining(exchange) == 0:
            # Too long to wait: then a 429 has to tell, since there are targets that count and refuse nothing.
            reset = pacing.asked_to_wait(exchange) or 0.0
            self._wait = reset if reset <= self._patience else 0.0


def _words(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
