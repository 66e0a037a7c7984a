"""A check of a target finds nothing that its profile has; and without the profile only what is not as documented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from emulator.conformance.options import Options
from emulator.conformance.outcome import Report
from emulator.conformance.run import check
from emulator.profile import Profile
from tests.calibration.calibrated import COMBINED, MANY, TOKEN, calibrated, target_of
from tests.calibration.target import Telling
from tests.mutants.wire import serving

pytestmark = pytest.mark.no_cover

PHASES: Final = frozenset({"probes"})


async def checked(choices: Mapping[str, str], telling: Telling, seed: int, profile: Profile | None = None) -> Report:
    target = target_of(choices, telling)
    if choices["default-page-size"] != "50":
        target.fill((TOKEN, None), MANY)
    async with serving(target) as url:
        report = await check(url, Options(token=TOKEN, seed=seed, phases=PHASES, profile=profile))
    assert report.failure is None
    assert report.left == []
    return report


@pytest.mark.parametrize(
    ("choices", "telling", "seed"), [(*both, seed) for seed, both in enumerate(COMBINED)], ids=range(len(COMBINED))
)
async def test_a_check_finds_nothing_where_the_target_does_as_its_profile_says(
    choices: Mapping[str, str], telling: Telling, seed: int
) -> None:
    profile = (await calibrated(target_of(choices, telling), many=MANY))[1].profile
    # A list is no object, as which the vendor's clients read the details.
    known = {"common.error.envelope"} if telling.details == "entries" else set()
    report = await checked(choices, telling, seed, profile)
    assert {
        f"{found.rule}: {found.expected} {found.got}" for found in report.findings if found.rule not in known
    } == set()

    report = await checked(choices, telling, seed)
    if choices["repeated-delete"] == "success":
        known.add("delete.final")
    if choices["default-page-size"] != "50":
        known.add("list.per_page.default")
    assert {found.rule for found in report.findings} == known
