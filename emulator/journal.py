"""The last calls, as they were: bounded, and shown without secrets.

Recording keeps references only; a call is rendered, and what might be secret is left out, when somebody reads it.
Entries are given away rendered and never otherwise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from emulator import redaction
from emulator.clock import rfc3339
from emulator.events import Events

Rendered = dict[str, Any]
"""A call as JSON: see `render`."""


class Exchange(NamedTuple):
    """One call and its answer.

    `number` is the journal's, `at` is in milliseconds since 1970, `duration` in seconds. `operation` is None for a call
    that no route took, `fault` is the effect of the fault that changed or lost the answer.
    """

    number: int
    at: int
    duration: float
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    operation: str | None
    account: str | None
    fault: str | None
    status: int
    answer_headers: Mapping[str, str]
    answer_body: bytes | None

    def __repr__(self) -> str:
        return f"<Exchange: {self.method}, {self.operation or 'no route'}, {self.status}>"


class Journal:
    """Keeps the last `capacity` calls; 0 keeps none. Hands each to `events`, where somebody listens.

    Attributes:
        dropped: how many calls are no longer kept, because newer ones took their place.
    """

    def __init__(self, capacity: int, events: Events) -> None:
        self.capacity = capacity
        self.dropped = 0
        self._number = 0
        self._exchanges: deque[Exchange] = deque(maxlen=capacity)
        self._events = events

    def __len__(self) -> int:
        return len(self._exchanges)

    @property
    def wanted(self) -> bool:
        """Whether anybody wants a call: to keep it, or to hear of it as it happens."""
        return self.capacity > 0 or bool(self._events)

    def next_number(self) -> int:
        """Return the number of the next call; numbers count from 1 and are never used again."""
        self._number += 1
        return self._number

    def record(self, exchange: Exchange) -> None:
        """Keep one call, in place of the oldest where there is no room."""
        if len(self._exchanges) == self.capacity:
            self.dropped += 1
        self._exchanges.append(exchange)
        if self._events:
            self._events.publish("request", render(exchange))

    def read(self) -> Iterator[Rendered]:
        """Yield the calls that are kept, oldest first."""
        return map(render, list(self._exchanges))

    def reset(self, account: str | None = None) -> None:
        """Forget all calls and how many were dropped, or the calls of one account."""
        kept = [entry for entry in self._exchanges if account is not None and entry.account != account]
        self._exchanges.clear()
        self._exchanges.extend(kept)
        if account is None:
            self.dropped = 0


def render(exchange: Exchange) -> Rendered:
    """Return a call as JSON, without anything that might be secret."""
    rules = exchange.answer_headers.get("x-emulator-rule")
    return {
        "id": exchange.number,
        "at": rfc3339(exchange.at),
        "durationMs": round(exchange.duration * 1000, 3),
        "method": exchange.method,
        "path": redaction.path(exchange.target),
        "query": redaction.query(exchange.target),
        "operation": exchange.operation,
        "account": exchange.account,
        "status": exchange.status,
        "rules": rules.split(", ") if rules else [],
        "fault": exchange.fault,
        "headers": redaction.headers(exchange.headers),
        "body": redaction.body(exchange.body),
        "answer": {
            "headers": redaction.headers(exchange.answer_headers),
            "body": redaction.answer(exchange.answer_body),
        },
    }
