"""The journal names the assumed rules that decided an answer, and none where every rule of it is documented."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.conftest import EVERY_FIELD, REGISTRIES, Ask, Start
from tests.samples import SMALLEST
from tests.test_rulebook import RULES

ONE: Final = f"{REGISTRIES}/every-field"
OF_EVERY_FIELD: Final = ["common.unknown-project", "add.unknown-integration"]
ALL_SECRETS: Final = {"username": "a", "password": "b", "scope": {"pull": True, "push": True}}


async def decided(ask: Ask, method: str, path: str, **rest: Any) -> list[str]:
    """Send a request and return what the journal says decided its answer."""
    await ask(method, path, **rest)
    (call,) = (await ask("GET", "/_emulator/requests?limit=1")).json["requests"]
    found: list[str] = call["assumptions"]
    assert set(found) <= {rule["id"] for rule in RULES if rule["basis"] == "assumed"}
    return found


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        pytest.param(SMALLEST, [], id="the smallest body"),
        pytest.param({**SMALLEST, "credentials": {"scope": {}}}, [], id="no integration"),
        pytest.param(EVERY_FIELD, OF_EVERY_FIELD, id="a project and an integration"),
        pytest.param({**SMALLEST, "restrictions": {"restricted": True, "projects": []}}, [], id="no project"),
        pytest.param({**SMALLEST, "nmae": "x"}, ["common.unknown-fields"], id="an unknown field"),
        pytest.param({**SMALLEST, "aws": {"zone": "x"}}, ["common.unknown-fields"], id="an unknown field inside"),
        pytest.param({**SMALLEST, "createdAt": ""}, ["add.request-timestamps"], id="a time"),
        pytest.param(
            {**SMALLEST, "integrationId": "abc", "credentials": {**ALL_SECRETS, "password": ""}},
            ["add.unknown-integration", "common.empty-secret"],
            id="an empty secret",
        ),
        pytest.param({"name": "ab", "provider": "ecr"}, ["common.constraint-status"], id="a broken constraint"),
        pytest.param([], ["common.constraint-status"], id="no object"),
    ],
)
async def test_of_an_added_body(ask: Ask, body: Any, rules: list[str]) -> None:
    assert await decided(ask, "POST", REGISTRIES, json=body) == rules


@pytest.mark.parametrize(
    ("assume", "body", "rules"),
    [
        ({"unknown-fields": "reject"}, {**SMALLEST, "x": 1}, ["common.unknown-fields", "common.constraint-status"]),
        ({"add-timestamps": "return"}, SMALLEST, ["add.timestamps"]),
        ({"unknown-project": "reject"}, EVERY_FIELD, ["common.unknown-project", "common.constraint-status"]),
        ({"constraint-status": "422"}, {}, ["common.constraint-status"]),
    ],
)
async def test_of_an_added_body_under_other_readings(
    ask: Ask, assume: dict[str, str], body: Any, rules: list[str]
) -> None:
    assert (await ask("PUT", "/_emulator/assumptions", json=assume)).status == 200
    assert await decided(ask, "POST", REGISTRIES, json=body) == rules


@pytest.mark.parametrize(("reading", "status"), [("reject", 409), ("suffix", 200)])
async def test_of_a_name_that_is_taken(ask: Ask, reading: str, status: int) -> None:
    await ask("PUT", "/_emulator/assumptions", json={"duplicate-name": reading})
    assert await decided(ask, "POST", REGISTRIES, json=SMALLEST) == []
    found = await decided(ask, "POST", REGISTRIES, json=SMALLEST)
    assert found == ["add.duplicate-name", *(["common.error.statuses"] if status == 409 else [])]


async def test_of_how_a_body_is_sent(ask: Ask) -> None:
    plain = {"headers": {"Content-Type": "text/plain"}}
    twice = b'{"name": "abc", "name": "abd", "provider": "ecr"}'
    json_type = {"Content-Type": "application/json"}
    assert await decided(ask, "POST", REGISTRIES, data=b"{}", **plain) == [
        "common.content-type",
        "common.error.statuses",
    ]
    assert await decided(ask, "POST", REGISTRIES, data=twice, headers=json_type) == ["common.json.duplicate-key"]
    assert await decided(ask, "POST", REGISTRIES, data=b"{", headers=json_type) == ["common.error.statuses"]


async def test_of_a_body_without_a_content_type(ask: Ask) -> None:
    body = b'{"name": "abc", "provider": "ecr"}'
    found = await decided(ask, "POST", REGISTRIES, data=body, skip_auto_headers=["Content-Type"])
    assert found == ["common.missing-content-type"]


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ({}, ["update.empty-body"]),
        ({"credentials": {"scope": {}}}, ["update.partial"]),
        ({"credentials": {**ALL_SECRETS, "scope": {"pull": True}}}, ["update.partial"]),
        ({"credentials": ALL_SECRETS}, []),
        ({"restrictions": {"restricted": True}}, ["update.partial"]),
        ({"restrictions": {"restricted": True, "projects": []}}, []),
        ({"name": "abc", "credentials": ALL_SECRETS}, ["common.unknown-fields"]),
    ],
)
async def test_of_an_update(ask: Ask, body: Any, rules: list[str]) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    assert await decided(ask, "PATCH", ONE, json=body) == rules
    assert await decided(ask, "POST", f"{ONE}/modify", json=body) == rules


async def test_of_a_list(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=SMALLEST)
    assert await decided(ask, "GET", REGISTRIES) == []
    assert await decided(ask, "GET", f"{REGISTRIES}?page=2") == ["list.page.beyond-last"]
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    assert await decided(ask, "GET", REGISTRIES) == ["list.order"]
    assert await decided(ask, "GET", f"{REGISTRIES}?per_page=1") == []
    assert await decided(ask, "GET", f"{REGISTRIES}?per_page=101") == ["list.page-range", "common.constraint-status"]
    assert await decided(ask, "GET", f"{REGISTRIES}?cursor=x") == ["list.unknown-cursor", "common.error.statuses"]
    await ask("PUT", "/_emulator/assumptions", json={"page-range": "clamp"})
    assert await decided(ask, "GET", f"{REGISTRIES}?per_page=0") == ["list.page-range"]
    assert await decided(ask, "GET", f"{REGISTRIES}?page=-1&per_page=1") == ["list.page-range"]
    assert await decided(ask, "GET", f"{REGISTRIES}?page=-1&per_page=1") == ["list.page-range"]


async def test_of_get_and_delete_there_is_nothing_assumed(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    assert await decided(ask, "GET", ONE) == []
    assert await decided(ask, "DELETE", ONE) == []


async def test_of_other_refusals_it_is_the_status(start: Start) -> None:
    ask = await start()
    assert await decided(ask, "GET", ONE) == ["common.error.statuses"]
    assert await decided(ask, "PUT", ONE) == ["common.route.method", "common.error.statuses"]
    assert await decided(ask, "GET", "/nowhere") == ["common.route.unknown", "common.error.statuses"]
    assert await decided(ask, "GET", ONE, token=None) == []


async def test_what_a_fault_answered_tells_nothing(ask: Ask) -> None:
    assert await decided(ask, "GET", ONE, headers={"Prefer": "code=503"}) == []
    assert await decided(ask, "GET", ONE, headers={"Prefer": "delay=1"}) == ["common.error.statuses"]
