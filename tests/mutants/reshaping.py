"""Ways to make targets that answer well, but for one member."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.mutants.forms import Json
from tests.mutants.paging import Item
from tests.mutants.target import Target

Change = Callable[[Json], Json]
"""Makes of a member's value the wrong one."""

GONE: Final = object()
"""What a change returns to leave the member out."""


def put(holder: Json, path: str, change: Change) -> None:
    """Change the member at a dotted path, where there is one."""
    *above, last = path.split(".")
    for key in above:
        holder = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(holder, dict) or last not in holder:
        return
    value = change(holder[last])
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value


def gone(_value: Json) -> Json:
    return GONE


def showing(path: str, change: Change) -> type[Target]:
    """Return a target that gets one member wrong wherever it shows credentials."""

    class Showing(Target):
        def show(self, item: Item) -> dict[str, Json]:
            shown = super().show(item)
            put(shown, path, change)
            return shown

    return Showing


def showing_got(path: str, change: Change) -> type[Target]:
    """Return a target that gets one member wrong in the answer of get only."""

    class ShowingGot(Target):
        def show_got(self, item: Item) -> dict[str, Json]:
            shown = super().show_got(item)
            put(shown, path, change)
            return shown

    return ShowingGot


def showing_added(path: str, change: Change) -> type[Target]:
    """Return a target that gets one member wrong in the answer of add only."""

    class ShowingAdded(Target):
        def show_added(self, item: Item) -> dict[str, Json]:
            shown = super().show_added(item)
            put(shown, path, change)
            return shown

    return ShowingAdded
