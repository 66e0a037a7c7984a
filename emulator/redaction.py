"""What may be shown of a request or an answer: only what is known to be no secret.

A value is shown where the documentation has a member that is no secret, at exactly that place; everything else becomes
`[redacted]`. So a password in a misspelt member, one level too high, in an unknown header or in the query is not shown
either. Names are shown: those of members, headers and parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import unquote_plus

from emulator import codec
from emulator.errors import InvalidJSONError

REDACTED: Final = "[redacted]"

_Shown: TypeAlias = "Mapping[str, _Shown] | tuple[_Shown] | re.Pattern[str] | bool"
"""What is shown of a value: itself if it is plain (True), or if it is text of this form and no other; members of an
object (`*`: of any name), the items of an array (a tuple with what is shown of each), or nothing (False).

An object may as well be an array of such; true, false and null are no secret anywhere.
"""

# What follows a form that is known: a secret that got there by mistake hardly has it.
_PROVIDER: Final = re.compile("acr|ecr|gar|dockerhub|github|gitlab|custom|legacy")
_PROJECT: Final = re.compile(r"[a-z][a-z0-9-]{0,99}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]{5,25}([Zz]|[+-][0-9:]{2,6})?", re.ASCII)

_ITEM: Final[Mapping[str, _Shown]] = {
    **dict.fromkeys(("name", "registryUrl", "integrationId"), True),
    **dict.fromkeys(("createdAt", "updatedAt"), _TIME),
    "provider": _PROVIDER,
    "aws": {"region": True},
    "gcp": {"projectId": True},
    "azure": {"resourceGroup": True},
    "credentials": {"scope": {}},
    "restrictions": {"projects": (_PROJECT,)},
}
_ANSWER: Final[Mapping[str, _Shown]] = {
    # In a list, `credentials` holds items; else it is the object with the secrets, none of whose members are here.
    "data": {**_ITEM, "id": True, "credentials": {**_ITEM, "id": True, "scope": {}}},
    "pagination": {"cursor": True, "count": True},
    "error": {"status": True, "id": True, "message": True, "details": {"*": (True,)}},
}
_ANSWERS: Final = (b'{"data":', b'{"error":')

_SHOWN_HEADERS: Final = frozenset(
    {
        *("accept", "accept-encoding", "allow", "connection", "content-encoding", "content-length", "content-type"),
        *("date", "expect", "host", "keep-alive", "prefer", "preference-applied", "retry-after", "server"),
        *("traceparent", "transfer-encoding", "user-agent", "www-authenticate", "x-emulator-fault"),
        *("x-emulator-rule", "x-emulator-version", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    }
)
# Each as far as it looks like what the API takes or hands out.
_SHOWN_PARAMETERS: Final = {
    "per_page": re.compile(r"-?[0-9]{1,9}"),
    "page": re.compile(r"-?[0-9]{1,9}"),
    "cursor": re.compile(r"[A-Za-z0-9_-]{22}"),
}
_QUERY: Final = re.compile("[?#]")
_DEEPEST: Final = 16
"""Levels of nesting that are shown; the API's own bodies have four, and the JSON of a request may have a thousand."""


def headers(received: Mapping[str, str]) -> dict[str, str]:
    """Return headers with lower-case names; unknown ones, and all that carry credentials, without their value."""
    shown = {_text(name.lower()): _text(value) for name, value in received.items()}
    return {
        name: _without_user_info(value) if name == "host" else value if name in _SHOWN_HEADERS else REDACTED
        for name, value in shown.items()
    }


def path(target: str) -> str:
    """Return the path of a request target, which for a proxy is `http://user:password@host/path`."""
    shown = _text(target.partition("?")[0])
    if shown.startswith("/") and not shown.startswith("//"):
        return shown
    scheme, slashes, rest = shown.partition("://")
    if slashes and "/" not in scheme:
        return "/" + rest.rpartition("@")[2].partition("/")[2]
    return _without_user_info(shown)


def query(target: str) -> dict[str, str]:
    """Return the parameters of a request target as `parameters`; text without a `=` is no name but a value."""
    parts = filter(None, _text(target).partition("?")[2].split("&"))
    named = (part.partition("=") for part in parts)
    return parameters(
        (unquote_plus(name) if equals else REDACTED, unquote_plus(value)) for name, equals, value in named
    )


def parameters(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return parameters; only those of the API with their values, and the last of equal names."""
    return {
        name: value if name in _SHOWN_PARAMETERS and _SHOWN_PARAMETERS[name].fullmatch(value) else REDACTED
        for name, value in pairs
    }


def body(text: bytes | None) -> object:
    """Return the JSON body of a request as a value; None where there is none, and its size only where it is no JSON."""
    if not text:
        return None
    try:
        return document(codec.loads(text))
    except InvalidJSONError:
        return f"[{len(text)} bytes that are not JSON]"


def answer(text: bytes | None) -> object:
    """Return the JSON body of an answer, as `body` does; of one that is none of the API's, only the size."""
    if not text:
        return None
    if not text.startswith(_ANSWERS):
        return f"[{len(text)} bytes]"
    try:
        return _value(codec.loads(text), _ANSWER, _DEEPEST)
    except InvalidJSONError:
        return f"[{len(text)} bytes that are not JSON]"


def document(value: object) -> object:
    """Return the value of a request's JSON body."""
    return _value(value, _ITEM, _DEEPEST)


def _value(value: object, shown: _Shown, levels: int) -> Any:
    match value:
        case bool() | None:
            return value
        case dict() if levels:
            members = shown if isinstance(shown, Mapping) else {}
            other = members.get("*", False)
            return {name: _value(member, members.get(name, other), levels - 1) for name, member in value.items()}
        case list() if levels and isinstance(shown, Mapping | tuple):
            inner = shown[0] if isinstance(shown, tuple) else shown
            return [_value(item, inner, levels - 1) for item in value]
        case str() if shown is True:
            return _without_user_info(value)
        case str() | int() | float() if shown is True or _has_form(value, shown):
            return value
        case _:
            return REDACTED


def _has_form(value: str | float, shown: _Shown) -> bool:
    return isinstance(shown, re.Pattern) and isinstance(value, str) and shown.fullmatch(value) is not None


def _without_user_info(text: str) -> str:
    """Return a URL, or what might be one, without user, password, query and fragment."""
    before, at, rest = text.rpartition("@")
    if at:
        scheme, slashes, _ = before.partition("//")
        text = f"{scheme}//{REDACTED}@{rest}" if slashes else f"{REDACTED}@{rest}"
    after = _QUERY.search(text)
    return f"{text[: after.end()]}{REDACTED}" if after and "//" in text[: after.start()] else text


def _text(text: str) -> str:
    """Return text as it can be written in JSON: bytes of a request that are no UTF-8 are half surrogate pairs in it."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
