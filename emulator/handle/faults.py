"""The faults of one account: answers that go wrong on purpose, armed from a test."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack

from emulator.remote import KeptRemote


class When(TypedDict, total=False):
    """Which calls a fault meets, and when in the call.

    `times` is how many calls (one, unless it is said; None for all that follow), `after` how many pass before. `phase`
    is `before` the operation runs or `after` it: then the change is made and its answer lost. `delay` and `jitter` are
    seconds to wait besides; `probability` is a share of the calls, 0 to 1, drawn from `seed`.
    """

    times: int | None
    after: int
    phase: Literal["before", "after"]
    delay: float
    jitter: float
    probability: float
    seed: int


@dataclass(frozen=True, slots=True)
class ArmedFault:
    """A fault as it was when it was asked for: `seen` calls came by and `hits` of them were met."""

    id: int
    effect: str
    operation: str
    status: int
    times: int | None
    after: int
    phase: str
    seen: int
    hits: int
    spent: bool

    @classmethod
    def read(cls, fault: Mapping[str, Any]) -> ArmedFault:
        """Return a fault, in the form of the control routes, as an object."""
        same = ("id", "effect", "operation", "status", "times", "phase", "seen", "hits", "spent")
        return cls(**{name: fault[name] for name in same}, after=fault["skip"])


class Faulting(ABC):
    """What a handle can arm; each fault meets only calls of its own account. The first one armed goes first."""

    token: str

    @property
    @abstractmethod
    def remote(self) -> KeptRemote: ...

    @property
    @abstractmethod
    def account(self) -> str: ...

    def arm(self, effect: str, operation: str = "*", *, status: int | None = None, **when: Unpack[When]) -> ArmedFault:
        """Arm a fault.

        Args:
            effect: `error`, `rate-limit`, `reset`, `empty`, `truncate`, `malformed` or `delay`.
            operation: such as `add-registry`; `*` for all that need a token.
            status: of the effect `error`, 400 to 599; 503 where it is not given.
            when: see `When`.

        Raises:
            RemoteError: the emulator does not take it; the message says what it takes.
        """
        given: dict[str, Any] = {"times": 1, **when}
        wire = {"after": "skip", "delay": "delayMs", "jitter": "jitterMs"}
        body = {wire.get(name, name): value for name, value in given.items()}
        for name in body.keys() & {"delayMs", "jitterMs"}:
            body[name] = round(body[name] * 1000)
        if status is not None:
            body["status"] = status
        body |= {"effect": effect, "operation": operation, "token": self.token}
        return ArmedFault.read(self.remote.ask("POST", "/faults", body))

    def fail_next(self, operation: str = "*", *, status: int = 503, **when: Unpack[When]) -> ArmedFault:
        """Answer with `status` in the API's error envelope."""
        return self.arm("error", operation, status=status, **when)

    def rate_limit_next(self, operation: str = "*", **when: Unpack[When]) -> ArmedFault:
        """Answer 429, with `Retry-After` and nothing left of the hour."""
        return self.arm("rate-limit", operation, **when)

    def slow_next(self, operation: str = "*", *, seconds: float, **when: Unpack[When]) -> ArmedFault:
        """Answer as usual, `seconds` late; where the client gives up, do and record at once what it asked for."""
        late: When = {**when, "delay": seconds}
        return self.arm("delay", operation, **late)

    def reset_next(self, operation: str = "*", **when: Unpack[When]) -> ArmedFault:
        """Close the connection with a TCP reset, before anything is done."""
        return self.arm("reset", operation, **when)

    def lose_next(self, operation: str = "*", **when: Unpack[When]) -> ArmedFault:
        """Do what is asked, then close the connection with a TCP reset: who tries again meets the own change."""
        lost: When = {**when, "phase": "after"}
        return self.arm("reset", operation, **lost)

    def empty_next(self, operation: str = "*", **when: Unpack[When]) -> ArmedFault:
        """Close the connection without an answer."""
        return self.arm("empty", operation, **when)

    def truncate_next(self, operation: str = "*", **when: Unpack[When]) -> ArmedFault:
        """Send half of an answer, then close the connection."""
        return self.arm("truncate", operation, **when)

    def malform_next(self, operation: str = "*", **when: Unpack[When]) -> ArmedFault:
        """Answer 200 with broken JSON."""
        return self.arm("malformed", operation, **when)

    @property
    def faults(self) -> list[ArmedFault]:
        """The faults of this account as they are now, spent ones included, in the order of their arming."""
        armed = self.remote.ask("GET", "/faults")["faults"]
        return [ArmedFault.read(fault) for fault in armed if fault["account"] == self.account]

    def clear_faults(self) -> None:
        """Disarm the faults of this account."""
        self.remote.ask("DELETE", "/faults", account=self.account)
