"""A wrong target, and the lists that hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from tests.mutants.access import READ, Holder
from tests.mutants.target import Target

Kind = TypeVar("Kind", bound=type[Target])

TOKENS: Final = {
    "token-of-ours": Holder("ours"),
    "token-of-theirs": Holder("theirs"),
    "token-for-reading": Holder("ours", frozenset({READ})),
}
TOKEN_OPTIONS: Final = {
    "token": "token-of-ours",
    "other_token": "token-of-theirs",
    "limited_token": "token-for-reading",
}


@dataclass(frozen=True)
class Mutant:
    """A target with one defect.

    Attributes:
        name: what the tests call it.
        rules: ids of rules that the defect breaks; check must name one of them.
        says: the defect in a sentence.
        make: makes the target.
        options: what a user would tell check for this target, as keyword arguments of Options.
    """

    name: str
    rules: tuple[str, ...]
    says: str
    make: Callable[[], Target]
    options: Mapping[str, Any] = field(default_factory=dict)


class Catalogue:
    """Mutants, in the order in which they were entered."""

    def __init__(self) -> None:
        self.mutants: list[Mutant] = []

    def __iter__(self) -> Iterator[Mutant]:
        return iter(self.mutants)

    def breaks(self, *rules: str, tokens: bool = False, **options: Any) -> Callable[[Kind], Kind]:
        """Enter a class as a mutant that breaks these rules; its docstring says how.

        Args:
            tokens: the target knows TOKENS only, and check is told of them.
        """

        def enter(made: Kind) -> Kind:
            name = re.sub("(?<=[a-z0-9])(?=[A-Z])", "-", made.__name__).lower()
            self.enter(name, rules, made.__doc__ or "", made, tokens=tokens, **options)
            return made

        return enter

    def enter(
        self, name: str, rules: tuple[str, ...], says: str, made: type[Target], *, tokens: bool = False, **options: Any
    ) -> None:
        """Enter a class that was made by a function."""
        make = (lambda: made(tokens=TOKENS)) if tokens else made
        self.mutants.append(Mutant(name, rules, says, make, {**(TOKEN_OPTIONS if tokens else {}), **options}))
