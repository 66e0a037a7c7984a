import asyncio
import contextlib
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from emulator.conformance.exchange import ABSENT, Exchange
from emulator.conformance.options import MAIN, NONE, OTHER, WRONG, Options
from emulator.conformance.target import Target, UnreachableError, base_url, is_local
from emulator.conformance.tokens import Tokens
from emulator.errors import InvalidSettingError
from tests.conformance.conftest import Serve

TOKEN = "a-real-token-4711"
OTHER_TOKEN = "another-token-0815"


def target(url: str, **rest: Any) -> Target:
    tokens = Tokens(Options(token=TOKEN, other_token=OTHER_TOKEN), "nfc-abcdef", local=True)
    return Target(url, tokens, **rest)


class Raw:
    """A server that says the same bytes to everybody; `asked` counts the requests, after the first `well` answers."""

    def __init__(self, says: bytes, *, reset: bool = False, well: int = 1) -> None:
        self._says, self._reset, self._well = says, reset, well
        self.asked = 0

    @contextlib.asynccontextmanager
    async def __call__(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self.asked += 1
                if self.asked > self._well:
                    break
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            writer.write(self._says)
            if self._reset:
                writer.transport.abort()
        writer.close()


@pytest.fixture
async def echo(serve: Serve) -> str:
    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        return web.json_response(
            {
                "method": request.method,
                "target": request.raw_path,
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "body": body.decode("latin-1"),
                "length": len(body),
            }
        )

    return await serve(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/integrations/registries?per_page=1&per_page=2",
        "/v1/integrations/registries/a%2Fb%2e%2e",
        "/v1/integrations/registries/%E2%82%AC?cursor=%zz&x=a+b%20c",
        "/v1//integrations/registries/",
    ],
)
async def test_path_and_query_are_sent_as_they_are_written(echo: str, path: str) -> None:
    async with target(echo) as sending:
        exchange = await sending.send("GET", path)

    assert exchange.answer["target"] == path
    assert exchange.target == path


@pytest.mark.parametrize("body", [b"", b'{"name": 1, "name": 2}', b"\xff\xfe\x00", b" [1,\n2] ", b"x" * 3_000_000])
async def test_bodies_are_sent_byte_for_byte(echo: str, body: bytes) -> None:
    async with target(echo) as sending:
        exchange = await sending.send("POST", "/v1/integrations/registries", body=body)

    assert exchange.answer["length"] == len(body)
    assert exchange.answer["body"].encode("latin-1") == body
    assert exchange.sent == body


@pytest.mark.parametrize(
    ("headers", "content_type"),
    [
        pytest.param({}, "application/json", id="usual"),
        pytest.param({"content-type": "text/plain"}, "text/plain", id="another"),
        pytest.param({"Content-Type": None}, None, id="none"),
    ],
)
async def test_the_content_type_is_json_another_or_none(
    echo: str, headers: Mapping[str, str | None], content_type: str | None
) -> None:
    async with target(echo) as sending:
        exchange = await sending.send("POST", "/", body=b"{}", headers=headers)

    assert exchange.answer["headers"].get("content-type") == content_type


@pytest.mark.parametrize(
    ("token", "sent", "shown"),
    [
        (MAIN, f"Bearer {TOKEN}", "Bearer $NORTHFLANK_API_TOKEN"),
        (OTHER, f"Bearer {OTHER_TOKEN}", "Bearer $NORTHFLANK_API_OTHER_TOKEN"),
        (WRONG, "Bearer nfc-abcdef-wrong", "Bearer wrong-token"),
        (NONE, None, None),
    ],
)
async def test_tokens_are_sent_and_never_shown(echo: str, token: Any, sent: str | None, shown: str | None) -> None:
    async with target(echo) as sending:
        exchange = await sending.send("GET", "/", token=token)

    assert exchange.answer["headers"].get("authorization") == sent
    assert exchange.sent_headers.get("Authorization") == shown
    assert TOKEN not in repr(exchange) + exchange.curl(echo) + str(exchange.sent_headers)


async def test_a_token_that_a_probe_puts_into_another_header_is_not_shown_either(echo: str) -> None:
    async with target(echo) as sending:
        exchange = await sending.send("GET", "/", token=NONE, headers={"Authorization": f"Basic {TOKEN}"})

    assert exchange.answer["headers"]["authorization"] == f"Basic {TOKEN}"
    assert exchange.sent_headers["Authorization"] == "Basic $NORTHFLANK_API_TOKEN"


def test_options_and_tokens_show_no_token() -> None:
    options = Options(token=TOKEN)

    assert TOKEN not in f"{options!r} {Tokens(options, 'nfc-abcdef', local=True)!r} {target('http://127.0.0.1')!r}"


async def test_redirects_are_not_followed_and_cookies_not_kept(serve: Serve) -> None:
    cookies = []

    async def answer(request: web.Request) -> web.Response:
        cookies.append(request.headers.get("Cookie"))
        return web.Response(status=302, headers={"Location": "/login", "Set-Cookie": "a=b"})

    async with target(await serve(answer)) as sending:
        exchanges = [await sending.send("GET", "/v1/login") for _ in range(2)]

    assert [exchange.status for exchange in exchanges] == [302, 302]
    assert cookies == [None, None]


async def test_compressed_answers_are_read(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        response = web.json_response({"data": {}})
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async with target(await serve(answer)) as sending:
        exchange = await sending.send("GET", "/")

    assert exchange.headers["Content-Encoding"] == "gzip"
    assert exchange.answer == {"data": {}}


async def test_an_answer_that_is_no_json_is_absent_and_null_is_null(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="null" if request.path == "/null" else "<html>")

    async with target(await serve(answer)) as sending:
        assert (await sending.send("GET", "/html")).answer is ABSENT
        assert (await sending.send("GET", "/null")).answer is None
        assert not ABSENT


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "PATCH"])
@pytest.mark.parametrize(
    ("says", "reset", "problem"),
    [
        pytest.param(b"", False, "connection closed without an answer", id="closed"),
        pytest.param(b"", True, "connection reset", id="reset"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", False, "body shorter than Content-Length", id="truncated"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}", False, "a body that breaks off", id="chunk"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
            False,
            "a body that cannot be decompressed",
            id="not-gzip",
        ),
        pytest.param(b"ICY 200 OK\r\n\r\n", False, "an answer that is not HTTP", id="not-http"),
    ],
)
async def test_a_lost_answer_is_told_and_nothing_is_sent_twice(
    method: str, says: bytes, reset: bool, problem: str
) -> None:
    server = Raw(says, reset=reset)
    async with server() as url, target(url) as sending:
        assert (await sending.send("GET", "/")).ok
        exchange = await sending.send(method, "/v1/integrations/registries/nfc-abcdef-1")

    assert exchange.status == 0
    assert exchange.problem is not None
    if problem == "connection reset":  # a peer that hangs up at once may look like one that hung up in order
        assert exchange.problem in (problem, "connection closed without an answer")
    else:
        assert exchange.problem == problem
    assert exchange.outcome == exchange.problem
    assert server.asked == 2


async def test_an_answer_that_does_not_come_is_told(serve: Serve) -> None:
    never = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/slow":
            await never.wait()
        return web.json_response({})

    async with target(await serve(answer), timeout=0.05) as sending:
        await sending.send("GET", "/")
        exchange = await sending.send("GET", "/slow")
    never.set()

    assert exchange.problem == "no answer within 0.05 s"


async def test_the_first_request_to_nobody_ends_with_a_sentence_and_a_later_one_does_not() -> None:
    server = Raw(b"", well=100)
    async with server() as url:
        sending = target(url)
        async with sending:
            assert (await sending.send("GET", "/", headers={"Connection": "close"})).ok
    async with sending:
        assert (await sending.send("GET", "/")).problem == "no connection (connection refused)"
    async with target(url) as sending:
        with pytest.raises(
            UnreachableError, match=r"Nobody answers at http://127.0.0.1:\d+ \(connection refused\)\. Is"
        ):
            await sending.send("GET", "/")


async def test_a_host_without_an_address_is_told() -> None:
    async with target("http://nobody.invalid") as sending:
        with pytest.raises(UnreachableError, match=r"no address for the host nobody\.invalid"):
            await sending.send("GET", "/")


async def test_http_where_https_is_asked_for_is_told(echo: str) -> None:
    async with target(echo.replace("http:", "https:")) as sending:
        with pytest.raises(UnreachableError, match=r"does not speak TLS .* Is it an http:// address\?"):
            await sending.send("GET", "/")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_a_certificate_that_is_not_trusted_is_told(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost"]
    made = ["openssl", "req", "-x509", *kind, "-keyout", str(key), "-out", str(certificate)]
    await asyncio.to_thread(subprocess.run, made, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)

    async with server, target(f"https://localhost:{server.sockets[0].getsockname()[1]}") as sending:
        with pytest.raises(
            UnreachableError, match=r"The TLS certificate .* is not trusted \(self.signed certificate\)"
        ):
            await sending.send("GET", "/")


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://api.example.com/v1/", "https://api.example.com"),
        ("https://example.com/proxy/v1", "https://example.com/proxy"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_base_url_has_no_slash_and_no_version_at_its_end(given: str, base: str) -> None:
    assert base_url(given) == base


@pytest.mark.parametrize(
    "given", ["", "localhost:8080", "ftp://x", "http://", "http://u:p@h", "http://h?a=b", "http://["]
)
def test_what_is_no_base_url_is_refused_without_repeating_a_password(given: str) -> None:
    with pytest.raises(InvalidSettingError) as refused:
        base_url(given)

    assert "u:p" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost", True),
        ("http://api.localhost:1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:80", True),
        ("http://0.0.0.0", False),
        ("http://10.0.0.1", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
    ],
)
def test_only_this_machine_is_local(url: str, local: bool) -> None:
    assert is_local(url) is local


async def exchange_of(url: str, **request: Any) -> Exchange:
    async with target(url) as sending:
        return await sending.send("POST", "/v1/x?cursor=%5B1%5D", **request)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is what the line is for")
@pytest.mark.parametrize(
    "request_of",
    [
        pytest.param({}, id="no-body"),
        pytest.param({"body": b'{"name": "it\'s \\"me\\" $HOME `x`"}'}, id="quotes"),
        pytest.param({"body": b"\xff\xfe%d\\n'\n"}, id="no-utf-8"),
        pytest.param({"body": '{"name": "a\u2028b\ufeff"}'.encode()}, id="unprintable"),
        pytest.param({"body": b"{}", "headers": {"Content-Type": None}}, id="no-content-type"),
        pytest.param({"body": b"@/etc/hosts"}, id="looks-like-a-file"),
        pytest.param({"token": NONE, "headers": {"Authorization": ""}}, id="empty-header"),
        pytest.param({"token": NONE, "headers": {"Authorization": f'Basic "{TOKEN}" `x`'}}, id="another-scheme"),
    ],
)
async def test_the_curl_line_sends_the_same_again(echo: str, request_of: Mapping[str, Any]) -> None:
    exchange = await exchange_of(echo, **request_of)
    environment = {"PATH": os.environ["PATH"], "NORTHFLANK_API_TOKEN": TOKEN}
    line = exchange.curl(echo)
    ran = await asyncio.to_thread(
        subprocess.run, ["sh", "-c", line.replace(" -i ", " ", 1)], env=environment, check=True, capture_output=True
    )
    again = Exchange(**{**_fields(exchange), "content": ran.stdout})

    assert "\n" not in line
    for member in ("method", "target", "body"):
        assert again.answer[member] == exchange.answer[member]
    for header in ("authorization", "content-type"):
        assert again.answer["headers"].get(header) == exchange.answer["headers"].get(header)


def _fields(exchange: Exchange) -> dict[str, Any]:
    names = (
        "number",
        "purpose",
        "operation",
        "method",
        "target",
        "sent_headers",
        "sent",
        "status",
        "headers",
        "seconds",
    )
    return {name: getattr(exchange, name) for name in names}


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"credentials": {"username": "robot", "password": "s3cr\\"et"}}', '"username": "***", "password": "***"'),
        (b'{"credentials": {"username": "", "password": 12, "scope": {}}}', '"username": "", "password": 12'),
        (b'{"password": "s3cret", }', '"password": "***", }'),
        (b'{"password": "s3cret', '"password": "***"'),
    ],
)
async def test_the_curl_line_hides_user_names_and_passwords_but_not_what_kind_they_are(
    echo: str, body: bytes, shown: str
) -> None:
    line = (await exchange_of(echo, body=body)).curl(echo)

    assert shown in line
    assert "robot" not in line
    assert "s3cr" not in line


async def test_the_curl_line_of_a_body_without_end_stays_short(echo: str) -> None:
    line = (await exchange_of(echo, body=b"x" * 2_000_000)).curl(echo)

    assert len(line) < 500
    assert line.endswith("# 2000000 bytes")
