"""One credential by its id: get, update in both of its forms, and delete."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from emulator.api.emulation import EMULATION
from tests.conftest import EVERY_FIELD, REGISTRIES, Ask
from tests.samples import SMALLEST, put

ONE: Final = f"{REGISTRIES}/every-field"
PATCH: Final = ("PATCH", "")
MODIFY: Final = ("POST", "/modify")
BOTH: Final = pytest.mark.parametrize("update", [PATCH, MODIFY], ids=["patch", "modify"])

Update = tuple[str, str]


async def stored(ask: Ask, path: str = ONE) -> dict[str, Any]:
    answer = await ask("GET", path)
    assert answer.status == 200
    data: dict[str, Any] = answer.json["data"]
    return data


def without_times(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in {"createdAt", "updatedAt"}}


@pytest.mark.rule("get.response.status", "get.response.data.required", "get.response.same-as-add", "common.secrets")
async def test_get_answers_what_add_answered_with_the_times(ask: Ask) -> None:
    added = await ask("POST", REGISTRIES, json=EVERY_FIELD)
    answer = await ask("GET", ONE)
    assert answer.status == 200
    assert set(answer.json) == {"data"}
    assert without_times(answer.json["data"]) == added.json["data"]
    assert set(answer.json["data"]) == {*added.json["data"], "createdAt", "updatedAt"}


@pytest.mark.rule("get.response.timestamps", "common.timestamps", "add.response.createdAt.type")
@pytest.mark.rule("add.response.updatedAt.type")
async def test_the_times_are_those_of_the_clock_in_rfc_3339(ask: Ask) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    data = await stored(ask)
    assert data["createdAt"] == data["updatedAt"]
    assert data["createdAt"].endswith("Z")
    assert before <= datetime.fromisoformat(data["createdAt"]) <= datetime.now(UTC)


async def test_the_times_follow_a_clock_that_is_set(ask: Ask) -> None:
    ask.app[EMULATION].clock.freeze(1_700_000_000_007)
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    assert (await stored(ask))["createdAt"] == "2023-11-14T22:13:20.007Z"


async def test_an_id_is_matched_exactly(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    for identifier in ("Every-Field", "every field", "every-fiel", "every-field2", "Every%20Field"):
        assert (await ask("GET", f"{REGISTRIES}/{identifier}")).status == 404


@BOTH
@pytest.mark.rule("update.response.status", "update.response.data.required", "update.response.data.empty")
@pytest.mark.rule("update.modify-route", "update.touches-only-named")
async def test_an_update_answers_an_empty_object_and_changes_what_it_names(ask: Ask, update: Update) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    method, suffix = update
    change = {"credentials": {"username": "new", "password": "new-word", "scope": {"pull": False, "push": True}}}

    answer = await ask(method, ONE + suffix, json=change)

    assert answer.status == 200
    assert answer.json == {"data": {}}
    assert without_times(await stored(ask)) == {"id": "every-field", **EVERY_FIELD, **change}


@pytest.mark.rule("update.partial", "update.touches-only-named")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"credentials": {"scope": {}}}, {}, id="empty-scope"),
        pytest.param({"credentials": {"scope": {"pull": False}}}, {"credentials.scope.pull": False}, id="one-scope"),
        pytest.param(
            {"credentials": {"username": "new", "scope": {}}}, {"credentials.username": "new"}, id="only-the-username"
        ),
        pytest.param({"credentials": {"password": "", "scope": {}}}, {"credentials.password": ""}, id="empty-password"),
        pytest.param(
            {"restrictions": {"restricted": False}},
            {"restrictions.restricted": False},
            id="restricted-without-projects",
        ),
        pytest.param(
            {"restrictions": {"restricted": True, "projects": []}}, {"restrictions.projects": []}, id="no-projects"
        ),
        pytest.param(
            {"restrictions": {"restricted": True, "projects": ["z"]}},
            {"restrictions.projects": ["z"]},
            id="an-array-whole",
        ),
    ],
)
async def test_members_that_an_update_does_not_name_stay_at_every_depth(
    ask: Ask, change: dict[str, Any], expected: dict[str, Any]
) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    assert (await ask("PATCH", ONE, json=change)).status == 200
    wanted = dict(EVERY_FIELD)
    for path, value in expected.items():
        wanted = put(wanted, path, value)
    assert without_times(await stored(ask)) == {"id": "every-field", **wanted}


async def test_an_update_adds_what_was_not_there(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=SMALLEST)
    change = {"credentials": {"username": "u", "scope": {"pull": True}}, "restrictions": {"restricted": True}}
    await ask("PATCH", f"{REGISTRIES}/abc", json=change)
    assert without_times(await stored(ask, f"{REGISTRIES}/abc")) == {"id": "abc", **SMALLEST, **change}


@BOTH
@pytest.mark.rule("update.empty-body", "update.updatedAt.moves")
@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"json": {}}, id="empty-object"),
        pytest.param({}, id="no-body"),
        pytest.param({"headers": {"Content-Type": "application/json"}}, id="no-body-with-a-content-type"),
        pytest.param({"headers": {"Content-Type": "text/plain"}}, id="no-body-with-another-content-type"),
        pytest.param({"headers": {"Content-Length": "0"}}, id="no-body-with-its-length"),
    ],
)
async def test_an_update_without_content_moves_only_the_time_of_update(
    ask: Ask, update: Update, request_: dict[str, Any]
) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    before = await stored(ask)
    method, suffix = update

    answer = await ask(method, ONE + suffix, **request_)

    assert answer.status == 200
    assert answer.json == {"data": {}}
    after = await stored(ask)
    assert after["updatedAt"] > before["updatedAt"]
    assert {**after, "updatedAt": before["updatedAt"]} == before


@pytest.mark.rule("update.updatedAt.moves")
async def test_every_update_moves_the_time_of_update_on_and_keeps_that_of_creation(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    times = [await stored(ask)]
    for _ in range(5):
        await ask("PATCH", ONE, json={})
        times.append(await stored(ask))
    updated = [data["updatedAt"] for data in times]
    assert updated == sorted(set(updated))
    assert len({data["createdAt"] for data in times}) == 1


@pytest.mark.rule("add.request-timestamps", "update.updatedAt.type", "update.createdAt.type")
async def test_times_in_an_update_are_accepted_and_ignored(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    before = await stored(ask)
    sent = {"createdAt": "2001-01-01T00:00:00.000Z", "updatedAt": "2001-01-01T00:00:00.000Z"}
    assert (await ask("PATCH", ONE, json=sent)).status == 200
    after = await stored(ask)
    assert after["createdAt"] == before["createdAt"]
    assert after["updatedAt"] > before["updatedAt"]


@pytest.mark.rule("common.unknown-fields", "update.touches-only-named")
async def test_an_update_cannot_change_what_only_add_takes(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    others = {"id": "x", "name": "Other", "provider": "no", "registryUrl": 1, "aws": None, "integrationId": "-"}
    assert (await ask("PATCH", ONE, json=others)).status == 200
    assert without_times(await stored(ask)) == {"id": "every-field", **EVERY_FIELD}


REFUSED: Final = [
    ("", [], "type"),
    ("credentials", None, "type"),
    ("credentials", {}, "scope.required"),
    ("credentials", {"username": "a"}, "scope.required"),
    ("credentials.username", None, "type"),
    ("credentials.username", 1, "type"),
    ("credentials.password", True, "type"),
    ("credentials.scope", None, "type"),
    ("credentials.scope", "pull", "type"),
    ("credentials.scope.pull", "true", "type"),
    ("credentials.scope.push", 1, "type"),
    ("restrictions", [], "type"),
    ("restrictions", {}, "restricted.required"),
    ("restrictions", {"projects": ["a"]}, "restricted.required"),
    ("restrictions.restricted", None, "type"),
    ("restrictions.projects", "a", "type"),
    ("restrictions.projects", ["a", 1], "item-type"),
    ("updatedAt", None, "type"),
    ("createdAt", 0, "type"),
]


@BOTH
@pytest.mark.rule("common.rejected-changes-nothing", "update.body.type")
@pytest.mark.parametrize(("path", "value", "kind"), REFUSED, ids=repr)
async def test_an_update_is_held_to_the_constraints_of_add_and_a_refused_one_changes_nothing(
    ask: Ask, update: Update, path: str, value: object, kind: str
) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    before = await stored(ask)
    method, suffix = update
    parts = ("credentials", "restrictions")
    body = put({part: EVERY_FIELD[part] for part in parts}, path, value) if path else value

    answer = await ask(method, ONE + suffix, json=body)

    assert answer.status == 400
    assert answer.rules == [f"update.{path or 'body'}.{kind}"]
    where = f"{path or 'body'}.{kind.removesuffix('.required')}" if kind.endswith("required") else path or "body"
    assert list(answer.details) == [f"{where}[1]" if kind == "item-type" else where]
    assert await stored(ask) == before


async def test_an_update_needs_no_secrets_for_a_credential_with_an_integration(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    assert (await ask("PATCH", ONE, json={"credentials": {"scope": {}}, "integrationId": "x"})).status == 200


@BOTH
@pytest.mark.rule("common.registry.unknown")
async def test_an_update_of_an_unknown_id_is_answered_404_and_creates_nothing(ask: Ask, update: Update) -> None:
    method, suffix = update
    answer = await ask(method, ONE + suffix, json={})
    assert answer.status == 404
    assert answer.rules == ["common.registry.unknown"]
    assert "'every-field'" in answer.error["message"]
    assert (await ask("GET", REGISTRIES)).json["pagination"]["count"] == 0


@pytest.mark.rule(
    "delete.response.status",
    "delete.response.data.required",
    "delete.response.data.empty",
    "delete.final",
    "delete.name-free",
)
@pytest.mark.rule("common.registry.unknown")
async def test_a_deleted_id_is_unknown_and_its_name_can_be_used_again(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    old = await stored(ask)

    answer = await ask("DELETE", ONE)

    assert answer.status == 200
    assert answer.json == {"data": {}}
    for method, suffix in (("GET", ""), PATCH, MODIFY, ("DELETE", "")):
        gone = await ask(method, ONE + suffix)
        assert gone.status == 404
        assert gone.error["id"] == "not-found"
    ask.app[EMULATION].clock.advance(1000)
    assert (await ask("POST", REGISTRIES, json={"name": "Every Field", "provider": "gar"})).status == 200
    new = await stored(ask)
    assert without_times(new) == {"id": "every-field", "name": "Every Field", "provider": "gar"}
    assert new["createdAt"] > old["createdAt"]


async def test_deletion_leaves_the_others(ask: Ask) -> None:
    for name in ("aaa", "bbb", "ccc"):
        await ask("POST", REGISTRIES, json={"name": name, "provider": "ecr"})
    await ask("DELETE", f"{REGISTRIES}/bbb")
    listed = await ask("GET", REGISTRIES)
    assert [item["id"] for item in listed.json["data"]["credentials"]] == ["aaa", "ccc"]


async def test_what_is_answered_is_a_copy_that_later_updates_do_not_reach(ask: Ask) -> None:
    added = await ask("POST", REGISTRIES, json=EVERY_FIELD)
    kept = deepcopy(added.json)
    await ask("PATCH", ONE, json={"restrictions": {"restricted": False}})
    assert added.json == kept
