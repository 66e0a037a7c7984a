"""A calibration tells every alternative of every switch apart, on a target that shares no code with the emulator."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from emulator.behaviour import CHOICES, DEFAULT
from emulator.conformance import rulebook
from emulator.conformance.calibrating import BUDGET, calibrate
from emulator.conformance.learning import Learning, learn
from emulator.conformance.options import Options
from emulator.conformance.outcome import Report
from emulator.conformance.probes.conditional import CONDITIONAL
from emulator.profile import parse
from emulator.profiletext import document
from tests.calibration.calibrated import (
    BARE,
    COMBINED,
    MANY,
    ODD,
    assert_well,
    calibrated,
    target_of,
    told,
    undecidable,
)
from tests.calibration.target import SWITCHES, AllChoices, FreeTarget, Telling
from tests.mutants.lawful import LAWFUL, RequestTimes
from tests.mutants.target import Target
from tests.mutants.wire import RefusedError, serving

pytestmark = pytest.mark.no_cover

DEFAULTS: Final = DEFAULT.choices()
SINGLE: Final = [
    {name: choice} for name, choices in CHOICES.items() for choice in choices[1:] if name != "default-page-size"
]


def test_the_target_has_every_switch_of_the_rulebook() -> None:
    assert [name.replace("_", "-") for name in SWITCHES] == list(CHOICES)


@pytest.mark.parametrize("choices", [{}, *SINGLE], ids=lambda each: "-".join(itertools.chain(*each.items())) or "none")
async def test_each_alternative_is_found_in_sixty_requests(choices: Mapping[str, str]) -> None:
    _, learning = await calibrated(target_of(choices), seed=len(str(choices)))
    wanted = {**DEFAULTS, **choices}
    unknown = undecidable(choices, many=False)
    assert learning.profile.choices == {name: wanted[name] for name in wanted if name not in unknown}
    assert learning.outside == []
    assert learning.differing == []


@pytest.mark.parametrize("size", CHOICES["default-page-size"])
async def test_the_size_of_a_page_is_found_where_the_account_has_enough(size: str) -> None:
    _, learning = await calibrated(target_of({"default-page-size": size}), many=MANY)
    assert learning.profile.choices["default-page-size"] == size


async def test_the_size_of_a_page_is_found_in_an_empty_account_with_a_larger_budget() -> None:
    _, learning = await learnt_of(target_of({}))
    advice = re.search("a --budget of ([0-9]+) adds enough", learning.undecided["list.per_page.default"])
    assert advice is not None
    report, learning = await learnt_of(target_of({}), budget=int(advice[1]))
    assert learning.profile.choices["default-page-size"] == "50"
    assert report.used > BUDGET


async def learnt_of(target: Target, budget: int = BUDGET) -> tuple[Report, Learning]:
    """Calibrate a target without a token, and hold the run to what every run must do."""
    async with serving(target) as url:
        report = await calibrate(url, Options(budget=budget))
    assert_well(report, budget)
    return report, learn(report)


def test_every_alternative_of_the_rulebook_is_found_in_two_combinations_that_have_little_else_in_common() -> None:
    found: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for choices, telling in COMBINED:
        unknown = undecidable(choices, many=True, told=told(telling))
        for alternative in choices.items():
            if alternative[0] not in unknown:
                found.setdefault(alternative, []).append(choices)
    switched = [rule for rule in rulebook.load().rules.values() if rule.assumption]
    every = {(str(rule.assumption), choice) for rule in switched for choice in rule.alternatives or {}}
    assert len(every) > 50
    assert found.keys() == every
    for alternative, combinations in found.items():
        others = [len(one.items() - two.items()) for one, two in itertools.combinations(combinations, 2)]
        assert max(others, default=0) > len(switched) / 3, alternative


@pytest.mark.parametrize(("choices", "telling"), COMBINED, ids=range(len(COMBINED)))
async def test_so_are_all_of_them_together(choices: Mapping[str, str], telling: Telling) -> None:
    _, learning = await calibrated(target_of(choices, telling), many=MANY, seed=5)
    unknown = undecidable(choices, many=True, told=told(telling))
    assert learning.profile.choices == {name: choices[name] for name in choices if name not in unknown}
    assert learning.outside == []
    assert parse("profile", document(learning.profile)) == learning.profile


async def test_how_failures_are_told_is_learnt_with_placeholders_and_without_values() -> None:
    _, learning = await calibrated(target_of({"constraint-status": "422"}, ODD))
    errors = learning.profile.errors
    constraint = errors["constraint"]
    assert (constraint.status, constraint.id, constraint.message) == (None, "VALIDATION", "Look at {fields}.")
    assert (constraint.details, constraint.entries) == ("entries", ("where", "what"))
    assert (errors["unknown-id"].status, errors["unknown-id"].id) == (410, "GONE")
    assert (errors["name-taken"].status, errors["name-taken"].id) == (422, "CONFLICT")
    assert errors["page-and-cursor"].fields == ("cursor",)
    assert errors["page-range"].message == "The parameter {fields} is out of range."
    assert errors["method"].message == "This path can be asked with {methods} only."
    assert errors["json"].status == 422
    assert learning.profile.rules["common.error.ids"].choice == "learnt"


class Chatty(Target):
    """Tells whose account it is, and the id of the request."""

    def envelope(self, refusal: RefusedError) -> Any:
        refusal.text = {
            "registry.unknown": "Nothing here for jo@example.com.",
            "path.unknown": f"Nothing here, request {self.calls}a7b9c1d2.",
        }.get(refusal.code, refusal.text)
        return super().envelope(refusal)


async def test_a_message_with_an_address_or_a_number_of_the_request_is_not_kept() -> None:
    _, learning = await learnt_of(Chatty())
    assert learning.profile.errors["unknown-id"].message is None
    assert learning.profile.errors["unknown-route"].message is None
    assert learning.profile.errors["json"].message == "The body is no JSON."
    assert "example.com" not in str(document(learning.profile))


async def test_a_status_that_no_alternative_has_is_learnt_with_the_failures() -> None:
    _, learning = await calibrated(target_of({}, BARE))
    assert learning.profile.rules["common.constraint-status"].choice == "learnt"
    assert learning.profile.errors["constraint"].status == 418
    assert learning.profile.errors["constraint"].details == "absent"
    assert learning.profile.behaviour == DEFAULT


async def test_what_cannot_be_told_says_why_and_is_left_open() -> None:
    _, learning = await calibrated(target_of({"unknown-integration": "reject"}, Telling(details="absent")))
    for rule in ("common.empty-secret", *CONDITIONAL):
        assert rule not in learning.profile.rules
        assert "refuses every integration id" in learning.undecided[rule]
    assert "--budget" in learning.undecided["list.per_page.default"]
    assert "list.per_page.default" not in learning.profile.rules


async def test_a_small_budget_leaves_rules_undecided_and_nothing_behind() -> None:
    report, learning = await calibrated(target_of({}), budget=20)
    assert report.used <= 20
    assert learning.undecided
    assert any("budget of 20" in why for why in learning.undecided.values())


class StoresUnknownFields(Target):
    def known(self, body: Any, _shape: Any) -> Any:
        return {name: value for name, value in body.items() if name not in ("createdAt", "updatedAt")}


@pytest.mark.parametrize(
    ("made", "rule", "words"),
    [
        (StoresUnknownFields, "common.unknown-fields", "stored"),
        (RequestTimes, "add.request-timestamps", "times"),
    ],
)
async def test_what_no_alternative_covers_is_told_with_its_exchange(made: type[Target], rule: str, words: str) -> None:
    _, learning = await learnt_of(made())
    found = {outside.rule: outside for outside in learning.outside}
    assert words in found[rule].words
    assert found[rule].exchange is not None
    assert rule not in learning.profile.rules


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_every_lawful_target_is_calibrated_within_the_budget(made: type[Target]) -> None:
    _, learning = await learnt_of(made())
    assert parse("profile", document(learning.profile)) == learning.profile
    assert [found.rule for found in learning.differing if not found.rule.startswith("common.error")] == []


@pytest.mark.parametrize("token", ["t", "1", '"', "true"])
async def test_a_token_that_stands_in_all_that_is_sent_changes_nothing_but_texts(token: str) -> None:
    async with serving(FreeTarget(AllChoices())) as url:
        report = await calibrate(url, Options(token=token, budget=BUDGET))
    learning = learn(report)

    assert learning.profile.choices["duplicate-name"] == "reject"
    assert len(learning.evidence) > 10
    for shown in learning.evidence.values():
        assert isinstance(shown["status"], int)
        if token != "t":  # what stands in its place has one itself
            assert [text for text in texts(shown["answer"]) if token in text] == []


def texts(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        return [text for each in inner for text in texts(each)]
    return [value] if isinstance(value, str) else []
