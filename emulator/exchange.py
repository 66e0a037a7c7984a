"""One call and its answer, as they were: what the journal keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Sent(Protocol):
    """An answer: its status, its bytes, and its headers by name."""

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> bytes: ...

    @property
    def named(self) -> Mapping[str, str]: ...


class Exchange(NamedTuple):
    """One call and its answer.

    `number` counts from 1 and is never used again, `at` is in milliseconds since 1970, `duration` in seconds.
    `operation` is None for a call that no route took, `fault` is the effect of the fault that changed or lost the
    answer. The answer is kept as it is; nothing of it is rendered before somebody reads.
    """

    number: int
    at: int
    duration: float
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    operation: str | None
    account: str | None
    fault: str | None
    answer: Sent

    def __repr__(self) -> str:
        return f"<Exchange: {self.method}, {self.operation or 'no route'}, {self.answer.status}>"
