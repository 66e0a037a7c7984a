"""A request is kept as it came, in its own form where other bytes came with it, and read again whatever is in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.exchange import as_exchange, as_received

LINE = st.text(st.characters(codec="utf-8", exclude_characters=" \t\r\n"), min_size=1)
"""What may be in one word of a head."""

HEAD = ("POST", "/a?b=c", ((b"Host", b"POST /a?b=c HTTP/1.1"), (b"X-Empty", b"")))
"""Method, target and headers of a request."""


@given(st.binary(max_size=30), st.data())
def test_a_request_is_kept_as_it_was_whatever_bytes_it_came_with(body: bytes, data: st.DataObject) -> None:
    request = b"POST /a?b=c HTTP/1.1\r\nHost: POST /a?b=c HTTP/1.1\r\nX-Empty: \r\n\r\n" + body
    cuts = st.integers(0, len(request))
    came = data.draw(
        st.just(request)
        | st.builds(lambda cut: request[cut:], cuts)
        | st.builds(lambda cut: request + request[:cut], cuts)
        | st.just(request[: len(request) - len(body)] + bytes(len(body)))
        | st.builds(lambda more: more + request, st.sampled_from([b"\r\n", request]))
        | st.binary()
    )

    assert as_received(*HEAD, body, came) == request


def test_the_bytes_that_a_request_came_with_are_kept_where_they_are_that_request() -> None:
    came = b"POST /a?b=c HTTP/1.1\r\nHost:as:written\r\n\r\nbody"

    assert as_received("POST", "/a?b=c", ((b"Host", b"as:written"),), b"body", came) is came


@given(LINE, st.lists(LINE), st.binary())
def test_what_is_kept_of_a_request_is_read_again(target: str, values: list[str], body: bytes) -> None:
    headers = [(b"X-%d" % number, value.encode()) for number, value in enumerate(values)]
    received = as_received("GET", target, headers, body, b"")

    read = as_exchange((1, 2, 0.3, "health", "one", None, received, (b"HTTP/1.1 200 OK\r\nX-A:\xc2\xa0\r\n\r\n", body)))

    assert (read.method, read.target, read.body) == ("GET", target, body)
    assert list(read.headers.items()) == [(f"X-{number}", value) for number, value in enumerate(values)]
    assert (read.answer.status, read.answer.body, dict(read.answer.named)) == (200, body, {"X-A": "\xa0"})
