"""What may be shown of a request or an answer: only what is known to be no secret.

Values are kept by the names of the members and headers that hold them; everything else becomes `[redacted]`. So a
password in a misspelt member, in an unknown header or in the query is not shown either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from emulator import codec
from emulator.errors import InvalidJSONError

REDACTED: Final = "[redacted]"

# Objects and arrays under any member are looked into; plain values are shown under these only.
_SHOWN_MEMBERS: Final = frozenset(
    {
        *("id", "name", "provider", "registryUrl", "region", "projectId", "resourceGroup", "integrationId"),
        *("pull", "push", "restricted", "projects", "createdAt", "updatedAt"),
        *("hasNextPage", "cursor", "count", "status", "message"),
    }
)
_SHOWN_HEADERS: Final = frozenset(
    {
        *("accept", "accept-encoding", "allow", "connection", "content-encoding", "content-length", "content-type"),
        *("date", "expect", "host", "keep-alive", "prefer", "preference-applied", "retry-after", "server"),
        *("traceparent", "transfer-encoding", "user-agent", "www-authenticate", "x-emulator-fault"),
        *("x-emulator-rule", "x-emulator-version", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    }
)
_SHOWN_PARAMETERS: Final = frozenset({"per_page", "page", "cursor"})
_USER_INFO: Final = re.compile(r"(?<=//)[^/?#]*@")


def headers(received: Mapping[str, str]) -> dict[str, str]:
    """Return headers with lower-case names; unknown ones, and all that carry credentials, without their value."""
    return {name.lower(): value if name.lower() in _SHOWN_HEADERS else REDACTED for name, value in received.items()}


def query(text: str) -> dict[str, str]:
    """Return the parameters of a query; only those of the API with their values, and the last of equal names."""
    return {
        name: value if name in _SHOWN_PARAMETERS else REDACTED
        for name, value in parse_qsl(text, keep_blank_values=True)
    }


def body(text: bytes | None) -> object:
    """Return a JSON body as a value; None where there is none, and its size only where it is no JSON."""
    if not text:
        return None
    try:
        return _value(codec.loads(text), shown=False)
    except InvalidJSONError:
        return f"[{len(text)} bytes that are not JSON]"


def _value(value: object, *, shown: bool) -> object:
    match value:
        case dict():
            return {name: _member(name, member) for name, member in value.items()}
        case list():
            return [_value(item, shown=shown) for item in value]
        case str() if shown:
            return _USER_INFO.sub(f"{REDACTED}@", value)
        case _:
            return value if shown or isinstance(value, bool | None) else REDACTED


def _member(name: str, value: object) -> object:
    if name == "details" and isinstance(value, dict):
        return {path: list(messages) for path, messages in value.items() if isinstance(messages, Iterable)}
    return _value(value, shown=name in _SHOWN_MEMBERS)
