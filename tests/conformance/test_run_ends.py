import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from emulator import Emulator
from emulator.conformance.ledger import Ledger
from emulator.conformance.run import Interrupted, Progress, Report, check
from emulator.conformance.session import Session
from tests.conformance.conftest import TOKEN, Serve, no_wait
from tests.conformance.running import (
    LIST,
    a_probe_that_creates_three,
    a_probe_that_reads,
    asking,
    envelope,
    options,
    probes,
    store,
    stored,
)


def cancelling_at(
    number: int,
) -> tuple[Callable[[Progress], None], Callable[[Awaitable[Report]], asyncio.Task[Report]]]:
    running: list[asyncio.Task[Report]] = []

    def progress(told: Progress) -> None:
        if told.used == number:
            running[0].cancel()

    def start(run: Any) -> asyncio.Task[Report]:
        running.append(asyncio.ensure_future(run))
        return running[0]

    return progress, start


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
async def test_a_run_that_is_cancelled_deletes_what_it_created_and_tells(
    emulator: Emulator, tmp_path: Path, number: int
) -> None:
    await store(emulator.url, "Production")
    progress, start = cancelling_at(number)
    path = tmp_path / "ledger"
    task = start(check(emulator.url, options(ledger=path), probes=probes(), progress=progress))
    with pytest.raises(Interrupted) as stopped:
        await task

    report = stopped.value.report
    assert report.created == report.deleted
    assert report.left == []
    assert [item["id"] for item in await stored(emulator.url)] == ["production"]
    assert await stored(emulator.url, team=f"{report.prefix}-003") == []
    ledger = Ledger.read(path)
    ledger.close()
    assert ledger.finished


async def test_a_run_is_cancelled_while_a_creation_is_on_its_way(serve: Serve) -> None:
    held: dict[str, Any] = {}
    arrived = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        if request.method == "POST":
            body = await request.json()
            held[body["name"]] = body
            arrived.set()
            await asyncio.Event().wait()
        if request.method == "DELETE":
            return web.json_response({"data": {}}) if held.pop(request.path.rsplit("/", 1)[1], None) else envelope(404)
        return web.json_response(LIST)

    task = asyncio.ensure_future(check(await serve(handler), options(), probes=[a_probe_that_creates_three]))
    await arrived.wait()
    assert len(held) == 1
    task.cancel()
    with pytest.raises(Interrupted) as stopped:
        await task

    assert held == {}
    assert (stopped.value.report.created, stopped.value.report.deleted) == (1, 1)


async def test_a_second_cancellation_ends_the_deletions_too_and_the_ledger_has_what_is_left(
    serve: Serve, tmp_path: Path
) -> None:
    deleting = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        if request.method == "POST":
            return web.json_response({"data": {"id": (await request.json())["name"]}})
        if request.method == "DELETE":
            deleting.set()
            await asyncio.Event().wait()
        return web.json_response(LIST)

    @asking("add.name.pattern")
    async def endless(session: Session) -> None:
        await session.living()
        task.cancel()
        await asyncio.Event().wait()

    path = tmp_path / "ledger"
    task = asyncio.ensure_future(check(await serve(handler), options(ledger=path), probes=[endless]))
    await deleting.wait()
    task.cancel()
    with pytest.raises(Interrupted) as stopped:
        await task

    ledger = Ledger.read(path)
    ledger.close()
    assert (stopped.value.report.created, stopped.value.report.deleted) == (1, 0)
    assert len(ledger.left()) == 1


def fill_the_disk_of(path: Path) -> None:
    """Let every further write to the open file fail."""
    found = [int(entry.name) for entry in Path("/proc/self/fd").iterdir() if entry.resolve() == path]
    assert len(found) == 1
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, found[0])
    os.close(full)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full in the middle of a run is needed")
async def test_nothing_is_created_where_the_ledger_cannot_be_written(emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "ledger"

    @asking("add.name.pattern")
    async def adds(session: Session) -> None:
        fill_the_disk_of(path)
        await session.living()

    report = await check(emulator.url, options(ledger=path), probes=[adds, a_probe_that_reads])

    assert report.created == 0
    assert report.verdicts.of("add.name.pattern").why == (
        "the ledger could not be written, and without it nothing is created"
    )
    assert report.verdicts.of("list.order").outcome == "conforms"
    assert "No space left" in report.notes[0]
    assert {exchange.method for exchange in report.exchanges} == {"GET"}


async def test_a_time_limit_ends_the_probes_and_not_the_deletions(emulator: Emulator) -> None:
    @asking("add.name.pattern")
    async def endless(session: Session) -> None:
        await session.living()
        await asyncio.Event().wait()

    report = await check(emulator.url, options(total_timeout=0.2), probes=[endless, a_probe_that_reads])

    assert (report.created, report.deleted) == (1, 1)
    assert report.verdicts.of("list.order").why == "the time limit of 0.2 s was reached"
    assert await stored(emulator.url) == []


async def test_what_a_refused_creation_left_is_found_and_deleted(serve: Serve) -> None:
    held: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        if request.method == "POST":
            held.append((await request.json())["name"])
            return envelope(400)
        if request.method == "DELETE":
            held.remove(request.path.rsplit("/", 1)[1])
            return web.json_response({"data": {}})
        items = [{"id": name, "name": name, "provider": "acr"} for name in [*held, "production"]]
        return web.json_response({"data": {"credentials": items}, "pagination": {"hasNextPage": False, "count": 1}})

    @asking("add.name.pattern")
    async def adds(session: Session) -> None:
        await session.refuses("add.name.pattern", {"name": session.names.fresh()})

    report = await check(await serve(handler), options(), probes=[adds], wait=no_wait)

    assert held == []
    assert report.left == []


async def test_what_cannot_be_deleted_is_told_and_stays_in_the_ledger(serve: Serve, tmp_path: Path) -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.method == "POST":
            return web.json_response({"data": {"id": (await request.json())["name"]}})
        return web.json_response(LIST) if request.method == "GET" else envelope(409)

    path = tmp_path / "ledger"
    report = await check(await serve(handler), options(ledger=path), probes=[a_probe_that_creates_three], wait=no_wait)

    assert len(report.left) == 4
    assert report.left[-1] == f"{report.prefix}-000-usual in the account"
    assert (report.created, report.deleted) == (4, 0)
    assert report.verdicts.of("delete.response.status").outcome == "differs"
    ledger = Ledger.read(path)
    ledger.close()
    assert len(ledger.left()) == 4


async def test_the_token_is_in_no_ledger_and_no_exchange(emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    report = await check(emulator.url, options(ledger=path, other_token="other-4711"), wait=no_wait)
    shown = [path.read_text(), *(f"{one!r} {one.sent_headers} {one.curl(report.url)}" for one in report.exchanges)]

    assert report.exit_code == 0
    assert not [text for text in shown if TOKEN in text or "other-4711" in text]


async def test_progress_is_told_after_every_request(emulator: Emulator) -> None:
    told: list[Progress] = []
    report = await check(emulator.url, options(), probes=probes(), progress=told.append)

    assert [progress.used for progress in told] == list(range(1, report.used + 1))
    assert told[0].purpose == "opening"
    assert told[-1].purpose == "clean-up"
    assert told[-1].rules == len(report.verdicts)
    assert 0 < told[-1].decided <= told[-1].rules


async def test_a_run_of_300_requests_takes_less_than_5_seconds(emulator: Emulator) -> None:
    @asking("list.order", cost=280)
    async def long(session: Session) -> None:
        while session.can(1, creations=1):
            await session.living(session.usual_body())
            await session.list(per_page="10")

    # Time of this process, which the target runs in too: what else the machine does is left out.
    started = time.process_time()
    report = await check(emulator.url, options(), probes=[long])

    assert report.used >= 290
    assert time.process_time() - started < 5
