"""A calibration of the emulator gives the profile back that it follows."""

from __future__ import annotations

import random
from dataclasses import fields
from typing import Any, Final

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import CHOICES
from emulator.conformance.calibrating import calibrate
from emulator.conformance.learning import Learning, learn
from emulator.conformance.options import Options
from emulator.profile import KINDS, OF_CONSTRAINTS, ErrorShape, Profile, Settled, parse, switch_of
from emulator.profiletext import differences, document, gaps
from emulator.remote import Remote
from tests.calibration.calibrated import MANY, TOKEN, assert_well, calibrated, target_of, undecidable

_WITH_FIELDS: Final = ("constraint", "parameter", "page-range", "repeated-parameter", "page-and-cursor")
_FIELDS: Final = {"page-and-cursor": ("cursor",), "cursor": ("cursor",), "page-beyond-last": ("page", "per_page")}


def profile_of(seed: int) -> Profile:
    """Return a profile made by chance."""
    chance = random.Random(f"profile {seed}")  # noqa: S311 - repeatable
    choices = {name: chance.choice(values) for name, values in CHOICES.items()}
    rules = {rule: Settled(choices[name], "2026-03-01") for rule, name in switch_of().items()}
    return Profile(
        "api.example.com", "2026-03-01", rules=rules, errors={kind: shape_of(kind, chance) for kind in KINDS}
    )


def shape_of(kind: str, chance: random.Random) -> ErrorShape:
    details = chance.choice(["absent", "lists", "texts", "entries"])
    if kind not in (*_WITH_FIELDS, *_FIELDS):
        details = "absent"
    letter = chr(ord("A") + KINDS.index(kind))
    status = chance.choice([400, 404, 409, 410, 418, 422])
    return ErrorShape(
        status=None if kind in OF_CONSTRAINTS else 401 if kind == "token" else status,
        id=f"word-{kind}",
        message=f"Failure {letter} in {{fields}}." if kind in _WITH_FIELDS else f"Failure {letter}.",
        details=details,
        entries=("path", "text") if details == "entries" else None,
        fields=_FIELDS.get(kind) if details != "absent" else None,
    )


async def calibrated_emulator(settings: Settings) -> Learning:
    with Emulator(settings) as emulator:
        Remote(emulator.url).ask("POST", "/seed", {"count": MANY, "seed": 3, "token": TOKEN})
        report = await calibrate(emulator.url, Options(token=TOKEN, budget=60, seed=3))
    assert_well(report)
    return learn(report)


@pytest.mark.parametrize("seed", range(12))
async def test_any_profile_is_given_back(seed: int) -> None:
    profile = profile_of(seed)
    found = (await calibrated_emulator(Settings(profile=profile))).profile
    told = profile.errors["constraint"].details != "absent"
    unknown = undecidable(profile.choices, many=True, told=told)
    assert found.choices == {name: choice for name, choice in profile.choices.items() if name not in unknown}
    assert {"constraint", "json", "unknown-id", "unknown-route", "method", "token"} <= found.errors.keys()
    for kind, shape in found.errors.items():
        assert (kind, shape) == (kind, profile.errors[kind])


async def test_the_profile_of_a_target_is_given_back_in_all_that_it_says() -> None:
    choices = {name: values[-1] for name, values in CHOICES.items()} | {"unknown-integration": "accept"}
    _, learning = await calibrated(target_of(choices), many=MANY)
    once = learning.profile
    twice = (await calibrated_emulator(Settings(profile=once))).profile
    assert {rule: settled.choice for rule, settled in twice.rules.items()} == {
        rule: settled.choice for rule, settled in once.rules.items()
    }
    for kind, shape in once.errors.items():
        said = {each.name: getattr(shape, each.name) for each in fields(ErrorShape)}
        assert {name: getattr(twice.errors[kind], name) for name, value in said.items() if value is not None} == {
            name: value for name, value in said.items() if value is not None
        }


async def test_the_emulator_without_a_profile_is_found_as_it_is_and_stays_so() -> None:
    once = (await calibrated_emulator(Settings())).profile
    assert all(settled.choice in ("kept", CHOICES_BY_RULE.get(rule)) for rule, settled in once.rules.items())
    twice = (await calibrated_emulator(Settings(profile=once))).profile
    assert differences(once, twice) == gaps(once, twice) == []


CHOICES_BY_RULE: Final[dict[str, Any]] = {rule: CHOICES[name][0] for rule, name in switch_of().items()}


@pytest.mark.parametrize("seed", range(3))
def test_profiles_are_the_same_as_json(seed: int) -> None:
    profile = profile_of(seed)
    assert parse("profile", document(profile)) == profile
