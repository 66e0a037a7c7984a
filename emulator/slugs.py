"""Names to ids: the vendor's overview says that resource ids are slug-ified names."""

from __future__ import annotations

import re
from typing import Final

from emulator.patterns import ECMA_WHITESPACE

MAX_ID_LENGTH: Final = 39

# Every separator of a valid name is one character between two alphanumerics, so replacing each by a hyphen and
# lower-casing always gives an id within the documented id pattern and length.
_SEPARATOR: Final = re.compile(f"[{ECMA_WHITESPACE}]")


def slugify(name: str) -> str:
    """Return the id of the credential called `name`, which must match the documented name pattern."""
    return _SEPARATOR.sub("-", name).lower()


def numbered(slug: str, number: int) -> str:
    """Return `slug` with `-number` behind it, shortened where that would pass the documented length of an id."""
    suffix = f"-{number}"
    return slug[: MAX_ID_LENGTH - len(suffix)].rstrip("-") + suffix
