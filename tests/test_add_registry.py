"""POST /v1/integrations/registries: each documented field, at the boundaries of its constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from emulator.schemas import PROVIDERS
from tests.conftest import EVERY_FIELD, REGISTRIES, Ask
from tests.samples import SMALLEST, cut, put

NOT_A_STRING: Final[tuple[object, ...]] = (None, 1, 0, 1.5, True, [], ["a"], {}, {"a": "b"})
NOT_A_BOOLEAN: Final[tuple[object, ...]] = (None, 0, 1, 1.0, "true", "false", "", [], {})
NOT_AN_OBJECT: Final[tuple[object, ...]] = (None, 0, 1, True, "", "{}", [], [{}])
NOT_AN_ARRAY: Final[tuple[object, ...]] = (None, 0, True, "", "a,b", {}, {"0": "a"})

STRINGS: Final = (
    *("name", "provider", "registryUrl", "aws.region", "gcp.projectId", "azure.resourceGroup", "integrationId"),
    *("credentials.username", "credentials.password", "updatedAt", "createdAt"),
)
BOOLEANS: Final = ("credentials.scope.pull", "credentials.scope.push", "restrictions.restricted")
OBJECTS: Final = ("aws", "gcp", "azure", "credentials", "credentials.scope", "restrictions")


def type_confusions() -> Iterator[Any]:
    for paths, values, expected in (
        (STRINGS, NOT_A_STRING, "a string"),
        (BOOLEANS, NOT_A_BOOLEAN, "a boolean"),
        (OBJECTS, NOT_AN_OBJECT, "an object"),
        (("restrictions.projects",), NOT_AN_ARRAY, "an array"),
    ):
        for path in paths:
            for value in values:
                yield pytest.param(path, value, expected, id=f"{path}-{value!r}")


@pytest.mark.rule("add.response.status", "add.response.data.required", "add.response.data.type")
async def test_the_smallest_body_is_answered_with_exactly_200_and_the_credentials_under_data(ask: Ask) -> None:
    answer = await ask("POST", REGISTRIES, json=SMALLEST)
    assert answer.status == 200
    assert answer.json == {"data": {"id": "abc", "name": "abc", "provider": "ecr"}}


@pytest.mark.rule("add.response.given-fields", "add.response.no-other-fields", "common.secrets", "add.timestamps")
async def test_the_answer_holds_every_documented_field_that_was_given_and_no_other(ask: Ask) -> None:
    answer = await ask("POST", REGISTRIES, json=EVERY_FIELD)
    assert answer.status == 200
    assert answer.json == {"data": {"id": "every-field", **EVERY_FIELD}}


@pytest.mark.rule("add.response.given-fields")
@pytest.mark.parametrize(
    "path",
    [
        *("registryUrl", "aws", "aws.region", "gcp", "gcp.projectId", "azure", "azure.resourceGroup"),
        *("credentials", "credentials.username", "credentials.password", "credentials.scope.pull"),
        *("credentials.scope.push", "restrictions", "restrictions.projects"),
    ],
)
async def test_a_field_that_was_not_given_is_not_in_the_answer(ask: Ask, path: str) -> None:
    body = {key: value for key, value in EVERY_FIELD.items() if key != "integrationId"}
    answer = await ask("POST", REGISTRIES, json=cut(body, path))
    assert answer.status == 200
    assert answer.json == {"data": {"id": "every-field", **cut(body, path)}}


@pytest.mark.rule(
    *(
        "add.response.aws.type",
        "add.response.aws.region.type",
        "add.response.gcp.type",
        "add.response.gcp.projectId.type",
    ),
    *("add.response.azure.type", "add.response.azure.resourceGroup.type", "add.response.registryUrl.type"),
    *("add.response.integrationId.type", "add.response.integrationId.pattern", "add.response.credentials.type"),
    *("add.response.credentials.username.type", "add.response.credentials.password.type"),
    *("add.response.credentials.scope.type", "add.response.credentials.scope.required"),
    *("add.response.credentials.scope.pull.type", "add.response.credentials.scope.push.type"),
    *("add.response.restrictions.type", "add.response.restrictions.restricted.type"),
    *("add.response.restrictions.restricted.required", "add.response.restrictions.projects.type"),
    *("add.response.restrictions.projects.item-type", "add.response.provider.type", "add.response.provider.required"),
    *("add.response.name.type", "add.response.name.required", "add.response.id.type", "add.response.id.required"),
)
@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("registryUrl", "", id="empty-url"),
        pytest.param("registryUrl", "no url at all", id="url-of-no-format"),
        pytest.param("registryUrl", 'https://例え.jp/\u0000\u2028"\\', id="url-with-everything"),
        pytest.param("aws", {}, id="empty-aws"),
        pytest.param("gcp", {}, id="empty-gcp"),
        pytest.param("azure", {}, id="empty-azure"),
        pytest.param("aws.region", "", id="empty-region"),
        pytest.param("integrationId", "a", id="shortest-integration"),
        pytest.param("credentials", {"scope": {}}, id="only-an-empty-scope"),
        pytest.param("credentials", {"scope": {"pull": False}}, id="only-pull"),
        pytest.param("credentials", {"username": "", "password": "", "scope": {"push": True}}, id="empty-secrets"),
        pytest.param("credentials", {"password": 'p,"}', "scope": {}}, id="password-without-username"),
        pytest.param("restrictions", {"restricted": False}, id="no-projects"),
        pytest.param("restrictions", {"restricted": False, "projects": []}, id="empty-projects"),
        pytest.param("restrictions", {"restricted": True, "projects": ["", "a", "a"]}, id="odd-projects"),
    ],
)
async def test_values_come_back_as_they_were_sent(ask: Ask, path: str, value: object) -> None:
    base = {key: value for key, value in EVERY_FIELD.items() if path == "integrationId" or key != "integrationId"}
    body = put(base, path, value)
    answer = await ask("POST", REGISTRIES, json=body)
    assert answer.status == 200
    assert answer.json == {"data": {"id": "every-field", **body}}
    stored = await ask("GET", f"{REGISTRIES}/every-field")
    assert {key: stored.json["data"][key] for key in ("id", *body)} == {"id": "every-field", **body}


@pytest.mark.rule("add.body.type")
@pytest.mark.parametrize("body", ["[]", "null", "true", "1", '"text"', '[{"name": "abc", "provider": "ecr"}]'])
async def test_a_body_that_is_no_object_is_refused(ask: Ask, body: str) -> None:
    answer = await ask("POST", REGISTRIES, data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert answer.rules == ["add.body.type"]
    assert list(answer.details) == ["body"]


@pytest.mark.parametrize(("path", "value", "expected"), list(type_confusions()))
async def test_a_value_of_another_json_type_is_refused_without_coercion(
    ask: Ask, path: str, value: object, expected: str
) -> None:
    answer = await ask("POST", REGISTRIES, json=put(EVERY_FIELD, path, value))
    assert answer.status == 400
    assert answer.rules == [f"add.{path}.type"]
    assert list(answer.details) == [path]
    assert [message.startswith(f"Must be {expected}") for message in answer.details[path]] == [True]
    assert (await ask("GET", f"{REGISTRIES}/every-field")).status == 404


@pytest.mark.rule("add.restrictions.projects.item-type")
async def test_each_project_that_is_no_string_is_named_by_its_index(ask: Ask) -> None:
    body = put(EVERY_FIELD, "restrictions.projects", ["a", None, "b", 1, True, [], {}])
    answer = await ask("POST", REGISTRIES, json=body)
    assert answer.status == 400
    assert answer.rules == ["add.restrictions.projects.item-type"]
    assert list(answer.details) == [f"restrictions.projects[{index}]" for index in (1, 3, 4, 5, 6)]


@pytest.mark.rule(
    *(
        "add.name.required",
        "add.provider.required",
        "add.credentials.scope.required",
        "add.restrictions.restricted.required",
    )
)
@pytest.mark.parametrize("path", ["name", "provider", "credentials.scope", "restrictions.restricted"])
async def test_a_missing_required_field_is_refused_under_its_path(ask: Ask, path: str) -> None:
    answer = await ask("POST", REGISTRIES, json=cut(EVERY_FIELD, path))
    assert answer.status == 400
    assert answer.rules == [f"add.{path}.required"]
    assert list(answer.details) == [path]
    assert "required" in answer.details[path][0]


USER, PASSWORD = "credentials.username", "credentials.password"


@pytest.mark.rule("add.credentials.username.conditional", "add.credentials.password.conditional", "common.empty-secret")
@pytest.mark.parametrize(
    ("credentials", "problems"),
    [
        pytest.param({"username": "u", "password": "p", "scope": {}}, {}, id="both"),
        pytest.param({"username": "", "password": "", "scope": {}}, {}, id="both-empty"),
        pytest.param({"username": "u", "scope": {}}, {PASSWORD: "conditional"}, id="no-password"),
        pytest.param({"password": "p", "scope": {}}, {USER: "conditional"}, id="no-username"),
        pytest.param({"scope": {}}, {USER: "conditional", PASSWORD: "conditional"}, id="neither"),
        pytest.param({"username": None, "password": "p", "scope": {}}, {USER: "type"}, id="null-username"),
        pytest.param({"username": "u", "password": None, "scope": {}}, {PASSWORD: "type"}, id="null-password"),
        pytest.param(
            {"username": None, "scope": {}}, {USER: "type", PASSWORD: "conditional"}, id="null-username-no-password"
        ),
        pytest.param(
            {},
            {"credentials.scope": "required", USER: "conditional", PASSWORD: "conditional"},
            id="empty-credentials",
        ),
        pytest.param(..., {USER: "conditional", PASSWORD: "conditional"}, id="no-credentials"),
        pytest.param(None, {"credentials": "type"}, id="null-credentials"),
    ],
)
async def test_with_an_integration_both_username_and_password_are_required(
    ask: Ask, credentials: object, problems: dict[str, str]
) -> None:
    body: dict[str, object] = {**SMALLEST, "integrationId": "abc"}
    if credentials is not ...:
        body["credentials"] = credentials
    answer = await ask("POST", REGISTRIES, json=body)
    assert answer.status == (400 if problems else 200)
    if problems:
        assert sorted(answer.details) == sorted(problems)
        assert sorted(answer.rules) == sorted(f"add.{path}.{kind}" for path, kind in problems.items())


@pytest.mark.parametrize(
    "credentials", [..., {"scope": {}}, {"username": "u", "scope": {}}, {"password": "p", "scope": {}}]
)
async def test_without_an_integration_neither_username_nor_password_is_required(ask: Ask, credentials: object) -> None:
    body = {**SMALLEST} if credentials is ... else {**SMALLEST, "credentials": credentials}
    assert (await ask("POST", REGISTRIES, json=body)).status == 200


async def test_an_integration_of_a_wrong_type_is_still_provided(ask: Ask) -> None:
    answer = await ask("POST", REGISTRIES, json={**SMALLEST, "integrationId": None})
    assert sorted(answer.details) == [PASSWORD, USER, "integrationId"]


@pytest.mark.rule("add.credentials.scope.type")
@pytest.mark.parametrize("scope", [{}, {"pull": True}, {"push": False}, {"pull": False, "push": True}])
async def test_both_members_of_a_scope_are_optional(ask: Ask, scope: dict[str, bool]) -> None:
    answer = await ask("POST", REGISTRIES, json={**SMALLEST, "credentials": {"scope": scope}})
    assert answer.status == 200
    assert answer.json["data"]["credentials"] == {"scope": scope}


@pytest.mark.rule("common.error.details")
async def test_all_problems_are_in_one_answer_each_under_its_path(ask: Ask) -> None:
    answer = await ask(
        "POST",
        REGISTRIES,
        json={
            "name": "a_",
            "provider": "quay",
            "registryUrl": 1,
            "aws": {"region": None},
            "gcp": [],
            "azure": {"resourceGroup": True},
            "integrationId": "org/",
            "credentials": {"password": 1, "scope": {"pull": "true", "push": 1}},
            "restrictions": {"projects": ["a", 1]},
            "updatedAt": 1,
            "createdAt": {},
        },
    )
    assert answer.status == 400
    assert set(answer.details) == {
        *("name", "provider", "registryUrl", "aws.region", "gcp", "azure.resourceGroup", "integrationId"),
        *("credentials.username", "credentials.password", "credentials.scope.pull", "credentials.scope.push"),
        *("restrictions.restricted", "restrictions.projects[1]", "updatedAt", "createdAt"),
    }
    assert len(answer.details["name"]) == 2
    assert set(answer.rules) == {
        *(
            "add.name.min-length",
            "add.name.pattern",
            "add.provider.one-of",
            "add.registryUrl.type",
            "add.aws.region.type",
        ),
        *("add.gcp.type", "add.azure.resourceGroup.type", "add.integrationId.pattern"),
        *("add.credentials.username.conditional", "add.credentials.password.type"),
        *("add.credentials.scope.pull.type", "add.credentials.scope.push.type", "add.restrictions.restricted.required"),
        *("add.restrictions.projects.item-type", "add.updatedAt.type", "add.createdAt.type"),
    }
    assert "And 13 more, see details." in answer.error["message"]


@pytest.mark.rule("add.provider.required")
async def test_the_example_of_the_page_is_refused_because_it_lacks_the_provider(ask: Ask) -> None:
    answer = await ask("POST", REGISTRIES, json={"name": "Example Docker Credentials"})
    assert answer.status == 400
    assert list(answer.details) == ["provider"]
    assert answer.rules == ["add.provider.required"]
    for text in (answer.error["message"], answer.details["provider"][0]):
        assert "required" in text
        assert ", ".join(PROVIDERS) in text


UNKNOWN_MEMBERS: Final = ("", "aws", "gcp", "azure", "credentials", "credentials.scope", "restrictions")


@pytest.mark.rule("common.unknown-fields")
@pytest.mark.parametrize("parent", UNKNOWN_MEMBERS)
@pytest.mark.parametrize("name", ["unknown", "id", "_schema", "registry_url", "__class__", ""])
async def test_unknown_fields_are_ignored_and_not_stored_at_any_depth(ask: Ask, parent: str, name: str) -> None:
    body = put(EVERY_FIELD, f"{parent}.{name}" if parent else name, {"deep": [1, None]})
    answer = await ask("POST", REGISTRIES, json=body)
    assert answer.status == 200
    assert answer.json == {"data": {"id": "every-field", **EVERY_FIELD}}
    stored = await ask("GET", f"{REGISTRIES}/every-field")
    assert {**stored.json["data"], "createdAt": "", "updatedAt": ""} == {
        **answer.json["data"],
        "createdAt": "",
        "updatedAt": "",
    }


@pytest.mark.rule("add.duplicate-name", "common.rejected-changes-nothing")
@pytest.mark.parametrize("name", ["Every Field", "every-field", "EVERY\tFIELD", "every\ufefffield"])
async def test_a_name_whose_slug_is_taken_is_answered_409_and_changes_nothing(ask: Ask, name: str) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    before = await ask("GET", f"{REGISTRIES}/every-field")

    answer = await ask("POST", REGISTRIES, json={"name": name, "provider": "custom"})

    assert answer.status == 409
    assert answer.error["id"] == "name-taken"
    assert "'every-field'" in answer.error["message"]
    assert answer.rules == ["add.duplicate-name"]
    assert (await ask("GET", f"{REGISTRIES}/every-field")).text == before.text
    assert (await ask("GET", REGISTRIES)).json["pagination"]["count"] == 1


@pytest.mark.rule("common.rejected-changes-nothing")
async def test_a_refused_body_stores_nothing(ask: Ask) -> None:
    assert (await ask("POST", REGISTRIES, json={**SMALLEST, "registryUrl": 1})).status == 400
    assert (await ask("GET", REGISTRIES)).json["data"] == {"credentials": []}


@pytest.mark.rule("add.request-timestamps", "add.updatedAt.type", "add.createdAt.type")
@pytest.mark.parametrize("text", ["2001-02-03T04:05:06.000Z", "yesterday", ""])
async def test_times_in_the_request_are_accepted_and_ignored(ask: Ask, text: str) -> None:
    answer = await ask("POST", REGISTRIES, json={**SMALLEST, "createdAt": text, "updatedAt": text})
    assert answer.status == 200
    assert set(answer.json["data"]) == {"id", "name", "provider"}
    stored = (await ask("GET", f"{REGISTRIES}/abc")).json["data"]
    assert stored["createdAt"] == stored["updatedAt"] != text


async def test_the_two_times_in_an_answer_are_never_those_of_the_request_but_the_clock_s(ask: Ask) -> None:
    answer = await ask("POST", REGISTRIES, json={**EVERY_FIELD, "createdAt": "2001-02-03T04:05:06.000Z"})
    assert "2001-02-03" not in answer.text
    assert "2001-02-03" not in (await ask("GET", f"{REGISTRIES}/every-field")).text


async def test_no_refusal_repeats_what_was_sent(ask: Ask) -> None:
    secret = "hunter2-Secret"
    confused = {"username": [secret], "password": {secret: secret}, "scope": secret}
    for body in (
        {"name": f"{secret}_", "provider": secret, "integrationId": f"{secret}!", "credentials": confused},
        {
            "name": [secret],
            "provider": {"a": secret},
            "registryUrl": [secret],
            "restrictions": {"projects": [[secret]]},
        },
    ):
        answer = await ask("POST", REGISTRIES, json=body)
        assert answer.status == 400
        assert secret.lower() not in (answer.text + str(answer.headers)).lower()
