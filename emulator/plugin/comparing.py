"""How an emulator that runs already differs from what `northflank_options` ask for, as far as it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from emulator.remote import KeptRemote, address
from emulator.settings import Settings


def differences(remote: KeptRemote, wanted: Settings, named: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is not as it is wanted, in words.

    What an emulator keeps to itself is taken to be right: whether it enforces its limit, the size of its journal.

    Args:
        remote: the emulator.
        wanted: what pytest would start one with.
        named: what of it was asked for; the rest may be as it likes.
    """
    if "assume" in named or "profile" in named:
        running = remote.ask("GET", "/assumptions")
        for name, choice in wanted.assume.choices().items():
            if running[name]["value"] != choice:
                yield f"{name} is {running[name]['value']}, not {choice}"
    if wanted.fixture not in {"", "empty"}:
        start = remote.ask("GET", "/accounts")["template"]
        if not start["credentials"] and not start["teams"]:
            yield f"accounts start empty, not with {wanted.fixture}"
    if "rate_limit" in named or "rate_limit_requests" in named:
        limit = 0 if wanted.rate_limit == "off" else wanted.rate_limit_requests
        if (counted := _limit(remote.url)) != limit:
            yield f"its rate limit is {counted or 'off'}, not {limit or 'off'}"


def _limit(url: str) -> int:
    """Return how many requests an hour are counted, as every answer of the API says; 0 if none are."""
    with closing(HTTPConnection(*address("url", url), timeout=10)) as connection:
        connection.request("GET", "/v1/")
        return int(connection.getresponse().headers.get("x-ratelimit-limit", 0))
