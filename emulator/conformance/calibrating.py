"""A calibration: what the documentation leaves open, asked in as few requests as possible.

The same run as a check's, with its ledger, budget, clean-up and care; only the probes are others: those that tell the
alternatives of assumed rules apart, and what shows how each kind of failure is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from emulator.conformance.options import Options
from emulator.conformance.outcome import Progress, Report
from emulator.conformance.probes import choices, failures, parameters
from emulator.conformance.probes.paging import some_credentials
from emulator.conformance.probes.reading import has_next, items_of
from emulator.conformance.probing import Probe, Stage, probe
from emulator.conformance.run import check
from emulator.conformance.sending import Wait
from emulator.conformance.session import Session

BUDGET: Final = 60
"""Requests that a calibration takes at most, deletions included, unless it is allowed more."""

_SIZE: Final = "list.per_page.default"
_DETAILS: Final = "common.error.details"
_USUAL: Final = 50
_LEFT: Final = 4
"""Requests that are kept when the budget is used for a page of the usual size."""
_SMALLEST: Final = 4
"""What a probe needs at least; one that needs more stops by itself where the budget ends."""


@probe(_DETAILS, cost=2, stage=Stage.CHOICES)
async def another_broken_constraint_is_told_in_the_same_way(session: Session) -> None:
    """Two failures of a kind show which words are the template of a message, and which are about this failure."""
    known = await session.living()
    await session.update_refuses("update.restrictions.restricted.required", known, {"restrictions": {}}, what="{}")
    await session.list(per_page="1.5")


@probe(_SIZE, cost=2, stage=Stage.CHOICES)
async def a_list_has_a_page_of_some_size_if_none_is_asked_for(session: Session) -> None:
    """What the page holds, the oracle judges; it takes more credentials than a page has, and they are dear."""
    page = await session.list()
    if page.ok and has_next(page) is False and len(items_of(page)) <= _USUAL:
        missing = _USUAL + 1 - len(items_of(page))
        if session.can(_LEFT, creations=missing):
            await some_credentials(session, len(session.model.living()) + missing)
            page = await session.list()
    held = len(items_of(page))
    budget = session.budget
    enough = budget.used + budget.reserved + 2 * (_USUAL + 1 - held) + _LEFT
    why = f"a page held all {held} credentials of the account; a --budget of {enough} adds enough to see it"
    session.verdicts.skip(_SIZE, why if page.ok else page.outcome)


_PROBES: Final = (
    choices.what_is_unknown_in_a_body_what_is_answered_and_a_name_that_is_taken,
    choices.when_user_name_and_password_are_required_and_whether_they_may_be_empty,
    choices.what_updates_do_that_are_partial_empty_or_odd,
    failures.what_errors_are_like,
    another_broken_constraint_is_told_in_the_same_way,
    parameters.how_lists_are_ordered_and_what_odd_parameters_do,
    a_list_has_a_page_of_some_size_if_none_is_asked_for,
)


def probes() -> list[Probe]:
    """Return the probes of a calibration, in their order."""
    # A check plans with the most that a probe can take; here each may use what is left, and stops where that ends.
    return [replace(each, cost=min(each.cost, _SMALLEST)) for each in _PROBES]


async def calibrate(
    url: str,
    options: Options,
    *,
    progress: Callable[[Progress], None] | None = None,
    wait: Wait = asyncio.sleep,
) -> Report:
    """Ask a target what it does where the documentation is silent; `learning.learn` tells what came of it.

    Raises:
        InvalidSettingError: an option cannot be used.
        Interrupted: it was cancelled.
    """
    return await check(url, options, progress=progress, wait=wait, probes=probes())
