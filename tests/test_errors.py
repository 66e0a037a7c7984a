"""Every error, whoever raises it, has the vendor's envelope, is JSON and carries the headers of every answer."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from typing import Any, Final

import aiohttp
import pytest

import emulator
from emulator import Emulator, contract, errors
from emulator.api.errors import STATUS
from emulator.api.registries import Registries
from tests.conftest import REGISTRIES, Answer, Ask, Start
from tests.wire import connected, receive, say

SMALLEST: Final = {"name": "abc", "provider": "ecr"}
TYPE: Final = {"Content-Type": "application/json"}
RULES: Final = {rule["id"]: rule["says"] for rule in contract.load("contracts/rules.yaml")["rules"]}

CASES: Final = [
    pytest.param("GET", "/", {}, 404, "route-not-found", id="no-route-at-the-root"),
    pytest.param("GET", "/v1", {}, 404, "route-not-found", id="no-route-without-the-slash"),
    pytest.param("GET", "/v2/integrations/registries", {}, 404, "route-not-found", id="no-route-in-another-version"),
    pytest.param("GET", f"{REGISTRIES}/", {}, 404, "route-not-found", id="no-route-with-a-trailing-slash"),
    pytest.param("GET", f"{REGISTRIES}/a/b", {}, 404, "route-not-found", id="no-route-below-an-id"),
    pytest.param(
        "GET", "/v1/teams//integrations/registries", {}, 404, "route-not-found", id="no-route-for-an-empty-team"
    ),
    pytest.param("GET", REGISTRIES, {"token": None}, 401, "unauthorized", id="no-token"),
    pytest.param("GET", f"{REGISTRIES}/unknown", {}, 404, "not-found", id="unknown-id"),
    pytest.param("PATCH", f"{REGISTRIES}/unknown", {"json": {}}, 404, "not-found", id="update-of-an-unknown-id"),
    pytest.param("DELETE", f"{REGISTRIES}/unknown", {}, 404, "not-found", id="deletion-of-an-unknown-id"),
    pytest.param("DELETE", REGISTRIES, {}, 405, "method-not-allowed", id="method"),
    pytest.param("PUT", f"{REGISTRIES}/abc", {"json": SMALLEST}, 405, "method-not-allowed", id="method-of-an-id"),
    pytest.param("POST", REGISTRIES, {"json": SMALLEST}, 409, "name-taken", id="taken-name"),
    pytest.param("POST", REGISTRIES, {"json": {}}, 400, "invalid-request", id="broken-constraints"),
    pytest.param("GET", f"{REGISTRIES}?per_page=0", {}, 400, "invalid-request", id="broken-parameter"),
    pytest.param("GET", f"{REGISTRIES}?cursor=x", {}, 400, "invalid-request", id="unknown-cursor"),
    pytest.param("POST", REGISTRIES, {"data": b"{", "headers": TYPE}, 400, "invalid-json", id="syntax"),
    pytest.param("POST", REGISTRIES, {"data": b" " * 201, "headers": TYPE}, 413, "payload-too-large", id="size"),
    pytest.param("POST", REGISTRIES, {"data": {"a": "b"}}, 415, "unsupported-media-type", id="content-type"),
]


def expect_error(answer: Answer, status: int, word: str) -> None:
    """Check all that every error has in common."""
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert set(answer.json) == {"error"}
    assert set(answer.error) <= {"status", "id", "message", "details"}
    assert answer.error["status"] == status
    assert answer.error["id"] == word
    assert re.fullmatch(r"\S.*[.)?]", answer.error["message"])
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text
    for name in ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"):
        assert answer.headers[name].isdigit()
    assert answer.headers["x-emulator-version"] == emulator.__version__
    named = answer.headers.get("x-emulator-rule")
    if named is not None:
        assert set(named.split(", ")) <= set(RULES)


@pytest.mark.rule("common.error.envelope", "common.error.ids", "common.error.statuses", "common.error.client-side")
@pytest.mark.rule("common.rate-limit.headers")
@pytest.mark.rule("common.route.unknown", "common.registry.unknown")
@pytest.mark.parametrize(("method", "path", "request_", "status", "word"), CASES)
async def test_every_error_has_the_envelope_and_the_headers_of_every_answer(
    start: Start, method: str, path: str, request_: dict[str, Any], status: int, word: str
) -> None:
    ask = await start(max_body=200)
    await ask("POST", REGISTRIES, json=SMALLEST)
    answer = await ask(method, path, **request_)
    expect_error(answer, status, word)
    assert answer.rules != [""]


@pytest.mark.rule("common.error.ids")
def test_the_rulebook_names_every_word_that_an_answer_can_have() -> None:
    elsewhere = {"forbidden", "rate-limited", "bad-request", "internal-error"}  # provoked by other tests
    words = {str(case.values[4]) for case in CASES} | elsewhere
    named = set(re.findall(r"[a-z]+(?:-[a-z]+)+|unauthorized|forbidden", RULES["common.error.ids"]))
    assert words == named
    assert named <= {word for _, word in STATUS.values()}


async def test_details_are_given_only_where_fields_are_at_fault(ask: Ask) -> None:
    assert "details" not in (await ask("GET", f"{REGISTRIES}/unknown")).error
    assert "details" in (await ask("GET", f"{REGISTRIES}?per_page=0")).error


@pytest.mark.rule("common.route.method")
@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/v1/", "POST", "GET"),
        ("/v1/login", "DELETE", "GET"),
        ("/v1/swagger-json", "PATCH", "GET"),
        (REGISTRIES, "PUT", "GET, POST"),
        (REGISTRIES, "OPTIONS", "GET, POST"),
        (f"{REGISTRIES}/abc", "POST", "DELETE, GET, PATCH"),
        (f"{REGISTRIES}/abc/modify", "GET", "POST"),
        ("/v1/teams/a/integrations/registries", "DELETE", "GET, POST"),
        ("/v1/teams/a/integrations/registries/abc", "PUT", "DELETE, GET, PATCH"),
        ("/v1/teams/a/integrations/registries/abc/modify", "PATCH", "POST"),
    ],
)
async def test_a_method_that_a_path_does_not_have_is_answered_405_with_those_it_has(
    ask: Ask, path: str, method: str, allowed: str
) -> None:
    answer = await ask(method, path)
    expect_error(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == allowed
    assert answer.rules == ["common.route.method"]
    assert " or ".join(allowed.split(", ")) in answer.error["message"]


async def test_head_has_the_headers_of_an_error_and_no_body(ask: Ask) -> None:
    answer = await ask("HEAD", REGISTRIES)
    assert (answer.status, answer.text) == (405, "")
    assert answer.headers["x-emulator-rule"] == "common.route.method"


@pytest.mark.parametrize(
    "identifier", ["a%2Fb", "%2e%2e", "%ff%fe", "%00", "%0a", "caf%C3%A9", "a" * 5000, "%F0%9F%98%80"]
)
async def test_an_id_of_any_characters_is_simply_unknown(ask: Ask, identifier: str) -> None:
    from yarl import URL

    path: Any = URL(f"{REGISTRIES}/{identifier}", encoded=True)
    expect_error(await ask("GET", path), 404, "not-found")


HEAD: Final = b"Host: x\r\nAuthorization: Bearer wire\r\n"
POST: Final = f"POST {REGISTRIES} HTTP/1.1\r\n".encode() + HEAD


@pytest.mark.rule("common.http.malformed")
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"this is no HTTP\r\n\r\n", id="no-http"),
        pytest.param(b"GET\r\n\r\n", id="only-a-method"),
        pytest.param(b"GET /v1/ HTTP/9.9.9\r\n\r\n", id="version-of-three-parts"),
        pytest.param(b"GET /v1/ FTP/1.1\r\n\r\n", id="another-protocol"),
        pytest.param(b"G@T /v1/ HTTP/1.1\r\n" + HEAD + b"\r\n", id="method-that-is-no-token"),
        pytest.param(b"GET /v1/ HTTP/1.1\r\nno colon here\r\n\r\n", id="header-without-a-colon"),
        pytest.param(b"GET /v1/ HTTP/1.1\r\nA : b\r\n\r\n", id="space-before-the-colon"),
        pytest.param(b"GET /v1/ HTTP/1.1\r\nA: \x00\r\n\r\n", id="nul-in-a-header"),
        pytest.param(POST + b"Content-Length: abc\r\n\r\n", id="content-length-in-letters"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n", id="content-length-below-zero"),
        pytest.param(POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", id="two-content-lengths"),
        pytest.param(
            POST + b"Content-Length: 99999999999999999999999999\r\n\r\n{}", id="content-length-beyond-all-numbers"
        ),
        pytest.param(POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", id="length-and-chunks"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", id="size-of-a-chunk"),
        pytest.param(b"GET /v1/ HTTP/1.1\r\nA: " + b"a" * 100_000 + b"\r\n\r\n", id="header-too-large"),
        pytest.param(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", id="path-too-large"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="tls"),
    ],
)
def test_what_is_no_http_is_answered_in_the_same_envelope(live: Emulator, data: bytes) -> None:
    with connected(live.url) as connection:
        connection.sendall(data)
        expect_error(receive(connection), 400, "bad-request")
        with contextlib.suppress(ConnectionResetError):  # closed too, before all of the bytes were read
            assert connection.recv(1) == b""


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            b"GET http://[ HTTP/1.1\r\n" + HEAD + b"\r\n",
            id="broken-absolute-url",
            marks=pytest.mark.skipif(
                tuple(map(int, aiohttp.__version__.split(".")[:3])) < (3, 14, 4),
                reason="aiohttp before 3.14.4 closes the connection without an answer",
            ),
        ),
        pytest.param(b"GET /v1/%zz HTTP/1.1\r\n" + HEAD + b"\r\n", id="broken-percent-encoding"),
        pytest.param(b"GET /v1/\xff\xfe HTTP/1.1\r\n" + HEAD + b"\r\n", id="bytes-that-are-no-utf-8"),
        pytest.param(b"GET //v1/ HTTP/1.1\r\n" + HEAD + b"\r\n", id="two-slashes"),
        pytest.param(b"OPTIONS * HTTP/1.1\r\n" + HEAD + b"\r\n", id="asterisk"),
        pytest.param(b"CONNECT x:1 HTTP/1.1\r\n" + HEAD + b"\r\n", id="connect"),
        pytest.param(b"GET /v1/integrations/registries?per_page=%ff HTTP/1.1\r\n" + HEAD + b"\r\n", id="query"),
        pytest.param(POST + b"Content-Type: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}", id="bytes-as-a-content-type"),
        pytest.param(POST + b"Content-Encoding: br\xff\r\nContent-Length: 2\r\n\r\n{}", id="unknown-coding"),
    ],
)
def test_odd_requests_get_the_envelope_and_never_an_internal_error(live: Emulator, data: bytes) -> None:
    answer = say(live.url, data)
    assert 400 <= answer.status < 500
    expect_error(answer, answer.status, answer.error["id"])


@pytest.mark.rule("common.http.malformed")
def test_an_expectation_that_is_not_known_is_refused_in_the_envelope(live: Emulator) -> None:
    answer = say(live.url, POST + b"Expect: the-unexpected\r\nContent-Length: 2\r\n\r\n{}")
    expect_error(answer, 417, "bad-request")


def test_http_1_0_without_a_host_is_answered(live: Emulator) -> None:
    answer = say(live.url, b"GET /v1/ HTTP/1.0\r\n\r\n")
    assert (answer.status, answer.text) == (200, "success")


def test_the_connection_lives_on_after_an_error(live: Emulator) -> None:
    with connected(live.url) as connection:
        for _ in range(3):
            connection.sendall(POST + b"Content-Length: 2\r\n\r\n{}")
            expect_error(receive(connection), 400, "invalid-request")


async def test_a_bug_is_answered_500_without_its_traceback_which_is_logged(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret of the program")

    monkeypatch.setattr(Registries, "list", broken)
    ask = await start()
    with caplog.at_level(logging.ERROR, "emulator"):
        answer = await ask("GET", REGISTRIES)
    expect_error(answer, 500, "internal-error")
    assert "secret" not in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert "in broken" in caplog.text
    assert "builtins.ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError: a secret of the program" not in caplog.text
    assert (await ask("POST", REGISTRIES, json=SMALLEST)).status == 200


def subclasses(base: type[errors.EmulatorError]) -> Iterator[type[errors.EmulatorError]]:
    for child in base.__subclasses__():
        yield child
        yield from subclasses(child)


@pytest.mark.parametrize("error", sorted(subclasses(errors.EmulatorError), key=str))
def test_every_domain_error_has_a_status_and_a_word(error: type[errors.EmulatorError]) -> None:
    status, word = STATUS[error]
    assert 400 <= status <= 500
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", word)


@pytest.mark.parametrize("error", sorted(subclasses(errors.EmulatorError), key=str))
def test_every_rule_that_a_domain_error_names_is_in_the_rulebook(error: type[errors.EmulatorError]) -> None:
    assert set(error.rules) <= set(RULES)
