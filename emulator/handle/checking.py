"""The conformance check, for those who wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.conformance.run import Report


def check(url: str, options: Mapping[str, Any]) -> Report:
    """Run the check and return its report.

    Raises:
        AssertionError: the target differs, or nothing could be checked.
    """
    from emulator.conformance import run
    from emulator.conformance.options import Options

    chosen = Options(**options)

    async def checked() -> Report:
        return await run.check(url, chosen)

    # In a thread of its own, as an async test has a running loop in this one, which allows no other.
    with ThreadPoolExecutor(1) as thread:
        report: Report = thread.submit(asyncio.run, checked()).result()
    if report.exit_code:
        raise AssertionError(_told(report))
    return report


def _told(report: Report) -> str:
    from emulator.conformance.report import facts, words
    from emulator.conformance.verdicts import DIFFERS

    told = facts.from_report(report)
    if report.exit_code != 1:
        return words.visible(f"{told.url}: {told.failure or told.headline}")
    differing = [rule for rule in told.rules if rule.outcome == DIFFERS]
    lines = [f"{rule.rule.id}: {words.failure(rule)}" for rule in differing]
    return words.visible("\n\n".join([f"{told.url} differs from what is documented:", *lines]))
