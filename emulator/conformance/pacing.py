"""What an answer says of the target's rate limit."""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, datetime
from typing import Final

from emulator.conformance.exchange import Exchange

_TOO_MANY: Final = 429
_WHOLE: Final = re.compile("[0-9]{1,9}")


def remaining(exchange: Exchange) -> int | None:
    """Return how many requests are left in this window, None where the answer does not say it in a way to believe."""
    left, limit = (_number(exchange, f"x-ratelimit-{name}") for name in ("remaining", "limit"))
    return None if left is None or (limit is not None and left > limit) else left


def is_limited(exchange: Exchange) -> bool:
    """Return whether a request was refused for the rate limit, and not by a 429 that contradicts its own headers."""
    if exchange.status != _TOO_MANY:
        return False
    return "retry-after" in exchange.headers or not remaining(exchange)


def asked_to_wait(exchange: Exchange) -> float | None:
    """Return for how many seconds a refused request should wait, None where the answer does not say."""
    seconds = _number(exchange, "retry-after")
    if seconds is not None:
        return float(seconds)
    try:
        until = email.utils.parsedate_to_datetime(exchange.headers.get("retry-after", ""))
    except ValueError:
        reset = _number(exchange, "x-ratelimit-reset")
        return None if reset is None else float(reset)
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _number(exchange: Exchange, header: str) -> int | None:
    text = exchange.headers.get(header, "").strip()
    return int(text) if _WHOLE.fullmatch(text) else None
