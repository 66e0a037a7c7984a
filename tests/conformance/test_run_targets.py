import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from emulator import Emulator, Settings
from emulator.conformance.run import check
from emulator.conformance.session import Session
from tests.conformance.conftest import Serve, no_wait
from tests.conformance.running import (
    LIST,
    a_probe_that_creates_three,
    a_probe_that_reads,
    asking,
    envelope,
    options,
    probes,
)

Answer = Callable[[web.Request], web.Response]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        pytest.param(lambda _: envelope(401), "does not know the token (status 401)", id="401"),
        pytest.param(lambda _: envelope(403), "does not let the token read", id="403"),
        pytest.param(
            lambda _: web.Response(text="<!doctype html><title>Log in", content_type="text/html"),
            "is a web page (status 200), not the API. Is the URL right?",
            id="html",
        ),
        pytest.param(lambda _: web.Response(text="hello"), "is no JSON (status 200), not the API", id="text"),
        pytest.param(
            lambda _: web.Response(status=302, headers={"Location": "https://example.com/login?next=x"}),
            "redirects to https://example.com/login (status 302)",
            id="redirect",
        ),
        pytest.param(lambda _: envelope(503), "is out of order: status 503", id="503"),
    ],
)
async def test_a_target_that_is_not_the_api_is_told_in_a_sentence(serve: Serve, answer: Answer, sentence: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        return answer(request)

    report = await check(await serve(handler), options(), probes=probes(), wait=no_wait)

    assert report.exit_code == 2
    assert report.failure is not None
    assert sentence in report.failure
    assert report.used == 2
    assert report.created == 0


async def test_nobody_at_the_address_is_told_in_a_sentence() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    report = await check(f"http://127.0.0.1:{port}", options(), probes=probes())

    assert report.exit_code == 2
    assert report.failure == (
        f"Nobody answers at http://127.0.0.1:{port} (connection refused). Is the target running, and is the port right?"
    )


@pytest.mark.parametrize("broken", ["list", "get"])
async def test_a_target_with_one_broken_operation_is_checked_all_the_same(serve: Serve, broken: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        is_list = request.path.endswith("/registries")
        if is_list is (broken == "list"):
            return web.Response(text="<html>", content_type="text/html")
        return web.json_response(LIST) if is_list else envelope(404)

    report = await check(await serve(handler), options(), probes=[a_probe_that_reads], wait=no_wait)

    assert report.failure is None
    assert report.verdicts.of("list.order").outcome == "conforms"


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"token": None}, "There is no token"),
        ({}, "agree with --yes"),
        ({"confirmed": True}, "--ledger"),
    ],
)
async def test_a_target_elsewhere_is_not_asked_anything_without_token_consent_and_ledger(
    chosen: dict[str, Any], sentence: str
) -> None:
    report = await check("http://nobody.invalid", options(**chosen), probes=probes())

    assert report.failure is not None
    assert sentence in report.failure
    assert (report.exit_code, report.used) == (2, 0)


async def test_a_run_ends_where_the_rate_limit_of_the_target_ends_it(serve: Serve) -> None:
    count = itertools.count(1)

    async def handler(request: web.Request) -> web.Response:
        if next(count) > 3:
            answer = envelope(429)
            answer.headers.update({"Retry-After": "1800", "x-ratelimit-remaining": "0", "x-ratelimit-limit": "9"})
            return answer
        return web.json_response(LIST)

    @asking("list.order", writes=False)
    async def reads_on(session: Session) -> None:
        for _ in range(10):
            await session.list()

    report = await check(await serve(handler), options(), probes=[reads_on, a_probe_that_creates_three], wait=no_wait)

    assert report.used == 4
    assert report.verdicts.of("list.order").why == "the target's rate limit is used up"
    assert report.verdicts.of("add.name.required").why == "the target's rate limit is used up"


async def test_a_target_that_always_says_that_no_request_is_left_is_checked_and_told(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.Response:
        headers = {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}
        return web.json_response(LIST, headers=headers)

    report = await check(await serve(handler), options(), probes=[a_probe_that_reads], wait=no_wait)

    assert report.verdicts.of("list.order").outcome == "conforms"
    assert report.verdicts.of("common.rate-limit.headers").outcome == "differs"


async def test_a_run_keeps_within_what_the_target_leaves() -> None:
    with Emulator(Settings(rate_limit="enforce", rate_limit_requests=30)) as limited:
        report = await check(limited.url, options(), wait=no_wait)

        tokens = [one.sent_headers.get("Authorization") for one in report.exchanges if one.status != 401]
        assert 25 <= tokens.count("Bearer $NORTHFLANK_API_TOKEN") <= 30
        assert report.findings == []
        assert report.left == []
