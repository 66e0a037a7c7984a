"""What a run leaves on targets that do not do what they are asked: nothing of its own, if it can be helped."""

import contextlib
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from aiohttp import web

from emulator.conformance.model import ANYTHING
from emulator.conformance.run import check
from emulator.conformance.sending import RateLimitedError
from emulator.conformance.session import Session
from tests.conformance.conftest import Handler, Serve, no_wait, talk
from tests.conformance.running import a_probe_that_reads, answering, asking, envelope, options

Held: TypeAlias = dict[str, str]
Does: TypeAlias = Callable[[str], web.StreamResponse | None]


def shelf(held: Held, **instead: Does) -> Handler:
    """Keep names by id, barely well enough; `instead` of a method a function of the id or name may answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        last = request.path.rsplit("/", 1)[1]
        subject = str((await request.json())["name"]) if request.method == "POST" else last
        own = instead.get("list" if last == "registries" and request.method == "GET" else request.method.lower())
        said = own(subject) if own is not None else None
        return said if said is not None else usual(request.method, subject, last)

    def usual(method: str, subject: str, last: str) -> web.Response:
        match method, last:
            case "GET", "registries":
                items = [{"id": identifier, "name": name, "provider": "acr"} for identifier, name in held.items()]
                paging = {"hasNextPage": False, "count": len(items)}
                return answering({"data": {"credentials": items}, "pagination": paging})
            case "POST", _:
                held[subject.lower()] = subject
                return answering({"data": {"id": subject.lower(), "name": subject}})
            case "GET", _:
                return answering({"data": {"id": last, "name": held[last]}}) if last in held else envelope(404)
        return answering({"data": {}}) if held.pop(last, None) else envelope(404)

    return answer


@asking("add.name.required")
async def a_probe_that_adds(session: Session) -> None:
    await session.add(session.usual_body())
    session.verdicts.agree("add.name.required")


async def run(serve: Serve, held: Held, **instead: Does) -> Any:
    url = await serve(shelf(held, **instead))
    return await check(url, options(), probes=[a_probe_that_adds, a_probe_that_reads], wait=no_wait)


async def test_a_deletion_that_fails_once_is_tried_again(serve: Serve) -> None:
    held: Held = {}
    fails = [envelope(500)]
    report = await run(serve, held, delete=lambda _: fails.pop() if fails else None)

    assert held == {}
    assert report.left == []
    assert (report.created, report.deleted) == (1, 1)


async def test_what_is_gone_already_is_not_left_but_was_not_to_be_gone(serve: Serve) -> None:
    held: Held = {}

    def loses(identifier: str) -> web.Response:
        held.pop(identifier, None)
        return envelope(404)

    report = await run(serve, held, delete=loses)

    assert report.left == []
    assert report.verdicts.of("delete.response.status").outcome == "differs"


async def test_a_deletion_that_does_nothing_is_seen_in_the_last_list(serve: Serve) -> None:
    held: Held = {}
    report = await run(serve, held, delete=lambda _: answering({"data": {}}))

    assert len(held) == 1
    assert "delete.final" in {finding.rule for finding in report.findings}


async def test_a_token_that_may_add_and_not_delete_is_told_and_no_fault_of_the_target(serve: Serve) -> None:
    report = await run(serve, {}, delete=lambda _: envelope(403))

    assert len(report.left) == 1
    assert "The main token may not delete (status 403)." in report.notes
    assert report.verdicts.of("delete.response.status").outcome == "not observed"


async def test_a_creation_that_is_answered_without_its_id_is_found_by_its_name(serve: Serve) -> None:
    held: Held = {}

    def silent(name: str) -> web.Response:
        held[name.lower()] = name
        return answering({"data": {}})

    report = await run(serve, held, post=silent)

    assert held == {}
    assert (report.created, report.deleted, report.left) == (1, 1, [])


@pytest.mark.parametrize("was_created", [True, False])
async def test_a_creation_that_ends_in_an_error_of_the_server_is_looked_for(serve: Serve, was_created: bool) -> None:
    held: Held = {}

    def fails(name: str) -> web.Response:
        if was_created:
            held[name.lower()] = name
        return envelope(502)

    report = await run(serve, held, post=fails)

    assert held == {}
    assert (report.created, report.deleted, report.left) == (was_created, was_created, [])


async def test_a_creation_without_a_name_and_without_an_answer_cannot_be_found_and_is_told(serve: Serve) -> None:
    @asking("add.name.required")
    async def adds_nameless(session: Session) -> None:
        await session.add({"name": 7})

    url = await serve(shelf({}, post=lambda _: envelope(502)))
    report = await check(url, options(), probes=[adds_nameless], wait=no_wait)

    assert report.left == ["7 in the account"]


async def test_a_target_that_is_dead_is_not_asked_for_every_single_deletion(serve: Serve) -> None:
    @asking("add.name.required", cost=40)
    async def adds_many(session: Session) -> None:
        for _ in range(15):
            await session.living(session.usual_body())

    async def dies(request: web.Request) -> web.StreamResponse:
        if request.method == "DELETE" and request.transport is not None:
            request.transport.abort()
        return await alive(request)

    held: Held = {}
    alive = shelf(held, delete=lambda _: envelope(500))
    report = await check(await serve(dies), options(), probes=[adds_many], wait=no_wait)

    assert len(report.left) == 15
    assert len([one for one in report.exchanges if one.method == "DELETE"]) <= 6


async def test_credentials_that_were_taken_for_new_ones_are_not_compared_any_more(serve: Serve) -> None:
    async with talk(await serve(shelf({}))) as session:
        known = await session.living()
        exchange = await session.add({**session.usual_body(), "name": known.name})

        assert session.model.of(exchange) is None
        assert ANYTHING in known.uncertain
        assert session.budget.reserved == 1


@pytest.mark.parametrize(("status", "kept"), [(400, 0), (409, 0), (429, 0), (500, 1), (302, 1)])
async def test_only_what_may_have_been_created_is_looked_for(serve: Serve, status: int, kept: int) -> None:
    async with talk(await serve(shelf({}, post=lambda _: envelope(status)))) as session:
        with contextlib.suppress(RateLimitedError):
            await session.add(session.usual_body())

        assert len(session.pending) == session.budget.reserved == kept


async def test_an_update_without_an_answer_leaves_open_what_it_named(serve: Serve) -> None:
    async with talk(await serve(shelf({}, patch=lambda _: envelope(500)))) as session:
        known = await session.living()
        await session.update(known, {"restrictions": {"restricted": True}, "extra": 1})

    assert known.uncertain == {"restrictions"}
    assert known.expected["restrictions"]["restricted"] is False
