"""Cursors of a list: opaque to clients, and sealed, so that one that was never handed out is known as such."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Final

from emulator.errors import UnknownCursorError

_TAG_BYTES: Final = 8
_NAME: Final = b"n"
"""What a cursor of a list by name starts with; one by place starts with 0, as there are no 2**56 places."""


class Cursors:
    """Makes and opens the cursors of one list; those of another are unknown to it."""

    __slots__ = ("_seal",)

    def __init__(self) -> None:
        self._seal = secrets.token_bytes(16)

    def by_place(self, place: int) -> str:
        """Return a cursor that goes on behind a place in the order of creation."""
        return self._sealed(place.to_bytes(8, "big"))

    def by_name(self, registry_id: str) -> str:
        """Return a cursor that goes on behind an id in the order of ids."""
        return self._sealed(_NAME + registry_id.encode("utf-8"))

    def place(self, cursor: str) -> int:
        """Return the place that a cursor goes on behind.

        Raises:
            UnknownCursorError: it was never handed out, or by another list, or in another order.
        """
        content = self._opened(cursor)
        if len(content) != 8 or content.startswith(_NAME):
            raise UnknownCursorError
        return int.from_bytes(content, "big")

    def name(self, cursor: str) -> str:
        """Return the id that a cursor goes on behind.

        Raises:
            UnknownCursorError: as `place`.
        """
        content = self._opened(cursor)
        if not content.startswith(_NAME):
            raise UnknownCursorError
        return content.removeprefix(_NAME).decode("utf-8")

    def _sealed(self, content: bytes) -> str:
        tag = hashlib.blake2b(content, key=self._seal, digest_size=_TAG_BYTES).digest()
        return base64.urlsafe_b64encode(content + tag).decode("ascii").rstrip("=")

    def _opened(self, cursor: str) -> bytes:
        try:
            raw = base64.urlsafe_b64decode(cursor + "==")
        except ValueError:
            raw = b""
        content = raw[:-_TAG_BYTES]
        # Rendered again and compared whole: base64 reads several spellings as the same bytes.
        sealed, given = self._sealed(content).encode("ascii"), cursor.encode("utf-8", "surrogatepass")
        if not content or not secrets.compare_digest(sealed, given):
            raise UnknownCursorError
        return content
