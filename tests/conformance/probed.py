"""What some probes find out about a target: one that keeps the contract, or one with a defect."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from emulator.conformance.options import Options
from emulator.conformance.run import Report, check
from tests.conformance.spoiling import probes_in
from tests.mutants.wire import Answering, serving


async def probed(target: Answering, *modules: ModuleType, seed: int = 0, **options: Any) -> Report:
    """Run the probes of some modules against a target, and see that they end well."""
    async with serving(target) as url:
        report = await probe_url(url, *modules, seed=seed, **options)
    assert report.left == []
    return report


async def probe_url(url: str, *modules: ModuleType, seed: int = 0, **options: Any) -> Report:
    """Run the probes of some modules against a URL, and see that none of them fails."""
    report = await check(url, Options(seed=seed, **options), probes=probes_in(modules))
    assert report.failure is None
    assert [note for note in report.notes if "mistake in this program" in note] == []
    return report


def broken(report: Report) -> set[str]:
    """Return the rules that the target does not keep."""
    return {finding.rule for finding in report.findings}


def told(report: Report, rule: str) -> str:
    """Return what the target chose, in words."""
    return report.verdicts.of(rule).chosen
