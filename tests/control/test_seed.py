"""`POST /_emulator/seed`: fixtures and made credentials, for one account or for all there are and will be."""

from __future__ import annotations

from typing import Any, Final

import pytest

from emulator.api.emulation import EMULATION
from emulator.tenancy import account_name
from tests.conftest import REGISTRIES, Ask

SEED: Final = "/_emulator/seed"


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
