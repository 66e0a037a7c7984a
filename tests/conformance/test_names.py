import pytest

from emulator.conformance.names import SHORTEST, Names, slug
from emulator.patterns import NAME


@pytest.mark.parametrize("separator", ["-", " "])
def test_names_are_valid_new_and_of_the_run(separator: str) -> None:
    names = Names(3)
    lengths = [None, *range(SHORTEST, 40)]
    made = [names.fresh("Every Field!", length, separator) for length in lengths for _ in range(5)]

    assert all(NAME.fullmatch(name) for name in made)
    assert all(name.startswith(names.prefix) for name in made)
    assert len({slug(name) for name in made}) == len(made)
    assert [len(name) for name in made[5::5]] == lengths[1:]
    assert len(names.prefix) == 10


def test_names_too_short_for_the_prefix_are_valid_and_new() -> None:
    names = Names(3)
    made = [names.fresh(length=length) for length in range(3, SHORTEST) for _ in range(20)]

    assert all(NAME.fullmatch(name) for name in made)
    assert len(set(made)) == len(made)


def test_another_seed_makes_another_prefix_and_the_same_seed_the_same_names() -> None:
    assert Names(1).prefix != Names(2).prefix
    assert [Names(1).fresh(), Names(1).secret(), Names(1).team()] == [
        Names(1).fresh(),
        Names(1).secret(),
        Names(1).team(),
    ]
