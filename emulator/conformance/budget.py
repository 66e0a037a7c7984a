"""How many requests may still be sent, those that delete what was created put aside."""

from __future__ import annotations


class Budget:
    """Counts requests.

    Attributes:
        total: most requests of the run, deletions included; fewer where the target's rate limit leaves fewer.
        used: sent so far.
        reserved: put aside, for the deletion of what lives.
    """

    def __init__(self, total: int) -> None:
        self.planned = total
        self.total = total
        self.used = 0
        self.reserved = 0

    @property
    def left(self) -> int:
        """Requests that may be sent now; those put aside are not among them."""
        return self.total - self.used - self.reserved

    @property
    def left_of_plan(self) -> int:
        """The same, without regard to what the target said is left."""
        return self.planned - self.used - self.reserved

    @property
    def shrunk(self) -> bool:
        """Whether the target's rate limit leaves less than was planned."""
        return self.total < self.planned

    def told(self, remaining: int) -> None:
        """Take into account how many requests the target says are left."""
        self.total = min(self.planned, self.used + remaining)

    def renewed(self) -> None:
        """Take into account that the target counts anew."""
        self.total = self.planned

    def spend(self, *, aside: bool = False) -> None:
        """Count a request that is about to be sent; `aside` takes it from those put aside."""
        if aside:
            self.release()
        self.used += 1

    def reserve(self, requests: int = 1) -> None:
        """Put requests aside."""
        self.reserved += requests

    def release(self, requests: int = 1) -> None:
        """Give back what was put aside."""
        self.reserved = max(0, self.reserved - requests)
