"""One call and its answer, as they were: what the journal gives to who reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from multidict import CIMultiDict

RawHeaders = Sequence[tuple[bytes, bytes]]
Kept: TypeAlias = tuple[int, int, float, str | None, str | None, str | None, bytes, Sequence[bytes]]
"""Number, at, duration, operation, account and fault, as `Exchange` has them; the request as it came, the answer as it
was sent, in one piece or more."""
ACCOUNT: Final = 4
"""Where in that the account is."""
_OF_THE_CONNECTION: Final = ("Date", "Content-Length")
"""Headers of an answer that are not this program's own."""


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
    body: bytes
    operation: str | None
    account: str | None
    fault: str | None
    answer: Sent

    def __repr__(self) -> str:
        return f"<Exchange: {self.method}, {self.operation or 'no route'}, {self.answer.status}>"


def as_received(method: str, target: str, headers: RawHeaders, body: bytes, data: bytes) -> bytes:
    """Return a request as HTTP/1.1, with its body in one piece and not encoded in any way.

    That is `data`, the bytes that it came with, if they are the whole request and nothing else, as they mostly are.
    """
    line = f"{method} {target} HTTP/1.1\r\n".encode("utf-8", "surrogateescape")
    # No other line of a head looks like the first; so data that begins with it and is too little is in the body.
    if data.startswith(line) and data.endswith(body) and data.find(b"\r\n\r\n") + 4 + len(body) == len(data):
        return data
    return b"".join([line, *(b"%b: %b\r\n" % header for header in headers), b"\r\n", body])


def as_exchange(call: Kept) -> Exchange:
    """Return a call and its answer for somebody who reads."""
    number, at, duration, operation, account, fault, received, sent = call
    request_line, headers, body = _message(received.lstrip(b"\r\n"))
    method, target, _ = request_line.split(" ")
    status_line, named, answer = _message(b"".join(sent))
    for name in _OF_THE_CONNECTION:
        named.pop(name, None)
    answered = Sent(int(status_line.split(" ")[1]), answer, named)
    return Exchange(number, at, duration, method, target, headers, body, operation, account, fault, answered)


def _message(wire: bytes) -> tuple[str, CIMultiDict[str], bytes]:
    """Return the first line of a message, its headers and its body, in the characters that aiohttp has for bytes."""
    head, _, body = wire.partition(b"\r\n\r\n")
    first, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    pairs = [line.partition(":") for line in lines]
    return first, CIMultiDict([(name, value.strip(" \t")) for name, _, value in pairs]), body
