"""`POST /_emulator/seed`: fixtures and made credentials, for one account or for all there are and will be."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from emulator.api.emulation import EMULATION
from emulator.models import DeclaredToken
from emulator.seeding import available
from emulator.tenancy import account_name
from tests.conftest import REGISTRIES, Ask, Start

SEED: Final = "/_emulator/seed"
BODY: Final = {"name": "abc", "provider": "ecr"}


async def ids(ask: Ask, token: str = "t", path: str = REGISTRIES) -> list[str]:
    return [item["id"] for item in (await ask("GET", path, token=token)).json["data"]["credentials"]]


async def test_a_fixture_is_in_every_account_there_is_and_will_be(ask: Ask) -> None:
    assert await ids(ask, "old") == []

    answer = await ask("POST", SEED, json={"fixture": "one-of-each-provider"})

    assert answer.json == {"account": None, "added": 8, "fixture": "one-of-each-provider"}
    assert len(await ids(ask, "old")) == len(await ids(ask, "new")) == 8


@pytest.mark.parametrize("who", [{"token": "mine"}, {"account": account_name("mine")}], ids=["token", "account"])
async def test_one_account_can_be_seeded_alone(ask: Ask, who: dict[str, str]) -> None:
    answer = await ask("POST", SEED, json={"fixture": "every-field", **who})

    assert answer.json["account"] == account_name("mine")
    assert len(await ids(ask, "mine")) == answer.json["added"]
    assert await ids(ask, "other") == []


async def test_the_same_seed_makes_the_same_credentials(ask: Ask) -> None:
    first = await ask("POST", SEED, json={"count": 20, "seed": 7, "token": "one"})
    await ask("POST", SEED, json={"count": 20, "seed": 7, "token": "two"})
    await ask("POST", SEED, json={"count": 20, "seed": 8, "token": "three"})

    assert first.json["added"] == 20
    assert first.json["seed"] == 7
    assert first.json["origin"].startswith("Faker ")
    assert await ids(ask, "one") == await ids(ask, "two") != await ids(ask, "three")


async def test_made_credentials_can_be_for_a_team(ask: Ask) -> None:
    await ask("POST", SEED, json={"count": 3, "token": "t", "team": "blue"})

    assert await ids(ask) == []
    assert len(await ids(ask, path="/v1/teams/blue/integrations/registries")) == 3


async def test_seeding_twice_adds_behind_what_is_there(ask: Ask) -> None:
    await ask("POST", SEED, json={"count": 2, "seed": 1})
    before = await ids(ask)
    await ask("POST", SEED, json={"count": 2, "seed": 1})

    after = await ids(ask)
    assert after[:2] == before
    assert len(set(after)) == 4


async def test_a_fixture_with_a_taken_id_changes_nothing(ask: Ask) -> None:
    taken = (await ask("POST", SEED, json={"fixture": "one-of-each-provider", "token": "full"})).status
    before = await ids(ask, "full"), await ids(ask, "empty")

    answer = await ask("POST", SEED, json={"fixture": "one-of-each-provider"})

    assert (taken, answer.status) == (200, 409)
    assert (await ids(ask, "full"), await ids(ask, "empty")) == before
    assert await ids(ask, "new") == []


async def test_it_is_not_ready_while_a_seeding_is_under_way(ask: Ask) -> None:
    progress = ask.app[EMULATION].seeding.begin(100)
    progress.done = 40

    ready = await ask("GET", "/_emulator/ready")
    second = await ask("POST", SEED, json={"count": 1})

    assert (ready.status, ready.json) == (503, {"ready": False, "seeded": 40, "of": 100})
    assert second.status == 409
    ask.app[EMULATION].seeding.end(progress)
    assert (await ask("GET", "/_emulator/ready")).json == {"ready": True}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        pytest.param({}, "body", id="nothing"),
        pytest.param({"fixture": "empty", "count": 1}, "body", id="two sources"),
        pytest.param({"fixture": "no-such"}, "fixture", id="unknown fixture"),
        pytest.param({"fixture": "../fixtures/empty"}, "fixture", id="a path"),
        pytest.param({"count": 0}, "count", id="none"),
        pytest.param({"count": 1_000_001}, "count", id="too many"),
        pytest.param({"count": True}, "count", id="no number"),
        pytest.param({"fixture": "empty", "seed": 1}, "seed", id="seed without count"),
        pytest.param({"count": 1, "account": "a", "token": "b"}, "token", id="two accounts"),
        pytest.param({"fixture": "empty", "team": "a"}, "team", id="team of a fixture"),
        pytest.param({"fixtur": "empty", "count": 1}, "fixtur", id="unknown key"),
    ],
)
async def test_a_wrong_body_is_refused_by_the_name_of_its_member(ask: Ask, body: dict[str, Any], path: str) -> None:
    answer = await ask("POST", SEED, json=body)

    assert answer.status == 400
    assert path in answer.details
    assert await ids(ask) == []


async def test_the_same_seed_makes_the_same_credentials_in_another_emulator(start: Start) -> None:
    made = []
    for _ in range(2):
        ask = await start()
        await ask("POST", SEED, json={"count": 20, "seed": 7})
        listed = (await ask("GET", REGISTRIES)).json["data"]["credentials"]
        made.append([(await ask("GET", f"{REGISTRIES}/{item['id']}")).text for item in listed])

    assert made[0] == made[1]
    assert len(set(made[0])) == 20


async def test_an_account_that_is_seeded_alone_starts_as_all_do(ask: Ask) -> None:
    await ask("POST", SEED, json={"fixture": "one-of-each-provider"})
    await ask("POST", SEED, json={"fixture": "every-field", "token": "mine"})

    assert len(await ids(ask, "mine")) == 8 + 3
    assert len(await ids(ask, "other")) == 8


async def test_a_seed_for_all_does_not_replace_what_accounts_hold(ask: Ask) -> None:
    await ask("POST", REGISTRIES, token="old", json={"name": "Mine", "provider": "ecr"})

    await ask("POST", SEED, json={"fixture": "teams"})

    assert await ids(ask, "old") == ["mine", *await ids(ask, "new")]
    for token in ("old", "new"):
        assert len(await ids(ask, token, "/v1/teams/platform/integrations/registries")) == 2
    # Each account has a copy of its own.
    identifier = (await ids(ask, "new"))[0]
    assert (await ask("DELETE", f"{REGISTRIES}/{identifier}", token="new")).status == 200
    assert identifier in await ids(ask, "old")
    assert identifier in await ids(ask, "third")


@pytest.mark.parametrize(
    ("taken", "path"),
    [
        pytest.param({"credentials": [BODY]}, REGISTRIES, id="in the account"),
        pytest.param({"teams": {"blue": [BODY]}}, "/v1/teams/blue/integrations/registries", id="in a team"),
    ],
)
@pytest.mark.parametrize("who", [{}, {"token": "new"}], ids=["for all", "for an account to come"])
async def test_an_id_that_accounts_to_come_will_have_is_taken_too(
    ask: Ask, taken: dict[str, Any], path: str, who: dict[str, str]
) -> None:
    assert (await ask("POST", SEED, json={"content": taken})).json["added"] == 1
    before = (await ask("GET", "/_emulator/state")).text
    more = {"credentials": [{"name": "Another", "provider": "ecr"}], "teams": {"green": [BODY]}}
    content = {key: [*more.get(key, []), *value] if key == "credentials" else value for key, value in taken.items()}

    answer = await ask("POST", SEED, json={"content": {**more, **content}, **who})

    assert (answer.status, answer.error["id"]) == (409, "name-taken")
    assert (await ask("GET", "/_emulator/state")).text == before
    assert await ids(ask, "new", path) == ["abc"]


async def test_a_reset_calls_off_the_seeding_under_way(ask: Ask) -> None:
    seeding = asyncio.create_task(asyncio.wait_for(ask("POST", SEED, json={"count": 1_000_000}), 60))
    while (await ask("GET", "/_emulator/ready")).status == 200:
        assert not seeding.done()

    assert (await ask("POST", SEED, json={"count": 1})).status == 409
    await ask("POST", "/_emulator/reset")

    assert (await ask("GET", "/_emulator/ready")).json == {"ready": True}
    answer = await seeding
    assert (answer.status, answer.error["id"]) == (409, "conflict")
    assert await ids(ask) == []
    assert (await ask("POST", SEED, json={"count": 1})).status == 200


async def test_an_unknown_fixture_is_refused_with_the_known_ones(ask: Ask) -> None:
    answer = await ask("POST", SEED, json={"fixture": "three-pags"})

    assert (answer.status, answer.error["id"]) == (400, "invalid-request")
    assert answer.details == {"fixture": [f"No such fixture; there are {', '.join(available())}."]}


@pytest.mark.parametrize("name", available())
async def test_every_fixture_can_be_asked_for_by_its_name(ask: Ask, name: str) -> None:
    answer = await ask("POST", SEED, json={"fixture": name})

    state = (await ask("GET", "/_emulator/state")).json["template"]
    stored = len(state["credentials"]) + sum(map(len, state["teams"].values()))
    assert answer.json == {"account": None, "added": stored, "fixture": name}
    assert (stored == 0) is (name == "empty")


async def test_broken_content_is_refused_with_all_its_problems_and_never_repeated(ask: Ask) -> None:
    secret = {"password": "hush-1", "scope": {"pull": "hush-2"}}
    content = {"credentials": [BODY, {"name": "x!", "provider": "ecr", "credentials": secret}], "teams": {"a": [1]}}

    answer = await ask("POST", SEED, json={"content": content})

    assert (answer.status, answer.error["id"]) == (400, "invalid-fixture")
    assert {"credentials[1].name", "credentials[1].credentials.scope.pull", "teams.a[0]"} == answer.details.keys()
    assert "hush" not in answer.text
    assert await ids(ask) == []


async def test_a_token_that_is_not_declared_has_no_account_to_seed(start: Start) -> None:
    ask = await start(tokens=(DeclaredToken("known", "acme"),))

    refused = await ask("POST", SEED, json={"fixture": "every-field", "token": "unknown"})
    taken = await ask("POST", SEED, json={"fixture": "every-field", "token": "known"})

    assert (refused.status, list(refused.details)) == (400, ["token"])
    assert (taken.json["account"], len(await ids(ask, "known"))) == ("acme", 3)
