"""The probes of updates: no difference where there is none, and the right rule where there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import CHOICES, DEFAULT
from emulator.conformance.probes import updates
from tests.conformance.spoiling import Call, Defect, Refuse, ask, findings, probes_in, spoiled

MODULES = (updates,)
PROVED = {rule for probe in probes_in(MODULES) for rule in probe.rules}
WITHOUT_EVIDENCE = {("unknown-project", "reject"): {"update.restrictions.projects.item-type"}}
SHARE = 36
"""Requests of a whole run that are for these probes."""
ALONE = 2 + 2 + 4
"""What earlier probes do else: the first and the last request, a creation, a good update by each route."""


@pytest.mark.parametrize("seed", range(6))
async def test_a_target_that_keeps_the_contract_has_no_difference_and_every_rule_is_observed(seed: int) -> None:
    with Emulator() as emulator:
        report = await ask(emulator.url, MODULES, seed=seed)
    assert report.findings == []
    assert [rule for rule in PROVED if not report.verdicts.observed(rule)] == []
    assert report.left == []
    assert report.notes == []
    assert report.used <= SHARE + ALONE


@pytest.mark.parametrize(
    ("switch", "choice"), [(name, choice) for name, choices in CHOICES.items() for choice in choices[1:]]
)
async def test_a_target_may_take_any_of_the_readings(switch: str, choice: str) -> None:
    with Emulator(Settings(assume=DEFAULT.choose({switch: choice}))) as emulator:
        report = await ask(emulator.url, MODULES)
    assert report.findings == []
    silent = {rule for rule in PROVED if not report.verdicts.observed(rule)}
    assert silent == WITHOUT_EVIDENCE.get((switch, choice), set())


async def test_a_target_that_refuses_every_update_is_not_taken_for_one_that_keeps_the_rules() -> None:
    def refuse(call: Call) -> Any:
        if call.kind != "add":
            raise Refuse
        return call.body

    async with spoiled(refuse) as url:
        report = await ask(url, MODULES)
    assert {finding.rule for finding in report.findings} == {"update.restrictions.type"}
    assert not report.verdicts.observed("update.credentials.scope.required")


def of_updates(change: Callable[[Any], Any], *, by: tuple[str, ...] = ("patch", "modify")) -> Defect:
    """Return a target that makes something else of the body of an update."""

    def spoil(call: Call) -> Any:
        return change(call.body) if call.kind in by else call.body

    return spoil


def inside(member: str, change: Callable[[Any], Any]) -> Defect:
    """Return a target that makes something else of a member of an update."""

    def spoil(body: Any) -> Any:
        return {**body, member: change(body[member])} if isinstance(body, dict) and member in body else body

    return of_updates(spoil)


def without(member: str) -> Callable[[Any], Any]:
    """Return a change that takes a member away from an object."""
    return lambda value: {k: v for k, v in value.items() if k != member} if isinstance(value, dict) else value


def default(member: str, value: Any) -> Callable[[Any], Any]:
    """Return a change that puts a member into an object that lacks it."""
    return lambda given: {member: value, **given} if isinstance(given, dict) else given


def texts(*members: str) -> Callable[[Any], Any]:
    """Return a change that makes texts of the numbers among some members."""

    def change(given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {k: str(v) if k in members and type(v) is int else v for k, v in given.items()}

    return change


def in_scope(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a change to the scope of credentials."""
    return lambda given: (
        {**given, "scope": change(given["scope"])} if isinstance(given, dict) and "scope" in given else given
    )


def true_in_quotes(given: Any) -> Any:
    """Take "true" and 1 for true, and 0 for false."""
    if not isinstance(given, dict):
        return given
    return {k: bool(v) if v == "true" or type(v) is int else v for k, v in given.items()}


def none_as_absent(body: Any) -> Any:
    """Leave out what is null."""
    return {k: v for k, v in body.items() if v is not None} if isinstance(body, dict) else body


def nothing(_: Any) -> Any:
    """Change nothing, whatever the update says."""
    return {}


def also_done(call: Call) -> Any:
    """Be a target that refuses a scope that is no object after it has made the rest of the update."""
    match call.body:
        case {"credentials": {"scope": dict()}}:
            return call.body
        case {"credentials": {"scope": _}, "restrictions": restrictions}:
            raise Refuse({"restrictions": restrictions})
    return call.body


def falsy_dropped(given: Any) -> Any:
    """Pass over what is false."""
    return {k: v for k, v in given.items() if v is not False} if isinstance(given, dict) else given


@pytest.mark.parametrize(
    ("rule", "defect"),
    [
        pytest.param(
            "update.body.type", of_updates(lambda body: body if isinstance(body, dict) else {}), id="any-body"
        ),
        pytest.param("update.credentials.type", of_updates(none_as_absent), id="null-is-nothing"),
        pytest.param(
            "update.restrictions.type", inside("restrictions", lambda v: v or {"restricted": True}), id="falsy"
        ),
        pytest.param("update.credentials.username.type", inside("credentials", texts("username")), id="number-as-name"),
        pytest.param("update.credentials.password.type", inside("credentials", texts("password")), id="number-as-pin"),
        pytest.param("update.credentials.scope.required", inside("credentials", default("scope", {})), id="no-scope"),
        pytest.param(
            "update.credentials.scope.type", inside("credentials", in_scope(lambda v: v or {})), id="no-object"
        ),
        pytest.param("update.credentials.scope.pull.type", inside("credentials", in_scope(true_in_quotes)), id="pull"),
        pytest.param("update.credentials.scope.push.type", inside("credentials", in_scope(true_in_quotes)), id="push"),
        pytest.param(
            "update.restrictions.restricted.required",
            inside("restrictions", default("restricted", False)),
            id="missing",
        ),
        pytest.param("update.restrictions.restricted.type", inside("restrictions", true_in_quotes), id="restricted"),
        pytest.param(
            "update.restrictions.projects.type",
            inside(
                "restrictions", lambda v: {**v, "projects": []} if v and not isinstance(v.get("projects"), list) else v
            ),
            id="projects-of-any-type",
        ),
        pytest.param(
            "update.restrictions.projects.item-type",
            inside(
                "restrictions", lambda v: {**v, "projects": [str(each) for each in v.get("projects") or []]} if v else v
            ),
            id="projects-made-texts",
        ),
        pytest.param("update.updatedAt.type", of_updates(without("updatedAt")), id="updatedAt-not-looked-at"),
        pytest.param("update.createdAt.type", of_updates(without("createdAt")), id="createdAt-not-looked-at"),
        pytest.param("update.modify-route", of_updates(nothing, by=("modify",)), id="modify-does-nothing"),
        pytest.param(
            "update.modify-route", of_updates(without("restrictions"), by=("modify",)), id="modify-forgets-restrictions"
        ),
        pytest.param("get.response.same-as-add", of_updates(nothing, by=("patch",)), id="patch-does-nothing"),
        pytest.param("get.response.same-as-add", inside("credentials", without("password")), id="password-stays"),
        pytest.param("get.response.same-as-add", inside("credentials", in_scope(falsy_dropped)), id="true-stays-true"),
        pytest.param(
            "get.response.same-as-add",
            inside("restrictions", lambda v: without("projects")(v) if v and not v.get("projects") else v),
            id="no-projects-are-passed-over",
        ),
        pytest.param(
            "update.touches-only-named",
            of_updates(
                lambda body: {"restrictions": {"restricted": False}, **body} if isinstance(body, dict) else body
            ),
            id="restrictions-reset",
        ),
        pytest.param("common.rejected-changes-nothing", also_done, id="half-of-it-done"),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_defect_is_named_by_its_rule(rule: str, defect: Defect, seed: int) -> None:
    async with spoiled(defect) as url:
        assert rule in await findings(url, MODULES, seed=seed)
