"""Where the values of a JSON text stand, for messages about files that people write by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


def lines_of(text: str) -> dict[str, int]:
    """Return the line on which each value of `text` starts, from 1, by paths such as `credentials[0].scope.pull`.

    Args:
        text: a valid JSON text; of a key given twice, the last place counts.
    """
    lines: dict[str, int] = {}
    # Of each open object or array: its path, and the key or the index of its next value (None: a key comes first).
    open_values: list[tuple[str, str | int | None]] = []
    line, seen = 1, 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        line += text.count("\n", seen, match.start())
        seen = match.start()
        path, step = open_values[-1] if open_values else ("", None)
        if token in {"]", "}"}:
            open_values.pop()
        elif token == ",":
            open_values[-1] = (path, step + 1 if isinstance(step, int) else None)
        elif open_values and step is None:
            open_values[-1] = (path, json.loads(token))
        elif token != ":":
            here = _below(path, step)
            lines[here] = line
            if token in {"[", "{"}:
                open_values.append((here, 0 if token == "[" else None))
    return lines


def line_of(path: str, lines: Mapping[str, int]) -> int:
    """Return the line of a value or, where there is no such value, of the innermost value around its place."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 1)


def _below(path: str, step: str | int | None) -> str:
    if step is None:
        return path
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step
