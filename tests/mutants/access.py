"""Who may do what: tokens, accounts, permissions and the rate limit."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.mutants.choices import STANDARD, Choices
from tests.mutants.forms import Forms
from tests.mutants.wire import Call, RefusedError

CREATE, READ, READ_SECRETS, UPDATE, DELETE = "Create", "Read", "Read Encrypted", "Update", "Delete"
ALL: Final = frozenset({CREATE, READ, READ_SECRETS, UPDATE, DELETE})


@dataclass(frozen=True)
class Holder:
    """Whose a token is, and what it may do."""

    account: str
    may: frozenset[str] = ALL


@dataclass
class Window:
    """The time that began with an account's first request; `began` is of `time.monotonic`."""

    began: float
    used: int = 0


class Access(Forms):
    """Tokens, and what their accounts have used of their requests."""

    limit = 1000
    seconds = 3600.0
    """How many requests an account may send, and in which time from the first."""

    def __init__(self, choices: Choices = STANDARD, tokens: Mapping[str, Holder] | None = None) -> None:
        """Know the given tokens only, or without any take each token for one with an account of its own."""
        super().__init__(choices)
        self.tokens = tokens
        self.windows: dict[str, Window] = {}

    def token_of(self, call: Call) -> str | None:
        """Return the bearer token of a request."""
        scheme, _, token = call.headers.get("Authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    def holder_of(self, token: str) -> Holder | None:
        return Holder(token) if self.tokens is None else self.tokens.get(token)

    def authenticate(self, call: Call, _permission: str | None) -> Holder:
        """Return whose token a request has.

        Raises:
            RefusedError: it has none, or none that is known.
        """
        token = self.token_of(call)
        holder = None if token is None else self.holder_of(token)
        if holder is None:
            raise RefusedError(401, "access.token", "Send a token that is known here.")
        return holder

    def permit(self, holder: Holder, permission: str) -> None:
        """Refuse what a token may not do."""
        if permission not in holder.may:
            raise RefusedError(403, "access.permission", f"This token lacks the permission {permission}.")

    # -- the rate limit

    def window_of(self, account: str) -> Window:
        """Return the window of an account, a new one where there is none or the last one is over."""
        now = time.monotonic()
        window = self.windows.get(account)
        if window is None or now - window.began >= self.seconds:
            window = self.windows[account] = Window(now)
        return window

    def count(self, holder: Holder) -> None:
        """Count a request, and refuse it if there were too many."""
        window = self.window_of(holder.account)
        window.used += 1
        if window.used > self.limit:
            refusal = RefusedError(429, "rate.exceeded", "Too many requests in too short a time.")
            refusal.headers["Retry-After"] = str(self.seconds_left(window))
            raise refusal

    def seconds_left(self, window: Window) -> int:
        return max(0, math.ceil(window.began + self.seconds - time.monotonic()))

    def rate_headers(self, holder: Holder | None) -> dict[str, str]:
        """Return the headers that every answer has; one for nobody in particular has all of the allowance."""
        window = Window(time.monotonic()) if holder is None else self.window_of(holder.account)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - window.used)),
            "X-RateLimit-Reset": str(self.seconds_left(window)),
        }
