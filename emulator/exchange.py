"""One call and its answer, as they were: what the journal gives to who reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from multidict import CIMultiDict

import emulator
from emulator.models import Allowance
from emulator.packing import Parts, RawHeaders


class Answered(Protocol):
    """An answer as it is sent: its status, its bytes, and what its headers are made of (see `own_headers`)."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] | None
    allowance: Allowance | None


class Sent(NamedTuple):
    """An answer as it was sent; `named` are its headers by name, whatever their case."""

    status: int
    body: bytes
    named: Mapping[str, str]


class Exchange(NamedTuple):
    """One call and its answer.

    `number` counts from 1 and is never used again, `at` is in milliseconds since 1970, `duration` in seconds.
    `operation` is None for a call that no route took, `fault` is the effect of the fault that changed or lost the
    answer.
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


def own_headers(content_type: str, more: Mapping[str, str] | None, allowance: Allowance | None) -> CIMultiDict[str]:
    """Return the headers of an answer that are this program's own.

    Args:
        content_type: the value of `Content-Type`.
        more: what it says besides the usual headers.
        allowance: what is left of the account's hour; None where that is not counted.
    """
    headers = CIMultiDict({"Content-Type": content_type, "x-emulator-version": emulator.__version__})
    if allowance is not None:
        headers["x-ratelimit-limit"] = str(allowance.limit)
        headers["x-ratelimit-remaining"] = str(allowance.remaining)
        headers["x-ratelimit-reset"] = str(allowance.reset)
    if more is not None:
        headers.update(more)
    return headers


def as_exchange(parts: Parts) -> Exchange:
    """Return a call and its answer for somebody who reads."""
    status, body, content_type, more, allowance = parts[10:]
    left = None if allowance is None else Allowance(*allowance)
    sent = Sent(status, body, own_headers(content_type, more, left))
    return Exchange._make((*parts[:5], _decoded(parts[5]), *parts[6:10], sent))


def _decoded(headers: RawHeaders) -> CIMultiDict[str]:
    """Return headers as aiohttp has them."""
    return CIMultiDict(
        [(name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape")) for name, value in headers]
    )
