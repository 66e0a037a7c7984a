"""States to start from: named fixtures, fixture files, and generated credentials."""

from __future__ import annotations

from emulator.seeding.filling import Progress, fill
from emulator.seeding.fixtures import FIXTURES, available, load_account, load_named, read_account
from emulator.seeding.generator import generate, origin

__all__ = [
    "FIXTURES",
    "Progress",
    "available",
    "fill",
    "generate",
    "load_account",
    "load_named",
    "origin",
    "read_account",
]
