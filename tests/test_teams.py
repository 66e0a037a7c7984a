"""Every operation exists for teams too, each team being a namespace of its own."""

from __future__ import annotations

from typing import Final

import pytest
from yarl import URL

from tests.conftest import EVERY_FIELD, REGISTRIES, Ask
from tests.samples import SMALLEST

TEAM: Final = "/v1/teams/team-1/integrations/registries"
OTHER: Final = "/v1/teams/team-2/integrations/registries"


@pytest.mark.rule("common.teams")
async def test_the_operations_of_a_team_are_those_of_an_account(ask: Ask) -> None:
    added = await ask("POST", TEAM, json=EVERY_FIELD)
    assert (added.status, added.json) == (200, {"data": {"id": "every-field", **EVERY_FIELD}})
    got = await ask("GET", f"{TEAM}/every-field")
    assert got.json["data"].items() >= added.json["data"].items()

    assert (await ask("PATCH", f"{TEAM}/every-field", json={"restrictions": {"restricted": False}})).json == {
        "data": {}
    }
    modify = {"credentials": {"username": "new", "scope": {}}}
    assert (await ask("POST", f"{TEAM}/every-field/modify", json=modify)).json == {"data": {}}
    changed = (await ask("GET", f"{TEAM}/every-field")).json["data"]
    assert changed["restrictions"]["restricted"] is False
    assert changed["credentials"]["username"] == "new"

    listed = await ask("GET", TEAM)
    assert [item["id"] for item in listed.json["data"]["credentials"]] == ["every-field"]
    assert listed.json["pagination"] == {"hasNextPage": False, "count": 1}

    assert (await ask("DELETE", f"{TEAM}/every-field")).json == {"data": {}}
    assert (await ask("GET", f"{TEAM}/every-field")).status == 404
    assert (await ask("GET", TEAM)).json["data"]["credentials"] == []


@pytest.mark.rule("common.teams")
async def test_constraints_are_the_same_for_a_team(ask: Ask) -> None:
    answer = await ask("POST", TEAM, json={"name": "ab"})
    assert answer.status == 400
    assert answer.rules == ["add.name.min-length", "add.provider.required"]
    assert (await ask("GET", f"{TEAM}?per_page=0")).rules == ["list.per_page.minimum", "list.page-range"]
    await ask("POST", TEAM, json=SMALLEST)
    assert (await ask("PATCH", f"{TEAM}/abc", json={"credentials": {}})).rules == ["update.credentials.scope.required"]
    assert (await ask("POST", TEAM, json=SMALLEST)).status == 409


@pytest.mark.rule("common.teams")
@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        pytest.param(REGISTRIES, TEAM, id="account-and-team"),
        pytest.param(TEAM, REGISTRIES, id="team-and-account"),
        pytest.param(TEAM, OTHER, id="two-teams"),
        pytest.param(TEAM, TEAM.replace("team-1", "Team-1"), id="another-spelling-is-another-team"),
    ],
)
async def test_an_account_and_its_teams_are_apart(ask: Ask, mine: str, theirs: str) -> None:
    assert (await ask("POST", mine, json=SMALLEST)).status == 200
    assert (await ask("GET", f"{theirs}/abc")).status == 404
    assert (await ask("PATCH", f"{theirs}/abc", json={})).status == 404
    assert (await ask("DELETE", f"{theirs}/abc")).status == 404
    assert (await ask("GET", theirs)).json["data"]["credentials"] == []
    assert (await ask("POST", theirs, json={**SMALLEST, "provider": "gar"})).status == 200
    assert (await ask("DELETE", f"{theirs}/abc")).status == 200
    assert (await ask("GET", f"{mine}/abc")).json["data"]["provider"] == "ecr"


@pytest.mark.rule("common.teams", "common.isolation")
async def test_a_team_of_the_same_id_is_another_one_in_another_account(ask: Ask) -> None:
    assert (await ask("POST", TEAM, token="one", json=SMALLEST)).status == 200
    assert (await ask("GET", f"{TEAM}/abc", token="two")).status == 404
    assert (await ask("POST", TEAM, token="two", json=SMALLEST)).status == 200


@pytest.mark.rule("common.teams")
@pytest.mark.parametrize("team", ["a", "Team-1", "%20", "a%2Fb", "%C3%A9", "%00", "..%2f", "a" * 1000, "modify"])
async def test_any_team_id_is_accepted(ask: Ask, team: str) -> None:
    path = URL(f"/v1/teams/{team}/integrations/registries", encoded=True)
    assert (await ask("POST", str(path), json=SMALLEST)).status == 200
    assert (await ask("GET", str(path))).json["pagination"]["count"] == 1
    assert (await ask("GET", TEAM)).json["pagination"]["count"] == 0


async def test_a_refused_add_to_a_team_leaves_no_trace(ask: Ask) -> None:
    assert (await ask("POST", TEAM, json={})).status == 400
    assert (await ask("GET", TEAM)).json["pagination"]["count"] == 0
