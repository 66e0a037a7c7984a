"""The named fixtures: valid, seen by clients as they are written, and each what its name promises."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from emulator import Emulator, Settings, contract, seeding
from tests.conftest import Ask, Start
from tests.contract_checker import CONTRACT, known, validator
from tests.http_client import CheckedClient, registries
from tests.processes import serving
from tests.strategies import ECMA_WHITESPACE

FOLDER: Final = Path(__file__).resolve().parent.parent / "fixtures"
CREATE: Final[dict[str, Any]] = CONTRACT["components"]["schemas"]["RegistryCreate"]
EACH: Final = pytest.mark.parametrize("name", seeding.available())

Body = dict[str, Any]
Namespaces = dict[str | None, list[Body]]


def written(name: str) -> Namespaces:
    """Return the bodies that a fixture file has for the account (None) and for its teams."""
    content = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return {None: content.get("credentials", []), **content.get("teams", {})}


async def listed(ask: Ask, team: str | None) -> AsyncIterator[list[Body]]:
    """Yield the pages of a list, as a client follows them."""
    query: dict[str, str] = {}
    while True:
        answer = await ask("GET", registries(team), params=query)
        assert answer.status == 200
        yield answer.json["data"]["credentials"]
        if not answer.json["pagination"]["hasNextPage"]:
            return
        query = {"cursor": answer.json["pagination"]["cursor"]}


async def stored(ask: Ask, team: str | None = None) -> list[Body]:
    """Return what get answers for every credential of a list, in its order."""
    ids = [item["id"] async for page in listed(ask, team) for item in page]
    answers = [await ask("GET", registries(team, one)) for one in ids]
    return [answer.json["data"] for answer in answers]


def test_every_fixture_file_has_a_name_that_can_be_asked_for() -> None:
    assert sorted(seeding.available()) == sorted(path.stem for path in FOLDER.glob("*.json"))


def test_the_readme_of_the_fixtures_says_what_each_of_them_holds() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \| ", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)

    assert told == seeding.available()


@EACH
def test_a_fixture_is_found_where_the_program_looks_for_it(name: str) -> None:
    assert contract.find(f"fixtures/{name}.json").read_bytes() == (FOLDER / f"{name}.json").read_bytes()


@EACH
def test_every_credential_of_a_fixture_is_a_body_that_the_contract_allows(name: str) -> None:
    judge = validator("components", "schemas", "RegistryCreate")

    for bodies in written(name).values():
        for body in bodies:
            judge.validate(body)
            assert known(body, CREATE) == body


@EACH
async def test_a_client_sees_a_fixture_as_it_is_written_and_in_that_order(start: Start, name: str) -> None:
    ask = await start(fixture=name)

    for team, bodies in written(name).items():
        answered = await stored(ask, team)
        assert len(answered) == len(bodies)
        for body, credential in zip(bodies, answered, strict=True):
            assert {member: credential[member] for member in body} == body
            assert credential.keys() - body.keys() <= {"id", "createdAt", "updatedAt"}


@EACH
def test_the_answers_for_a_fixture_are_as_the_contract_has_them(name: str) -> None:
    with Emulator(Settings(fixture=name)) as running, CheckedClient(running.url) as client:
        for team, bodies in written(name).items():
            answer = client.ask("GET", registries(team), token="t", query={"per_page": 100})
            ids = [item["id"] for item in answer.json["data"]["credentials"]]
            assert len(ids) == min(len(bodies), 100)
            for one in ids:
                client.ask("GET", registries(team, one), token="t")


@EACH
async def test_every_credential_of_a_fixture_can_be_updated_and_deleted(start: Start, name: str) -> None:
    ask = await start(fixture=name)

    for team in written(name):
        for credential in await stored(ask, team):
            one = registries(team, credential["id"])
            assert (await ask("PATCH", one, json={"restrictions": {"restricted": True}})).status == 200
            changed = (await ask("GET", one)).json["data"]
            assert changed["restrictions"]["restricted"] is True
            assert changed["createdAt"] == credential["createdAt"]
            assert changed["updatedAt"] > credential["updatedAt"]
            assert (await ask("DELETE", one)).status == 200
        assert await stored(ask, team) == []


async def test_three_pages_fills_three_pages_of_the_default_size(start: Start) -> None:
    ask = await start(fixture="three-pages")

    sizes = [len(page) async for page in listed(ask, None)]

    assert sizes[:2] == [50, 50]
    assert len(sizes) == 3


async def test_one_of_each_provider_has_each_documented_provider_once(start: Start) -> None:
    ask = await start(fixture="one-of-each-provider")

    providers = [credential["provider"] for credential in await stored(ask)]

    assert sorted(providers) == sorted(CREATE["properties"]["provider"]["enum"])


def leaves(schema: Mapping[str, Any], path: str = "") -> set[str]:
    """Return the paths of everything that a schema of the contract lets a body hold."""
    if "properties" not in schema:
        return {path}
    return {leaf for name, inner in schema["properties"].items() for leaf in leaves(inner, f"{path}.{name}")}


def leaves_of(value: object, path: str = "") -> set[str]:
    """Return the paths of everything that a body holds."""
    if not isinstance(value, dict):
        return {path}
    return {leaf for name, inner in value.items() for leaf in leaves_of(inner, f"{path}.{name}")}


async def test_every_field_sets_every_documented_field_in_each_of_its_credentials(start: Start) -> None:
    credentials = await stored(await start(fixture="every-field"))

    assert len(credentials) == 3
    for credential in credentials:
        assert leaves_of(credential) == leaves(CREATE) | {".id"}
    assert {len(credential["name"]) for credential in credentials} >= {3, 39}


async def test_restricted_projects_has_every_combination_of_its_two_fields(start: Start) -> None:
    credentials = await stored(await start(fixture="restricted-projects"))

    found = set()
    for credential in credentials:
        restrictions = credential.get("restrictions", {})
        projects = restrictions.get("projects")
        found.add((restrictions.get("restricted"), None if projects is None else min(len(projects), 2)))
    assert found == {(True, 1), (True, 2), (True, 0), (True, None), (False, 2), (False, None), (None, None)}


async def test_teams_has_one_id_in_several_namespaces_with_other_values_in_each(start: Start) -> None:
    ask = await start(fixture="teams")

    teams = written("teams")
    values = [
        (await ask("GET", registries(team, "shared-registry"))).json.get("data")
        for team, bodies in teams.items()
        if bodies
    ]

    assert len(values) == 3
    assert len({json.dumps(value) for value in values}) == 3
    assert [] in teams.values()


async def test_unicode_names_has_every_separator_that_a_name_may_hold(start: Start) -> None:
    credentials = await stored(await start(fixture="unicode-names"))

    assert set(ECMA_WHITESPACE) <= set("".join(credential["name"] for credential in credentials))
    for credential in credentials:
        separated = "".join("-" if character in ECMA_WHITESPACE else character for character in credential["name"])
        assert credential["id"] == separated.lower()


async def test_every_token_starts_with_a_fixture_of_its_own(start: Start) -> None:
    ask = await start(fixture="one-of-each-provider")

    assert (await ask("DELETE", registries(None, "docker-hub"), token="one")).status == 200

    assert (await ask("GET", registries(None, "docker-hub"), token="one")).status == 404
    assert (await ask("GET", registries(None, "docker-hub"), token="other")).status == 200


def test_a_reset_brings_the_fixture_back() -> None:
    with Emulator(Settings(fixture="teams")) as running, CheckedClient(running.url) as client:
        for team in (None, "platform"):
            one = registries(team, "shared-registry")
            before = client.ask("GET", one, token="t").json
            assert client.ask("DELETE", one, token="t").status == 200
            assert client.ask("GET", one, token="t").status == 404
            running.reset()
            after = client.ask("GET", one, token="t").json
            # The times that this fixture leaves open are those of its loading, and that was once.
            assert after == before


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        pytest.param(["--fixture", "three-pages"], {}, id="flag"),
        pytest.param([], {"NORTHFLANK_EMULATOR_FIXTURE": "three-pages"}, id="variable"),
    ],
)
def test_serve_says_how_much_is_stored_and_where_it_is_from(options: list[str], environment: Mapping[str, str]) -> None:
    with serving(*options, environment=environment) as served:
        assert ", 103 credentials in every account, from three-pages, " in served.banner[0]
        with CheckedClient(served.url) as client:
            assert client.ask("GET", registries(), token="any").json["pagination"]["hasNextPage"] is True
