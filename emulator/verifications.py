"""The last verification that did not pass, for who comes later to see why: a test has ended by then."""

from __future__ import annotations

from typing import Any


class Verifications:
    """Remembers one verification as JSON: what was asked for, and the verdict with its near misses.

    Attributes:
        last: the last one that did not pass; None where there is none.
    """

    def __init__(self) -> None:
        self.last: dict[str, Any] | None = None

    def note(self, verification: dict[str, Any]) -> bool:
        """Remember a verification that did not pass, or forget it when what it asked for has come after all.

        Args:
            verification: has `request`, `times` and `verdict`; nothing in it may be secret.

        Returns:
            Whether `last` is another one now.
        """
        before = self.last
        if verification["verdict"] != "passed":
            self.last = verification
        elif before is not None and all(before[name] == verification[name] for name in ("request", "times")):
            self.last = None
        return self.last is not before

    def reset(self, account: str | None = None) -> None:
        """Forget it, or only if it asked for calls of one account."""
        if self.last is not None and (account is None or self.last["request"].get("account") == account):
            self.last = None
