"""What can be switched while the emulator runs counts from the next request on, and a reset undoes it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from emulator import contract
from emulator.behaviour import CHOICES, DEFAULT
from emulator.models import ALL_PERMISSIONS, DeclaredToken, Permission
from emulator.tenancy import account_name
from tests.conftest import EVERY_FIELD, REGISTRIES, Ask, Start
from tests.control.conftest import add, control, ids, told

NOON: Final = "2030-01-01T12:00:00.000Z"


async def times(ask: Ask, identifier: str) -> tuple[str, str]:
    """Return when a credential was created and updated."""
    data = (await ask("GET", f"{REGISTRIES}/{identifier}", token="one")).json["data"]
    return data["createdAt"], data["updatedAt"]


# The clock


async def test_the_clock_runs_with_the_machines_time_in_utc_as_rfc_3339(ask: Ask) -> None:
    before = datetime.now(UTC)
    shown = await told(ask, "GET", "/clock")

    assert shown["frozen"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["now"])
    millisecond = timedelta(milliseconds=1)
    assert before - millisecond <= datetime.fromisoformat(shown["now"]) <= datetime.now(UTC)


async def test_timestamps_follow_the_clock(ask: Ask) -> None:
    assert await told(ask, "PUT", "/clock", {"now": NOON, "frozen": True}) == {"now": NOON, "frozen": True}
    await add(ask, "First")
    assert await told(ask, "PUT", "/clock", {"advanceMs": 90_061_001}) == {
        "now": "2030-01-02T13:01:01.001Z",
        "frozen": True,
    }
    await ask("PATCH", f"{REGISTRIES}/first", token="one", json={"restrictions": {"restricted": True}})

    assert await times(ask, "first") == (NOON, "2030-01-02T13:01:01.001Z")
    # The journal and what a seed brings about are of that time too.
    assert {call["at"] for call in (await told(ask, "GET", "/requests"))["requests"]} == {
        NOON,
        "2030-01-02T13:01:01.001Z",
    }
    await told(ask, "POST", "/seed", {"token": "two", "content": {"credentials": [{"name": "abc", "provider": "ecr"}]}})
    seeded = (await ask("GET", f"{REGISTRIES}/abc", token="two")).json["data"]
    assert seeded["createdAt"] == seeded["updatedAt"] == "2030-01-02T13:01:01.001Z"


async def test_a_clock_that_is_set_runs_on_from_there_and_a_reset_brings_the_time_back(ask: Ask) -> None:
    await told(ask, "PUT", "/clock", {"now": NOON})
    await add(ask, "First")
    assert NOON <= (await times(ask, "first"))[0] < "2030-01-01T12:05"

    await told(ask, "PUT", "/clock", {"frozen": True})
    stopped = await told(ask, "GET", "/clock")
    assert await told(ask, "GET", "/clock") == stopped
    assert (await told(ask, "PUT", "/clock", {"frozen": False}))["now"] >= stopped["now"]

    await told(ask, "POST", "/reset")
    assert (await told(ask, "GET", "/clock"))["now"] < "2030"


async def test_set_advance_and_freeze_are_done_in_this_order_in_one_request(ask: Ask) -> None:
    change = {"frozen": True, "advanceMs": 1, "now": "2030-01-01T13:00:00+01:00"}

    assert await told(ask, "PUT", "/clock", change) == {"now": "2030-01-01T12:00:00.001Z", "frozen": True}
    assert await told(ask, "PUT", "/clock", {}) == {"now": "2030-01-01T12:00:00.001Z", "frozen": True}


async def test_rate_limit_windows_follow_the_clock(start: Start) -> None:
    ask = await start(rate_limit="enforce", rate_limit_requests=2)
    await told(ask, "PUT", "/clock", {"now": NOON, "frozen": True})

    answers = [await ask("GET", REGISTRIES) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == answers[2].headers["x-ratelimit-reset"] == "3600"

    await told(ask, "PUT", "/clock", {"advanceMs": 3_599_999})
    refused = await ask("GET", REGISTRIES)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")

    await told(ask, "PUT", "/clock", {"advanceMs": 1})
    allowed = await ask("GET", REGISTRIES)
    assert (allowed.status, allowed.headers["x-ratelimit-remaining"]) == (200, "1")


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        pytest.param("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z", id="first"),
        pytest.param("2030-01-01t12:00:00z", NOON, id="small letters"),
        pytest.param("2030-01-01T12:00:00.0009Z", NOON, id="finer than a millisecond"),
        pytest.param("2030-01-01T00:00:00-12:00", NOON, id="an offset"),
        pytest.param("9998-12-31T23:59:59.999Z", "9998-12-31T23:59:59.999Z", id="last"),
    ],
)
async def test_a_time_is_rfc_3339(ask: Ask, now: str, shown: str) -> None:
    assert (await told(ask, "PUT", "/clock", {"now": now, "frozen": True}))["now"] == shown


async def test_a_clock_that_is_set_and_frozen_at_once_stands_at_just_that_time(ask: Ask) -> None:
    for _ in range(200):  # a millisecond that passed in between would be seen sooner or later
        assert await told(ask, "PUT", "/clock", {"now": NOON, "frozen": True}) == {"now": NOON, "frozen": True}
        await told(ask, "PUT", "/clock", {"frozen": False})


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        pytest.param({"now": "2030-01-01"}, 400, "now", id="no time"),
        pytest.param({"now": "2030-01-01T12:00:00"}, 400, "now", id="no offset"),
        pytest.param({"now": "2030-13-01T12:00:00Z"}, 400, "now", id="no month"),
        pytest.param({"now": "1969-12-31T23:59:59Z"}, 400, "now", id="before 1970"),
        pytest.param({"now": 1893499200}, 400, "now", id="a number"),
        pytest.param({"advanceMs": -1}, 400, "advanceMs", id="back"),
        pytest.param({"advanceMs": 1.5}, 400, "advanceMs", id="half a millisecond"),
        pytest.param({"advanceMs": 315_360_000_001}, 400, "advanceMs", id="more than ten years"),
        pytest.param({"frozen": 1}, 400, "frozen", id="no boolean"),
        pytest.param({"now": "2031-01-01T00:00:00Z", "frozen": "yes"}, 400, "frozen", id="half of it right"),
        pytest.param({"now": "9999-01-01T00:00:00Z"}, 409, None, id="too late"),
        pytest.param({"now": "9998-12-31T23:59:59Z", "advanceMs": 1000}, 409, None, id="advanced too far"),
    ],
)
async def test_a_wrong_clock_changes_nothing(ask: Ask, change: object, status: int, field: str | None) -> None:
    await told(ask, "PUT", "/clock", {"now": NOON, "frozen": True})

    answer = await control(ask, "PUT", "/clock", change)

    assert answer.status == status
    assert list(answer.details) == ([] if field is None else [field])
    assert await told(ask, "GET", "/clock") == {"now": NOON, "frozen": True}


# Tokens

KNOWN: Final = {"token": "known-secret-1", "account": "acme", "permissions": [str(Permission.READ)]}


async def test_declared_tokens_count_from_the_next_request_on_until_a_reset(ask: Ask) -> None:
    assert (await ask("GET", REGISTRIES, token="any")).status == 200  # and is remembered as good

    await told(ask, "PUT", "/tokens", {"tokens": [KNOWN, {"token": "known-secret-2", "account": "acme"}]})

    assert (await ask("GET", REGISTRIES, token="any")).status == 401
    assert (await add(ask, "Shared", token="known-secret-1")).status == 403
    assert (await add(ask, "Shared", token="known-secret-2")).status == 200
    assert await ids(ask, "known-secret-1") == ["shared"]

    await told(ask, "PUT", "/tokens", {"tokens": [{"token": "any", "account": "other"}]})
    assert (await ask("GET", REGISTRIES, token="known-secret-1")).status == 401
    assert (await ask("GET", REGISTRIES, token="any")).status == 200

    await told(ask, "POST", "/reset")
    assert await told(ask, "GET", "/tokens") == {"tokens": []}
    assert (await ask("GET", REGISTRIES, token="known-secret-1")).status == 200


async def test_an_empty_list_lets_every_token_count_and_a_reset_brings_the_declared_back(start: Start) -> None:
    ask = await start(tokens=(DeclaredToken("known", "acme"),))
    assert (await ask("GET", REGISTRIES, token="any")).status == 401

    assert await told(ask, "PUT", "/tokens", {"tokens": []}) == {"tokens": []}
    assert (await ask("GET", REGISTRIES, token="any")).status == 200

    await told(ask, "POST", "/reset")
    assert (await ask("GET", REGISTRIES, token="any")).status == 401
    assert [entry["account"] for entry in (await told(ask, "GET", "/tokens"))["tokens"]] == ["acme"]


async def test_tokens_are_never_shown(ask: Ask) -> None:
    expected = {
        "tokens": [
            {"account": "acme", "permissions": [str(Permission.READ)]},
            {"account": "all", "permissions": sorted(map(str, ALL_PERMISSIONS))},
        ]
    }

    put = await control(ask, "PUT", "/tokens", {"tokens": [KNOWN, {"token": "known-secret-2", "account": "all"}]})

    assert put.json == await told(ask, "GET", "/tokens") == expected
    await ask("GET", REGISTRIES, token="known-secret-1")
    for path in ("/tokens", "/requests", "/accounts", "/state", "/faults", "/rules"):
        assert "known-secret" not in (await control(ask, "GET", path)).text, path


@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param({}, "body", id="nothing"),
        pytest.param({"tokens": {}}, "body", id="no list"),
        pytest.param({"tokens": ["hush-1"]}, "tokens[0]", id="no object"),
        pytest.param({"tokens": [KNOWN, KNOWN]}, "tokens[1].token", id="twice"),
        pytest.param({"tokens": [{"token": "hush 1", "account": "a"}]}, "tokens[0].token", id="two words"),
        pytest.param({"tokens": [{"token": "", "account": "a"}]}, "tokens[0].token", id="empty token"),
        pytest.param({"tokens": [{"token": 1, "account": "a"}]}, "tokens[0].token", id="no string"),
        pytest.param({"tokens": [{"token": "hush-1"}]}, "tokens[0].account", id="no account"),
        pytest.param({"tokens": [{**KNOWN, "permissions": ["Read"]}]}, "tokens[0].permissions", id="no permission"),
        pytest.param({"tokens": [{**KNOWN, "permissions": "Read"}]}, "tokens[0].permissions", id="no list of them"),
        pytest.param({"tokens": [{**KNOWN, "permissions": [{}]}]}, "tokens[0].permissions", id="an object"),
    ],
)
async def test_wrong_tokens_change_nothing_and_are_not_repeated(ask: Ask, body: object, place: str) -> None:
    answer = await control(ask, "PUT", "/tokens", body)

    assert answer.status == 400
    assert list(answer.details) == [place]
    assert "hush" not in answer.text
    assert "known-secret" not in answer.text
    assert await told(ask, "GET", "/tokens") == {"tokens": []}
    assert (await ask("GET", REGISTRIES, token="any")).status == 200


# Assumptions

SWITCHES: Final = [(name, value) for name, values in CHOICES.items() for value in values]


@pytest.mark.parametrize(("name", "value"), SWITCHES, ids=str)
async def test_every_switch_can_be_set_to_each_of_its_values_until_a_reset(ask: Ask, name: str, value: str) -> None:
    defaults = await told(ask, "GET", "/assumptions")
    expected = {**defaults, name: {**defaults[name], "value": value}}

    assert await told(ask, "PUT", "/assumptions", {name: value}) == expected
    assert await told(ask, "GET", "/assumptions") == expected
    in_force = {
        rule["id"]: rule["value"]
        for rule in (await told(ask, "GET", "/rules"))["rules"]
        if rule.get("assumption") == name
    }
    assert set(in_force.values()) == {value}

    await told(ask, "POST", "/reset")
    assert await told(ask, "GET", "/assumptions") == defaults


async def test_switches_are_listed_with_what_they_can_be(ask: Ask) -> None:
    listed = await told(ask, "GET", "/assumptions")

    assert listed == {
        name: {"value": value, "default": value, "choices": list(CHOICES[name])}
        for name, value in DEFAULT.choices().items()
    }


async def constraint_status(ask: Ask) -> Any:
    return (await add(ask, "x")).status


async def duplicate_name(ask: Ask) -> Any:
    return [(await add(ask, "Twice")).status for _ in range(2)]


async def unknown_fields(ask: Ask) -> Any:
    return (await ask("POST", REGISTRIES, json={"name": "abc", "provider": "ecr", "x": 1})).status


async def secrets(ask: Ask) -> Any:
    return "password" in (await ask("POST", REGISTRIES, json=EVERY_FIELD)).json["data"]["credentials"]


async def page_range(ask: Ask) -> Any:
    return (await ask("GET", REGISTRIES, params={"per_page": "101"})).status


async def unknown_cursor(ask: Ask) -> Any:
    return (await ask("GET", REGISTRIES, params={"cursor": "abc"})).status


async def add_timestamps(ask: Ask) -> Any:
    return "createdAt" in (await add(ask, "Abc")).json["data"]


@pytest.mark.parametrize(
    ("probe", "value", "before", "after"),
    [
        (constraint_status, "422", 400, 422),
        (duplicate_name, "suffix", [200, 409], [200, 200]),
        (unknown_fields, "reject", 200, 400),
        (secrets, "omit", True, False),
        (page_range, "clamp", 400, 200),
        (unknown_cursor, "first-page", 400, 200),
        (add_timestamps, "return", False, True),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_switch_counts_from_the_next_request_on(
    ask: Ask, probe: Any, value: str, before: object, after: object
) -> None:
    assert await probe(ask) == before
    await told(ask, "POST", "/reset")

    await told(ask, "PUT", "/assumptions", {probe.__name__.replace("_", "-"): value})
    assert await probe(ask) == after

    await told(ask, "POST", "/reset")
    assert await probe(ask) == before


async def test_switches_that_are_not_named_stay_also_those_of_the_start(start: Start) -> None:
    ask = await start(assume=DEFAULT.choose({"duplicate-name": "suffix"}))

    await told(ask, "PUT", "/assumptions", {"page-range": "clamp"})
    await told(ask, "PUT", "/assumptions", {"secrets": "omit"})
    listed = await told(ask, "PUT", "/assumptions", {})
    switched = {name for name, entry in listed.items() if entry["value"] != entry["default"]}
    assert switched == {"duplicate-name", "page-range", "secrets"}

    await told(ask, "POST", "/reset")
    listed = await told(ask, "GET", "/assumptions")
    assert {name for name, entry in listed.items() if entry["value"] != entry["default"]} == {"duplicate-name"}


@pytest.mark.parametrize(
    ("body", "details"),
    [
        pytest.param(
            {"duplicate-name": "maybe"}, {"duplicate-name": ["Must be reject or suffix."]}, id="no such choice"
        ),
        pytest.param({"duplicate-name": ["suffix"]}, {"duplicate-name": ["Must be reject or suffix."]}, id="a list"),
        pytest.param({"constraint-status": 422}, {"constraint-status": ["Must be 400 or 422."]}, id="a number"),
        pytest.param(
            {"duplicate_name": "suffix", "page-range": None},
            {
                "duplicate_name": [f"No such assumption; there are {', '.join(CHOICES)}."],
                "page-range": ["Must be reject or clamp."],
            },
            id="all that is wrong",
        ),
    ],
)
async def test_a_wrong_switch_changes_nothing(ask: Ask, body: dict[str, Any], details: object) -> None:
    answer = await control(ask, "PUT", "/assumptions", {"secrets": "omit", **body})

    assert (answer.status, answer.details) == (400, details)
    assert (await told(ask, "GET", "/assumptions"))["secrets"]["value"] == "return"


# Rules and accounts


async def test_the_rulebook_is_told_with_the_values_in_force(ask: Ask) -> None:
    book = contract.load("contracts/rules.yaml")

    await told(ask, "PUT", "/assumptions", {"credentials-required": "never"})
    shown = await told(ask, "GET", "/rules")

    assert [rule["id"] for rule in shown["rules"]] == [rule["id"] for rule in book["rules"]]
    values = {rule["id"]: rule["value"] for rule in shown["rules"] if "value" in rule}
    assert values.keys() == {rule["id"] for rule in book["rules"] if "assumption" in rule}
    assert {identifier for identifier, value in values.items() if value == "never"} == {
        "add.credentials.username.conditional",
        "add.credentials.password.conditional",
    }
    # What is in force is not written into the book that others read.
    await told(ask, "POST", "/reset")
    assert "never" not in {rule.get("value") for rule in (await told(ask, "GET", "/rules"))["rules"]}


async def test_accounts_are_told_with_how_much_they_and_their_teams_hold(ask: Ask) -> None:
    nothing = {"credentials": 0, "teams": {}}
    assert await told(ask, "GET", "/accounts") == {"accounts": [], "template": nothing}

    await add(ask, "First", token="two")
    await add(ask, "First", token="one")
    await add(ask, "Second", token="one")
    await add(ask, "First", token="one", team="acme")
    await ask("GET", "/v1/teams/only-read/integrations/registries", token="one")

    assert await told(ask, "GET", "/accounts") == {
        "accounts": [
            {"name": account_name("two"), "credentials": 1, "teams": {}},
            {"name": account_name("one"), "credentials": 2, "teams": {"acme": 1}},
        ],
        "template": nothing,
    }


async def test_what_an_account_starts_with_is_told_before_there_is_one(ask: Ask) -> None:
    await told(ask, "POST", "/seed", {"fixture": "teams"})

    shown = await told(ask, "GET", "/accounts")

    assert shown["accounts"] == []
    await ask("GET", "/v1/integrations/registries", token="one")
    [account] = (await told(ask, "GET", "/accounts"))["accounts"]
    assert {"name": account_name("one"), **shown["template"]} == account
    assert account["teams"]
