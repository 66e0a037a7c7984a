"""`@pytest.mark.northflank(...)`: what a test starts with, and what fails it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from os import PathLike
from typing import Any

import pytest

_MERGED = ("assume", "allow")


@dataclass(frozen=True, slots=True)
class Marks:
    """What the markers of a test say together.

    Attributes:
        fixture: the named fixture to start with.
        count: how many made credentials to start with.
        seed: where making starts.
        assume: choices of assumed behaviours, by switch.
        profile: file of what was learnt of a target, to do as it does; `assume` overrules it.
        freeze: True, or the time to stop the clock at.
        strict: whether unexpected rejections fail the test; None where options decide.
        assumptions: `fail`, where relying on an assumed rule fails the test, or `allow`.
        allow: what does not: statuses and rules that may reject, assumed rules that may be relied on.
    """

    fixture: str | None = None
    count: int | None = None
    seed: int | None = None
    assume: Mapping[str, str] = field(default_factory=dict)
    profile: str | PathLike[str] | None = None
    freeze: bool | str | datetime = False
    strict: bool | None = None
    assumptions: str = "allow"
    allow: tuple[int | str, ...] = ()


def marks_of(item: pytest.Item) -> Marks:
    """Return what the markers of a test, its class and its module say; the nearest wins; `assume`, `allow` add up."""
    return combined(reversed(list(item.iter_markers("northflank"))))


def combined(markers: Iterable[pytest.Mark]) -> Marks:
    """Return what markers say together, the last one first."""
    marks = Marks()
    known = [entry.name for entry in fields(Marks)]
    for marker in markers:
        if marker.args:
            _refuse(f"takes names only, as fixture={marker.args[0]!r}; there are {', '.join(known)}")
        for name, value in marker.kwargs.items():
            if name not in known:
                _refuse(f"does not know {name!r}; there are {', '.join(known)}")
            marks = replace(marks, **{name: _value(name, value, marks)})
    return marks


def _value(name: str, value: Any, marks: Marks) -> Any:
    if name == "assume":
        if not isinstance(value, Mapping):
            _refuse('takes assume as a mapping, such as {"duplicate-name": "suffix"}')
        return {**marks.assume, **value}
    if name == "allow":
        return (*marks.allow, *([value] if isinstance(value, str | int) else value))
    if name == "assumptions" and value not in {"fail", "allow"}:
        _refuse(f"has assumptions={value!r}; use 'fail' or 'allow'")
    return value


def _refuse(problem: str) -> None:
    pytest.fail(f"@pytest.mark.northflank {problem}.", pytrace=False)
