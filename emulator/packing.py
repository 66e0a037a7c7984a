"""Calls and their answers in as few bytes as they have: what the journal keeps of them."""

from __future__ import annotations

import functools
import marshal
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from emulator.models import Allowance

RawHeaders = Sequence[tuple[bytes, bytes]]
Parts = tuple[
    int,  # number
    int,  # at
    float,  # duration
    str,  # method
    str,  # target
    RawHeaders,
    bytes | None,  # body
    str | None,  # operation
    str | None,  # account
    str | None,  # fault
    int,  # status
    bytes,  # the answer's body
    str,  # its content type
    Mapping[str, str] | None,  # what it says besides the usual headers
    Allowance | None,
]
"""A call and its answer: what `Exchange` has, as it came and before it is made headers of."""


def pack(calls: Sequence[Parts], buffer: bytearray) -> None:
    """Put calls and their answers into `buffer`, in place of what it holds."""
    pack_into, _ = _codec()
    try:
        pack_into(calls, buffer)
    except UnicodeEncodeError:  # half a surrogate pair, which only `marshal` takes
        _marshal_into(calls, buffer)


def unpack(buffer: bytearray) -> list[Parts]:
    """Return the calls that were packed."""
    _, read = _codec()
    calls: list[Parts] = _unmarshal(buffer) if buffer.startswith(_MARSHALLED) else read(buffer)
    return calls


@functools.cache
def _codec() -> tuple[Callable[[Sequence[Parts], bytearray], None], Callable[[bytearray], Any]]:
    try:
        import msgspec  # here, as a server that starts need not wait for it
    except ImportError:  # pragma: no cover - it is compiled for CPython only
        return _marshal_into, _unmarshal
    return msgspec.msgpack.Encoder().encode_into, msgspec.msgpack.Decoder().decode


def _marshal_into(calls: Sequence[Parts], buffer: bytearray, /) -> None:
    plain: Any = [(*parts[:-1], None if parts[-1] is None else tuple(parts[-1])) for parts in calls]
    buffer[:] = marshal.dumps(plain, 2)


def _unmarshal(buffer: bytearray, /) -> Any:
    return marshal.loads(buffer)  # noqa: S302 - nobody else has written it


_MARSHALLED: Final = b"["
"""How a list begins; what msgspec packs begins with a byte that is not ASCII."""
