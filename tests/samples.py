"""Bodies of Add registry, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

SMALLEST: Final[Mapping[str, Any]] = {"name": "abc", "provider": "ecr"}
"""The smallest body of Add registry."""


def put(body: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy of `body` with another value at the dotted `path`."""
    changed = deepcopy(dict(body))
    *parents, last = path.split(".")
    inner = changed
    for parent in parents:
        inner = inner.setdefault(parent, {})
    inner[last] = value
    return changed


def cut(body: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return a copy of `body` without the member at the dotted `path`."""
    changed = put(body, path, None)
    *parents, last = path.split(".")
    inner = changed
    for parent in parents:
        inner = inner[parent]
    del inner[last]
    return changed
