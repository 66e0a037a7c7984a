"""`--northflank-target`: hands over to what checks the target, with the options that go with it."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.conformance import pytest_target
from emulator.conformance.pytest_target import configure

__all__ = ["add_options", "configure"]

_REGISTERED = f"--{pytest_target.NAME}"


class _Rest:
    """Stands for the parser where options are added, and leaves out the one that is there already."""

    def __init__(self, adds: Any) -> None:
        self._adds = adds

    def getgroup(self, *names: str) -> _Rest:
        return _Rest(self._adds.getgroup(*names))

    def addoption(self, *names: str, **rest: Any) -> None:
        if _REGISTERED not in names:
            self._adds.addoption(*names, **rest)


def add_options(parser: pytest.Parser) -> None:
    """Add the options, which are not worth loading all this in every run of pytest; the first one is there already."""
    pytest_target.add_options(_Rest(parser))  # type: ignore[arg-type]  # as much of a parser as is needed
