"""A calibration: what the documentation leaves open, asked in as few requests as possible.

The same run as a check's, with its ledger, budget, clean-up and care; only the probes are others: those that tell the
alternatives of assumed rules apart, and what shows how each kind of failure is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from emulator.conformance.exchange import Exchange
from emulator.conformance.options import LIMITED, Options
from emulator.conformance.outcome import Progress, Report
from emulator.conformance.probes import choices, conditional, failures, parameters
from emulator.conformance.probes.errors import RESTRICT
from emulator.conformance.probes.paging import some_credentials
from emulator.conformance.probes.reading import has_next, items_of
from emulator.conformance.probes.target import judge_permission
from emulator.conformance.probing import Probe, Skip, Stage, probe
from emulator.conformance.run import check
from emulator.conformance.sending import Wait
from emulator.conformance.session import Session

BUDGET: Final = 60
"""Requests that a calibration takes at most, deletions included, unless it is allowed more."""

_PERMISSION: Final = "common.auth.permission"
_EXCEEDED: Final = "common.rate-limit.exceeded"
_SIZE: Final = "list.per_page.default"
_DETAILS: Final = "common.error.details"
_UNAUTHORIZED: Final = 401
_USUAL: Final = 50
_LARGEST: Final = 100
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


@probe(_PERMISSION, _EXCEEDED, cost=3, stage=Stage.CHOICES)
async def what_a_token_without_the_permission_is_answered(session: Session) -> None:
    """It tries to update what this run has added, and nothing else."""
    session.verdicts.skip(_EXCEEDED, "it takes more than 1000 requests to see, and nobody should send these for it")
    if not session.has(LIMITED):
        raise Skip("there is no token that lacks permissions: name one that may only read with --limited-token-file")
    known = await session.living()
    # What it can see and not update, it lacks the permission for, whatever the status of the refusal is.
    await session.list(token=LIMITED, per_page="100")
    exchange = await session.update(known, RESTRICT, token=LIMITED)
    if exchange.succeeded:
        raise Skip("the token that should lack permissions may update credentials; take one that may only read")
    if exchange.status == _UNAUTHORIZED:
        raise Skip("the target does not know the token that should lack permissions (status 401)")
    judge_permission(session, exchange, "an update")


@probe(_SIZE, cost=2, stage=Stage.CHOICES)
async def a_list_has_a_page_of_some_size_if_none_is_asked_for(session: Session) -> None:
    """What the page holds, the oracle judges; it takes more credentials than a page has, and they are dear."""
    page = await session.list()
    for size in (_USUAL, _LARGEST):
        missing = _missing(page, size)
        if missing > 0 and session.can(_LEFT, creations=missing):
            await some_credentials(session, len(session.model.living()) + missing)
            page = await session.list()
    held, budget = len(items_of(page)), session.budget
    enough = budget.used + budget.reserved + 2 * _missing(page, _USUAL if held <= _USUAL else _LARGEST) + _LEFT
    why = f"a page held all {held} credentials of the account, so that it may hold more; "
    session.verdicts.skip(_SIZE, f"{why}a --budget of {enough} adds enough to see it" if page.ok else page.outcome)


def _missing(page: Exchange, size: int) -> int:
    """Return how many credentials an account has too few for a page of a size to be full, and not the last."""
    return size + 1 - len(items_of(page)) if page.ok and has_next(page) is False else 0


_PROBES: Final = (
    choices.what_is_unknown_in_a_body_what_is_answered_and_a_name_that_is_taken,
    conditional.when_user_name_and_password_are_required_and_whether_they_may_be_empty,
    choices.what_updates_do_that_are_partial_empty_or_odd,
    what_a_token_without_the_permission_is_answered,
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
