"""What the emulator talks about, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Document: TypeAlias = Mapping[str, object]
"""A JSON object with the API's own member names."""


class Permission(StrEnum):
    """The permissions that the documentation of these operations names."""

    CREATE = "Account > Credentials > General > Create"
    READ = "Account > Credentials > General > Read"
    READ_ENCRYPTED = "Account > Credentials > General > Read Encrypted"
    UPDATE = "Account > Credentials > General > Update"
    DELETE = "Account > Credentials > General > Delete"


ALL_PERMISSIONS = frozenset(Permission)


class Caller(NamedTuple):
    """Who asks: the account that the token belongs to, and what the token may do there."""

    account: str
    permissions: frozenset[Permission] = ALL_PERMISSIONS


@dataclass(frozen=True, slots=True)
class DeclaredToken:
    """One entry of a tokens file."""

    token: str = field(repr=False)
    account: str
    permissions: frozenset[Permission] = ALL_PERMISSIONS


class Page(NamedTuple):
    """Part of a list; `items` are JSON texts, `cursor` is None where nothing follows."""

    items: Sequence[bytes]
    cursor: str | None


class Allowance(NamedTuple):
    """What is left of an account's hour: requests, and whole seconds until the window ends."""

    limit: int
    remaining: int
    reset: int
