"""A call of the journal as a test sees it: an object with attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Self, TypedDict


class Pattern(TypedDict, total=False):
    """What calls can have in common; of `query`, `headers` and `body`, members that are not named do not matter."""

    operation: str
    method: str
    path: str
    status: int
    rule: str
    fault: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: object
    unmatched: bool


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """What was answered; `body` is JSON as Python has it, and what might be secret in it is `[redacted]`."""

    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class RecordedRequest:
    """One call and what became of it.

    Attributes:
        id: its number in the journal, which counts from 1 and rises.
        at: by the emulator's clock.
        duration: seconds.
        operation: such as `add-registry`; None where no route took it.
        rules: ids of the rules that rejected it.
        assumptions: ids of the assumed rules that decided its answer.
        verified: ids of those that would be among them, if the profile in force did not settle them.
        fault: effect of the fault that changed or lost the answer; None where none did.
        headers: by lower-case name; what might be secret is `[redacted]`, in `query` and `body` too.
        body: JSON as Python has it.
    """

    id: int
    at: datetime
    duration: float
    method: str
    path: str
    query: Mapping[str, str]
    operation: str | None
    account: str | None
    status: int
    rules: tuple[str, ...]
    assumptions: tuple[str, ...]
    verified: tuple[str, ...]
    fault: str | None
    headers: Mapping[str, str]
    body: Any
    answer: RecordedAnswer

    @classmethod
    def read(cls, call: Mapping[str, Any]) -> Self:
        """Return a call of the journal, in the form of its control routes, as an object."""
        return cls(
            id=call["id"],
            at=datetime.fromisoformat(call["at"]),
            duration=call["durationMs"] / 1000,
            method=call["method"],
            path=call["path"],
            query=call["query"],
            operation=call["operation"],
            account=call["account"],
            status=call["status"],
            rules=tuple(call["rules"]),
            assumptions=tuple(call.get("assumptions", ())),
            verified=tuple(call.get("verified", ())),
            fault=call["fault"],
            headers=call["headers"],
            body=call["body"],
            answer=RecordedAnswer(call["answer"]["headers"], call["answer"]["body"]),
        )

    @property
    def rejected(self) -> bool:
        """Whether the emulator itself refused it: with a 4xx, and not because a fault said so."""
        return 400 <= self.status < 500 and self.fault is None

    def is_one_of(self, kinds: tuple[int | str, ...]) -> bool:
        """Return whether one of `kinds` describes the answer: a status, or a rule, whose id may have a `*`."""
        return any(self.status == kind if isinstance(kind, int) else self._broke(kind) for kind in kinds)

    def _broke(self, rule: str) -> bool:
        return any(fnmatchcase(broken, rule) for broken in self.rules)

    def __str__(self) -> str:
        """Return one line, without headers and bodies."""
        said = [f"{self.method} {self.path} -> {self.status}", *self.rules]
        return ", ".join(said if self.fault is None else [*said, f"fault: {self.fault}"])

    def __repr__(self) -> str:
        return f"<RecordedRequest {self.id}: {self}>"
