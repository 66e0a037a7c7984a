"""The correct target does what is documented, as far as that can be told without `check`."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import regress
from aiohttp import ClientSession

from tests.contract_checker import Contract, Exchange
from tests.mutants.choices import OTHERS, Choices
from tests.mutants.lawful import LAWFUL
from tests.mutants.target import Target
from tests.mutants.wire import serving

pytestmark = pytest.mark.no_cover

REGISTRIES: Final = "/v1/integrations/registries"
FULL: Final = {
    "name": "Every\u3000Field",
    "provider": "ecr",
    "registryUrl": "123.dkr.example",
    "aws": {"region": "eu-west-1"},
    "gcp": {"projectId": ""},
    "azure": {},
    "integrationId": "team/machines",
    "credentials": {"username": "robot", "password": "p\u00e4ss \U0001f511", "scope": {"pull": False}},
    "restrictions": {"restricted": True, "projects": []},
}


class Asked:
    """Asks a target, and holds each answer to the contract if it has one."""

    def __init__(self, session: ClientSession, contract: Contract | None = None) -> None:
        self._session = session
        self._contract = contract

    async def __call__(self, method: str, path: str, json: Any = None, token: str | None = "mine") -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._session.request(method, path, json=json, headers=headers) as response:
            raw = await response.read()
            if self._contract is not None:
                stamped = response.headers.copy()
                stamped["x-emulator-version"] = "0.0.0"
                self._contract.check(Exchange(method, path, response.status, stamped, raw))
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else raw.decode()


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract("contracts/openapi.yaml")


@pytest.fixture
async def asked(contract: Contract) -> AsyncIterator[Asked]:
    async with serving(Target()) as url, ClientSession(url) as session:
        yield Asked(session, contract)


async def test_what_was_added_is_read_and_deleted_for_good(asked: Asked) -> None:
    status, added = await asked("POST", REGISTRIES, FULL)
    assert (status, added["data"]) == (200, {"id": "every-field", **FULL})
    status, got = await asked("GET", f"{REGISTRIES}/every-field")
    assert status == 200
    assert got["data"].items() >= added["data"].items()
    assert await asked("DELETE", f"{REGISTRIES}/every-field") == (200, {"data": {}})
    assert (await asked("GET", f"{REGISTRIES}/every-field"))[0] == 404
    assert (await asked("DELETE", f"{REGISTRIES}/every-field"))[0] == 404


@pytest.mark.parametrize("route", [("PATCH", ""), ("POST", "/modify")], ids=["patch", "modify"])
async def test_an_update_merges_and_leaves_the_rest(asked: Asked, route: tuple[str, str]) -> None:
    await asked("POST", REGISTRIES, FULL)
    change = {"credentials": {"password": "other", "scope": {"push": True}}}
    assert await asked(route[0], f"{REGISTRIES}/every-field{route[1]}", change) == (200, {"data": {}})
    got = (await asked("GET", f"{REGISTRIES}/every-field"))[1]["data"]
    assert got["credentials"] == {"username": "robot", "password": "other", "scope": {"pull": False, "push": True}}
    assert got["restrictions"] == FULL["restrictions"]
    assert got["updatedAt"] > got["createdAt"]


async def test_pages_follow_each_other_and_show_no_secrets(asked: Asked) -> None:
    for number in range(5):
        await asked("POST", REGISTRIES, {**FULL, "name": f"number {number}"})
    seen, query = [], "?per_page=2"
    while query:
        page = (await asked("GET", REGISTRIES + query))[1]
        seen += page["data"]["credentials"]
        assert page["pagination"]["hasNextPage"] is ("cursor" in page["pagination"])
        cursor = page["pagination"].get("cursor")
        query = f"?per_page=2&cursor={cursor}" if cursor else ""
    assert [item["id"] for item in seen] == [f"number-{number}" for number in range(5)]
    assert "robot" not in str(seen)
    assert all("restrictions" not in item for item in seen)


@pytest.mark.parametrize(
    ("method", "path", "json", "token", "status"),
    [
        ("GET", REGISTRIES, None, None, 401),
        ("GET", "/v1/nothing", None, "mine", 404),
        ("PUT", REGISTRIES, {}, "mine", 405),
        ("POST", REGISTRIES, {"name": "abc\n", "provider": "ecr"}, "mine", 400),
        ("POST", REGISTRIES, {"name": "abc"}, "mine", 400),
        ("POST", REGISTRIES, [], "mine", 400),
        ("POST", REGISTRIES, {**FULL, "credentials": {"scope": {}}}, "mine", 400),
        ("GET", f"{REGISTRIES}?per_page=101", None, "mine", 400),
        ("GET", f"{REGISTRIES}?cursor=made-up", None, "mine", 400),
        ("GET", f"{REGISTRIES}?page=0", None, "mine", 400),
        ("GET", "/v1/", None, None, 200),
        ("GET", "/v1/login", None, "mine", 200),
        ("GET", "/v1/swagger-json", None, None, 200),
        ("GET", "/v1/swagger-html", None, None, 200),
    ],
)
async def test_each_request_has_its_status(
    asked: Asked, method: str, path: str, json: Any, token: str | None, status: int
) -> None:
    answered, content = await asked(method, path, json, token)
    assert answered == status
    assert status == 200 or content["error"]["status"] == status


async def test_accounts_and_teams_are_apart(asked: Asked) -> None:
    team = "/v1/teams/one/integrations/registries"
    await asked("POST", REGISTRIES, FULL)
    assert (await asked("GET", f"{team}/every-field"))[0] == 404
    assert (await asked("GET", f"{REGISTRIES}/every-field", token="theirs"))[0] == 404
    assert (await asked("POST", team, FULL))[0] == 200
    assert (await asked("DELETE", f"{team}/every-field"))[0] == 200
    assert (await asked("GET", f"{REGISTRIES}/every-field"))[0] == 200


async def test_a_name_that_is_taken_is_refused_and_changes_nothing(asked: Asked) -> None:
    await asked("POST", REGISTRIES, FULL)
    assert (await asked("POST", REGISTRIES, {"name": "EVERY-field", "provider": "acr"}))[0] == 409
    assert (await asked("GET", f"{REGISTRIES}/every-field"))[1]["data"]["provider"] == "ecr"


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_lawful_targets_keep_what_they_are_given(made: type[Target]) -> None:
    async with serving(made()) as url, ClientSession(url) as session:
        asked = Asked(session)
        assert (await asked("POST", REGISTRIES, FULL))[0] == 200
        got = (await asked("GET", f"{REGISTRIES}/every-field"))[1]["data"]
    assert got.items() >= FULL.items()


@pytest.mark.parametrize("template", ["a{}b", "ab{}", "{}ab", "a{0}{0}b"])
def test_names_are_judged_as_ecma_262_has_it(template: str) -> None:
    page = regress.Regex(r"^[a-zA-Z]((-|\s)?[a-zA-Z0-9]+((-|\s)[a-zA-Z0-9]+)*)?$")
    target = Target()
    for code in range(0x10000):
        if not 0xD800 <= code < 0xE000:
            name = template.format(chr(code))
            assert target.name_has_form(name) == (page.find(name) is not None), ascii(name)


def test_every_other_choice_is_one_that_a_target_can_be_told() -> None:
    for switch, values in OTHERS.items():
        for value in values:
            assert getattr(Choices(**{switch: value}), switch) == value


def test_the_target_and_its_mutants_share_no_code_with_the_package() -> None:
    folder = Path(__file__).parent
    sources = [file for file in folder.glob("*.py") if file.name != "rules.py" and not file.name.startswith("test_")]
    assert len(sources) > 10
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.split(".")[0] == "emulator"], source.name
