"""The server's short way to an operation, and aiohttp's router: both answer alike, header by header."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from emulator import Emulator
from tests.conftest import EVERY_FIELD, REGISTRIES

ONE: Final = f"{REGISTRIES}/every-field"
TEAM: Final = "/v1/teams/team-1/integrations/registries"
SMALL: Final = {"name": "Small One", "provider": "custom"}

# Sent one after the other to both.
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


@pytest.fixture(scope="module")
def both() -> Iterator[list[http.client.HTTPConnection]]:
    """Connections to a server as it is, and to one that routes and sends everything as aiohttp does."""
    with ExitStack() as stack:
        short = stack.enter_context(Emulator())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("emulator.server.Dispatch", lambda _served, otherwise: otherwise)
            long = stack.enter_context(Emulator())
        connections = []
        for emulator in (short, long):
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
def test_both_ways_answer_alike(
    both: list[http.client.HTTPConnection], method: str, path: str, body: Any, headers: Mapping[str, str]
) -> None:
    short, long = (answered(connection, method, path, body, headers) for connection in both)
    assert short == long


def test_the_journal_shows_both_ways_alike(both: list[http.client.HTTPConnection]) -> None:
    journals = []
    for connection in both:
        answered(connection, "POST", REGISTRIES, {**SMALL, "name": "For The Journal"}, {})
        _, _, text = answered(connection, "GET", "/_emulator/requests?limit=1", None, {})
        (shown,) = json.loads(text)["requests"]
        journals.append({**shown, "durationMs": 0, "id": 0, "headers": {**shown["headers"], "host": ""}})
    assert journals[0] == journals[1]


def test_an_answer_has_a_date(both: list[http.client.HTTPConnection]) -> None:
    for connection in both:
        connection.request("GET", "/v1/")
        response = connection.getresponse()
        response.read()
        assert (response.headers["Date"] or "").endswith(" GMT")
