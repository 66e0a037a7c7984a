"""Figures, what they are compared with, and how both are printed."""

import enum
import importlib.metadata
import json
import os
import platform
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import wrk

FORMAT: Final = 1
"""Of what `as_json` writes; it changes when readers of the old form would go wrong, not when there is more to read."""


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
    """Rows that compare the same two contestants.

    `about` tells of the first what the other sections need not tell: `setting`, `validates`, `version`, `runs_on` of a
    peer, and `skipped`, why there are no rows of it.
    """

    ours: str
    theirs: str
    rows: Sequence[Row]
    about: Mapping[str, str] = field(default_factory=dict)


def table(sections: Sequence[Section]) -> str:
    """Medians over the rounds as text, one header line for each pair of contestants."""
    lines = list(_lines(sections))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def notes(sections: Sequence[Section]) -> str:
    """One line for each section that tells of a contestant, or of why it is missing."""
    return "\n".join(_note(section) for section in sections if section.about)


def as_json(sections: Sequence[Section], options: dict[str, Any], used_by_others: float) -> str:
    """All rounds of all figures, with what is needed to judge or repeat them.

    Rates are requests a second, times microseconds, sizes bytes; `ours` and `theirs` have one figure a round, in order.
    """
    return json.dumps(
        {
            "format": FORMAT,
            "environment": {**environment(), "cpu_used_by_others": round(used_by_others, 3)},
            "options": options,
            "sections": [
                {
                    "ours": section.ours,
                    "theirs": section.theirs,
                    "about": dict(section.about),
                    "rows": [row.as_json() for row in section.rows],
                }
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
    pairs = dict.fromkeys((section.ours, section.theirs) for section in sections if section.rows)
    for ours, theirs in pairs:
        yield ("",) * 6
        yield ("measure", ours, theirs, "ratio", "target", "")
        for section in sections:
            if (section.ours, section.theirs) == (ours, theirs):
                yield from (row.cells() for row in section.rows)


def _note(section: Section) -> str:
    about = section.about
    name = " ".join((section.ours, *([about["version"]] if "version" in about else [])))
    runs_on = f" (on {about['runs_on']})" if "runs_on" in about else ""
    if "skipped" in about:
        return f"{name} is left out: {about['skipped']}"
    return f"{name}{runs_on}: {about.get('setting', '')}; validates {about.get('validates', '')}"


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return models[0].partition(":")[2].strip() if models else platform.machine()
