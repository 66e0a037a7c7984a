"""The hourly window of each account: documented as 1000 requests an hour, counted from the first."""

from __future__ import annotations

from typing import Final

from emulator.errors import RateLimitedError
from emulator.models import Allowance

WINDOW_SECONDS: Final = 3600
_WINDOW: Final = WINDOW_SECONDS * 1000


class RateLimit:
    """Counts requests by account; times are in milliseconds since 1970.

    Args:
        limit: requests per window; 0 switches counting off.
        enforce: refuse what is over the limit; otherwise only say what is left.
    """

    def __init__(self, *, limit: int, enforce: bool) -> None:
        self.limit = limit
        self.enforce = enforce
        self._windows: dict[str, list[int]] = {}

    def count(self, account: str, now: int) -> Allowance | None:
        """Count one request, and return what is left; None where nothing is counted.

        Raises:
            RateLimitedError: the window is used up, and limits are enforced.
        """
        limit = self.limit
        if not limit:
            return None
        window = self._windows.get(account)
        if window is None or not window[0] <= now < window[0] + _WINDOW:
            window = self._windows[account] = [now, 0]
        if self.enforce and window[1] >= limit:
            raise RateLimitedError(limit, _seconds_left(window[0], now))
        window[1] = counted = window[1] + 1
        left = limit - counted if counted < limit else 0
        return Allowance._make((limit, left, _seconds_left(window[0], now)))  # half the time of `Allowance(...)`

    def allowance(self, account: str | None, now: int) -> Allowance | None:
        """Return what `account` has left, without counting.

        That is a whole window before its first request, and None where nothing is counted.
        """
        if not self.limit:
            return None
        window = self._windows.get(account) if account is not None else None
        if window is None:
            return Allowance(self.limit, self.limit, WINDOW_SECONDS)
        remaining = self.limit - window[1]
        return Allowance(self.limit, max(remaining, 0), _seconds_left(window[0], now))

    def reset(self, account: str | None = None) -> None:
        """Forget all windows, or one account's."""
        if account is None:
            self._windows.clear()
        else:
            self._windows.pop(account, None)


def _seconds_left(start: int, now: int) -> int:
    return max(-((now - start - _WINDOW) // 1000), 0)
