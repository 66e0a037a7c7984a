"""The documented patterns match what an ECMA-262 engine says they match."""

from __future__ import annotations

from typing import Any, Final

import pytest
import regress
from hypothesis import example, given
from hypothesis import strategies as st

from emulator import contract, patterns

SOURCES: Final = {
    "name": (patterns.NAME_SOURCE, patterns.NAME),
    "integration": (patterns.INTEGRATION_ID_SOURCE, patterns.INTEGRATION_ID),
    "id": (patterns.REGISTRY_ID_SOURCE, patterns.REGISTRY_ID),
}
BOTH: Final = pytest.mark.parametrize("which", SOURCES)

# What the patterns are about, what Python and ECMA-262 read differently, and look-alikes.
CHARACTERS: Final = (
    "aZ019-- \n\t\r\v\f/_.\x00\x1c\x1d\x1e\x1f\x85\xa0\u1680\u180e\u2000\u200a\u200b\u2028\u2029\u202f\u205f\u3000"
    "\ufeffäéſK٣１ａ"
)
NEAR: Final = st.text(st.sampled_from(CHARACTERS), max_size=8) | st.text(max_size=6)
VALID: Final = st.from_regex(r"\A[a-zA-Z]([- ]?[a-zA-Z0-9]{1,4}){0,6}\Z").flatmap(
    lambda text: st.sampled_from(CHARACTERS).map(lambda other: text.replace(" ", other))
)


def agrees(which: str, text: str) -> None:
    source, compiled = SOURCES[which]
    assert bool(compiled.search(text)) is bool(regress.Regex(source).find(text)), (which, text)


@BOTH
@given(text=NEAR | VALID)
@example(text="abc\n")
@example(text="a\nb c")
@example(text="ab--cd")
@example(text="org/")
@example(text="team/a-b\n")
def test_a_pattern_gives_the_verdict_of_an_ecma_262_engine(which: str, text: str) -> None:
    agrees(which, text)


@BOTH
@pytest.mark.parametrize("place", ["{}abc", "a{}b", "abc{}", "a{}-b", "a{0}{0}b", "org{}a"])
def test_every_character_of_the_basic_plane_is_read_alike_in_every_place(which: str, place: str) -> None:
    source, compiled = SOURCES[which]
    engine = regress.Regex(source)
    texts = [place.format(chr(code)) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    assert [text for text in texts if bool(compiled.search(text)) is not bool(engine.find(text))] == []


def test_the_white_space_is_that_of_an_ecma_262_engine() -> None:
    engine = regress.Regex(r"^\s$")
    codes = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    assert {chr(code) for code in codes if engine.find(chr(code))} == set(patterns.ECMA_WHITESPACE)


@BOTH
def test_the_pattern_is_that_of_the_contract(which: str) -> None:
    schemas: Any = contract.load("contracts/openapi.yaml")["components"]["schemas"]
    found: set[str] = set()

    def collect(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("pattern"), str):
                found.add(node["pattern"])
            for value in node.values():
                collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)

    collect(schemas)
    assert SOURCES[which][0] in found


@pytest.mark.parametrize(
    "source",
    [
        r"a.c",
        r"\d",
        r"\w",
        r"\S",
        r"\b",
        r"\u0041",
        r"\x41",
        r"\\",
        r"\$",
        r"\.",
        r"[^a]",
        r"(?:a)",
        r"(?=a)",
        r"(?<n>a)",
        r"a^",
    ],
)
def test_a_part_of_the_language_that_is_not_translated_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="is not translated from ECMA-262"):
        patterns.compile_ecma(source)


@given(st.text("ab1-+*?|()$^/ \n", max_size=7), st.text("ab1- \n", max_size=5))
def test_whatever_is_translated_means_the_same(source: str, text: str) -> None:
    import re

    try:
        compiled = patterns.compile_ecma(source)
    except (ValueError, re.error):
        return
    try:
        engine = regress.Regex(source)
    except regress.RegressError:
        return
    assert bool(compiled.search(text)) is bool(engine.find(text)), source
