"""Names that belong to one run: whoever sees one in an account knows where it is from."""

from __future__ import annotations

import random
import re
import string
from typing import Final

from emulator.slugs import slugify

LONGEST: Final = 39
_DIGITS: Final = string.digits + string.ascii_lowercase
_PREFIX_WORD: Final = 6
_COUNTER: Final = 3
SHORTEST: Final = len("nfc-") + _PREFIX_WORD + 1 + _COUNTER
"""Characters of the shortest name that has the prefix and a number."""


def slug(name: str) -> str:
    """Return the id that the documentation lets expect for a name."""
    return slugify(name)


class Names:
    """Makes names, each of them once; the same seed makes the same ones.

    Attributes:
        prefix: what all names of the run start with, such as `nfc-k3x9q2`.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"names {seed}")  # noqa: S311 - repeatable, and no secret
        self._count = 0
        self._tiny: set[str] = set()
        self.prefix = f"nfc-{self._word(_PREFIX_WORD)}"

    def fresh(self, hint: str = "", length: int | None = None, separator: str = "-") -> str:
        """Return a valid name that was not there before; its slug is new too.

        Args:
            hint: words to have in it, for whoever reads the list; shortened where there is no room.
            length: how many characters, 3 to 39; one below SHORTEST cannot have the prefix.
            separator: what stands between the words, one character.
        """
        if length is not None and length < SHORTEST:
            return self._without_prefix(length)
        words = [self.prefix, self._number(), *re.findall("[a-z0-9]+", hint.lower())]
        name = separator.join(words)[: length or LONGEST].rstrip(separator)
        return name.ljust(length or 0, "x")

    def early(self) -> str:
        """Return a name that was not there before, and that stands before those of `fresh` in the order of names."""
        return f"{self.prefix}-0-{self._number()}"

    def team(self) -> str:
        """Return an id for a team that was not there before."""
        return f"{self.prefix}-{self._number()}"

    def secret(self, hint: str = "secret") -> str:
        """Return a text that is nowhere else, for a user name or a password."""
        return f"{hint}-{self.prefix}-{self._word(10)}"

    def ours(self, text: object) -> bool:
        """Return whether a name or an id starts with the prefix, in small letters or capitals."""
        return isinstance(text, str) and text.lower().startswith(self.prefix)

    def _number(self) -> str:
        number, digits = self._count, ""
        self._count += 1
        for _ in range(_COUNTER):
            number, digit = divmod(number, len(_DIGITS))
            digits = _DIGITS[digit] + digits
        return digits

    def _without_prefix(self, length: int) -> str:
        while (name := self._word(length)) in self._tiny:
            pass
        self._tiny.add(name)
        return name

    def _word(self, length: int) -> str:
        first = self._random.choice(string.ascii_lowercase)
        return first + "".join(self._random.choices(_DIGITS, k=length - 1))
