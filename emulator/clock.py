"""The one source of time."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Final

_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_END: Final = 253_402_300_800_000
"""The year 10000: a time has four digits for the year."""


class Clock:
    """Wall-clock time in milliseconds since 1970, which tests can freeze, set and advance.

    Args:
        source: seconds since 1970; replaced only by tests of the clock itself.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0
        self._frozen: int | None = None

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen is not None

    def now(self) -> int:
        """Return milliseconds since 1970."""
        if self._frozen is not None:
            return self._frozen
        return int(self._source() * 1000) + self._offset

    def after(self, earlier: int) -> int:
        """Return the time for a change to something stamped `earlier`.

        Running time always moves on by a millisecond at least, so that a change shows; frozen time is what was set.
        """
        now = self.now()
        return now if self._frozen is not None else max(now, earlier + 1)

    def freeze(self, at: int | None = None) -> None:
        """Stop at `at`, in milliseconds since 1970, or at the present."""
        self._frozen = self.now() if at is None else at

    def set(self, at: int) -> None:
        """Go to `at`, in milliseconds since 1970; time that ran runs on from there."""
        if self._frozen is None:
            self._offset += at - self.now()
        else:
            self._frozen = at

    def unfreeze(self) -> None:
        """Run again, from the present of the frozen clock."""
        if self._frozen is not None:
            at, self._frozen = self._frozen, None
            self.set(at)

    def advance(self, milliseconds: int) -> None:
        """Move on by `milliseconds`, frozen or running."""
        if self._frozen is None:
            self._offset += milliseconds
        else:
            self._frozen += milliseconds

    def reset(self) -> None:
        """Run with the machine's time again."""
        self._offset = 0
        self._frozen = None


@functools.lru_cache(maxsize=8)  # requests of one millisecond ask for the same text again and again
def rfc3339(milliseconds: int) -> str:
    """Return an instant as RFC 3339 in UTC with milliseconds: `2026-11-24T05:24:06.120Z`."""
    seconds, fraction = divmod(milliseconds, 1000)
    return f"{_to_the_second(seconds)}.{fraction:03}Z"


@functools.lru_cache(maxsize=8)
def _to_the_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def http_date() -> bytes:
    """Return the machine's time as the header `Date` has it, whatever a `Clock` says: caches count by it."""
    return _http_date(int(time.time()))


@functools.lru_cache(maxsize=2)
def _http_date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode("ascii")


def parse_rfc3339(text: str) -> int:
    """Return an RFC 3339 time in milliseconds since 1970; what is finer is cut off.

    Raises:
        ValueError: it is none, or not from the years 1970 to 9999.
    """
    # What Python reads besides is left out: dates without a time, times without an offset, weeks, ...
    if not _RFC3339.fullmatch(text):
        raise ValueError("no RFC 3339 time")
    instant = (datetime.fromisoformat(text.upper()) - _EPOCH) // _MILLISECOND
    if not 0 <= instant < _END:
        raise ValueError("not from the years 1970 to 9999")
    return instant
