"""Figures, what they are compared with, and how both are printed."""

import enum
import importlib.metadata
import json
import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks import wrk


class Unit(enum.Enum):
    RATE = "requests per second"
    TIME = "microseconds"
    BYTES = "bytes"

    def show(self, value: float) -> str:
        match self:
            case Unit.RATE:
                return f"{value:,.0f}/s"
            case Unit.TIME:
                return f"{value:,.0f} us" if value < 1000 else f"{value / 1000:,.2f} ms"
            case Unit.BYTES:
                return f"{value:,.0f} B" if value < 1e5 else f"{value / 1e6:,.1f} MB"


@dataclass(frozen=True)
class Target:
    """A limit for the ratio, or for the figure itself where nothing is compared."""

    limit: float
    at_least: bool = False

    def met_by(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"


@dataclass(frozen=True)
class Row:
    """One figure of two contestants, round by round; `theirs` is empty where there is nothing to compare with."""

    measure: str
    unit: Unit
    ours: Sequence[float]
    theirs: Sequence[float] = ()
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """Median over the rounds of ours to theirs, each pair from one round: a slow minute slows both of a pair."""
        if not self.theirs:
            return None
        return statistics.median(a / b for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        judged = statistics.median(self.ours) if self.ratio is None else self.ratio
        return "ok" if self.target.met_by(judged) else "missed"

    def cells(self) -> tuple[str, ...]:
        return (
            self.measure,
            self.unit.show(statistics.median(self.ours)),
            self.unit.show(statistics.median(self.theirs)) if self.theirs else "",
            "" if self.ratio is None else f"{self.ratio:.2f}",
            str(self.target or ""),
            self.verdict,
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "measure": self.measure,
            "unit": self.unit.value,
            "ours": list(self.ours),
            "theirs": list(self.theirs),
            "ratio": self.ratio,
            "target": str(self.target) if self.target else None,
            "verdict": self.verdict or None,
        }


@dataclass(frozen=True)
class Section:
    """Rows that compare the same two contestants."""

    ours: str
    theirs: str
    rows: Sequence[Row]


def table(sections: Sequence[Section]) -> str:
    """Medians over the rounds as text, one header line for each pair of contestants."""
    lines = list(_lines(sections))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def as_json(sections: Sequence[Section], options: dict[str, Any], used_by_others: float) -> str:
    """All rounds of all figures, with what is needed to judge or repeat them."""
    return json.dumps(
        {
            "environment": {**environment(), "cpu_used_by_others": round(used_by_others, 3)},
            "options": options,
            "sections": [
                {"ours": section.ours, "theirs": section.theirs, "rows": [row.as_json() for row in section.rows]}
                for section in sections
            ],
        },
        indent=2,
    )


def environment() -> dict[str, Any]:
    packages = ("northflank-emulator", "aiohttp", "uvloop", "orjson", "marshmallow")
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": _cpu_model(),
        "cpus": os.cpu_count(),
        "wrk": wrk.version() if wrk.is_installed() else None,
        **{name: _version(name) for name in packages},
    }


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
    cells[0] = line[0].ljust(widths[0])
    return "  ".join(cells).rstrip()


def _lines(sections: Sequence[Section]) -> Iterator[tuple[str, ...]]:
    pairs = dict.fromkeys((section.ours, section.theirs) for section in sections)
    for ours, theirs in pairs:
        yield ("",) * 6
        yield ("measure", ours, theirs, "ratio", "target", "")
        for section in sections:
            if (section.ours, section.theirs) == (ours, theirs):
                yield from (row.cells() for row in section.rows)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return models[0].partition(":")[2].strip() if models else platform.machine()
