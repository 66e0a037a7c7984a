"""Every assumed behaviour that can be switched, in each of its readings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from typing import Any, Final

import pytest

from emulator import contract
from emulator.behaviour import CHOICES, DEFAULT, Behaviour
from emulator.errors import InvalidSettingError
from tests.conftest import EVERY_FIELD, REGISTRIES, Ask, Start
from tests.samples import SMALLEST, cut, put

RULES: Final[list[dict[str, Any]]] = contract.load("contracts/rules.yaml")["rules"]
SWITCHED: Final = [rule for rule in RULES if "assumption" in rule]
JSON: Final = {"Content-Type": "application/json"}
ONE: Final = f"{REGISTRIES}/every-field"


async def assuming(start: Start, **choices: str) -> Ask:
    """Start an emulator with these choices, by the fields of `Behaviour`."""
    assume = DEFAULT.choose({name.replace("_", "-"): value for name, value in choices.items()})
    return await start(
        assume=assume, known_projects=frozenset({"project-a", "project-b"}), known_integrations=frozenset({"org/known"})
    )


def test_the_switches_are_those_of_the_rulebook_with_their_values_and_defaults() -> None:
    book = {rule["assumption"]: tuple(sorted(rule["alternatives"])) for rule in SWITCHED}
    assert {name: tuple(sorted(values)) for name, values in CHOICES.items()} == book
    assert DEFAULT.choices() == {rule["assumption"]: rule["default"] for rule in SWITCHED}
    assert {name: values[0] for name, values in CHOICES.items()} == DEFAULT.choices()


def test_a_behaviour_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        DEFAULT.secrets = "omit"  # type: ignore[misc]
    assert DEFAULT.choose({"secrets": "omit"}) == Behaviour(secrets="omit") != DEFAULT


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        pytest.param({"duplicate-names": "suffix"}, ["'duplicate-names'", "duplicate-name", "secrets"], id="switch"),
        pytest.param({"duplicate_name": "suffix"}, ["'duplicate_name'", "duplicate-name"], id="underscore"),
        pytest.param({"duplicate-name": "maybe"}, ["duplicate-name=maybe", "reject or suffix"], id="value"),
        pytest.param({"duplicate-name": ""}, ["duplicate-name=", "reject or suffix"], id="no-value"),
    ],
)
def test_a_switch_or_value_that_does_not_exist_is_refused_naming_those_that_do(
    choices: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(InvalidSettingError) as raised:
        DEFAULT.choose(choices)
    assert str(raised.value).startswith("--assume: ")
    for word in words:
        assert word in str(raised.value)


@pytest.mark.rule("add.duplicate-name")
async def test_duplicate_name_suffix_appends_the_first_free_number_to_the_id(start: Start) -> None:
    ask = await assuming(start, duplicate_name="suffix")
    ids = [(await ask("POST", REGISTRIES, json=SMALLEST)).json["data"]["id"] for _ in range(3)]
    assert ids == ["abc", "abc-2", "abc-3"]
    await ask("DELETE", f"{REGISTRIES}/abc-2")
    again = await ask("POST", REGISTRIES, json={"name": "ABC", "provider": "gar"})
    assert again.json["data"] == {"id": "abc-2", "name": "ABC", "provider": "gar"}
    assert (await ask("GET", f"{REGISTRIES}/abc")).json["data"]["provider"] == "ecr"


@pytest.mark.rule("add.duplicate-name", "add.response.id.max-length", "add.response.id.pattern")
@pytest.mark.parametrize(
    ("name", "second"),
    [
        pytest.param("a" * 37, "a" * 37 + "-2", id="fits"),
        pytest.param("a" * 38, "a" * 37 + "-2", id="one-too-long"),
        pytest.param("a" * 39, "a" * 37 + "-2", id="longest"),
        pytest.param("a" * 36 + "-bc", "a" * 36 + "-2", id="no-two-hyphens"),
    ],
)
async def test_duplicate_name_suffix_keeps_the_documented_length_and_pattern(
    start: Start, name: str, second: str
) -> None:
    ask = await assuming(start, duplicate_name="suffix")
    body = {"name": name, "provider": "ecr"}
    assert [(await ask("POST", REGISTRIES, json=body)).json["data"]["id"] for _ in range(2)] == [name, second]
    assert (await ask("GET", f"{REGISTRIES}/{second}")).json["data"]["name"] == name


@pytest.mark.rule("common.unknown-fields")
@pytest.mark.parametrize(
    "path", ["id", "x", "aws.x", "gcp.x", "azure.x", "credentials.x", "credentials.scope.x", "restrictions.x"]
)
async def test_unknown_fields_reject_names_each_unknown_field(start: Start, path: str) -> None:
    ask = await assuming(start, unknown_fields="reject")
    answer = await ask("POST", REGISTRIES, json=put(EVERY_FIELD, path, 1))
    assert answer.status == 400
    assert answer.rules == ["common.unknown-fields"]
    assert list(answer.details) == [path]
    assert (await ask("POST", REGISTRIES, json={**EVERY_FIELD, "createdAt": "", "updatedAt": ""})).status == 200


@pytest.mark.rule("common.unknown-fields")
async def test_unknown_fields_reject_holds_for_an_update(start: Start) -> None:
    ask = await assuming(start, unknown_fields="reject")
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    answer = await ask("PATCH", ONE, json={"name": "Other", "restrictions": {"restricted": True, "x": 1}})
    assert answer.status == 400
    assert sorted(answer.details) == ["name", "restrictions.x"]
    assert answer.rules == ["common.unknown-fields"]


async def test_unknown_fields_reject_tells_them_beside_the_other_problems(start: Start) -> None:
    ask = await assuming(start, unknown_fields="reject")
    answer = await ask("POST", REGISTRIES, json={"name": "a", "x": 1, "_schema": 1})
    assert sorted(answer.details) == ["_schema", "name", "provider", "x"]


@pytest.mark.rule("common.secrets")
async def test_secrets_omit_leaves_username_and_password_out_of_every_answer_but_keeps_them(start: Start) -> None:
    ask = await assuming(start, secrets="omit")
    public = cut(cut(EVERY_FIELD, "credentials.username"), "credentials.password")
    added = await ask("POST", REGISTRIES, json=EVERY_FIELD)
    assert added.json == {"data": {"id": "every-field", **public}}
    got = await ask("GET", ONE)
    assert got.json["data"].items() >= {"id": "every-field", **public}.items()
    for answer in (added, got, await ask("GET", REGISTRIES)):
        assert "robot" not in answer.text
        assert "pass-word-1" not in answer.text


@pytest.mark.rule("common.secrets")
async def test_secrets_omit_changes_nothing_for_credentials_without_them(start: Start) -> None:
    ask = await assuming(start, secrets="omit")
    answer = await ask("POST", REGISTRIES, json={**SMALLEST, "credentials": {"scope": {"pull": True}}})
    assert answer.json["data"]["credentials"] == {"scope": {"pull": True}}


@pytest.mark.rule("add.timestamps", "common.timestamps")
async def test_add_timestamps_return_answers_the_times_that_get_answers(start: Start) -> None:
    ask = await assuming(start, add_timestamps="return")
    added = await ask("POST", REGISTRIES, json={**EVERY_FIELD, "createdAt": "2001-01-01T00:00:00Z"})
    assert set(added.json["data"]) == {"id", *EVERY_FIELD, "createdAt", "updatedAt"}
    assert (await ask("GET", ONE)).json == added.json


@pytest.mark.rule("common.unknown-project")
@pytest.mark.parametrize("assumed", ["accept", "reject"])
async def test_unknown_project_reject_takes_only_the_projects_of_the_setting(start: Start, assumed: str) -> None:
    ask = await assuming(start, unknown_project=assumed)
    body = put(EVERY_FIELD, "restrictions.projects", ["project-a", "x", "project-b", "project-A", ""])
    answer = await ask("POST", REGISTRIES, json=body)
    assert answer.status == (200 if assumed == "accept" else 400)
    if assumed == "reject":
        assert answer.rules == ["common.unknown-project"]
        assert list(answer.details) == [f"restrictions.projects[{index}]" for index in (1, 3, 4)]
        assert (await ask("POST", REGISTRIES, json=EVERY_FIELD)).status == 200
    update = await ask("PATCH", ONE, json={"restrictions": {"restricted": True, "projects": ["x"]}})
    assert update.status == answer.status


async def test_unknown_project_reject_tells_items_of_a_wrong_type_as_such(start: Start) -> None:
    ask = await assuming(start, unknown_project="reject")
    answer = await ask("POST", REGISTRIES, json=put(EVERY_FIELD, "restrictions.projects", [1, "x", "project-a"]))
    assert set(answer.rules) == {"add.restrictions.projects.item-type", "common.unknown-project"}
    assert sorted(answer.details) == ["restrictions.projects[0]", "restrictions.projects[1]"]


@pytest.mark.rule("add.unknown-integration")
@pytest.mark.parametrize("assumed", ["accept", "reject"])
async def test_unknown_integration_reject_takes_only_the_integrations_of_the_setting(
    start: Start, assumed: str
) -> None:
    ask = await assuming(start, unknown_integration=assumed)
    answer = await ask("POST", REGISTRIES, json={**EVERY_FIELD, "integrationId": "known"})
    assert answer.status == (200 if assumed == "accept" else 400)
    if assumed == "reject":
        assert answer.rules == ["add.unknown-integration"]
        assert list(answer.details) == ["integrationId"]
        assert (await ask("POST", REGISTRIES, json={**EVERY_FIELD, "integrationId": "org/known"})).status == 200
        assert (await ask("POST", REGISTRIES, json=SMALLEST)).status == 200


@pytest.mark.rule("list.page-range")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        pytest.param("per_page=0", 1, id="per-page-0"),
        pytest.param("per_page=-5", 1, id="per-page-below-0"),
        pytest.param("per_page=101", 100, id="per-page-101"),
        pytest.param(f"per_page={10**30}", 100, id="per-page-huge"),
        pytest.param("page=0", 50, id="page-0"),
        pytest.param("page=-1&per_page=1000", 100, id="both"),
    ],
)
async def test_page_range_clamp_takes_the_nearest_allowed_value(start: Start, query: str, count: int) -> None:
    ask = await assuming(start, page_range="clamp")
    for number in range(102):
        await ask("POST", REGISTRIES, json={"name": f"name-{number}", "provider": "ecr"})
    answer = await ask("GET", f"{REGISTRIES}?{query}")
    assert answer.status == 200
    assert [item["id"] for item in answer.json["data"]["credentials"]] == [f"name-{number}" for number in range(count)]


async def test_page_range_clamp_still_refuses_what_is_no_number(start: Start) -> None:
    ask = await assuming(start, page_range="clamp")
    assert (await ask("GET", f"{REGISTRIES}?per_page=many")).rules == ["list.per_page.type"]
    assert (await ask("GET", f"{REGISTRIES}?per_page=0&page=one")).rules == ["list.page.type"]


@pytest.mark.rule("update.partial", "update.touches-only-named")
async def test_partial_update_replace_replaces_the_object_that_is_named_whole(start: Start) -> None:
    ask = await assuming(start, partial_update="replace")
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    assert (await ask("PATCH", ONE, json={"credentials": {"scope": {"push": True}}})).status == 200
    data = (await ask("GET", ONE)).json["data"]
    assert data["credentials"] == {"scope": {"push": True}}
    assert data["restrictions"] == EVERY_FIELD["restrictions"]
    await ask("POST", f"{ONE}/modify", json={"restrictions": {"restricted": False}})
    assert (await ask("GET", ONE)).json["data"]["restrictions"] == {"restricted": False}


@pytest.mark.rule("list.unknown-cursor")
@pytest.mark.parametrize("cursor", ["", "x", "a" * 5000])
async def test_unknown_cursor_first_page_answers_the_first_page(start: Start, cursor: str) -> None:
    ask = await assuming(start, unknown_cursor="first-page")
    for name in ("aaa", "bbb", "ccc"):
        await ask("POST", REGISTRIES, json={"name": name, "provider": "ecr"})
    answer = await ask("GET", f"{REGISTRIES}?per_page=2&cursor={cursor}")
    assert answer.status == 200
    assert [item["id"] for item in answer.json["data"]["credentials"]] == ["aaa", "bbb"]
    known = answer.json["pagination"]["cursor"]
    rest = await ask("GET", f"{REGISTRIES}?cursor={known}")
    assert [item["id"] for item in rest.json["data"]["credentials"]] == ["ccc"]


@pytest.mark.rule("common.empty-secret")
@pytest.mark.parametrize(
    ("username", "password", "paths"),
    [
        ("", "p", ["credentials.username"]),
        ("u", "", ["credentials.password"]),
        ("", "", ["credentials.username", "credentials.password"]),
        (" ", "0", []),
    ],
)
async def test_empty_secret_reject_refuses_an_empty_one_where_it_is_required(
    start: Start, username: str, password: str, paths: list[str]
) -> None:
    ask = await assuming(start, empty_secret="reject")
    credentials = {"username": username, "password": password, "scope": {}}
    answer = await ask("POST", REGISTRIES, json={**SMALLEST, "integrationId": "abc", "credentials": credentials})
    assert answer.status == (400 if paths else 200)
    if paths:
        assert answer.rules == ["common.empty-secret"]
        assert list(answer.details) == paths
    optional = await ask("POST", REGISTRIES, json={"name": "other", "provider": "ecr", "credentials": credentials})
    assert optional.status == 200


@pytest.mark.rule("common.constraint-status")
@pytest.mark.parametrize("status", [400, 422])
async def test_constraint_status_is_the_status_of_broken_constraints_and_of_nothing_else(
    start: Start, status: int
) -> None:
    ask = await assuming(start, constraint_status=str(status))
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    for answer in (
        await ask("POST", REGISTRIES, json={}),
        await ask("POST", REGISTRIES, json=[]),
        await ask("PATCH", ONE, json={"credentials": {}}),
        await ask("GET", f"{REGISTRIES}?per_page=0"),
        await ask("GET", f"{REGISTRIES}?cursor=x"),
    ):
        assert answer.status == answer.error["status"] == status
        assert answer.error["id"] == "invalid-request"
    assert (await ask("POST", REGISTRIES, data=b"{", headers=JSON)).status == 400
    assert (await ask("POST", REGISTRIES, json=EVERY_FIELD)).status == 409


@pytest.mark.rule("common.missing-content-type")
@pytest.mark.parametrize("assumed", ["accept", "reject"])
async def test_missing_content_type_reject_wants_one_for_a_body(start: Start, assumed: str) -> None:
    ask = await assuming(start, missing_content_type=assumed)
    body = b'{"name":"abc","provider":"ecr"}'
    # aiohttp's client adds a content type of its own unless told not to.
    answer = await ask("POST", REGISTRIES, data=body, skip_auto_headers=["Content-Type"])
    assert answer.status == (200 if assumed == "accept" else 415)
    if assumed == "reject":
        assert answer.error["id"] == "unsupported-media-type"
        assert answer.rules == ["common.missing-content-type"]
    assert (await ask("POST", REGISTRIES, json=EVERY_FIELD)).status == 200
    assert (await ask("PATCH", ONE, skip_auto_headers=["Content-Type"])).status == 200


BOTH: Final = {"username": "u", "password": "p", "scope": {}}
USERNAME, PASSWORD = "add.credentials.username.conditional", "add.credentials.password.conditional"


def readings() -> Iterator[Any]:
    for assumed, integration, credentials, rules in [
        ("with-integration", True, BOTH, []),
        ("with-integration", True, {"scope": {}}, [USERNAME, PASSWORD]),
        ("with-integration", True, None, [USERNAME, PASSWORD]),
        ("with-integration", False, {"scope": {}}, []),
        ("with-integration", False, None, []),
        ("without-integration", True, {"scope": {}}, []),
        ("without-integration", True, None, []),
        ("without-integration", False, BOTH, []),
        ("without-integration", False, {"username": "u", "scope": {}}, [PASSWORD]),
        ("without-integration", False, {"password": "p", "scope": {}}, [USERNAME]),
        ("without-integration", False, None, [USERNAME, PASSWORD]),
        ("never", True, {"scope": {}}, []),
        ("never", True, None, []),
        ("never", False, None, []),
    ]:
        yield pytest.param(assumed, integration, credentials, rules)


@pytest.mark.rule(USERNAME, PASSWORD)
@pytest.mark.parametrize(("assumed", "integration", "credentials", "rules"), list(readings()))
async def test_credentials_required_says_when_username_and_password_are(
    start: Start, assumed: str, integration: bool, credentials: dict[str, Any] | None, rules: list[str]
) -> None:
    ask = await assuming(start, credentials_required=assumed)
    body = {**SMALLEST, **({"integrationId": "abc"} if integration else {})}
    answer = await ask("POST", REGISTRIES, json=body if credentials is None else {**body, "credentials": credentials})
    assert answer.status == (400 if rules else 200)
    if rules:
        assert answer.rules == rules
        assert f"required {assumed.replace('-', ' ')}Id" in answer.error["message"]


def test_every_alternative_of_every_switch_is_named_in_a_test_of_this_file_or_of_its_sister() -> None:
    from pathlib import Path

    here = Path(__file__)
    source = here.read_text("utf-8") + here.with_name("test_more_assumptions.py").read_text("utf-8")
    for name, values in CHOICES.items():
        function = f"test_{name.replace('-', '_')}"
        assert f"def {function}" in source
        others = [value for value in values if value != DEFAULT.choices()[name]]
        assert others
        assert all(f'"{value}"' in source or f"{value}]" in source for value in others), name
