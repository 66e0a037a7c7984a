"""The stored form of a credential: one immutable bytes object, a row.

A store that holds a million small dicts makes CPython's garbage collector walk them all, for 100 ms and more at a time.
It never walks `bytes`. So a row is the finished JSON text, with a head that says where its parts are: an answer is cut
out of it instead of being rendered, and a list item is the same text without its secret and restricted parts.

    head | {"id":...,"credentials":{"scope":{...}  ,"username":...,"password":...  }  ,"restrictions":{...}  times}
                                                   ^ secret_at                     ^ secret_end
                                                                                   restrictions_at ^         ^ times_at
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple, cast

from emulator import codec
from emulator.clock import rfc3339
from emulator.models import Document

_HEAD: Final = struct.Struct("<QIII")
_BODY: Final = _HEAD.size
_TIMES: Final = len(b',"createdAt":"2026-11-24T05:24:06.120Z","updatedAt":"2026-11-24T05:24:06.120Z"}')

# In the order of the documentation; `credentials` and `restrictions` come behind these because list items cut them.
_PUBLIC: Final = ("name", "provider", "registryUrl", "aws", "gcp", "azure", "integrationId")
_CREDENTIALS: Final = ("scope", "username", "password")
_SCOPE: Final = b',"credentials":{"scope":'
_RESTRICTIONS: Final = b',"restrictions":'
_RENDERED: Final = ',"createdAt":"%s","updatedAt":"%s"}'


class Times(NamedTuple):
    """When a credential was created and last changed, in milliseconds since 1970."""

    created: int
    updated: int


def pack(sequence: int, registry_id: str, document: Document, created: int, updated: int | None = None) -> bytes:
    """Return the row of a credential.

    Args:
        sequence: the place in the order of creation.
        registry_id: the id, which the document does not hold.
        document: a valid body of Add registry without unknown members; not changed.
        created: when it was created, in milliseconds since 1970.
        updated: when it was last changed; None for never.
    """
    whole: dict[str, object] = {"id": registry_id}
    for member in _PUBLIC:
        if member in document:
            whole[member] = document[member]
    credentials = document.get("credentials")
    if credentials is not None:
        given = cast("Mapping[str, object]", credentials)
        whole["credentials"] = {member: given[member] for member in _CREDENTIALS if member in given}
    restrictions = document.get("restrictions")
    if restrictions is not None:
        whole["restrictions"] = restrictions
    body = codec.dumps(whole)[:-1]
    # Inside a text every quotation mark has a backslash before it, so these are found where they are members.
    secret_end = restrictions_at = len(body) if restrictions is None else body.rindex(_RESTRICTIONS)
    secret_at = secret_end
    if credentials is not None:
        secret_end -= 1
        secret_at = body.index(b"}", body.index(_SCOPE)) + 1
    since = rfc3339(created)
    text = _RENDERED % (since, since if updated is None else rfc3339(updated))
    return _HEAD.pack(sequence, _BODY + secret_at, _BODY + secret_end, _BODY + restrictions_at) + body + text.encode()


def sequence_of(row: bytes) -> int:
    """Return the place in the order of creation."""
    sequence: int = _HEAD.unpack_from(row)[0]
    return sequence


def times_of(row: bytes) -> Times:
    """Return both times in milliseconds since 1970."""
    times = cast("dict[str, str]", codec.loads(b"{" + row[-_TIMES + 1 :]))
    created, updated = (round(datetime.fromisoformat(value).timestamp() * 1000) for value in times.values())
    return Times(created, updated)


def read(row: bytes) -> dict[str, object]:
    """Return the credential as a new document, id included, times left out."""
    return cast("dict[str, object]", codec.loads(full(row, times=False)))


def full(row: bytes, *, secrets: bool = True, times: bool = True) -> bytes:
    """Return the JSON text that get answers, optionally without username and password or without the times."""
    body = row[_BODY:]
    if not secrets:
        _, secret_at, secret_end, _ = _HEAD.unpack_from(row)
        body = row[_BODY:secret_at] + row[secret_end:]
    return body if times else body[:-_TIMES] + b"}"


def item(row: bytes) -> bytes:
    """Return the JSON text of a list item: no username, no password, no restrictions."""
    _, secret_at, secret_end, restrictions_at = _HEAD.unpack_from(row)
    return row[_BODY:secret_at] + row[secret_end:restrictions_at] + row[-_TIMES:]
