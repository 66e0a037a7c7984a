"""GET and DELETE credentials: what is stored, seen from outside of every account and without secrets."""

from __future__ import annotations

from typing import Any, Final

import pytest

from emulator.tenancy import account_name
from tests.conftest import EVERY_FIELD, REGISTRIES, Ask
from tests.contract_checker import Contract, Exchange
from tests.control.conftest import CONTROL, add, control, ids, told

ONE: Final = account_name("one")
TWO: Final = account_name("two")
CONTRACT: Final = Contract("contracts/control.yaml")


async def found(ask: Ask, **params: str) -> list[tuple[str, str | None, str]]:
    """Return account, team and id of what is found, in its order."""
    answer = await control(ask, "GET", "/credentials", params=params)
    assert answer.status == 200, answer.text
    CONTRACT.check(Exchange("GET", f"{CONTROL}/credentials", answer.status, answer.headers, answer.text.encode()))
    return [(entry["account"], entry["team"], entry["credential"]["id"]) for entry in answer.json["credentials"]]


async def test_credentials_of_all_accounts_and_teams_are_found_oldest_first(ask: Ask) -> None:
    await add(ask, "First", token="two")
    await add(ask, "Second", token="one")
    await add(ask, "Third", token="one", team="acme")
    await add(ask, "Fourth", token="two")

    assert await found(ask) == [
        (TWO, None, "first"),
        (TWO, None, "fourth"),
        (ONE, None, "second"),
        (ONE, "acme", "third"),
    ]


async def test_an_account_is_its_own_credentials_and_a_team_those_of_the_team(ask: Ask) -> None:
    await add(ask, "First", token="one")
    await add(ask, "Second", token="one", team="acme")
    await add(ask, "Third", token="two")

    assert await found(ask, account=ONE) == [(ONE, None, "first")]
    assert await found(ask, account=ONE, team="acme") == [(ONE, "acme", "second")]
    assert await found(ask, account=ONE, team="nobody") == await found(ask, account="nobody") == []
    refused = await control(ask, "GET", "/credentials", params={"team": "acme"})
    assert (refused.status, list(refused.details)) == (400, ["team"])


async def test_looking_brings_nothing_into_use_and_leaves_no_trace(ask: Ask) -> None:
    await told(ask, "POST", "/seed", {"fixture": "teams"})

    assert await found(ask) == await found(ask, account="nobody", team="acme") == []
    answer = await control(ask, "GET", "/credentials/first", params={"account": "nobody"})

    assert answer.status == 404
    assert (await told(ask, "GET", "/accounts"))["accounts"] == []
    assert (await told(ask, "GET", "/requests"))["count"] == 0


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        pytest.param("blue", ["blue-whale", "light-blue"], id="in the id"),
        pytest.param("BLUE w", ["blue-whale"], id="in the name, in any case"),
        pytest.param("gitlab", ["red-fox"], id="provider"),
        pytest.param("-", ["blue-whale", "light-blue", "red-fox"], id="everywhere"),
        pytest.param("eu-west", [], id="not in other members"),
        pytest.param('"', [], id="not in what is around the values"),
        pytest.param("provider", [], id="not in the names of members"),
        pytest.param("robot", [], id="not in a secret"),
        pytest.param("ü", [], id="outside ASCII"),
    ],
)
async def test_a_search_finds_ids_names_and_providers_and_nothing_else(
    ask: Ask, search: str, expected: list[str]
) -> None:
    for body in (
        {**EVERY_FIELD, "name": "Blue Whale"},
        {**EVERY_FIELD, "name": "Light Blue", "provider": "acr"},
        {"name": "Red Fox", "provider": "gitlab"},
    ):
        assert (await ask("POST", REGISTRIES, token="one", json=body)).status == 200

    assert [name for _, _, name in await found(ask, search=search)] == expected
    assert (await told(ask, "GET", "/credentials", params={"search": search}))["total"] == len(expected)


async def test_a_name_with_a_line_break_is_found_by_it(ask: Ask) -> None:
    assert (await add(ask, "Two\nlines")).status == 200

    assert await found(ask, search="two\nl") == [(ONE, None, "two-lines")]
    assert await found(ask, search="two\\nl") == []


@pytest.mark.parametrize("narrowed", [{}, {"search": "a"}], ids=["all", "searched"])
async def test_pages_show_each_once_and_tell_how_many_there_are(ask: Ask, narrowed: dict[str, str]) -> None:
    for account in ("one", "two"):
        for number in range(7):
            await add(ask, f"Name {number}", token=account)
    whole = await found(ask, **narrowed)
    assert len(whole) == 14

    pages: list[Any] = []
    for offset in range(0, 16, 4):
        params = {"offset": str(offset), "limit": "4", **narrowed}
        assert (await told(ask, "GET", "/credentials", params=params))["total"] == 14
        pages += await found(ask, **params)

    assert pages == whole
    assert await found(ask, limit="0", **narrowed) == await found(ask, offset="14", **narrowed) == []


@pytest.mark.parametrize(
    ("params", "place"),
    [
        pytest.param({"limit": "1001"}, "limit", id="more than a page"),
        pytest.param({"limit": "-1"}, "limit", id="negative"),
        pytest.param({"offset": "-1"}, "offset", id="negative offset"),
        pytest.param({"offset": "1.0"}, "offset", id="no whole number"),
        pytest.param({"search": ""}, "search", id="nothing to search"),
    ],
)
async def test_what_pages_no_list_is_refused(ask: Ask, params: dict[str, str], place: str) -> None:
    answer = await control(ask, "GET", "/credentials", params=params)

    assert (answer.status, list(answer.details)) == (400, [place])


async def test_a_page_has_fifty_unless_told_otherwise_and_a_thousand_at_most(ask: Ask) -> None:
    await told(ask, "POST", "/seed", {"count": 1001, "account": "acme"})

    assert len(await found(ask)) == 50
    assert len(await found(ask, limit="1000")) == 1000
    assert len(await found(ask, limit="1000", offset="1000")) == 1


async def test_items_are_as_a_list_has_them_without_what_may_be_secret(ask: Ask) -> None:
    url = "https://robot:hush@registry.example.com/v2?token=hush"
    await ask("POST", REGISTRIES, token="one", json={**EVERY_FIELD, "registryUrl": url})
    [listed] = (await ask("GET", REGISTRIES, token="one")).json["data"]["credentials"]

    [entry] = (await told(ask, "GET", "/credentials"))["credentials"]

    assert entry["credential"] == {**listed, "registryUrl": "https://[redacted]@registry.example.com/v2?[redacted]"}


async def test_one_is_opened_with_all_it_has_and_its_secrets_redacted(ask: Ask) -> None:
    await ask("POST", REGISTRIES, token="one", json=EVERY_FIELD)
    own = (await ask("GET", f"{REGISTRIES}/every-field", token="one")).json["data"]

    answer = await control(ask, "GET", "/credentials/every-field", params={"account": ONE})

    secret = {"username": "[redacted]", "password": "[redacted]"}
    credential = {**own, "credentials": {**own["credentials"], **secret}}
    assert answer.json == {"account": ONE, "team": None, "credential": credential}
    CONTRACT.check(Exchange("GET", f"{CONTROL}/credentials/every-field", 200, answer.headers, answer.text.encode()))
    assert "pass-word-1" not in answer.text


async def test_one_is_deleted_where_it_is_meant_and_nowhere_else(ask: Ask) -> None:
    for token, team in (("one", None), ("one", "acme"), ("two", None)):
        await add(ask, "Same", token=token, team=team)
    before = (await told(ask, "GET", "/requests"))["count"]

    assert await told(ask, "DELETE", "/credentials/same", params={"account": ONE, "team": "acme"}) == {}

    assert await found(ask) == [(ONE, None, "same"), (TWO, None, "same")]
    assert await ids(ask, "one", "acme") == []
    assert (await add(ask, "Same", token="one", team="acme")).status == 200  # the name is free again
    requests = (await told(ask, "GET", "/requests"))["requests"]
    assert "DELETE" not in {call["method"] for call in requests[before:]}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_one_that_is_not_there_is_not_found(ask: Ask, method: str) -> None:
    await add(ask, "Same", token="one")

    for params in ({"account": TWO}, {"account": ONE, "team": "acme"}, {"account": "nobody"}):
        answer = await control(ask, method, "/credentials/same", params=params)
        assert (answer.status, answer.error["id"]) == (404, "not-found")
        assert "x-emulator-rule" not in answer.headers
    assert (await control(ask, method, "/credentials/nobody", params={"account": ONE})).status == 404
    unnamed = await control(ask, method, "/credentials/same")
    assert (unnamed.status, list(unnamed.details)) == (400, ["account"])
    assert await ids(ask, "one") == ["same"]
