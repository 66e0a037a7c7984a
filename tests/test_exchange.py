"""A request is kept as it came, and in its own form where other bytes came with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.exchange import as_received

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
