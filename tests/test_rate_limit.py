"""The hourly window of each account, moved by the emulator's own clock."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.api.emulation import EMULATION
from tests.conftest import REGISTRIES, Answer, Ask, Start
from tests.samples import SMALLEST

HOUR = 3_600_000


def limits(answer: Answer) -> tuple[int, int, int]:
    """Return limit, remaining and reset of an answer."""
    limit, remaining, reset = (answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset"))
    return int(limit), int(remaining), int(reset)


async def frozen(start: Start, **settings: Any) -> Ask:
    """Start an emulator whose clock stands still."""
    ask = await start(**settings)
    ask.app[EMULATION].clock.freeze(1_700_000_000_000)
    return ask


def advance(ask: Ask, milliseconds: int) -> None:
    ask.app[EMULATION].clock.advance(milliseconds)


@pytest.mark.rule("common.rate-limit.headers")
async def test_the_default_is_a_thousand_requests_an_hour(start: Start) -> None:
    ask = await frozen(start)
    assert limits(await ask("GET", REGISTRIES)) == (1000, 999, 3600)
    assert limits(await ask("POST", REGISTRIES, json=SMALLEST)) == (1000, 998, 3600)


@pytest.mark.rule("common.rate-limit.headers")
async def test_the_window_begins_with_the_first_request_and_ends_an_hour_later(start: Start) -> None:
    ask = await frozen(start)
    advance(ask, 5 * HOUR)
    assert limits(await ask("GET", REGISTRIES)) == (1000, 999, 3600)
    advance(ask, 1)
    assert limits(await ask("GET", REGISTRIES)) == (1000, 998, 3600)
    advance(ask, 999)
    assert limits(await ask("GET", REGISTRIES)) == (1000, 997, 3599)
    advance(ask, HOUR - 2000)
    assert limits(await ask("GET", REGISTRIES)) == (1000, 996, 1)
    advance(ask, 999)
    assert limits(await ask("GET", REGISTRIES)) == (1000, 995, 1)
    advance(ask, 1)
    assert limits(await ask("GET", REGISTRIES)) == (1000, 999, 3600)


@pytest.mark.rule("common.rate-limit.headers", "common.isolation")
async def test_every_account_has_a_window_of_its_own(start: Start) -> None:
    ask = await frozen(start)
    await ask("GET", REGISTRIES, token="one")
    advance(ask, HOUR // 2)
    assert limits(await ask("GET", REGISTRIES, token="two")) == (1000, 999, 3600)
    assert limits(await ask("GET", REGISTRIES, token="one")) == (1000, 998, 1800)


async def test_an_account_and_its_teams_share_the_window(start: Start) -> None:
    ask = await frozen(start)
    await ask("GET", REGISTRIES)
    assert limits(await ask("GET", "/v1/teams/a/integrations/registries")) == (1000, 998, 3600)


@pytest.mark.rule("common.rate-limit.headers")
async def test_refused_requests_of_a_known_token_count_too(start: Start) -> None:
    ask = await frozen(start)
    assert limits(await ask("POST", REGISTRIES, json={})) == (1000, 999, 3600)
    assert limits(await ask("GET", f"{REGISTRIES}/unknown")) == (1000, 998, 3600)
    assert limits(await ask("GET", f"{REGISTRIES}?page=0")) == (1000, 997, 3600)


@pytest.mark.rule("common.rate-limit.headers")
async def test_who_is_not_known_gets_the_headers_and_is_not_counted(start: Start) -> None:
    ask = await frozen(start)
    for path, token in ((REGISTRIES, None), ("/v1/", None), ("/v1/nowhere", "test-token"), ("/v1/swagger-json", None)):
        for _ in range(2):
            assert limits(await ask("GET", path, token=token)) == (1000, 1000, 3600)


@pytest.mark.rule("common.rate-limit.exceeded")
async def test_by_default_what_is_over_the_limit_is_answered_all_the_same(start: Start) -> None:
    ask = await frozen(start, rate_limit_requests=2)
    remaining = []
    for _ in range(4):
        answer = await ask("GET", REGISTRIES)
        assert answer.status == 200
        remaining.append(limits(answer)[1])
    assert remaining == [1, 0, 0, 0]


@pytest.mark.rule("common.rate-limit.exceeded", "common.rejected-changes-nothing")
async def test_an_enforced_limit_refuses_with_429_until_the_window_ends(start: Start) -> None:
    ask = await frozen(start, rate_limit="enforce", rate_limit_requests=2)
    assert (await ask("GET", REGISTRIES)).status == 200
    advance(ask, 1_500)
    assert (await ask("GET", REGISTRIES)).status == 200

    refused = await ask("POST", REGISTRIES, json=SMALLEST)
    assert refused.status == 429
    assert refused.error["id"] == "rate-limited"
    assert refused.rules == ["common.rate-limit.exceeded"]
    assert limits(refused) == (2, 0, 3599)
    assert refused.headers["Retry-After"] == "3599"
    assert "3599 seconds" in refused.error["message"]

    advance(ask, HOUR - 1_501)
    assert (await ask("POST", REGISTRIES, json=SMALLEST)).headers["Retry-After"] == "1"
    advance(ask, 1)
    again = await ask("GET", REGISTRIES)
    assert again.status == 200
    assert limits(again) == (2, 1, 3600)
    assert again.json["data"]["credentials"] == []


@pytest.mark.rule("common.rate-limit.exceeded")
async def test_the_thousandth_request_passes_and_the_next_does_not(start: Start) -> None:
    ask = await frozen(start, rate_limit="enforce")
    for _ in range(999):
        await ask("GET", "/v1/login")
    last = await ask("GET", "/v1/login")
    assert (last.status, limits(last)) == (200, (1000, 0, 3600))
    assert (await ask("GET", "/v1/login")).status == 429


async def test_an_enforced_limit_of_one_account_leaves_the_others(start: Start) -> None:
    ask = await frozen(start, rate_limit="enforce", rate_limit_requests=1)
    assert [(await ask("GET", REGISTRIES, token="one")).status for _ in range(2)] == [200, 429]
    assert (await ask("GET", REGISTRIES, token="two")).status == 200


async def test_what_needs_no_token_is_never_refused(start: Start) -> None:
    ask = await frozen(start, rate_limit="enforce", rate_limit_requests=1)
    await ask("GET", REGISTRIES)
    assert [(await ask("GET", "/v1/")).status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("settings", [{"rate_limit": "off"}, {"rate_limit_requests": 0}])
async def test_a_limit_that_is_off_neither_refuses_nor_shows(start: Start, settings: dict[str, Any]) -> None:
    ask = await frozen(start, **settings)
    for path in (REGISTRIES, "/v1/nowhere"):
        answer = await ask("GET", path)
        assert not [name for name in answer.headers if name.lower().startswith("x-ratelimit")]


async def test_a_limit_of_0_is_off_even_if_it_is_enforced(start: Start) -> None:
    ask = await frozen(start, rate_limit="enforce", rate_limit_requests=0)
    assert (await ask("GET", REGISTRIES)).status == 200


async def test_a_clock_that_is_set_back_begins_a_new_window(start: Start) -> None:
    ask = await frozen(start, rate_limit="enforce", rate_limit_requests=1)
    assert [(await ask("GET", REGISTRIES)).status for _ in range(2)] == [200, 429]
    ask.app[EMULATION].clock.freeze(1_600_000_000_000)
    assert limits(await ask("GET", REGISTRIES)) == (1, 0, 3600)


@pytest.mark.parametrize("account", [None, "its"])
async def test_a_reset_begins_a_new_window(start: Start, account: str | None) -> None:
    from emulator.tenancy import account_name

    ask = await frozen(start, rate_limit="enforce", rate_limit_requests=1)
    assert [(await ask("GET", REGISTRIES, token="one")).status for _ in range(2)] == [200, 429]
    assert (await ask("GET", REGISTRIES, token="two")).status == 200
    ask.app[EMULATION].reset(account_name("one") if account else None)
    assert (await ask("GET", REGISTRIES, token="one")).status == 200
    assert (await ask("GET", REGISTRIES, token="two")).status == (429 if account else 200)
