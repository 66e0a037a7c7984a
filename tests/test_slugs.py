"""Every name that the documentation allows gives an id that the documentation allows."""

from __future__ import annotations

import itertools
from typing import Final

import pytest
import regress
from hypothesis import assume, example, given
from hypothesis import strategies as st

from emulator import Emulator
from emulator.patterns import ECMA_WHITESPACE, NAME_SOURCE, REGISTRY_ID_SOURCE
from emulator.slugs import numbered, slugify
from tests.conftest import REGISTRIES
from tests.wire import Client

NAME: Final = regress.Regex(NAME_SOURCE)
ID: Final = regress.Regex(REGISTRY_ID_SOURCE)
LETTERS: Final = "abcXYZ"

SEPARATORS: Final = st.sampled_from(["-", *ECMA_WHITESPACE])
WORDS: Final = st.text(LETTERS + "0189", min_size=1, max_size=6)


@st.composite
def names(draw: st.DrawFn) -> str:
    """Draw a name that matches the documented pattern and lengths, with any of the separators."""
    text = draw(st.sampled_from(LETTERS)) + draw(st.just("") | SEPARATORS)
    text += draw(WORDS)
    for word in draw(st.lists(WORDS, max_size=12)):
        text += draw(SEPARATORS) + word
    text = text[:39]
    while not text[-1].isalnum():
        text = text[:-1]
    assume(len(text) >= 3)
    assert NAME.find(text)
    return text


def is_documented_id(identifier: str) -> bool:
    return 3 <= len(identifier) <= 39 and bool(ID.find(identifier))


@given(names())
@example("abc")
@example("a\nb c")
@example("a\ufeffb")
@example("A-" * 19 + "B")
def test_the_slug_of_a_valid_name_is_a_valid_id(name: str) -> None:
    slug = slugify(name)
    assert is_documented_id(slug)
    assert len(slug) == len(name)
    assert slugify(slug) == slug


@given(names(), st.integers(2, 10**9))
@example("a" * 39, 2)
@example("a" * 36 + "-bc", 2)
@example("a-" * 19 + "b", 10)
def test_a_numbered_slug_is_a_valid_id_too(name: str, number: int) -> None:
    identifier = numbered(slugify(name), number)
    assert is_documented_id(identifier)
    assert identifier.endswith(f"-{number}")
    assert identifier != slugify(name) or name.endswith(f"-{number}")


def test_all_short_names_give_valid_ids() -> None:
    alphabet = ["a", "Z", "0", *"- \n\t", "\ufeff", "_", "\x85"]
    checked = 0
    for length in (3, 4, 5):
        for characters in itertools.product(alphabet, repeat=length):
            name = "".join(characters)
            if NAME.find(name):
                checked += 1
                assert is_documented_id(slugify(name)), repr(name)
    assert checked > 1000


tokens = itertools.count()


@pytest.mark.rule("add.response.id.pattern", "add.response.id.min-length", "add.response.id.max-length")
@pytest.mark.rule("add.response.name.min-length", "add.response.name.max-length", "add.response.name.pattern")
@pytest.mark.rule("add.response.id.slug")
def test_the_running_emulator_takes_every_valid_name_and_answers_a_valid_id(live: Emulator) -> None:
    with Client(live.url, "unused") as client:

        @given(names())
        def check(name: str) -> None:
            answer = client("POST", REGISTRIES, {"name": name, "provider": "ecr"}, token=f"slugs-{next(tokens)}")
            assert answer.status == 200
            assert answer.json["data"]["name"] == name
            assert answer.json["data"]["id"] == slugify(name)
            assert is_documented_id(answer.json["data"]["id"])

        check()
