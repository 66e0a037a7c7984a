"""`check` finds nothing wrong with an emulator that takes an alternative, save where that is not as documented."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import CHOICES, DEFAULT
from emulator.conformance import rulebook
from emulator.conformance.options import Options
from emulator.conformance.outcome import Report
from emulator.conformance.run import check
from emulator.profile import Profile, Settled, switch_of
from emulator.remote import Remote
from tests.readme import README

pytestmark = pytest.mark.no_cover

ALTERNATIVES: Final = [(name, choice) for name, choices in CHOICES.items() for choice in choices[1:]]
BREAKS: Final = {
    "default-page-size": "list.per_page.default",  # documented is 50
    "repeated-delete": "delete.final",  # implied: errors leave no success for an id that is not there
}
"""The switches whose other alternatives a check takes for a difference, and the rule that it names."""
TOKEN: Final = "alternatives-canary"
MANY: Final = 101


async def checked(emulator: Emulator, seed: int, **options: Any) -> Report:
    report = await check(emulator.url, Options(token=TOKEN, seed=seed, phases=frozenset({"probes"}), **options))
    assert report.failure is None
    assert report.left == []
    return report


@pytest.mark.parametrize(("switch", "choice"), ALTERNATIVES, ids=[f"{name}-{choice}" for name, choice in ALTERNATIVES])
async def test_an_alternative_is_no_difference_unless_it_is_not_as_documented(switch: str, choice: str) -> None:
    carriers = [rule for rule, name in switch_of().items() if name == switch]
    expected = {BREAKS[switch]} if switch in BREAKS else set()
    with emulating(switch, choice) as emulator:
        report = await checked(emulator, 5)
    assert {finding.rule for finding in report.findings} == expected
    assert report.exit_code == (1 if expected else 0)
    assert {report.verdicts.of(rule).choice for rule in carriers} == {choice}


@contextlib.contextmanager
def emulating(switch: str, choice: str) -> Iterator[Emulator]:
    with Emulator(Settings(assume=DEFAULT.choose({switch: choice}))) as emulator:
        if switch == "default-page-size":
            Remote(emulator.url).ask("POST", "/seed", {"count": MANY, "seed": 3, "token": TOKEN})
        yield emulator


@pytest.mark.parametrize(("switch", "choice"), ALTERNATIVES, ids=[f"{name}-{choice}" for name, choice in ALTERNATIVES])
async def test_a_profile_makes_an_alternative_right_and_what_it_had_before_a_finding(switch: str, choice: str) -> None:
    carriers = [rule for rule, name in switch_of().items() if name == switch]
    narrow = (*carriers, BREAKS.get(switch, carriers[0]))
    with emulating(switch, choice) as emulator:
        same = await checked(emulator, 6, only=narrow, profile=settling(carriers, choice))
        drifted = await checked(emulator, 7, only=narrow, profile=settling(carriers, CHOICES[switch][0]))
    assert same.findings == []
    assert same.exit_code == 0
    assert set(carriers) <= {finding.rule for finding in drifted.findings}
    assert drifted.exit_code == 1


def settling(rules: Sequence[str], choice: str) -> Profile:
    settled = {rule: Settled(choice, "2026-03-01") for rule in rules}
    return Profile("api.example.com", "2026-03-01", rules=settled)


@pytest.mark.parametrize("switch", BREAKS)
def test_what_is_not_as_documented_says_so_in_the_rulebook_and_in_the_readme(switch: str) -> None:
    carriers = [rule for rule in rulebook.load().rules.values() if rule.assumption == switch]
    assert all("a check takes" in (rule.note or "").lower() for rule in carriers)
    [sentence] = re.findall("[^.]*without the profile still takes[^.]*", README.read_text("utf-8"))
    assert f"`{switch}`" in sentence
