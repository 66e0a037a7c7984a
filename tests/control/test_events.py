"""Server-sent events: requests and changes as they happen, and no harm from those who listen badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

import emulator.exchange
import emulator.journal
from emulator import Emulator, Settings, create_app
from emulator.api.emulation import EMULATION, Emulation
from emulator.events import BACKLOG, BACKLOG_BYTES
from emulator.tenancy import account_name
from tests.conftest import EVERY_FIELD, REGISTRIES
from tests.control.conftest import CONTROL
from tests.wire import Client, connected

MEBIBYTE: Final = 2**20
Event = tuple[str, Any]


class Stream:
    """What one listener hears."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response
        self.rest = b""

    async def block(self) -> list[str]:
        """Return the lines up to the next empty one."""
        lines = []
        while line := await self.line():
            lines.append(line)
        return lines

    async def line(self) -> str:
        while b"\n" not in self.rest:
            chunk = await self.response.content.readany()
            assert chunk, "the stream has ended"
            self.rest += chunk
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode()

    async def next(self) -> Event:
        """Return the next event: its kind and its data."""
        kind, data = await self.block()
        return kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def until(self, what: str) -> list[Event]:
        """Return the events up to a change of this kind, without that."""
        events = []
        while (event := await self.next()) != ("change", {"what": what}):
            events.append(event)
        return events


class Listened:
    """An emulator that can be asked and listened to."""

    def __init__(self, client: TestClient[Any, Any], emulation: Emulation) -> None:
        self.client = client
        self.events = emulation.events

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[Stream]:
        async with self.client.get(f"{CONTROL}/events") as response:
            assert response.status == 200
            stream = Stream(response)
            assert await stream.block() == [": listening"]
            yield stream

    async def ask(self, method: str, path: str, body: object = None, token: str = "one") -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        options: dict[str, Any] = {} if body is None else {"json": body}
        async with self.client.request(method, path, headers=headers, **options) as response:
            return await response.json()


Start = Callable[..., Any]


@pytest.fixture
def listened(aiohttp_client: Any) -> Start:
    """Start an emulator with the given settings."""

    async def start(**settings: Any) -> Listened:
        app = create_app(Settings(**settings))
        return Listened(await aiohttp_client(app), app[EMULATION])

    return start


async def test_a_stream_is_server_sent_events_that_nobody_may_keep(listened: Start) -> None:
    there = await listened()
    async with there.listen() as stream:
        assert stream.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert stream.response.headers["Cache-Control"] == "no-store"
        assert stream.response.headers["x-emulator-version"] == emulator.__version__
        assert "x-ratelimit-limit" not in stream.response.headers


async def test_requests_arrive_as_they_happen_as_the_journal_has_them(listened: Start) -> None:
    there = await listened()
    async with there.listen() as stream:
        await there.ask("POST", REGISTRIES, EVERY_FIELD)
        kind, first = await stream.next()
        assert (kind, first["operation"], first["status"]) == ("request", "add-registry", 200)
        assert "pass-word-1" not in json.dumps(first)

        await there.ask("POST", REGISTRIES, {"name": "abc"})
        _, second = await stream.next()
        assert second["rules"] == ["add.provider.required"]

        await there.ask("GET", "/no-such-route")
        _, third = await stream.next()
        assert (third["operation"], third["status"]) == (None, 404)

        journal = (await there.ask("GET", f"{CONTROL}/requests"))["requests"]
        for heard, kept in zip([first, second, third], journal, strict=True):
            # Those that are made while the answer is sent, such as Date, are in the journal only.
            assert heard["answer"].pop("headers").items() <= kept["answer"].pop("headers").items()
            assert heard == kept

        # That the journal was read is none: of control there are changes only.
        await there.ask("POST", f"{CONTROL}/reset")
        assert await stream.next() == ("change", {"what": "reset"})


async def test_changes_arrive_as_they_happen_and_without_secrets(listened: Start) -> None:
    there = await listened()
    fault = {"operation": "login", "effect": "error"}
    clock = {"now": "2030-01-01T00:00:00.000Z", "frozen": True}
    tokens = {"tokens": [{"token": "hush-1", "account": "acme"}]}
    content = {"credentials": [EVERY_FIELD]}
    async with there.listen() as stream:

        async def change(method: str, path: str, body: object = None) -> Any:
            await there.ask(method, CONTROL + path, body)
            kind, data = await stream.next()
            assert kind == "change"
            return data

        armed = await change("POST", "/faults", fault)
        assert (armed["what"], armed["fault"]["effect"]) == ("fault-armed", "error")
        number = armed["fault"]["id"]
        assert await change("DELETE", f"/faults/{number}") == {"what": "fault-disarmed", "id": number}
        assert await change("DELETE", "/faults") == {"what": "faults-disarmed", "account": None}
        assert await change("PUT", "/clock", clock) == {"what": "clock", **clock}
        assert await change("PUT", "/assumptions", {"secrets": "omit"}) == {"what": "assumptions", "secrets": "omit"}
        assert await change("POST", "/seed", {"content": content, "token": "one"}) == {
            "what": "seed",
            "account": account_name("one"),
            "added": 1,
        }
        assert await change("PUT", "/tokens", tokens) == {"what": "tokens", "declared": 1}
        assert await change("DELETE", "/requests?account=acme") == {"what": "requests-forgotten", "account": "acme"}
        state = await there.ask("GET", f"{CONTROL}/state")
        assert "pass-word-1" in json.dumps(state)
        assert await change("PUT", "/state", state) == {"what": "state", "credentials": 1}
        assert await change("POST", "/reset", {"account": "acme"}) == {"what": "reset", "account": "acme"}
        assert await change("POST", "/reset") == {"what": "reset"}


async def test_what_is_refused_is_no_change(listened: Start) -> None:
    there = await listened()
    async with there.listen() as stream:
        for method, path, body in (
            ("POST", "/faults", {"effect": "explode"}),
            ("PUT", "/clock", {"now": "noon"}),
            ("PUT", "/assumptions", {"secrets": "maybe"}),
            ("PUT", "/tokens", {"tokens": 1}),
            ("POST", "/seed", {"fixture": "no-such"}),
            ("PUT", "/state", {}),
            ("POST", "/reset", {"no-such-key": 1}),
            ("DELETE", "/faults/1", None),
        ):
            assert "error" in await there.ask(method, CONTROL + path, body)
        await there.ask("POST", f"{CONTROL}/reset")

        assert await stream.until("reset") == []


async def test_all_listeners_hear_the_same_and_only_from_when_they_came(listened: Start) -> None:
    there = await listened()
    async with there.listen() as first:
        await there.ask("GET", REGISTRIES)
        async with there.listen() as second:
            await there.ask("GET", "/v1/login")
            await there.ask("POST", f"{CONTROL}/reset")

            heard = [[data["operation"] for _, data in await stream.until("reset")] for stream in (first, second)]

    assert heard == [["list-registries", "login"], ["login"]]


async def test_events_arrive_even_where_the_journal_keeps_nothing(listened: Start) -> None:
    there = await listened(journal=0)
    async with there.listen() as stream:
        await there.ask("GET", REGISTRIES)

        kind, data = await stream.next()
    assert (kind, data["operation"]) == ("request", "list-registries")


async def test_nothing_is_rendered_when_nobody_listens(listened: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    there = await listened()
    rendered = []
    render = emulator.journal.render

    def seen(exchange: emulator.exchange.Exchange, *rest: Any) -> Any:
        rendered.append(exchange.operation)
        return render(exchange, *rest)

    monkeypatch.setattr(emulator.journal, "render", seen)

    await there.ask("GET", REGISTRIES)
    assert not there.events.listeners
    assert rendered == []

    async with there.listen():
        assert there.events.listeners
        await there.ask("GET", "/v1/login")
        assert rendered == ["login"]


async def test_more_than_the_backlog_is_told_as_a_number_in_its_place(listened: Start) -> None:
    there = await listened()
    async with there.listen() as stream:
        for number in range(BACKLOG + 500):  # all at once: no listener can be that fast
            there.events.change("counted", number=number)
        for number in range(BACKLOG):
            assert await stream.next() == ("change", {"what": "counted", "number": number})
        assert await stream.next() == ("missed", {"count": 500})

        # And then it goes on as if nothing had been.
        await there.ask("POST", f"{CONTROL}/reset")
        assert await stream.next() == ("change", {"what": "reset"})


async def test_a_listener_that_does_not_read_costs_bounded_memory_and_slows_nobody(listened: Start) -> None:
    there = await listened()
    sent = 64
    async with there.listen() as stream, there.listen() as other:
        for number in range(sent):
            there.events.change("large", number=number, text="x" * MEBIBYTE)
            await there.ask("GET", f"{CONTROL}/clock")  # the server gets to send what can be sent
            assert (await other.next())[1]["number"] == number  # and who reads misses nothing

        numbers: list[int] = []
        missed = 0
        while len(numbers) + missed < sent:
            kind, data = await stream.next()
            if kind == "missed":
                missed += data["count"]
            else:
                numbers.append(data["number"])

    # Kept were the backlog, as much again on its way, and what the two sockets hold; the test's own client reads on
    # into a buffer of less than a mebibyte.
    assert missed > sent // 2
    assert len(numbers) * MEBIBYTE < 2 * BACKLOG_BYTES + 16 * MEBIBYTE
    assert numbers == sorted(set(numbers))
    assert numbers[:3] == [0, 1, 2]


async def test_a_single_event_larger_than_the_backlog_is_missed_and_told(listened: Start) -> None:
    there = await listened()
    async with there.listen() as stream:
        there.events.change("large", text="x" * BACKLOG_BYTES)

        assert await stream.next() == ("missed", {"count": 1})


async def test_a_listener_that_goes_is_forgotten(listened: Start) -> None:
    there = await listened()
    async with there.listen() as stream:
        stream.response.close()
    while there.events.listeners:  # the server notices when it next writes, or reads the end
        await there.ask("GET", REGISTRIES)

    assert (await there.ask("GET", f"{CONTROL}/health"))["status"] == "alive"


def test_a_stream_ends_properly_when_the_server_stops_within_a_second() -> None:
    running = Emulator().start()
    with connected(running.url) as connection:
        connection.sendall(f"GET {CONTROL}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        received = b""
        while b": listening" not in received:
            received += connection.recv(4096)
        with Client(running.url, "one") as client:
            client("GET", "/v1/login")
        stopping = threading.Thread(target=running.stop)
        began = time.monotonic()
        stopping.start()
        while data := connection.recv(4096):
            received += data
        ended = time.monotonic() - began
        stopping.join()
        stopped = time.monotonic() - began

    assert b'"operation":"login"' in received.replace(b": ", b":")
    assert received.endswith(b"\r\n0\r\n\r\n")  # the last chunk: the stream is whole
    assert ended < 1
    assert stopped < 1.5


def test_a_listener_that_does_not_read_does_not_keep_the_server_from_stopping() -> None:
    running = Emulator().start()
    with connected(running.url) as connection, Client(running.url, "one") as client:
        connection.sendall(f"GET {CONTROL}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert connection.recv(15)
        body = {"name": "abc", "provider": "ecr", "registryUrl": "x" * 900_000}
        for _ in range(24):  # more than the sockets hold
            client("POST", REGISTRIES, body)
        began = time.monotonic()
        running.stop()

        assert time.monotonic() - began < 3
