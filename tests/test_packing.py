"""What is packed of calls is what comes out, in whatever memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.exchange import as_received
from emulator.packing import Batch, Kept, batch_of

TEXT = st.none() | st.text(st.characters())
NUMBERS = st.integers(0, 2**53)


def kept(facts: tuple[int, int, float, str | None, str | None, str | None], received: bytes, sent: list[bytes]) -> Kept:
    return (*facts, len(received), len(sent[0])), received, tuple(sent)


CALLS = st.lists(
    st.builds(
        kept,
        st.tuples(NUMBERS, NUMBERS, st.floats(0, 60), TEXT, TEXT, TEXT),
        st.binary(),
        st.lists(st.binary(), min_size=1, max_size=2),
    ),
    max_size=4,
)


@given(CALLS)
def test_what_was_packed_comes_out(calls: list[Kept]) -> None:
    batch = batch_of(calls)

    assert batch.calls() == calls
    assert batch.accounts == [facts[4] for facts, _, _ in calls]
    assert len(batch) == len(calls)


@given(CALLS, CALLS)
def test_the_memory_of_other_calls_shows_nothing_of_them(earlier: list[Kept], calls: list[Kept]) -> None:
    batch = Batch(batch_of(earlier).memory())
    for number, (facts, received, sent) in enumerate(calls, 1):
        assert batch.add(facts, received, sent) == number
    batch.seal()

    assert batch.calls() == calls


def test_memory_that_a_large_call_took_is_given_back() -> None:
    facts = (1, 1, 0.1, None, None, None)

    assert batch_of([kept(facts, b"x" * 1000, [b""])]).memory() is not None
    assert batch_of([kept(facts, b"x" * 1_000_000, [b""])]).memory() is None


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
