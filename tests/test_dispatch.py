"""The server's ways to an operation, shorter and longer: all of them answer alike, header by header."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from emulator import Emulator
from emulator.api.dispatch import Dispatch
from emulator.connection import Protocol
from tests.conftest import EVERY_FIELD, REGISTRIES

ONE: Final = f"{REGISTRIES}/every-field"
TEAM: Final = "/v1/teams/team-1/integrations/registries"
SMALL: Final = {"name": "Small One", "provider": "custom"}

# Sent one after the other to all of them.
REQUESTS: Final[list[tuple[str, str, Any, Mapping[str, str]]]] = [
    ("GET", "/v1/", None, {}),
    ("GET", "/v1", None, {}),
    ("GET", "/v1/login", None, {}),
    ("GET", "/v1/swagger-json", None, {}),
    ("GET", "/v1/swagger-html", None, {}),
    ("GET", "/v1/swagger-html/start.js", None, {}),
    ("POST", REGISTRIES, EVERY_FIELD, {}),
    ("POST", REGISTRIES, EVERY_FIELD, {}),
    ("POST", REGISTRIES, SMALL, {"Connection": "close"}),
    ("POST", REGISTRIES, {"name": "ab"}, {}),
    ("POST", REGISTRIES, SMALL, {"Content-Type": "text/plain"}),
    ("POST", REGISTRIES, SMALL, {"Content-Encoding": "gzip"}),
    ("POST", REGISTRIES, {**SMALL, "name": "x" * 70_000}, {}),
    ("POST", REGISTRIES, {**SMALL, "name": "Expected"}, {"Expect": "100-continue"}),
    ("POST", REGISTRIES, SMALL, {"Expect": "the-unexpected"}),
    ("POST", REGISTRIES, {**SMALL, "name": "Upgraded"}, {"Connection": "Upgrade", "Upgrade": "h2c"}),
    ("POST", f"{REGISTRIES}?per_page=no", {**SMALL, "name": "With Query"}, {}),
    ("POST", REGISTRIES, SMALL, {"Prefer": "code=503"}),
    ("GET", REGISTRIES, None, {}),
    ("GET", f"{REGISTRIES}?per_page=1&page=2", None, {}),
    ("GET", f"{REGISTRIES}?", None, {}),
    ("GET", f"{REGISTRIES}?per_page=0", None, {}),
    ("GET", f"{REGISTRIES}/", None, {}),
    ("GET", f"{REGISTRIES}?per_page=1#behind", None, {}),
    ("GET", ONE, None, {}),
    ("GET", f"{ONE}?some=thing", None, {}),
    ("GET", f"{ONE}/", None, {}),
    ("GET", f"{REGISTRIES}/every%2Dfield", None, {}),
    ("GET", f"{REGISTRIES}/every%2Ffield", None, {}),
    ("GET", f"{REGISTRIES}/-", None, {}),
    ("GET", f"{REGISTRIES}/{{credentialId}}", None, {}),
    ("GET", f"{REGISTRIES}/unknown", None, {}),
    ("GET", f"/v1//integrations/registries/{ONE}", None, {}),
    ("HEAD", ONE, None, {}),
    ("OPTIONS", REGISTRIES, None, {}),
    ("PUT", ONE, {}, {}),
    ("PATCH", ONE, {"restrictions": {"restricted": False}}, {}),
    ("POST", f"{ONE}/modify", {"credentials": {"scope": {}}}, {}),
    ("POST", f"{REGISTRIES}/modify", {}, {}),
    ("DELETE", ONE, None, {}),
    ("DELETE", ONE, None, {}),
    ("POST", TEAM, SMALL, {}),
    ("GET", TEAM, None, {}),
    ("GET", f"{TEAM}/small-one", None, {}),
    ("GET", "/v1/teams/t%20m/integrations/registries", None, {}),
    ("GET", REGISTRIES, None, {"Authorization": "Basic abc"}),
    ("GET", "/v1/integrations/registrie", None, {}),
    ("GET", "/", None, {}),
]


class InATask(Protocol):
    """Leaves all calls to aiohttp, which hands them to the dispatch."""

    data_received = RequestHandler.data_received


class Undispatched(Dispatch):
    """Finds no operation, so that aiohttp's router has to."""

    def find(self, message: RawRequestMessage) -> None:  # noqa: ARG002
        return None


@pytest.fixture(scope="module")
def ways() -> Iterator[list[http.client.HTTPConnection]]:
    """Connections to servers that answer at once, in a task of aiohttp's, and by its router and its way of sending."""
    with ExitStack() as stack:
        connections = []
        for instead in ({}, {"Protocol": InATask}, {"Dispatch": Undispatched}):
            with pytest.MonkeyPatch.context() as patch:
                for name, other in instead.items():
                    patch.setattr(f"emulator.server.{name}", other)
                emulator = stack.enter_context(Emulator())
            connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=20)
            stack.enter_context(closing(connection))
            frozen = answered(
                connection, "PUT", "/_emulator/clock", {"now": "2030-01-01T12:00:00Z", "frozen": True}, {}
            )
            assert frozen[0] == 200
            connections.append(connection)
        yield connections


def answered(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any, headers: Mapping[str, str]
) -> tuple[int, dict[str, str], bytes]:
    content = None if body is None else json.dumps(body).encode()
    sent = {"Authorization": "Bearer one", "Content-Type": "application/json", **headers}
    connection.request(method, path, content, sent)
    response = connection.getresponse()
    received = {name.lower(): value for name, value in response.getheaders() if name.lower() not in {"date", "server"}}
    text = re.sub(rb'"cursor":"[^"]+"', b'"cursor":"any"', response.read())  # each server has a seal of its own
    answer = response.status, received, text
    if "Content-Encoding" in headers:
        connection.close()  # the server ends it too, once it could not decode a body
    return answer


@pytest.mark.parametrize(("method", "path", "body", "headers"), REQUESTS)
def test_all_ways_answer_alike(
    ways: list[http.client.HTTPConnection], method: str, path: str, body: Any, headers: Mapping[str, str]
) -> None:
    at_once, *others = (answered(connection, method, path, body, headers) for connection in ways)
    assert others == [at_once, at_once]


def test_the_journal_shows_all_ways_alike(ways: list[http.client.HTTPConnection]) -> None:
    at_once, *others = (journal(connection) for connection in ways)
    assert len(at_once) > 0.9 * len(REQUESTS)  # some never get as far as a call
    assert others == [at_once, at_once]


def journal(connection: http.client.HTTPConnection) -> list[dict[str, Any]]:
    """What a server has recorded of all requests, without what differs from server to server."""
    answered(connection, "DELETE", "/_emulator/requests", None, {})
    for one in REQUESTS:
        answered(connection, *one)
    _, _, text = answered(connection, "GET", "/_emulator/requests?limit=1000", None, {})
    return [
        {**shown, "durationMs": 0, "headers": {**shown["headers"], "host": ""}}
        for shown in json.loads(text)["requests"]
    ]


def test_an_answer_has_a_date(ways: list[http.client.HTTPConnection]) -> None:
    for connection in ways:
        connection.request("GET", "/v1/")
        response = connection.getresponse()
        response.read()
        assert (response.headers["Date"] or "").endswith(" GMT")
