"""The last calls, as they were: bounded, and shown without secrets.

Recording only copies the bytes that came and went; a call is taken apart, and what might be secret is left out, when
somebody reads it. Entries are given away rendered and never otherwise.

The bytes go into the memory of calls that make room for them, and what else is known of a call is packed, some calls
at a time, for the processor's sake. As objects, a thousand calls are twenty thousand pieces that it has long forgotten
when their turn to go comes; that took 8 us of an add, and the less the fewer calls were kept.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from emulator import redaction, reliance
from emulator.clock import rfc3339
from emulator.events import Events
from emulator.exchange import Exchange, as_exchange
from emulator.packing import ACCOUNT, Batch, Kept, batch_of

Rendered = dict[str, Any]
"""A call as JSON: see `render`."""

_BATCH: Final = 23
"""Calls that are packed at once. With more, an add takes hardly less, but the call that they fall on waits longer. A
prime, so that in a client's loop it is not always the same call."""


class Journal:
    """Keeps the last `capacity` calls; 0 keeps none. Hands each to `events`, where somebody listens."""

    def __init__(self, capacity: int, events: Events, settled: Callable[[], Collection[str]] = frozenset) -> None:
        """Ask `settled`, when a call is read, which of the assumed rules a profile settles."""
        self.capacity = capacity
        self._settled = settled
        self._number = 0
        self._recorded: Counter[str | None] = Counter()
        self._open = Batch()
        self._batches: deque[Batch] = deque()
        self._packed = 0
        self._events = events

    def __len__(self) -> int:
        return len(self._accounts())

    def record(  # noqa: PLR0913 - parts, and no object, since most are never read
        self,
        at: int,
        duration: float,
        received: bytes,
        operation: str | None,
        account: str | None,
        fault: str | None,
        sent: Sequence[bytes],
    ) -> None:
        """Keep one call, in place of the oldest where there is no room.

        Args:
            received: the request as it came.
            sent: the answer as it was sent, in one piece or with its body apart.
            at: as the others, what it is in `Exchange`.
        """
        if not (self.capacity or self._events.listeners):
            self._recorded[account] += 1
            return
        self._number = number = self._number + 1
        facts = (number, at, duration, operation, account, fault, len(received), len(sent[0]))
        if self._open.add(facts, received, sent) >= _BATCH:
            self._seal()
        if self._events.listeners:
            self._events.publish("request", render(as_exchange((facts, received, sent)), self._settled()))

    def read(self, account: str | None = None) -> Iterator[Rendered]:
        """Yield the calls that are kept, oldest first: all, or those of one account."""
        settled = self._settled()
        return (render(call, settled) for call in self._kept(account))

    def deciders(self, account: str | None = None) -> Iterator[Sequence[str]]:
        """Yield of each call that is kept the ids of the rules that decided its answer: cheaper than to render it."""
        return map(_deciders, self._kept(account))

    def dropped(self, account: str | None = None) -> int:
        """Return how many calls are no longer kept, because newer ones took their place: of all, or of one account."""
        kept = self._accounts()
        if account is None:
            return sum(self._recorded.values()) - len(kept)
        return self._recorded[account] - kept.count(account)

    def reset(self, account: str | None = None) -> None:
        """Forget all calls and how many were dropped, or the calls of one account."""
        if account is None:
            self._open = Batch()
            self._batches.clear()
            self._packed = 0
            self._recorded.clear()
            return
        self._seal()
        if (surplus := self._packed - self.capacity) > 0:  # else what is not kept any more would be kept again
            self._batches[0] = batch_of(self._batches[0].calls()[surplus:])
        left = (_without(account, batch) for batch in self._batches)
        self._batches = deque(batch for batch in left if len(batch))
        self._packed = sum(map(len, self._batches))
        self._recorded.pop(account, None)

    def _seal(self) -> None:
        """Seal the open batch, and let go of the batches that nothing is kept of any more."""
        batch, batches = self._open, self._batches
        if not len(batch):
            return
        batch.seal()
        self._recorded.update(batch.accounts)
        self._packed += len(batch)
        batches.append(batch)
        memory = None
        while batches and len(batches[0]) <= self._packed - self.capacity:
            oldest = batches.popleft()
            self._packed -= len(oldest)
            memory = oldest.memory()
        self._open = Batch(memory)

    def _accounts(self) -> list[str | None]:
        """Return whose the calls are that are kept, oldest first."""
        self._seal()
        packed = [account for batch in self._batches for account in batch.accounts]
        return packed[max(0, self._packed - self.capacity) :]

    def _kept(self, account: str | None) -> Iterator[Exchange]:
        """Return the calls that are kept now, whatever is recorded while they are read."""
        self._seal()
        kept: list[Kept] = []
        first = max(0, self._packed - self.capacity)  # of the oldest batch: those before are not kept any more
        for batch in self._batches:
            if account is None or account in batch.accounts:
                kept += [call for call in batch.calls()[first:] if account in {None, call[0][ACCOUNT]}]
            first = 0
        return map(as_exchange, kept)


def _without(account: str, batch: Batch) -> Batch:
    """Return a batch without the calls of one account."""
    if account not in batch.accounts:
        return batch
    return batch_of(call for call in batch.calls() if call[0][ACCOUNT] != account)


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
