"""What the tests of calibrations share: targets, what they should be found to do, and the calibration itself."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from emulator.behaviour import CHOICES, DEFAULT
from emulator.conformance.calibrating import BUDGET, calibrate
from emulator.conformance.learning import Learning, learn
from emulator.conformance.options import Options
from emulator.conformance.outcome import Report
from tests.calibration.target import AllChoices, FreeTarget, Telling
from tests.mutants.wire import serving

TOKEN: Final = "calibration-canary-token"
MANY: Final = 101
"""Credentials of somebody else in the account: with so many, a page of any usual size is full."""

ODD: Final = Telling(
    statuses={"name.taken": 422, "registry.unknown": 410, "body.kind": 400, "body.unreadable": 422},
    words={"body.bad": "VALIDATION", "name.taken": "CONFLICT", "registry.unknown": "GONE", "query.bad": "QUERY"},
    details="entries",
)
PLAINER: Final = Telling(
    statuses={"path.method": 404, "query.beyond": 404, "body.large": 400, "body.twice": 422},
    words={"body.unreadable": "parse_error", "access.token": "no_token"},
    details="texts",
)
BARE: Final = Telling(statuses={"body.bad": 418, "query.bad": 418}, details="absent")

TELLINGS: Final = (ODD, PLAINER, Telling(), Telling(details="texts"), Telling(details="absent"))
TIMES: Final = 2
"""Full combinations in which every alternative is, at least."""


def combinations(many: int) -> list[dict[str, str]]:
    """Return full combinations of which each alternative of a switch has its even share, with neighbours by chance."""
    dealt = {}
    for name, choices in CHOICES.items():
        dealt[name] = [choices[number % len(choices)] for number in range(many)]
        random.Random(f"1 {name}").shuffle(dealt[name])  # noqa: S311 - repeatable
    return [{name: choices[number] for name, choices in dealt.items()} for number in range(many)]


COMBINED: Final[list[tuple[Mapping[str, str], Telling]]] = [
    (choices, TELLINGS[number % len(TELLINGS)])
    for number, choices in enumerate(combinations(TIMES * max(map(len, CHOICES.values()))))
]


def told(telling: Telling) -> bool:
    """Return whether errors say which fields are at fault."""
    return telling.details != "absent"


def target_of(choices: Mapping[str, str], telling: Telling = Telling()) -> FreeTarget:  # noqa: B008 - frozen
    named: dict[str, Any] = {name.replace("-", "_"): choice for name, choice in choices.items()}
    return FreeTarget(AllChoices(**named, telling=telling))


async def calibrated(target: FreeTarget, *, many: int = 0, **options: Any) -> tuple[Report, Learning]:
    """Calibrate a target, and hold the run itself to what every run must do."""
    shelf = (TOKEN, None)
    if many:
        target.fill(shelf, many)
    before = dict(target.stored(shelf))
    async with serving(target) as url:
        report = await calibrate(url, Options(**{"token": TOKEN, "budget": BUDGET, **options}))
    assert_well(report)
    assert {where: items for where, items in target.shelves.items() if items} == ({shelf: before} if before else {})
    return report, learn(report)


def assert_well(report: Report, budget: int = BUDGET) -> None:
    assert report.failure is None
    assert [note for note in report.notes if "mistake in this program" in note] == []
    assert report.used <= budget
    assert report.left == []
    assert report.created == report.deleted > 0


def undecidable(choices: Mapping[str, str], *, many: bool, told: bool = True) -> set[str]:
    """Return the switches that nobody can tell from outside, where others stand like this.

    Args:
        many: the account has more credentials than a page holds.
        told: errors say which fields are at fault.
    """
    chosen = {**DEFAULT.choices(), **choices}
    found = set() if many else {"default-page-size"}
    refused, reading = chosen["unknown-integration"] == "reject", chosen["credentials-required"]
    if refused and reading != "without-integration" and not told:
        found |= {"empty-secret", "credentials-required"}
    return found | {"empty-secret"} if reading == "never" else found
