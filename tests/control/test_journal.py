"""The journal over HTTP: what was asked and answered, found, counted and verified."""

from __future__ import annotations

from typing import Any, Final

import pytest

from emulator.tenancy import account_name
from tests.conftest import EVERY_FIELD, REGISTRIES, Ask, Start
from tests.contract_checker import Contract, Exchange

REQUESTS: Final = "/_emulator/requests"
CONTRACT: Final = Contract("contracts/control.yaml")
SMALL: Final = {"name": "abc", "provider": "ecr"}


async def read(ask: Ask, **params: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = (await ask("GET", REQUESTS, params=params)).json["requests"]
    return entries


async def verify(ask: Ask, request: dict[str, Any], **times: int) -> Any:
    answer = await ask("POST", f"{REQUESTS}/verify", json={"request": request, **({"times": times} if times else {})})
    assert answer.status == 200, answer.text
    return answer.json


async def test_a_call_is_kept_with_what_decided_it(ask: Ask) -> None:
    await ask("POST", f"{REGISTRIES}?x=1", json={"name": "a!"}, headers={"X-Api-Key": "hush"})

    [entry] = await read(ask)

    assert {name: entry[name] for name in ("id", "method", "path", "query", "operation", "status", "fault")} == {
        "id": 1,
        "method": "POST",
        "path": REGISTRIES,
        "query": {"x": "[redacted]"},
        "operation": "add-registry",
        "status": 400,
        "fault": None,
    }
    assert entry["rules"] == ["add.name.min-length", "add.name.pattern", "add.provider.required"]
    assert entry["account"].startswith("account-")
    assert entry["durationMs"] > 0
    assert entry["headers"]["authorization"] == entry["headers"]["x-api-key"] == "[redacted]"
    assert entry["body"] == {"name": "a!"}
    assert entry["answer"]["body"]["error"]["details"]["provider"]
    assert entry["answer"]["headers"]["content-type"].startswith("application/json")


async def test_secrets_are_redacted_in_both_directions(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)

    [entry] = await read(ask)

    assert entry["body"] == {
        **EVERY_FIELD,
        "credentials": {"username": "[redacted]", "password": "[redacted]", "scope": {"pull": True, "push": False}},
    }
    assert entry["answer"]["body"]["data"]["credentials"]["password"] == "[redacted]"
    assert "pass-word-1" not in str(entry)


async def test_only_the_last_calls_are_kept_and_the_others_counted(start: Start) -> None:
    ask = await start(journal=3)
    for _ in range(5):
        await ask("GET", REGISTRIES)

    answer = await ask("GET", REQUESTS)

    assert [entry["id"] for entry in answer.json["requests"]] == [3, 4, 5]
    assert (answer.json["count"], answer.json["dropped"]) == (3, 2)


async def test_a_journal_of_none_keeps_none(start: Start) -> None:
    ask = await start(journal=0)
    await ask("GET", REGISTRIES)

    answer = await ask("GET", REQUESTS)

    assert (answer.json["requests"], answer.json["dropped"]) == ([], 1)
    assert (await verify(ask, {}, atMost=0))["verdict"] == "incomplete"


async def test_calls_that_no_route_took_can_be_asked_for(ask: Ask) -> None:
    await ask("GET", "/nowhere")
    await ask("PUT", REGISTRIES)
    await ask("GET", REGISTRIES)

    assert [entry["status"] for entry in await read(ask, unmatched="true")] == [404, 405]
    assert [entry["status"] for entry in await read(ask, unmatched="false")] == [200]
    assert [entry["status"] for entry in await read(ask, limit="1")] == [200]


async def test_control_calls_are_neither_kept_nor_counted(ask: Ask) -> None:
    first = await ask("GET", REGISTRIES)
    for path in ("/_emulator/state", "/_emulator/nowhere", REQUESTS):
        answer = await ask("GET", path)
        assert "x-ratelimit-limit" not in answer.headers
    second = await ask("GET", REGISTRIES)

    assert [entry["path"] for entry in await read(ask)] == [REGISTRIES, REGISTRIES]
    assert int(first.headers["x-ratelimit-remaining"]) - int(second.headers["x-ratelimit-remaining"]) == 1


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        pytest.param({}, 4, id="everything"),
        pytest.param({"operation": "add-registry"}, 2, id="operation"),
        pytest.param({"method": "GET", "path": REGISTRIES}, 1, id="method and path"),
        pytest.param({"status": 409}, 1, id="status"),
        pytest.param({"rule": "add.duplicate-name"}, 1, id="rule"),
        pytest.param({"body": {"name": "abc"}}, 2, id="a part of the body"),
        pytest.param({"body": {"name": "abcd"}}, 0, id="another body"),
        pytest.param({"query": {"per_page": "5"}}, 1, id="query"),
        pytest.param({"headers": {"Content-Type": "application/json"}}, 2, id="a header in any case"),
        pytest.param({"token": "second"}, 1, id="token"),
        pytest.param({"unmatched": True}, 0, id="unmatched"),
        pytest.param({"fault": "error"}, 0, id="fault"),
    ],
)
async def test_calls_are_found_and_counted_by_what_they_are(ask: Ask, pattern: dict[str, Any], count: int) -> None:
    await ask("POST", REGISTRIES, json=SMALL)
    await ask("POST", REGISTRIES, json=SMALL)
    await ask("GET", REGISTRIES, params={"per_page": "5"})
    await ask("GET", f"{REGISTRIES}/abc", token="second")

    found = await ask("POST", f"{REQUESTS}/find", json=pattern)
    counted = await ask("POST", f"{REQUESTS}/count", json=pattern)

    assert len(found.json["requests"]) == counted.json["count"] == count


@pytest.mark.parametrize(
    ("times", "verdict"),
    [
        pytest.param({}, "passed", id="at least once"),
        pytest.param({"atLeast": 2}, "passed", id="often enough"),
        pytest.param({"atLeast": 3}, "failed", id="too seldom"),
        pytest.param({"atMost": 2}, "passed", id="not too often"),
        pytest.param({"atMost": 1}, "failed", id="too often"),
        pytest.param({"atLeast": 2, "atMost": 2}, "passed", id="exactly"),
    ],
)
async def test_verify_counts(ask: Ask, times: dict[str, int], verdict: str) -> None:
    for _ in range(2):
        await ask("GET", REGISTRIES)

    result = await verify(ask, {"operation": "list-registries"}, **times)

    assert (result["verdict"], result["count"]) == (verdict, 2)
    assert ("nearMisses" in result) == (times.get("atLeast", 0) > 2)


async def test_verify_of_nothing_fails_unless_nothing_is_wanted(ask: Ask) -> None:
    assert (await verify(ask, {}))["verdict"] == "failed"
    assert (await verify(ask, {}, atMost=0))["verdict"] == "passed"


@pytest.mark.parametrize(
    ("times", "verdict"),
    [
        pytest.param({"atLeast": 1}, "passed", id="more can only help"),
        pytest.param({"atLeast": 3}, "incomplete", id="the dropped may have been enough"),
        pytest.param({"atMost": 2}, "incomplete", id="the dropped may have been too many"),
        pytest.param({"atMost": 1}, "failed", id="too many already"),
    ],
)
async def test_verify_is_incomplete_where_dropped_calls_could_matter(
    start: Start, times: dict[str, int], verdict: str
) -> None:
    ask = await start(journal=2)
    for _ in range(3):
        await ask("GET", REGISTRIES)

    result = await verify(ask, {"operation": "list-registries"}, **times)

    assert (result["verdict"], result["dropped"]) == (verdict, 1)
    assert "--journal" in result["message"]


async def test_near_misses_are_the_closest_calls_with_what_differs(ask: Ask) -> None:
    for body in (SMALL, {"name": "abd", "provider": "gar"}, {"name": "x!"}):
        await ask("POST", REGISTRIES, json=body)
    await ask("GET", REGISTRIES)
    await ask("GET", "/nowhere")

    result = await verify(ask, {"operation": "add-registry", "status": 200, "body": {"name": "abe", "provider": "gar"}})

    assert result["verdict"] == "failed"
    assert len(result["nearMisses"]) == 3
    closest = result["nearMisses"][0]
    assert closest["request"]["body"] == {"name": "abd", "provider": "gar"}
    assert closest["differences"] == [{"field": "body.name", "expected": "abe", "got": "abd"}]
    assert [len(miss["differences"]) for miss in result["nearMisses"]] == [1, 2, 2]


async def test_calls_are_forgotten_all_or_of_one_account(ask: Ask) -> None:
    for token in ("one", "two", "one"):
        await ask("GET", REGISTRIES, token=token)
    account = (await read(ask))[0]["account"]

    await ask("DELETE", REQUESTS, params={"account": account})
    assert [entry["id"] for entry in await read(ask)] == [2]

    await ask("DELETE", REQUESTS)
    assert await read(ask) == []
    await ask("GET", REGISTRIES)
    assert [entry["id"] for entry in await read(ask)] == [4]


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        pytest.param("find", {"operatoin": "x"}, "operatoin", id="unknown criterion"),
        pytest.param("count", {"status": "200"}, "status", id="a status as text"),
        pytest.param("verify", {"times": {}}, "request", id="no pattern"),
        pytest.param("verify", {"request": {"paht": "/"}}, "request.paht", id="unknown inside"),
        pytest.param("verify", {"request": {}, "times": {"atLeast": -1}}, "times.atLeast", id="negative"),
    ],
)
async def test_a_wrong_pattern_is_refused_by_its_place(ask: Ask, path: str, body: dict[str, Any], place: str) -> None:
    answer = await ask("POST", f"{REQUESTS}/{path}", json=body)

    assert answer.status == 400
    assert place in answer.details


@pytest.mark.parametrize("params", [{"limit": "x"}, {"unmatched": "maybe"}, {"acount": "a"}])
async def test_a_wrong_parameter_is_refused_by_its_name(ask: Ask, params: dict[str, str]) -> None:
    answer = await ask("GET", REQUESTS, params=params)

    assert answer.status == 400
    assert set(params) <= set(answer.details)


async def test_control_calls_are_never_rate_limited_and_use_nothing_up(start: Start) -> None:
    ask = await start(rate_limit="enforce", rate_limit_requests=1)
    for _ in range(3):
        assert (await ask("GET", REQUESTS)).status == 200
    assert [(await ask("GET", REGISTRIES)).status for _ in range(2)] == [200, 429]

    assert (await ask("POST", f"{REQUESTS}/count", json={})).json == {"count": 2, "dropped": 0}
    assert (await ask("DELETE", REQUESTS)).status == 200


async def test_control_calls_meet_no_fault(ask: Ask) -> None:
    await ask("POST", "/_emulator/faults", json={"effect": "error"})

    answer = await ask("GET", REQUESTS, headers={"Prefer": "code=503"})

    assert answer.status == 200
    assert "x-emulator-fault" not in answer.headers
    assert (await ask("GET", REGISTRIES)).status == 503


@pytest.mark.parametrize("path", ["/_emulatorx", "/v1/_emulator/state", "/_emulato"])
async def test_a_path_that_only_looks_like_control_is_a_call(ask: Ask, path: str) -> None:
    assert (await ask("GET", path)).status == 404

    assert [entry["path"] for entry in await read(ask, unmatched="true")] == [path]


@pytest.mark.parametrize("path", ["/_emulator", "/_emulator/nowhere", "/%5Femulator/state", "/_emulator/state/"])
async def test_what_is_asked_of_control_is_none(ask: Ask, path: str) -> None:
    await ask("GET", path)
    await ask("PATCH", path)

    assert await read(ask) == []


async def test_near_misses_of_calls_that_no_route_took_name_the_path(ask: Ask) -> None:
    await ask("POST", "/v1/integrations/registry", json=SMALL)

    result = await verify(ask, {"method": "post", "path": REGISTRIES})

    [miss] = result["nearMisses"]
    assert miss["request"]["operation"] is None
    assert miss["differences"] == [{"field": "path", "expected": REGISTRIES, "got": "/v1/integrations/registry"}]


async def test_what_a_near_miss_was_compared_with_shows_no_secret(ask: Ask) -> None:
    await ask("POST", REGISTRIES, json=EVERY_FIELD)
    pattern = {
        "body": {"name": "Another", "credentials": {"password": "hush-1"}},
        "headers": {"Authorization": "Bearer hush-2", "X-Other": "hush-3"},
        "query": {"key": "hush-4"},
    }

    answer = await ask("POST", f"{REQUESTS}/verify", json={"request": pattern})

    assert answer.json["verdict"] == "failed"
    assert {difference["field"] for difference in answer.json["nearMisses"][0]["differences"]} == {
        "body.name",
        "body.credentials.password",
        "headers.authorization",
        "headers.x-other",
        "query.key",
    }
    assert "hush" not in answer.text
    assert "pass-word-1" not in answer.text


async def test_what_is_dropped_counts_for_the_account_whose_calls_they_were(start: Start) -> None:
    ask = await start(journal=2)
    for token in ("one", "two", "one", "two", "two"):
        await ask("GET", REGISTRIES, token=token)
    whole = (await ask("GET", REQUESTS)).json
    one, two = account_name("one"), account_name("two")
    assert ([call["account"] for call in whole["requests"]], whole["dropped"]) == ([two, two], 3)

    for account, dropped in ((one, 2), (two, 1)):
        assert (await ask("GET", REQUESTS, params={"account": account})).json["dropped"] == dropped
        for route in ("find", "count"):
            assert (await ask("POST", f"{REQUESTS}/{route}", json={"account": account})).json["dropped"] == dropped


async def test_a_verdict_about_one_account_does_not_suffer_from_calls_of_others(start: Start) -> None:
    ask = await start(journal=3)
    for _ in range(5):
        await ask("GET", REGISTRIES, token="other")
    await ask("GET", REGISTRIES, token="mine")
    once = {"request": {"token": "mine"}, "times": {"atLeast": 1, "atMost": 1}}
    assert (await ask("POST", f"{REQUESTS}/verify", json=once)).json["verdict"] == "passed"
    twice = {"request": {"token": "other"}, "times": {"atLeast": 9}}
    assert (await ask("POST", f"{REQUESTS}/verify", json=twice)).json["verdict"] == "incomplete"


async def test_forgetting_one_account_forgets_what_was_dropped_of_it_too(start: Start) -> None:
    ask = await start(journal=2)
    for token in ("two", "one", "two", "one"):
        await ask("GET", REGISTRIES, token=token)

    await ask("DELETE", REQUESTS, params={"account": account_name("one")})
    left = (await ask("GET", REQUESTS)).json
    assert ([entry["id"] for entry in left["requests"]], left["dropped"]) == ([3], 1)

    await ask("DELETE", REQUESTS)
    assert (await ask("GET", REQUESTS)).json == {"requests": [], "count": 0, "dropped": 0}


async def test_a_call_that_no_route_takes_has_the_account_of_its_token(ask: Ask) -> None:
    await ask("GET", "/v1/nowhere", token="mine")
    await ask("GET", "/v1/nowhere", token=None)
    assert [call["account"] for call in await read(ask)] == [account_name("mine"), None]


async def test_what_the_page_of_the_specification_loads_is_kept_as_the_contract_has_it(ask: Ask) -> None:
    await ask("GET", "/v1/swagger-html")
    await ask("GET", "/v1/swagger-html/start.js")

    calls = await read(ask)

    assert [call["operation"] for call in calls] == ["specification-page", "specification-file"]
    for call in calls:
        CONTRACT.validator("components", "schemas", "Call").validate(call)


async def last(ask: Ask) -> Any:
    answer = await ask("GET", f"{REQUESTS}/verify")
    assert answer.status == 200
    CONTRACT.check(Exchange("GET", f"{REQUESTS}/verify", 200, answer.headers, answer.text.encode()))
    return answer.json["last"]


async def test_the_last_verification_that_did_not_pass_is_kept_with_its_near_misses(ask: Ask) -> None:
    assert await last(ask) is None
    await ask("POST", REGISTRIES, json=SMALL)

    assert (await verify(ask, {"operation": "add-registry"}))["verdict"] == "passed"
    assert await last(ask) is None

    result = await verify(ask, {"operation": "add-registry", "body": {"name": "abd"}}, atLeast=2)
    kept = await last(ask)
    assert kept.pop("at")
    assert kept == {
        "request": {"operation": "add-registry", "body": {"name": "abd"}},
        "times": {"atLeast": 2, "atMost": None},
        **result,
    }
    assert kept["nearMisses"][0]["differences"] == [{"field": "body.name", "expected": "abd", "got": "abc"}]


async def test_what_passes_is_no_reason_to_forget_another_that_did_not(ask: Ask) -> None:
    await verify(ask, {"operation": "login"})
    await ask("GET", REGISTRIES)
    await verify(ask, {"operation": "list-registries"})
    assert (await last(ask))["request"] == {"operation": "login"}

    # As a test does that waits for a call: it asks until it has come.
    await ask("GET", "/v1/login")
    await verify(ask, {"operation": "login"})
    assert await last(ask) is None


async def test_the_last_verification_goes_with_the_calls(ask: Ask) -> None:
    mine = account_name("test-token")
    for forget in (("DELETE", REQUESTS), ("DELETE", f"{REQUESTS}?account={mine}"), ("POST", "/_emulator/reset")):
        await verify(ask, {"operation": "login", "account": mine})
        await ask("DELETE", f"{REQUESTS}?account=other")
        assert await last(ask)
        await ask(*forget)
        assert await last(ask) is None


async def test_the_last_verification_shows_no_secret_of_its_pattern(ask: Ask) -> None:
    secret = {"credentials": {"password": "hush-1"}, "name": "abc"}
    await verify(ask, {"body": secret, "headers": {"X-Api-Key": "hush-2"}, "query": {"token": "hush-3"}})
    await verify(ask, {"body": secret, "headers": {"X-Api-Key": "hush-2"}, "path": "//a:hush-4@b"})

    kept = await last(ask)

    assert "hush" not in str(kept)
    assert kept["request"]["body"] == {"credentials": {"password": "[redacted]"}, "name": "abc"}


async def decided(ask: Ask, **params: str) -> Any:
    answer = await ask("GET", "/_emulator/rules/decided", params=params)
    assert answer.status == 200
    CONTRACT.check(Exchange("GET", "/_emulator/rules/decided", 200, answer.headers, answer.text.encode()))
    return answer.json


async def test_rules_are_told_with_how_often_they_decided_an_answer(start: Start) -> None:
    ask = await start(journal=4)
    assert await decided(ask) == {"calls": 0, "dropped": 0, "rules": {}}
    await ask("GET", "/nowhere")
    for _ in range(2):
        await ask("POST", REGISTRIES, json={"name": "abc"})
    await ask("POST", REGISTRIES, json=SMALL)
    await ask("POST", REGISTRIES, json=SMALL, token="second")

    told = await decided(ask)

    assert (told["calls"], told["dropped"]) == (4, 1)
    assert told["rules"]["add.provider.required"] == told["rules"]["common.constraint-status"] == 2
    assert "common.route.unknown" not in told["rules"]
    # The same as who reads all calls would count, each rule once for each call.
    expected: dict[str, int] = {}
    for call in await read(ask):
        for rule in {*call["rules"], *call["assumptions"]}:
            expected[rule] = expected.get(rule, 0) + 1
    assert told["rules"] == expected
    assert list(told["rules"].values()) == sorted(expected.values(), reverse=True)
    assert await decided(ask, account=account_name("second")) == {"calls": 1, "dropped": 0, "rules": {}}


@pytest.mark.parametrize("calls", [7, 40, 41, 64, 99, 200])
async def test_exactly_the_last_calls_are_kept_however_many_there_were(start: Start, calls: int) -> None:
    ask = await start(journal=40)
    for number in range(calls):
        await ask("GET", f"{REGISTRIES}/call-{number + 1}", token=("one", "two")[number % 2])

    answer = (await ask("GET", REQUESTS)).json
    kept = range(max(0, calls - 40), calls)
    assert [entry["path"] for entry in answer["requests"]] == [f"{REGISTRIES}/call-{number + 1}" for number in kept]
    assert [entry["id"] for entry in answer["requests"]] == [number + 1 for number in kept]
    assert answer["dropped"] == calls - len(kept)

    mine = (await ask("GET", REQUESTS, params={"account": account_name("two")})).json
    assert [entry["id"] for entry in mine["requests"]] == [number + 1 for number in kept if number % 2]
    assert mine["dropped"] == calls // 2 - len(mine["requests"])


async def test_large_answers_are_kept_whole_beside_small_ones(start: Start) -> None:
    ask = await start(journal=70)
    for number in range(60):
        await ask("POST", REGISTRIES, json={**EVERY_FIELD, "name": f"many-{number}"})
    answers = [await ask("GET", REGISTRIES, params={"per_page": str(size)}) for size in (1, 60, 2, 59, 1)]
    assert [len(answer.text) > 10_000 for answer in answers] == [False, True, False, True, False]
    for _ in range(64):
        await ask("GET", f"{REGISTRIES}/nothing")

    shown = [entry["answer"]["body"] for entry in await read(ask) if entry["operation"] == "list-registries"]
    assert shown == [answer.json for answer in answers]


async def test_a_large_body_is_kept_and_makes_room_like_any_other(start: Start) -> None:
    ask = await start(journal=2)
    for length in (900_000, 3, 900_000, 3, 3):
        await ask("POST", REGISTRIES, json={"name": "x" * length})

    assert [len(entry["body"]["name"]) for entry in await read(ask)] == [3, 3]
