"""What an update makes of a stored document: two readings of an update that names only some members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emulator.models import Document

_CHANGEABLE: Final = ("credentials", "restrictions")


def merge(document: Document, changes: Document) -> Document:
    """Return `document` with the members that `changes` names; members that it does not name stay, at any depth."""
    return {**document, **{name: _merged(document.get(name), changes[name]) for name in _CHANGEABLE if name in changes}}


def replace(document: Document, changes: Document) -> Document:
    """Return `document` with the objects that `changes` names, each replaced whole."""
    return {**document, **{name: changes[name] for name in _CHANGEABLE if name in changes}}


def _merged(old: object, new: object) -> object:
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return new
    return {**old, **{name: _merged(old.get(name), value) for name, value in new.items()}}
