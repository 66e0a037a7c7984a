"""Request bodies on the wire: syntax, encodings, size and declared content types."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import AsyncIterator
from typing import Final

import pytest

from emulator import Emulator
from tests.conftest import REGISTRIES, Ask, Start
from tests.wire import say

JSON: Final = {"Content-Type": "application/json"}
SMALLEST: Final = b'{"name":"abc","provider":"ecr"}'
MIB: Final = 1024 * 1024


def of_size(size: int) -> bytes:
    """Return a valid body of so many bytes."""
    body = SMALLEST[:-1] + b',"registryUrl":""}'
    return body[:-2] + b"u" * (size - len(body)) + body[-2:]


@pytest.mark.rule("common.json.syntax")
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \t\r\n", id="white-space"),
        pytest.param(b"abc", id="no-json"),
        pytest.param(SMALLEST[:-1], id="cut-off"),
        pytest.param(SMALLEST + b"}", id="one-brace-too-many"),
        pytest.param(SMALLEST + SMALLEST, id="two-objects"),
        pytest.param(SMALLEST.replace(b'"', b"'"), id="single-quotes"),
        pytest.param(SMALLEST[:-1] + b",}", id="trailing-comma"),
        pytest.param(b'{name:"abc","provider":"ecr"}', id="key-without-quotes"),
        pytest.param(SMALLEST[:-1] + b"/* */}", id="comment"),
        pytest.param(SMALLEST.replace(b"abc", b"a\nc"), id="raw-newline-in-a-string"),
        pytest.param(SMALLEST.replace(b"abc", b"a\\xc"), id="unknown-escape"),
        pytest.param(SMALLEST[:-1] + b',"a":NaN}', id="not-a-number"),
        pytest.param(SMALLEST[:-1] + b',"a":Infinity}', id="infinity"),
        pytest.param(SMALLEST[:-1] + b',"a":-Infinity}', id="minus-infinity"),
        pytest.param(SMALLEST[:-1] + b',"a":01}', id="leading-zero"),
        pytest.param(SMALLEST[:-1] + b',"a":True}', id="python-s-true"),
        pytest.param(SMALLEST.replace(b"abc", b"a\xffc"), id="a-byte-that-is-no-utf-8"),
        pytest.param(SMALLEST.replace(b"abc", b"a\xc3"), id="half-a-character"),
        pytest.param(SMALLEST.replace(b"abc", b"\xed\xa0\x80"), id="surrogate-in-utf-8"),
        pytest.param(SMALLEST.replace(b"abc", b"\xc0\xb1bc"), id="overlong-utf-8"),
        pytest.param(SMALLEST.replace(b"abc", b"\\ud800"), id="escaped-half-of-a-surrogate-pair"),
        pytest.param(SMALLEST.decode().encode("utf-16"), id="utf-16"),
        pytest.param(b"\xef\xbb\xbf" + SMALLEST, id="byte-order-mark"),
        pytest.param(b"name=abc&provider=ecr", id="form"),
        pytest.param(b"[" * 100_000, id="nested-a-hundred-thousand-deep-and-open"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="nested-a-hundred-thousand-deep"),
        pytest.param(b'{"a":' * 50_000 + b"1" + b"}" * 50_000, id="objects-fifty-thousand-deep"),
    ],
)
async def test_a_body_that_is_no_json_text_in_utf_8_is_refused(ask: Ask, body: bytes) -> None:
    answer = await ask("POST", REGISTRIES, data=body, headers=JSON)
    assert answer.status == 400
    assert answer.error["id"] == "invalid-json"
    assert answer.rules == ["common.json.syntax"]
    assert "details" not in answer.error
    assert (await ask("GET", REGISTRIES)).json["pagination"]["count"] == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf{}", "byte order mark", id="byte-order-mark"),
        pytest.param(b'{"\xff', "not UTF-8 (byte 2)", id="encoding"),
        pytest.param(b'{\n  "a" 1}', "(line 2, column 7)", id="syntax"),
    ],
)
async def test_what_is_wrong_with_a_text_is_said_with_its_place(ask: Ask, body: bytes, words: str) -> None:
    answer = await ask("POST", REGISTRIES, data=body, headers=JSON)
    assert words in answer.error["message"]


async def test_a_syntax_error_never_shows_the_text(ask: Ask) -> None:
    answer = await ask("POST", REGISTRIES, data=b'{"password": "hunter2", oops', headers=JSON)
    assert answer.status == 400
    assert "hunter2" not in answer.text
    assert "oops" not in answer.text


@pytest.mark.rule("common.json.duplicate-key")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b'{"name":1,"provider":"ecr","name":"abc"}', 200, id="a-good-one-last"),
        pytest.param(b'{"name":"abc","provider":"ecr","name":1}', 400, id="a-bad-one-last"),
        pytest.param(b'{"name":"abc","provider":"ecr","n\\u0061me":"xyz"}', 200, id="the-same-key-escaped"),
    ],
)
async def test_of_a_repeated_key_the_last_one_counts(ask: Ask, body: bytes, status: int) -> None:
    answer = await ask("POST", REGISTRIES, data=body, headers=JSON)
    assert answer.status == status
    if status == 200:
        assert answer.json["data"]["name"] == json.loads(body)["name"]


async def test_of_a_repeated_object_the_last_one_counts_whole(ask: Ask) -> None:
    body = SMALLEST[:-1] + b',"credentials":{"username":"a","scope":{}},"credentials":{"scope":{"pull":true}}}'
    answer = await ask("POST", REGISTRIES, data=body, headers=JSON)
    assert answer.json["data"]["credentials"] == {"scope": {"pull": True}}


async def test_nesting_that_a_client_could_mean_is_read(ask: Ask) -> None:
    body = SMALLEST[:-1] + b',"unknown":' + b"[" * 100 + b"]" * 100 + b"}"
    assert (await ask("POST", REGISTRIES, data=body, headers=JSON)).status == 200


@pytest.mark.rule("common.body.size")
@pytest.mark.parametrize(
    ("limit", "size", "status"),
    [
        pytest.param(MIB, MIB, 200, id="a-mebibyte"),
        pytest.param(MIB, MIB + 1, 413, id="a-byte-more"),
        pytest.param(MIB, 3 * MIB, 413, id="far-more"),
        pytest.param(100, 100, 200, id="the-limit-of-the-setting"),
        pytest.param(100, 101, 413, id="a-byte-more-than-the-setting"),
    ],
)
async def test_a_body_may_have_as_many_bytes_as_the_setting_says(
    start: Start, limit: int, size: int, status: int
) -> None:
    ask = await start() if limit == MIB else await start(max_body=limit)
    body = of_size(size)
    assert len(body) == size
    answer = await ask("POST", REGISTRIES, data=io.BytesIO(body), headers=JSON)
    assert answer.status == status
    if status == 413:
        assert answer.error["id"] == "payload-too-large"
        assert answer.rules == ["common.body.size"]
        assert str(limit) in answer.error["message"]
    assert (await ask("GET", REGISTRIES)).json["pagination"]["count"] == (status == 200)


async def test_an_update_is_held_to_the_same_size(start: Start) -> None:
    ask = await start(max_body=100)
    await ask("POST", REGISTRIES, data=SMALLEST, headers=JSON)
    for method, path in (("PATCH", f"{REGISTRIES}/abc"), ("POST", f"{REGISTRIES}/abc/modify")):
        assert (await ask(method, path, data=of_size(100), headers=JSON)).status == 200
        assert (await ask(method, path, data=of_size(101), headers=JSON)).status == 413


@pytest.mark.rule("common.content-type")
@pytest.mark.parametrize(
    ("declared", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/json;charset=UTF-8", 200),
        ("Application/JSON", 200),
        ("application/vnd.api+json", 200),
        ("application/problem+JSON; version=1", 200),
        ("text/plain", 415),
        ("text/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/octet-stream", 415),
        ("application/xml", 415),
        ("application/jsonp", 415),
        ("application/json-seq", 415),
        ("application/", 415),
        ("json", 415),
        ("text/plain; application/json", 415),
    ],
)
async def test_a_body_declared_to_be_something_else_than_json_is_refused(ask: Ask, declared: str, status: int) -> None:
    answer = await ask("POST", REGISTRIES, data=SMALLEST, headers={"Content-Type": declared})
    assert answer.status == status
    if status == 415:
        assert answer.error["id"] == "unsupported-media-type"
        assert answer.rules == ["common.content-type"]
        assert "application/json" in answer.error["message"]


@pytest.mark.rule("common.missing-content-type")
def test_a_json_body_without_a_content_type_is_read(live: Emulator, fresh_token: str) -> None:
    head = f"POST {REGISTRIES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {fresh_token}\r\n"
    answer = say(live.url, f"{head}Content-Length: {len(SMALLEST)}\r\n\r\n".encode() + SMALLEST)
    assert answer.status == 200


async def test_a_body_in_gzip_is_read(ask: Ask) -> None:
    answer = await ask("POST", REGISTRIES, data=gzip.compress(SMALLEST), headers={**JSON, "Content-Encoding": "gzip"})
    assert answer.status == 200


@pytest.mark.rule("common.body.size")
async def test_it_is_the_unpacked_size_of_a_body_that_counts(ask: Ask) -> None:
    body = gzip.compress(of_size(MIB + 1))
    assert len(body) < 10_000
    answer = await ask("POST", REGISTRIES, data=body, headers={**JSON, "Content-Encoding": "gzip"})
    assert answer.status == 413


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        pytest.param("gzip", SMALLEST, id="not-packed-at-all"),
        pytest.param("gzip", gzip.compress(SMALLEST)[:-12], id="gzip-cut-off"),
        pytest.param("gzip", b"\x1f\x8b" + b"\xff" * 40, id="gzip-broken"),
        pytest.param("deflate", zlib.compress(SMALLEST)[:-8], id="deflate-cut-off"),
    ],
)
def test_a_body_that_does_not_unpack_is_refused(live: Emulator, fresh_token: str, coding: str, body: bytes) -> None:
    head = (
        f"POST {REGISTRIES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {fresh_token}\r\n"
        f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    answer = say(live.url, head.encode() + body)
    assert answer.status == 400
    # A gzip text without its end is noticed by what it unpacks to only: aiohttp does not miss the end.
    assert answer.error["id"] in {"bad-request", "invalid-json"}


async def test_a_body_in_chunks_is_read(ask: Ask) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for byte in SMALLEST:
            yield bytes([byte])

    answer = await ask("POST", REGISTRIES, data=chunks(), headers=JSON)
    assert answer.status == 200


@pytest.mark.rule("common.http.malformed")
def test_broken_chunks_are_refused(live: Emulator, fresh_token: str) -> None:
    head = f"POST {REGISTRIES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {fresh_token}\r\n"
    answer = say(live.url, f"{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n".encode())
    assert answer.status == 400
    assert answer.error["id"] == "bad-request"
