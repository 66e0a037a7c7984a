"""The last calls, as they were: bounded, and shown without secrets.

Recording only packs what there is; a call is rendered, and what might be secret is left out, when somebody reads it.
Entries are given away rendered and never otherwise.

They are packed, some at a time, and into the memory of those that make room for them, for the processor's sake. As
objects, a thousand calls are twenty thousand pieces that it has long forgotten when their turn to go comes; that took 8
of the 55 us of an add, and the less the fewer calls were kept (1,000: 55 us, 100: 51, 10: 49, none: 49).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from emulator import redaction, reliance
from emulator.clock import rfc3339
from emulator.events import Events
from emulator.exchange import Answered, Exchange, as_exchange
from emulator.packing import Parts, RawHeaders, pack, unpack

Rendered = dict[str, Any]
"""A call as JSON: see `render`."""

_BATCH: Final = 23
"""Calls that are packed at once. With more, an add takes hardly less (16: 52.5 us, 31: 52.0, 127: 51.7), but the call
that they fall on waits longer: 127 take 300 us beside a million credentials. A prime, so that in a client's loop it is
not always the same call."""
_LARGE: Final = _BATCH * 8192
"""Bytes of a packed batch beyond which its memory is given back and not used again."""
_LARGE_ANSWER: Final = 4096
"""Bytes of an answer from which it is cheaper to keep it than to copy it."""
_ACCOUNT: Final = 8
_ANSWER: Final = 11
"""Where in the parts of a call these are."""


class Journal:
    """Keeps the last `capacity` calls; 0 keeps none. Hands each to `events`, where somebody listens."""

    def __init__(self, capacity: int, events: Events, settled: Callable[[], Collection[str]] = frozenset) -> None:
        """Ask `settled`, when a call is read, which of the assumed rules a profile settles."""
        self.capacity = capacity
        self._settled = settled
        self._number = 0
        self._recorded: dict[str | None, int] = {}
        self._latest: list[Parts] = []
        self._batches: deque[_Batch] = deque()
        self._packed = 0
        self._events = events

    def __len__(self) -> int:
        return len(self._accounts())

    def record(  # noqa: PLR0913 - parts, and no object, since most are never read
        self,
        at: int,
        duration: float,
        method: str,
        target: str,
        headers: RawHeaders,
        body: bytes | None,
        operation: str | None,
        account: str | None,
        fault: str | None,
        answer: Answered,
    ) -> None:
        """Keep one call, in place of the oldest where there is no room; the parts are those of `Exchange`."""
        if not (self.capacity or self._events.listeners):
            self._recorded[account] = self._recorded.get(account, 0) + 1
            return
        self._number = number = self._number + 1
        parts = (
            number,
            at,
            duration,
            method,
            target,
            headers,
            body,
            operation,
            account,
            fault,
            answer.status,
            answer.body,
            answer.content_type,
            answer.headers,
            answer.allowance,
        )
        latest = self._latest
        latest.append(parts)
        if len(latest) >= _BATCH:
            self._pack()
        if self._events.listeners:
            self._events.publish("request", render(as_exchange(parts), self._settled()))

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
        return self._recorded.get(account, 0) - kept.count(account)

    def reset(self, account: str | None = None) -> None:
        """Forget all calls and how many were dropped, or the calls of one account."""
        if account is None:
            self._latest.clear()
            self._batches.clear()
            self._packed = 0
            self._recorded.clear()
            return
        self._pack()
        if (surplus := self._packed - self.capacity) > 0:  # else what is not kept any more would be kept again
            self._batches[0] = _Batch(self._batches[0].calls()[surplus:], bytearray())
        self._batches = deque(left for batch in self._batches if (left := batch.without(account)).accounts)
        self._packed = sum(len(batch.accounts) for batch in self._batches)
        self._recorded.pop(account, None)

    def _pack(self) -> None:
        """Pack the latest calls, and let go of the batches that nothing is kept of any more."""
        latest, batches = self._latest, self._batches
        if not latest:
            return
        for parts in latest:
            account = parts[_ACCOUNT]
            self._recorded[account] = self._recorded.get(account, 0) + 1
        buffer = bytearray()
        self._packed += len(latest)
        while batches and len(batches[0].accounts) <= self._packed - self.capacity:
            oldest = batches.popleft()
            self._packed -= len(oldest.accounts)
            buffer = oldest.buffer
        batches.append(_Batch(latest, buffer if len(buffer) <= _LARGE else bytearray()))
        latest.clear()

    def _accounts(self) -> list[str | None]:
        """Return whose the calls are that are kept, oldest first."""
        self._pack()
        packed = [account for batch in self._batches for account in batch.accounts]
        return packed[max(0, self._packed - self.capacity) :]

    def _kept(self, account: str | None) -> Iterator[Exchange]:
        """Return the calls that are kept now, whatever is recorded while they are read."""
        self._pack()
        kept: list[Parts] = []
        first = max(0, self._packed - self.capacity)  # of the oldest batch: those before are not kept any more
        for batch in self._batches:
            if account is None or account in batch.accounts:
                kept += [parts for parts in batch.calls()[first:] if account in {None, parts[_ACCOUNT]}]
            first = 0
        return map(as_exchange, kept)


class _Batch:
    """Some calls, packed, and whose each is."""

    __slots__ = ("accounts", "buffer", "large")

    def __init__(self, calls: Sequence[Parts], buffer: bytearray) -> None:
        """Pack calls into `buffer`, in place of what that holds; large answers stay what they are."""
        self.accounts = [parts[_ACCOUNT] for parts in calls]
        self.large = {at: parts[_ANSWER] for at, parts in enumerate(calls) if len(parts[_ANSWER]) > _LARGE_ANSWER}
        if self.large:
            calls = [_with_answer(parts, b"") if at in self.large else parts for at, parts in enumerate(calls)]
        self.buffer = buffer
        pack(calls, buffer)

    def calls(self) -> list[Parts]:
        """Return the calls, oldest first."""
        calls = unpack(self.buffer)
        for at, answer in self.large.items():
            calls[at] = _with_answer(calls[at], answer)
        return calls

    def without(self, account: str) -> _Batch:
        """Return the batch without the calls of one account."""
        if account not in self.accounts:
            return self
        return _Batch([parts for parts in self.calls() if parts[_ACCOUNT] != account], bytearray())


def _with_answer(parts: Parts, body: bytes) -> Parts:
    return cast("Parts", (*parts[:_ANSWER], body, *parts[_ANSWER + 1 :]))


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
