"""JSON with the standard library and with orjson: the same texts are accepted, and mean the same."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator import codec
from emulator.errors import InvalidJSONError

LEAVES: Final = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
)
VALUES: Final = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


def verdict(loads: Any, data: bytes) -> object:
    """Return the value of a text, or the message that refuses it."""
    try:
        return repr(loads(data))
    except InvalidJSONError as error:
        # Where a syntax error is noticed is all that the two may disagree on.
        return re.sub(r" \(line \d+, column \d+\)", "", str(error))


@given(VALUES)
def test_what_is_rendered_reads_back_with_either(value: object) -> None:
    for dumps in (codec.dumps, codec.stdlib_dumps):
        for loads in (codec.loads, codec.stdlib_loads):
            assert loads(dumps(value)) == value


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")) | st.booleans()))
def test_both_render_the_values_of_credentials_to_the_same_bytes(value: dict[str, object]) -> None:
    assert codec.dumps(value) == codec.stdlib_dumps(value)


@given(VALUES, st.data())
def test_both_give_the_same_verdict_on_a_text_with_a_fault(value: object, data: st.DataObject) -> None:
    text = codec.stdlib_dumps(value)
    at = data.draw(st.integers(0, len(text)))
    fault = data.draw(
        st.sampled_from([b"", b",", b"}", b"\\", b"\x00", b'"', b"\xff", b"\xed\xa0\x80", b"0", b"NaN", b"\n"])
    )
    broken = text[:at] + fault + text[at + data.draw(st.integers(0, 2)) :]
    assert verdict(codec.loads, broken) == verdict(codec.stdlib_loads, broken)


@given(st.binary(max_size=30))
@example(b"\xef\xbb\xbf{}")
@example(b"")
@example(b" \n")
def test_both_give_the_same_verdict_on_any_bytes(data: bytes) -> None:
    assert verdict(codec.loads, data) == verdict(codec.stdlib_loads, data)


CORNERS: Final = (
    *(b'"\\ud800"', b'"\\udc00"', b'"\\ud83d\\ude00"', b'"\\ude00\\ud83d"', b'{"\\ud800":1}', b'"\\u0000"', b'"\\u12"'),
    *(b"NaN", b"Infinity", b"-Infinity", b"[NaN]", b"nan", b"01", b"-", b"-01", b"1.", b".1", b"1e", b"+1", b"0x1"),
    *(
        b"1e5",
        b"-0.0",
        b"-0",
        b"1e999",
        b"9" * 30,
        b"-" + b"9" * 400,
        b"18446744073709551615",
        b"18446744073709551616",
        b"-9223372036854775808",
        b"-9223372036854775809",
        b"9" * 5000,
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b"[1,]",
        b"{,}",
        b"{1:2}",
        b"'a'",
        b"True",
        b"tru",
    ),
    *(b'"\t"', b'"\n"', b'"\x7f"', b'"\\x"', b'"\\/"', b"[1] []", b"/**/1", b"\x0c1", b"\xa01", b"\xe2\x80\xa81"),
    *(b"[" * 5000, b"[" * 5000 + b"]" * 5000, b'{"a":' * 5000, b"\xfc", b"\xc0\x80", b"\xf4\x90\x80\x80"),
)


@pytest.mark.parametrize("text", CORNERS, ids=range(len(CORNERS)))
def test_both_give_the_same_verdict_on_the_corners_of_json(text: bytes) -> None:
    assert verdict(codec.loads, text) == verdict(codec.stdlib_loads, text)


def test_of_a_repeated_key_both_take_the_last_value() -> None:
    for loads in (codec.loads, codec.stdlib_loads):
        assert loads(b'{"a":1,"b":2,"a":3}') == {"a": 3, "b": 2}


def test_a_message_has_the_place_of_the_fault_and_none_of_the_text() -> None:
    for loads in (codec.loads, codec.stdlib_loads):
        with pytest.raises(InvalidJSONError) as raised:
            loads(b'{\n"password": "hunter2" oops}')
        assert "(line 2, column" in str(raised.value)
        assert "hunter2" not in str(raised.value)
        assert "oops" not in str(raised.value)
