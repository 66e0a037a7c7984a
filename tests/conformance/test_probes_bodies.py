"""The probes of bodies of add: no difference where there is none, and the right rule where there is one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import CHOICES, DEFAULT
from emulator.conformance.probes import bodies, integrations, names, rest, types, updates
from emulator.schemas import PROVIDERS
from tests.conformance.spoiling import Call, Defect, Refuse, ask, findings, probes_in, spoiled
from tests.samples import cut, put

MODULES = (bodies, integrations, names, types)
PROVED = {rule for probe in probes_in(MODULES) for rule in probe.rules}
WITHOUT_EVIDENCE = {
    ("unknown-project", "reject"): {"add.restrictions.projects.item-type"},
    ("unknown-integration", "reject"): {
        *("add.integrationId.pattern", "add.credentials.username.conditional"),
        "add.credentials.password.conditional",
    },
}
"""What cannot be told of a target with a choice that refuses what is right."""


@pytest.mark.parametrize("seed", range(5))
async def test_a_target_that_keeps_the_contract_has_no_difference_and_every_rule_is_observed(seed: int) -> None:
    with Emulator() as emulator:
        report = await ask(emulator.url, MODULES, seed=seed)
    assert report.findings == []
    assert [rule for rule in PROVED if not report.verdicts.observed(rule)] == []
    assert report.left == []
    assert report.notes == []


async def test_the_probes_keep_to_their_share_of_the_budget() -> None:
    with Emulator() as emulator:
        report = await ask(emulator.url, MODULES)
    # The first request of every run and its last, and providers that other probes try in passing.
    assert report.used <= 96 + 2 + 8


@pytest.mark.parametrize(
    ("switch", "choice"), [(name, choice) for name, choices in CHOICES.items() for choice in choices[1:]]
)
async def test_a_target_may_take_any_of_the_readings(switch: str, choice: str) -> None:
    with Emulator(Settings(assume=DEFAULT.choose({switch: choice}))) as emulator:
        report = await ask(emulator.url, MODULES)
    assert report.findings == []
    silent = {rule for rule in PROVED if not report.verdicts.observed(rule)}
    assert silent == WITHOUT_EVIDENCE.get((switch, choice), set())


@pytest.mark.parametrize("reading", ["without-integration", "never"])
async def test_the_reading_of_required_credentials_is_told(reading: str) -> None:
    with Emulator(Settings(assume=DEFAULT.choose({"credentials-required": reading}))) as emulator:
        report = await ask(emulator.url, [integrations])
    for member in ("username", "password"):
        assert report.verdicts.of(f"add.credentials.{member}.conditional").choice == reading


async def test_with_a_larger_budget_every_case_is_sent() -> None:
    with Emulator() as emulator:
        few = await ask(emulator.url, [*MODULES, updates])
        all_of_them = await ask(emulator.url, [*MODULES, updates, rest], budget=600)
    assert all_of_them.used > few.used + 60
    assert all_of_them.findings == []
    assert all_of_them.notes == []


async def test_within_the_default_budget_the_less_likely_cases_leave_room_for_other_probes() -> None:
    with Emulator() as emulator:
        few = await ask(emulator.url, [*MODULES, updates])
        more = await ask(emulator.url, [*MODULES, updates, rest])
    assert few.used < more.used <= 300 - 62


async def test_a_target_that_refuses_everything_is_not_taken_for_one_that_keeps_the_rules() -> None:
    def refuse(call: Call) -> Any:
        raise Refuse

    async with spoiled(refuse) as url:
        report = await ask(url, MODULES)
    refused = [f"add.{path}.{kind}" for path, kind in (("name", "max-length"), ("aws", "type"), ("provider", "one-of"))]
    assert not any(report.verdicts.observed(rule) for rule in refused)


def renamed(pattern: str, by: str) -> Defect:
    """Return a target that puts names right before it looks at them."""

    def put_right(call: Call) -> Any:
        name = call.body.get("name") if isinstance(call.body, dict) else None
        changed = re.sub(pattern, by, name) if isinstance(name, str) else name
        return call.body if changed == name else {**call.body, "name": changed}

    return put_right


def unless(pattern: str, path: str = "name") -> Defect:
    """Return a target that refuses texts that a pattern does not find anything in."""

    def refuse(call: Call) -> Any:
        value = at(call.body, path)
        if isinstance(value, str) and not re.search(pattern, value):
            raise Refuse
        return call.body

    return refuse


def at(body: Any, path: str) -> Any:
    """Return the value at a dotted path, an Ellipsis where there is none."""
    for name in path.split("."):
        if not isinstance(body, dict) or name not in body:
            return ...
        body = body[name]
    return body


def let_through(path: str, wrong: Any, right: Any) -> Defect:
    """Return a target that takes one value for another; Ellipsis stands for a missing one."""

    def put_right(call: Call) -> Any:
        value = at(call.body, path)
        parent = at(call.body, path.rpartition(".")[0]) if "." in path else call.body
        if not isinstance(parent, dict) or type(value) is not type(wrong) or value != wrong:
            return call.body
        return cut(call.body, path) if right is ... else put(call.body, path, right)

    return put_right


def refused(path: str, *values: Any) -> Defect:
    """Return a target that refuses some values, Ellipsis for a missing one."""

    def refuse(call: Call) -> Any:
        if isinstance(call.body, dict) and any(at(call.body, path) == value for value in values):
            raise Refuse
        return call.body

    return refuse


def lacks_no(*members: str, only_if_given: bool = False) -> Defect:
    """Return a target that does not miss members of the credentials."""

    def put_right(call: Call) -> Any:
        if not isinstance(call.body, dict) or "integrationId" not in call.body:
            return call.body
        if only_if_given and "credentials" not in call.body:
            return {**call.body, "credentials": {"username": "u", "password": "p", "scope": {}}}
        credentials = call.body.get("credentials")
        if only_if_given or not isinstance(credentials, dict):
            return call.body
        return {**call.body, "credentials": {**dict.fromkeys(members, "x"), **credentials}}

    return put_right


def stored_all_the_same(call: Call) -> Any:
    """Be a target that refuses an unknown provider after it has stored the rest."""
    if at(call.body, "provider") == "":
        raise Refuse({**call.body, "provider": "custom"})
    return call.body


def of_an_array(call: Call) -> Any:
    """Be a target that takes the first body of an array."""
    return call.body[0] if isinstance(call.body, list) else call.body


def with_text_items(call: Call) -> Any:
    """Be a target that makes texts of projects."""
    projects = at(call.body, "restrictions.projects")
    if not isinstance(projects, list) or not all(isinstance(item, str | int) for item in projects):
        return call.body
    return put(call.body, "restrictions.projects", [str(item) for item in projects])


def all_or_nothing(call: Call) -> Any:
    """Be a target that requires user name and password of each other, and not of the integration."""
    credentials = at(call.body, "credentials")
    if isinstance(credentials, dict) and credentials.keys().isdisjoint({"username", "password"}):
        return put(put(call.body, "credentials.username", "u"), "credentials.password", "p")
    return call.body


@pytest.mark.parametrize(
    ("rule", "defect"),
    [
        pytest.param("add.name.pattern", renamed(r"\s+\Z", ""), id="trailing-whitespace-is-cut-off"),
        pytest.param("add.name.pattern", renamed(r"\n\Z", ""), id="line-break-before-the-end"),
        pytest.param("add.name.pattern", renamed("\x85", "-"), id="next-line-is-whitespace"),
        pytest.param("add.name.pattern", renamed("\x1c", "-"), id="file-separator-is-whitespace"),
        pytest.param("add.name.pattern", renamed("--+", "-"), id="hyphens-in-a-row"),
        pytest.param("add.name.pattern", renamed("  +", " "), id="spaces-in-a-row"),
        pytest.param("add.name.pattern", renamed("-\\Z", ""), id="hyphen-at-the-end"),
        pytest.param("add.name.pattern", renamed("_", "-"), id="underscore"),
        pytest.param("add.name.pattern", renamed("٣", "3"), id="foreign-digit"),
        pytest.param("add.name.pattern", renamed("[^\x00-\x7f\\s\ufeff]", "e"), id="foreign-letter"),
        pytest.param("add.name.pattern", renamed("^[0-9]", "a"), id="leading-digit"),
        pytest.param("add.name.pattern", unless("^[^\ufeff]*$"), id="byte-order-mark-is-no-whitespace"),
        pytest.param("add.name.pattern", unless("^[^\u00a0]*$"), id="no-break-space-is-no-whitespace"),
        pytest.param("add.name.pattern", unless(r"\A[^\n]*\Z"), id="line-break-is-no-whitespace"),
        pytest.param("add.name.pattern", unless("^[^A-Z]*$"), id="capitals"),
        pytest.param("add.name.pattern", unless("^.[^-]"), id="separator-behind-the-first-letter"),
        pytest.param("add.name.min-length", renamed(r"\A(..)\Z", r"\1x"), id="two-are-enough"),
        pytest.param("add.name.min-length", unless("(?s)^...."), id="three-are-too-few"),
        pytest.param("add.name.max-length", renamed(r"(?s)\A(.{39}).\Z", r"\1"), id="forty-are-not-too-many"),
        pytest.param("add.name.max-length", unless(r"(?s)\A.{0,38}\Z"), id="thirty-nine-are-too-many"),
        pytest.param("add.provider.one-of", let_through("provider", "", "custom"), id="empty-provider"),
        *(pytest.param("add.provider.one-of", refused("provider", name), id=f"no-{name}") for name in PROVIDERS),
        pytest.param("add.provider.type", let_through("provider", None, "custom"), id="provider-null"),
        pytest.param("add.provider.required", let_through("provider", ..., "custom"), id="default-provider"),
        pytest.param("add.name.type", let_through("name", 12345, "q12345"), id="number-as-name"),
        pytest.param("add.body.type", of_an_array, id="body-in-an-array"),
        pytest.param("add.registryUrl.type", let_through("registryUrl", None, ...), id="registryUrl-null"),
        pytest.param("add.registryUrl.type", refused("registryUrl", "", "x" * 10_000), id="empty-or-long-registryUrl"),
        pytest.param("add.registryUrl.type", refused("registryUrl", ...), id="registryUrl-required"),
        pytest.param("add.azure.type", refused("azure", ...), id="azure-required"),
        pytest.param("add.gcp.type", let_through("gcp", [], {}), id="gcp-array"),
        pytest.param("add.aws.type", let_through("aws", None, ...), id="aws-null"),
        pytest.param("add.aws.type", refused("aws", {}), id="aws-empty"),
        pytest.param("add.azure.resourceGroup.type", let_through("azure.resourceGroup", 7, "7"), id="number-as-text"),
        pytest.param("add.createdAt.type", refused("createdAt", "yesterday"), id="createdAt-has-a-form"),
        pytest.param("add.credentials.password.type", let_through("credentials.password", 12345, "12345"), id="pin"),
        pytest.param("add.credentials.scope.type", refused("credentials.scope", {}), id="empty-scope"),
        pytest.param("add.credentials.scope.required", let_through("credentials.scope", ..., {}), id="default-scope"),
        pytest.param(
            "add.credentials.scope.pull.type", let_through("credentials.scope.pull", "true", True), id="pull-in-quotes"
        ),
        pytest.param(
            "add.restrictions.restricted.type",
            let_through("restrictions.restricted", "true", True),
            id="restricted-in-quotes",
        ),
        pytest.param(
            "add.restrictions.restricted.required",
            let_through("restrictions.restricted", ..., False),
            id="restricted-false-by-default",
        ),
        pytest.param(
            "add.restrictions.projects.type",
            let_through("restrictions.projects", "project-1", ["project-1"]),
            id="one-project-as-text",
        ),
        pytest.param("add.restrictions.projects.item-type", with_text_items, id="projects-made-texts"),
        pytest.param("add.integrationId.pattern", unless("^(?!org/)", "integrationId"), id="no-integration-of-an-org"),
        pytest.param("add.integrationId.pattern", unless("^(?!team/)", "integrationId"), id="no-integration-of-a-team"),
        pytest.param(
            "add.integrationId.pattern", let_through("integrationId", "abc\n", "abc"), id="line-break-in-integrationId"
        ),
        pytest.param("add.integrationId.type", let_through("integrationId", None, ...), id="integrationId-null"),
        pytest.param("add.credentials.username.conditional", lacks_no("username"), id="username-not-required"),
        pytest.param("add.credentials.password.conditional", lacks_no("password"), id="password-not-required"),
        pytest.param(
            "add.credentials.username.conditional", lacks_no(only_if_given=True), id="required-in-credentials-only"
        ),
        pytest.param("add.credentials.password.conditional", all_or_nothing, id="both-or-none"),
        pytest.param("common.rejected-changes-nothing", stored_all_the_same, id="stored-all-the-same"),
    ],
)
async def test_a_defect_is_named_by_its_rule(rule: str, defect: Defect) -> None:
    async with spoiled(defect) as url:
        assert rule in await findings(url, MODULES)


@pytest.mark.parametrize("seed", range(8))
async def test_a_provider_too_few_is_found_whichever_body_has_it(seed: int) -> None:
    async with spoiled(refused("provider", "gar")) as url:
        assert await findings(url, MODULES, seed=seed) == {"add.provider.one-of"}
