"""JSON texts in and out, strict and in UTF-8: orjson where it is installed, else the standard library, alike."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import NoReturn

from emulator.errors import DuplicateKeyError, InvalidJSONError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("beyond what a double holds")
    return number


def _integer(text: str) -> int | float:
    """Return a whole number as orjson does: what does not fit 64 bits is a float."""
    number = int(text) if len(text) <= 20 else None
    return number if number is not None and -(2**63) <= number < 2**64 else _float(text)


def stdlib_loads(data: bytes) -> object:
    """Parse as `loads` does, with the standard library alone."""
    try:
        value: object = json.loads(
            data.decode("utf-8"), parse_constant=_no_constant, parse_float=_float, parse_int=_integer
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # refuses half a surrogate pair, as orjson does
    except (ValueError, RecursionError) as error:
        raise _invalid(data, error) from None
    return value


def first_key_loads(data: bytes) -> object:
    """Parse as `loads` does, save that a key given twice counts with its first value."""
    return _with_pairs(data, lambda pairs: dict(reversed(pairs)))


def single_key_loads(data: bytes) -> object:
    """Parse as `loads` does, save that a key given twice is refused.

    Raises:
        DuplicateKeyError: an object has a key more than once.
        InvalidJSONError: as `loads`.
    """

    def read(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise DuplicateKeyError
        return found

    return _with_pairs(data, read)


def _with_pairs(data: bytes, read: Callable[[list[tuple[str, object]]], object]) -> object:
    loads(data)  # what is no JSON is refused as ever
    value: object = json.loads(data, parse_int=_integer, object_pairs_hook=read)
    return value


def stdlib_dumps(value: object) -> bytes:
    """Render as `dumps` does, with the standard library alone."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _invalid(data: bytes, error: Exception) -> InvalidJSONError:
    """Say what is wrong and where, without repeating any of the text: it may hold a password."""
    if not data.strip():
        return InvalidJSONError("The body is empty; send a JSON object.")
    if data.startswith(_BYTE_ORDER_MARK):
        return InvalidJSONError("The body starts with a byte order mark; send plain UTF-8 JSON.")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as undecodable:
        return InvalidJSONError(f"The body is not UTF-8 (byte {undecodable.start}); send UTF-8 JSON.")
    where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
    return InvalidJSONError(f"The body is not valid JSON{where}; send a JSON object.")


dumps: Callable[[object], bytes]
try:
    import orjson
except ImportError:  # pragma: no cover - the two are compared in tests/test_codec.py
    loads, dumps = stdlib_loads, stdlib_dumps
else:
    dumps = orjson.dumps

    def loads(data: bytes) -> object:
        """Parse a JSON text; a key given twice counts with its last value, as in JavaScript.

        Raises:
            InvalidJSONError: empty, not UTF-8 or not JSON; NaN, Infinity and half surrogate pairs are not.
        """
        try:
            value: object = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise _invalid(data, error) from None
        return value
