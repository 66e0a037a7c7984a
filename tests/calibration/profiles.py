"""A profile as a file, for tests that load it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from emulator.profile import Profile, parse, read

CONTENT: Final[dict[str, Any]] = {
    "format": 1,
    "target": "api.example.com",
    "date": "2026-03-01",
    "rules": {
        "add.duplicate-name": {"choice": "suffix", "date": "2026-03-01", "evidence": f"sha256:{'0' * 64}"},
        "common.constraint-status": {"choice": "422", "date": "2026-02-01"},
        "list.order": {"choice": "newest-first", "date": "2026-03-01"},
        "common.error.ids": {"choice": "learnt", "date": "2026-03-01"},
    },
    "errors": {
        "constraint": {"id": "VALIDATION", "message": "Wrong: {fields}.", "details": "entries"},
        "unknown-id": {"status": 410, "id": "GONE", "message": "No {id} here.", "details": "absent"},
        "method": {"status": 405, "message": "Use {methods}."},
    },
}
TEXT: Final = """
format = 1
target = "api.example.com"
date = "2026-03-01"
[rules."add.duplicate-name"]
choice = "suffix"
date = "2026-03-01"
"""


def profile() -> Profile:
    return parse("profile", CONTENT)


def loaded(folder: Path, text: str) -> Profile:
    path = folder / "profile.toml"
    path.write_text(text, "utf-8")
    return read("--profile", str(path))
