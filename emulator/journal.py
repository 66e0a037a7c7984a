"""The last calls, as they were: bounded, and shown without secrets.

Recording keeps references only; a call is rendered, and what might be secret is left out, when somebody reads it.
Entries are given away rendered and never otherwise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from emulator import redaction, reliance
from emulator.clock import rfc3339
from emulator.events import Events
from emulator.exchange import Exchange, Sent

Rendered = dict[str, Any]
"""A call as JSON: see `render`."""


class Journal:
    """Keeps the last `capacity` calls; 0 keeps none. Hands each to `events`, where somebody listens."""

    def __init__(self, capacity: int, events: Events, settled: Callable[[], Collection[str]] = frozenset) -> None:
        """Ask `settled`, when a call is read, which of the assumed rules a profile settles."""
        self.capacity = capacity
        self._settled = settled
        self._number = 0
        self._dropped: dict[str | None, int] = {}
        self._exchanges: deque[Exchange] = deque(maxlen=capacity)
        self._events = events

    def __len__(self) -> int:
        return len(self._exchanges)

    def record(  # noqa: PLR0913 - parts, and no object, since most are never read
        self,
        at: int,
        duration: float,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        operation: str | None,
        account: str | None,
        fault: str | None,
        answer: Sent,
    ) -> None:
        """Keep one call, in place of the oldest where there is no room; the parts are those of `Exchange`."""
        self._number = number = self._number + 1
        exchanges = self._exchanges
        if len(exchanges) == self.capacity:
            whose = exchanges[0].account if exchanges else account
            self._dropped[whose] = self._dropped.get(whose, 0) + 1
        # `_make` takes half the time of `Exchange(...)`.
        exchange = Exchange._make(
            (number, at, duration, method, target, headers, body, operation, account, fault, answer)
        )
        exchanges.append(exchange)
        if self._events.listeners:
            self._events.publish("request", render(exchange, self._settled()))

    def read(self, account: str | None = None) -> Iterator[Rendered]:
        """Yield the calls that are kept, oldest first: all, or those of one account."""
        kept = [entry for entry in self._exchanges if account is None or entry.account == account]
        settled = self._settled()
        return (render(entry, settled) for entry in kept)

    def deciders(self, account: str | None = None) -> Iterator[Sequence[str]]:
        """Yield of each call that is kept the ids of the rules that decided its answer: cheaper than to render it."""
        kept = [entry for entry in self._exchanges if account is None or entry.account == account]
        return map(_deciders, kept)

    def dropped(self, account: str | None = None) -> int:
        """Return how many calls are no longer kept, because newer ones took their place: of all, or of one account."""
        return sum(self._dropped.values()) if account is None else self._dropped.get(account, 0)

    def reset(self, account: str | None = None) -> None:
        """Forget all calls and how many were dropped, or the calls of one account."""
        kept = [entry for entry in self._exchanges if account is not None and entry.account != account]
        self._exchanges.clear()
        self._exchanges.extend(kept)
        if account is None:
            self._dropped.clear()
        else:
            self._dropped.pop(account, None)


def render(exchange: Exchange, settled: Collection[str] = ()) -> Rendered:
    """Return a call as JSON, without anything that might be secret; `settled` are rules that are no longer assumed."""
    answer_headers = exchange.answer.named
    rules = _refusers(answer_headers)
    deciders = reliance.decided_by(exchange, rules)
    return {
        "id": exchange.number,
        "at": rfc3339(exchange.at),
        "durationMs": round(exchange.duration * 1000, 3),
        "method": exchange.method,
        "path": redaction.path(exchange.target),
        "query": redaction.query(exchange.target),
        "operation": exchange.operation,
        "account": exchange.account,
        "status": exchange.answer.status,
        "rules": rules,
        "assumptions": [rule for rule in deciders if rule not in settled],
        "verified": [rule for rule in deciders if rule in settled],
        "fault": exchange.fault,
        "headers": redaction.headers(exchange.headers),
        "body": redaction.body(exchange.body),
        "answer": {
            "headers": redaction.headers(answer_headers),
            "body": redaction.answer(exchange.answer.body),
        },
    }


def _refusers(answer_headers: Mapping[str, str]) -> list[str]:
    named = answer_headers.get("x-emulator-rule")
    return named.split(", ") if named else []


def _deciders(exchange: Exchange) -> Sequence[str]:
    """Return the ids of the rules that refused a call and of the assumed ones that decided it, each once."""
    refusers = _refusers(exchange.answer.named)
    return list(dict.fromkeys([*refusers, *reliance.decided_by(exchange, refusers)]))
