"""Which calls are answered where their bytes arrive, and that a client cannot tell, however the bytes come."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

import pytest
from aiohttp import web

from emulator import Emulator
from emulator.connection import Protocol
from tests.conftest import REGISTRIES
from tests.samples import SMALLEST
from tests.wire import Client, connected, receive, receive_in_order

BODY: Final = b'{"name": "One", "provider": "custom"}'
FAULTS: Final = "/_emulator/faults"


def request(
    method: bytes, path: str, *more: bytes, body: bytes = b"", token: str = "one", version: bytes = b"1.1"
) -> bytes:
    """Return a request as clients write it; `more` are lines of its head."""
    lines = [
        b"%b %b HTTP/%b" % (method, path.encode(), version),
        b"Host: a",
        b"Authorization: Bearer %b" % token.encode(),
        *more,
    ]
    if body:
        lines += [b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*lines, b"", body])


HEALTH: Final = request(b"GET", "/v1/")
GET: Final = request(b"GET", REGISTRIES)
ADD: Final = request(b"POST", REGISTRIES, body=BODY)
CHUNKED: Final = b"%b%x\r\n%b\r\n0\r\n\r\n" % (
    request(b"POST", REGISTRIES, b"Content-Type: application/json", b"Transfer-Encoding: chunked"),
    len(BODY),
    BODY,
)
PACKED: Final = request(b"POST", REGISTRIES, b"Content-Encoding: gzip", body=gzip.compress(BODY, mtime=0))


class Server(Emulator):
    """An emulator that says which calls were handed to aiohttp."""

    def __init__(self) -> None:
        super().__init__()
        self.handed_on: list[str] = []


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A running server."""
    server = Server()

    class Noting(Protocol):
        async def finish_response(self, request: web.BaseRequest, *args: Any) -> tuple[Any, bool]:
            server.handed_on.append(request.method)
            return await super().finish_response(request, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emulator.server.Protocol", Noting)
        server.start()
    yield server
    server.stop()


@pytest.fixture
def connection(server: Server) -> Iterator[socket.socket]:
    """A connection that has had one answer: the first of a connection is aiohttp's with some of its versions."""
    with connected(server.url) as connection:
        connection.sendall(HEALTH)
        assert receive(connection).status == 200
        server.reset()  # which also takes until aiohttp is through with it
        server.handed_on.clear()
        yield connection


def added(server: Server) -> list[dict[str, Any]]:
    """Return what the server has recorded of adds, without what is different each time."""
    calls = [call for call in journal(server) if call["method"] == "POST"]
    return [{**call, "id": 0, "at": "", "durationMs": 0} for call in calls]


def journal(server: Server) -> list[dict[str, Any]]:
    """Return what the server has recorded."""
    with Client(server.url, "one") as client:
        recorded: list[dict[str, Any]] = client("GET", "/_emulator/requests").json["requests"]
        return recorded


USUAL: Final = [
    pytest.param(GET, 200, id="list"),
    pytest.param(ADD, 200, id="add"),
    pytest.param(request(b"POST", REGISTRIES, body=b"{}"), 400, id="rejected"),
    pytest.param(request(b"POST", REGISTRIES, body=b"{"), 400, id="no JSON"),
    pytest.param(request(b"POST", REGISTRIES), 400, id="no body"),
    pytest.param(request(b"POST", REGISTRIES, body=BODY, token=""), 401, id="no token"),
    pytest.param(request(b"GET", f"{REGISTRIES}/unknown"), 404, id="unknown"),
    pytest.param(b"\r\n" + GET, 200, id="after an empty line"),
    pytest.param(GET.replace(b"Host: a", b"HOST:a "), 200, id="written otherwise"),
    pytest.param(CHUNKED, 200, id="in chunks"),
]


@pytest.mark.parametrize(("data", "status"), USUAL)
def test_a_usual_call_is_answered_where_it_arrives(
    server: Server, connection: socket.socket, data: bytes, status: int
) -> None:
    for number in range(40):  # more than aiohttp lets wait of a connection
        connection.sendall(data.replace(b"One", b"O%02d" % number))
        assert receive(connection).status == status
    assert server.handed_on == []
    connection.sendall(GET + GET)
    assert [answer.status for answer in receive_in_order(connection, 2)] == [200, 200]


UNUSUAL: Final = [
    pytest.param(request(b"GET", REGISTRIES, b"Prefer: code=503"), 503, id="a fault is preferred"),
    pytest.param(request(b"POST", REGISTRIES, b"Expect: 100-continue", body=BODY), 200, id="continue is expected"),
    pytest.param(request(b"GET", REGISTRIES, version=b"1.0"), 200, id="HTTP 1.0"),
    pytest.param(request(b"GET", REGISTRIES, b"Connection: close"), 200, id="the connection ends with it"),
    pytest.param(request(b"GET", REGISTRIES, b"Connection: upgrade", b"Upgrade: h2c"), 200, id="an upgrade"),
    pytest.param(request(b"GET", "/v1/teams/one/integrations/registries"), 200, id="the path has to be taken apart"),
    pytest.param(request(b"GET", "/v1/other"), 404, id="no route"),
    pytest.param(request(b"GET", "/_emulator/health"), 200, id="control"),
    pytest.param(
        request(b"POST", REGISTRIES, b"Content-Encoding: gzip", body=b"no gzip"), 400, id="the body is broken"
    ),
    pytest.param(b"no HTTP\r\n\r\n", 400, id="no HTTP"),
]


@pytest.mark.parametrize(("data", "status"), UNUSUAL)
def test_any_other_is_left_to_aiohttp(server: Server, connection: socket.socket, data: bytes, status: int) -> None:
    connection.sendall(data)
    answer = receive(connection)
    if status == 200 and b"100-continue" in data and answer.text == "":
        answer = receive(connection)

    assert answer.status == status
    assert len(server.handed_on) == 1


def test_a_body_that_comes_later_is_waited_for(server: Server, connection: socket.socket) -> None:
    connection.sendall(ADD[:-5])
    assert journal(server) == []  # and the server has seen what there is
    connection.sendall(ADD[-5:])

    assert receive(connection).status == 200
    assert "POST" in server.handed_on
    connection.sendall(GET)
    assert [shown["name"] for shown in receive(connection).json["data"]["credentials"]] == ["One"]


@pytest.mark.parametrize("cut", [1, ADD.index(b"\r\n\r\n") + 2, ADD.index(BODY), len(ADD) - 1])
def test_the_journal_shows_a_call_alike_in_however_many_pieces_it_came(
    server: Server, connection: socket.socket, cut: int
) -> None:
    begin, end = ADD[:cut], ADD[cut:]
    shown = []
    for parts in [(ADD,), (begin, end), (b"\r\n" + ADD,), (ADD + GET,), (HEALTH + begin, end)]:
        server.reset()
        for part in parts:
            connection.sendall(part)
            journal(server)  # so that the server has taken this part when the next one comes
        answers = receive_in_order(connection, b"".join(parts).count(b"HTTP/1.1"))
        assert {answer.status for answer in answers} == {200}
        shown += added(server)

    assert shown == shown[:1] * 5
    assert shown[0]["body"] == {"name": "One", "provider": "custom"}


def test_the_journal_shows_a_call_that_began_while_another_was_under_way(
    server: Server, connection: socket.socket
) -> None:
    connection.sendall(request(b"GET", REGISTRIES, b"Prefer: delay=200"))
    journal(server)
    connection.sendall(ADD[:60])
    assert receive(connection).status == 200
    connection.sendall(ADD[60:])
    assert receive(connection).status == 200

    (shown,) = added(server)
    assert (shown["path"], shown["headers"]["host"]) == (REGISTRIES, "a")
    assert shown["body"] == {"name": "One", "provider": "custom"}


@pytest.mark.parametrize("data", [CHUNKED, PACKED])
def test_the_journal_shows_the_body_that_a_coding_hides(server: Server, connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    assert receive(connection).status == 200

    (shown,) = added(server)
    assert shown["body"] == {"name": "One", "provider": "custom"}


def test_pipelined_calls_are_answered_in_their_order(connection: socket.socket) -> None:
    rejected = request(b"POST", REGISTRIES, body=b"{}")
    delayed = request(b"POST", REGISTRIES, b"Prefer: delay=20", body=b'{"name": "Later", "provider": "custom"}')
    connection.sendall(ADD)  # may be answered at once
    connection.sendall(rejected + delayed + GET)
    connection.sendall(request(b"GET", f"{REGISTRIES}/later"))
    connection.sendall(request(b"GET", f"{REGISTRIES}/none"))

    assert [answer.status for answer in receive_in_order(connection, 6)] == [200, 400, 200, 200, 200, 404]


def test_many_clients_at_once_get_the_answers_to_their_own_calls(server: Server) -> None:
    with connected(server.url) as one, connected(server.url) as two, connected(server.url) as three:
        for turn in range(50):
            clients = {f"client-{turn}-{at}": to for at, to in enumerate((one, two, three))}
            for name, to in clients.items():
                to.sendall(request(b"GET", f"{REGISTRIES}/{name}"))
            for name, to in clients.items():
                assert name in receive(to).text


def test_a_client_that_sends_nothing_more_still_gets_its_answer(connection: socket.socket) -> None:
    connection.sendall(ADD)
    connection.shutdown(socket.SHUT_WR)

    assert receive(connection).status == 200


def test_a_large_body_that_nobody_reads_holds_up_nothing(connection: socket.socket) -> None:
    for _ in range(3):
        connection.sendall(request(b"POST", REGISTRIES, body=b" " * 140_000, token=""))
        assert receive(connection).status == 401
    connection.sendall(GET)
    assert receive(connection).status == 200


def test_a_client_that_takes_no_answers_is_not_answered_without_end(server: Server, connection: socket.socket) -> None:
    asked = request(b"GET", f"{REGISTRIES}?per_page=100")
    with Client(server.url, "one") as client:
        for number in range(100):
            assert client("POST", REGISTRIES, {**SMALLEST, "name": f"Name {number}", "description": "x"}).status == 200
        server.handed_on.clear()
        count = 0
        while not server.handed_on and count < 3000:  # times 10 KB is more than what sockets hold
            connection.sendall(asked)
            client("GET", "/v1/")  # so that the server has answered as far as it does
            count += 1
        assert server.handed_on  # to aiohttp, which waits until there is room

    answers = receive_in_order(connection, count)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    ("rule", "handed_on"),
    [
        pytest.param({"operation": "add-registry"}, ["POST"], id="about it"),
        pytest.param({"operation": "*"}, ["POST"], id="about all"),
        pytest.param({"operation": "list-registries"}, [], id="another operation"),
        pytest.param({"operation": "*", "token": "another"}, [], id="another account"),
    ],
)
def test_a_fault_that_may_meet_a_call_is_left_to_aiohttp_and_counted(
    server: Server, connection: socket.socket, rule: dict[str, str], handed_on: list[str]
) -> None:
    with Client(server.url, "one") as client:
        assert client("POST", FAULTS, {"effect": "error", "status": 503, "skip": 1, **rule}).status == 200
        server.handed_on.clear()
        connection.sendall(ADD)
        assert receive(connection).status == 200
        assert server.handed_on == handed_on
        (armed,) = client("GET", FAULTS).json["faults"]

    assert armed["seen"] == len(handed_on)


@pytest.mark.parametrize("more", [b"", b"Prefer: delay=1"], ids=["at once", "left to aiohttp"])
def test_a_bug_behind_the_operation_is_answered_500_and_logged(
    connection: socket.socket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, more: bytes
) -> None:
    def fail(*_: object) -> bytes:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("emulator.api.finishing.as_received", fail)
        connection.sendall(request(b"GET", REGISTRIES, *([more] if more else [])))
        answer = receive(connection)

    assert (answer.status, answer.json["error"]["id"]) == (500, "internal-error")
    assert answer.headers["x-ratelimit-limit"] == "1000"
    assert "ZeroDivisionError" in caplog.text


def test_a_connection_is_closed_once_nothing_came_for_a_while_and_not_before() -> None:
    seconds = 2.0

    class Impatient(Protocol):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "keepalive_timeout": seconds})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emulator.server.Protocol", Impatient)
        emulator = Emulator().start()
    with closing(emulator), connected(emulator.url) as connection:
        with Client(emulator.url, "one") as client:
            client("GET", "/v1/")  # so that the server is ready for the first call as well
        end = time.monotonic() + 1.2 * seconds
        while time.monotonic() < end:
            connection.sendall(GET)
            assert receive(connection).status == 200
        assert connection.recv(1) == b""
