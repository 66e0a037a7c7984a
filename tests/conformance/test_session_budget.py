import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from emulator import Emulator
from emulator.conformance.names import slug
from emulator.conformance.probing import BudgetSpent
from emulator.conformance.routes import path_of
from emulator.conformance.sending import RateLimitedError
from emulator.conformance.session import Session
from tests.conformance.conftest import Serve, talk
from tests.conformance.running import answering, envelope

PATH = path_of()


async def add_without_end(session: Session) -> None:
    while True:
        await session.living(session.usual_body())


async def test_a_session_never_sends_more_than_its_budget(emulator: Emulator) -> None:
    async with talk(emulator.url, budget=10) as session:
        with pytest.raises(BudgetSpent, match="the budget of 10 requests was used up"):
            await add_without_end(session)
        assert (session.budget.used, session.budget.reserved, session.budget.left) == (5, 5, 0)
        with pytest.raises(BudgetSpent):
            await session.list()
        for known in session.model.everything:
            assert (await session.delete(known)).ok

    assert session.budget.used == len(session.exchanges) == 10


async def test_creations_count_twice_and_refused_ones_once(emulator: Emulator) -> None:
    async with talk(emulator.url, budget=10) as session:
        assert session.can(2, creations=4)
        assert not session.can(3, creations=4)
        await session.add({})
        assert session.budget.left == 9
        known = await session.living()
        assert session.budget.left == 7
        await session.delete(known)
        assert session.budget.left == 7


async def test_a_deletion_that_fails_keeps_what_is_put_aside_for_it(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.method == "POST":
            return answering({"data": {"id": slug((await request.json())["name"])}})
        return envelope(500)

    async with talk(await serve(answer), budget=10) as session:
        known = await session.living()
        await session.delete(known)
        await session.delete(known)

        assert session.budget.reserved == 1
        assert session.budget.used == 3
        assert session.model.living() == [known]


async def test_a_creation_that_is_not_answered_may_have_been_made(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        return envelope(503)

    async with talk(await serve(answer), budget=10) as session:
        body = session.usual_body()
        await session.add(body)

        assert [pending.name for pending in session.pending] == [body["name"]]
        assert session.budget.reserved == 1


def limited(left: int, **headers: str) -> Callable[[web.Request], Any]:
    """Answer `left` requests; the others meet the rate limit."""
    count = itertools.count(1)

    async def answer(request: web.Request) -> web.Response:
        if next(count) > left:
            return answering({"error": {"status": 429, "id": "x", "message": "Too many."}}, status=429, **headers)
        return answering({"data": {}})

    return answer


async def test_a_short_wait_for_the_rate_limit_is_taken_and_the_request_sent_again(serve: Serve) -> None:
    waited: list[float] = []
    first = limited(0, retry_after="7", x_ratelimit_remaining="0")
    then = limited(9)

    async def answer(request: web.Request) -> Any:
        return await (then if waited else first)(request)

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    async with talk(await serve(answer), wait=wait) as session:
        exchange = await session.send("GET", "/v1/login")

    assert exchange.ok
    assert waited == [7]
    assert session.budget.used == len(session.exchanges) == 2


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"retry_after": "61"}, id="too-long"),
        pytest.param({"retry_after": "Fri, 31 Dec 9999 23:59:59 GMT"}, id="a-date"),
        pytest.param({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "3600"}, id="reset"),
        pytest.param({}, id="nothing-said"),
    ],
)
async def test_after_a_long_wait_that_is_asked_for_nothing_more_is_sent(serve: Serve, headers: dict[str, str]) -> None:
    async with talk(await serve(limited(1, **headers))) as session:
        await session.list()
        for _ in range(3):
            with pytest.raises(RateLimitedError, match="the target's rate limit"):
                await session.list()

    assert len(session.exchanges) == 2


async def test_a_429_that_contradicts_its_own_headers_is_an_answer_like_any_other(serve: Serve) -> None:
    handler = limited(0, x_ratelimit_remaining="900", x_ratelimit_limit="1000")
    async with talk(await serve(handler)) as session:
        assert [(await session.list()).status for _ in range(2)] == [429, 429]


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        pytest.param({"x_ratelimit_remaining": "900"}, "differs", id="many-left"),
        pytest.param({"x_ratelimit_remaining": "900", "retry_after": "0"}, "differs", id="many-left-and-a-wait"),
        pytest.param({"x_ratelimit_remaining": "0", "retry_after": "0"}, "not observed", id="none-left"),
        pytest.param({"retry_after": "0"}, "differs", id="many-left-before"),
    ],
)
async def test_a_429_while_requests_are_left_differs(serve: Serve, headers: dict[str, str], outcome: str) -> None:
    count = itertools.count()

    async def answer(request: web.Request) -> web.Response:
        if next(count) == 1:
            return answering(json.loads(envelope(429).text or ""), status=429, **headers)
        return answering({"data": {}}, x_ratelimit_remaining="901")

    async def at_once(seconds: float) -> None:
        assert seconds == 0

    async with talk(await serve(answer), wait=at_once) as session:
        await session.send("GET", "/v1/login")
        await session.send("GET", "/v1/login")

    assert session.verdicts.of("common.rate-limit.exceeded").outcome == outcome


async def test_fewer_requests_than_planned_are_sent_where_the_target_leaves_fewer(serve: Serve) -> None:
    left = itertools.count(20, -1)

    async def answer(request: web.Request) -> web.Response:
        body = {"data": {"id": slug(json.loads(await request.read() or b'{"name": ""}')["name"])}}
        return answering(body, x_ratelimit_limit="1000", x_ratelimit_remaining=str(next(left)))

    async with talk(await serve(answer), budget=300) as session:
        with pytest.raises(BudgetSpent, match="the target's rate limit leaves no more"):
            await add_without_end(session)
        for known in session.model.everything:
            assert (await session.delete(known)).ok

    assert session.budget.used == 20
