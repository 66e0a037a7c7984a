"""What is packed of calls is what comes out, with msgspec and without it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import packing
from emulator.models import Allowance
from emulator.packing import Parts

ANY_TEXT = st.text(st.characters())
"""Half surrogate pairs too: a path of bytes that are not UTF-8 has them."""
NUMBERS = st.integers(0, 2**53)
CALLS = st.lists(
    st.tuples(
        *(NUMBERS, NUMBERS, st.floats(0, 60), ANY_TEXT, ANY_TEXT),
        st.lists(st.tuples(st.binary(), st.binary()), max_size=4).map(tuple),
        *(st.none() | st.binary(), st.none() | ANY_TEXT, st.none() | ANY_TEXT, st.none() | ANY_TEXT),
        *(st.integers(100, 599), st.binary(), ANY_TEXT, st.none() | st.dictionaries(ANY_TEXT, ANY_TEXT)),
        st.none() | st.builds(Allowance, NUMBERS, NUMBERS, NUMBERS),
    ),
    max_size=4,
)


def plain(value: Any) -> Any:
    return [plain(entry) for entry in value] if isinstance(value, list | tuple) else value


@pytest.fixture(params=["msgspec", "standard library"])
def _packer(request: pytest.FixtureRequest) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        if request.param != "msgspec":
            patch.setattr(packing, "_codec", lambda: (packing._marshal_into, packing._unmarshal))  # noqa: SLF001
        yield


@pytest.mark.usefixtures("_packer")
@given(CALLS, st.binary())
def test_what_was_packed_comes_out(calls: list[Parts], before: bytes) -> None:
    buffer = bytearray(before)

    packing.pack(calls, buffer)

    assert plain(packing.unpack(buffer)) == plain(calls)


def test_half_a_surrogate_pair_is_nothing_that_msgspec_packs() -> None:
    call: Parts = (1, 1, 0.1, "GET", "/\udcff", (), None, None, None, None, 404, b"{}", "application/json", None, None)

    buffer = bytearray()
    packing.pack([call], buffer)

    assert buffer.startswith(b"[")
    assert plain(packing.unpack(buffer)) == plain([call])
