"""Calls and their answers in as few objects as there can be: how the journal keeps them."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Final, TypeAlias

Facts: TypeAlias = tuple[int, int, float, str | None, str | None, str | None, int, int]
"""Number, at, duration, operation, account and fault, as `Exchange` has them; then how many bytes came, and how many
went without a body that is apart."""
Kept: TypeAlias = tuple[Facts, bytes, Sequence[bytes]]
"""Facts of a call, the request as it came, the answer as it was sent: in one piece, or with its body apart."""

ACCOUNT: Final = 4
"""Where in the facts of a call its account is."""
_LARGE: Final = 184 * 1024
"""Bytes of a batch beyond which its memory is given back and not used again."""


class Batch:
    """Some calls, one after the other; no more once it is sealed, and what it has can be read only then.

    Attributes:
        accounts: whose each call is, once it is sealed.
    """

    __slots__ = ("_apart", "_bytes", "_facts", "_packed", "_write", "accounts")

    def __init__(self, memory: BytesIO | None = None) -> None:
        """Begin with no calls, in the memory of another batch if there is some."""
        self._bytes = memory or BytesIO()
        self._bytes.seek(0)
        self._write = self._bytes.write
        self._facts: list[Facts] = []
        self._packed = b""
        self._apart: dict[int, bytes] = {}
        self.accounts: Sequence[str | None] = ()

    def __len__(self) -> int:
        return len(self._facts) or len(self.accounts)

    def add(self, facts: Facts, received: bytes, sent: Sequence[bytes]) -> int:
        """Add a call, and return how many there are now. A body that is apart is kept; all else is copied."""
        self._write(received)
        self._write(sent[0])
        if len(sent) > 1:
            self._apart[len(self._facts)] = sent[1]
        self._facts.append(facts)
        return len(self._facts)

    def seal(self) -> None:
        """Make what there is as small as it can be."""
        self.accounts = [facts[ACCOUNT] for facts in self._facts]
        self._packed = marshal.dumps(self._facts)
        self._facts = []

    def calls(self) -> list[Kept]:
        """Return the calls, oldest first."""
        calls: list[Kept] = []
        end = 0
        with self._bytes.getbuffer() as memory:
            for at, facts in enumerate(marshal.loads(self._packed)):  # noqa: S302 - nobody else has written it
                *_, came, went = facts
                begin, middle, end = end, end + came, end + came + went
                sent, apart = bytes(memory[middle:end]), self._apart.get(at)
                calls.append((facts, bytes(memory[begin:middle]), (sent,) if apart is None else (sent, apart)))
        return calls

    def memory(self) -> BytesIO | None:
        """Return the memory, for a batch in place of this one; None where it is too large to be kept."""
        with self._bytes.getbuffer() as memory:
            return self._bytes if memory.nbytes <= _LARGE else None


def batch_of(calls: Iterable[Kept]) -> Batch:
    """Return a sealed batch of calls."""
    batch = Batch()
    for facts, received, sent in calls:
        batch.add(facts, received, sent)
    batch.seal()
    return batch
