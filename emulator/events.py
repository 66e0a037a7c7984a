"""What happens, as it happens, for whoever listens; nothing is made for nobody."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from emulator import codec

BACKLOG: Final = 1000
"""Events that wait for a slow listener; of more it is told only how many it missed."""
BACKLOG_BYTES: Final = 4 * 1024 * 1024
"""The same in bytes, since a single call can have a body of a megabyte."""


class Event(NamedTuple):
    """Something that happened: `request` (a rendered call), `change` (of state) or `missed` (events lost); as JSON."""

    kind: str
    data: bytes


class Listener:
    """One listener's queue; it never grows past `BACKLOG` and `BACKLOG_BYTES`."""

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self._bytes = 0
        self._missed = 0
        self._wake = asyncio.Event()
        self.closed = False

    def put(self, event: Event) -> None:
        """Queue an event, or count it as missed where the queue is full."""
        size = len(event.data)
        # Once one is missed the others are too, until it is told: what is told comes before what follows.
        if self._missed or len(self._waiting) >= BACKLOG or self._bytes + size > BACKLOG_BYTES:
            self._missed += 1
        else:
            self._waiting.append(event)
            self._bytes += size
        self._wake.set()

    def close(self) -> None:
        """Let `take` return at once, now and from now on."""
        self.closed = True
        self._wake.set()

    async def take(self, patience: float) -> list[Event]:
        """Return what has happened since the last time; nothing after `patience` seconds in which nothing did."""
        try:
            await asyncio.wait_for(self._wake.wait(), patience)
        except TimeoutError:
            return []
        if not self.closed:
            self._wake.clear()
        events = list(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        if self._missed:
            events.append(Event("missed", codec.dumps({"count": self._missed})))
            self._missed = 0
        return events


class Events:
    """Hands events to the listeners there are; false while there are none."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Hand out an event."""
        if self.listeners:
            event = Event(kind, codec.dumps(data))
            for listener in self.listeners:
                listener.put(event)

    def change(self, what: str, **data: Any) -> None:
        """Hand out a change of state, without any secret in it."""
        self.publish("change", {"what": what, **data})

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        """Listen within the block."""
        listener = Listener()
        self.listeners.append(listener)
        try:
            yield listener
        finally:
            self.listeners.remove(listener)

    def close(self) -> None:
        """End all listening, because the server stops."""
        for listener in self.listeners:
            listener.close()

    def reset(self) -> None:
        """Tell that everything is back in the start state; listeners stay."""
        self.change("reset")
