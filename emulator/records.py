"""The stored form of a credential: one immutable bytes object, a row.

A store that holds a million small dicts makes CPython's garbage collector walk them all, for 100 ms and more at a time.
It never walks `bytes`. So a row is the finished JSON text, with a head that says where its parts are: an answer is cut
out of it instead of being rendered. What a list item has stands first, so that an item is one piece and a bracket.

    head | {"id":...  ,times,"credentials":{"scope":{...}  ,"username":...,"password":...  }  ,"restrictions":{...}  }
                      ^ times_at                           ^ item_end                      ^ secret_end (0: none)
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
_TIMES: Final = len(',"createdAt":"2026-11-24T05:24:06.120Z","updatedAt":"2026-11-24T05:24:06.120Z"')

# In the order of the documentation; the times, `credentials` and `restrictions` come behind these.
_PUBLIC: Final = ("name", "provider", "registryUrl", "aws", "gcp", "azure", "integrationId")
_CREDENTIALS: Final = ("scope", "username", "password")
_SCOPE: Final = b',"credentials":{"scope":'
_RESTRICTIONS: Final = b',"restrictions":'
_CREATED: Final = b',"createdAt":'


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
    whole["createdAt"] = since = rfc3339(created)
    whole["updatedAt"] = since if updated is None else rfc3339(updated)
    credentials = document.get("credentials")
    if credentials is not None:
        given = cast("Mapping[str, object]", credentials)
        whole["credentials"] = {member: given[member] for member in _CREDENTIALS if member in given}
    restrictions = document.get("restrictions")
    if restrictions is not None:
        whole["restrictions"] = restrictions
    body = codec.dumps(whole)
    # Inside a text every quotation mark has a backslash before it, so these are found where they are members.
    times_at = body.index(_CREATED)
    item_end = len(body) - 1 if restrictions is None else body.rindex(_RESTRICTIONS)
    secret_end = 0
    if credentials is not None:
        secret_end = _BODY + item_end - 1
        item_end = body.index(b"}", body.index(_SCOPE, times_at)) + 1
    return _HEAD.pack(sequence, _BODY + times_at, _BODY + item_end, secret_end) + body


def sequence_of(row: bytes) -> int:
    """Return the place in the order of creation."""
    sequence: int = _HEAD.unpack_from(row)[0]
    return sequence


def times_of(row: bytes) -> Times:
    """Return both times in milliseconds since 1970."""
    _, at, _, _ = _HEAD.unpack_from(row)
    times = cast("dict[str, str]", codec.loads(b"{" + row[at + 1 : at + _TIMES] + b"}"))
    created, updated = (round(datetime.fromisoformat(value).timestamp() * 1000) for value in times.values())
    return Times(created, updated)


def read(row: bytes) -> dict[str, object]:
    """Return the credential as a new document, id included, times left out."""
    return cast("dict[str, object]", codec.loads(full(row, times=False)))


def full(row: bytes, *, secrets: bool = True, times: bool = True) -> bytes:
    """Return the JSON text that get answers, optionally without username and password or without the times."""
    if secrets and times:
        return row[_BODY:]
    _, times_at, item_end, secret_end = _HEAD.unpack_from(row)
    behind = times_at if times else times_at + _TIMES
    if secrets or not secret_end:
        return row[_BODY:times_at] + row[behind:]
    return row[_BODY:times_at] + row[behind:item_end] + row[secret_end:]


def item(row: bytes) -> bytes:
    """Return the JSON text of a list item: no username, no password, no restrictions."""
    _, _, end, secret_end = _HEAD.unpack_from(row)
    return row[_BODY:end] + (b"}}" if secret_end else b"}")
