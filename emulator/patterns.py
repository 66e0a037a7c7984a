r"""The documented patterns, as ECMA-262 means them.

The documentation gives JSON Schema patterns, which are ECMA-262 regular expressions. Python's `re` reads three of their
parts differently, so `compile_ecma` rewrites exactly those:

- `$` never matches before a final newline: it becomes `\Z`;
- `\s` is the ECMA set: Python's has U+001C to U+001F and U+0085 besides and lacks U+FEFF;
- everything else of the four patterns is ASCII classes and groups, which both read alike.
"""

from __future__ import annotations

import re
from typing import Final

NAME_SOURCE: Final = r"^[a-zA-Z]((-|\s)?[a-zA-Z0-9]+((-|\s)[a-zA-Z0-9]+)*)?$"
INTEGRATION_ID_SOURCE: Final = r"^((org|team)\/)?[a-zA-Z](-?[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*)?$"
REGISTRY_ID_SOURCE: Final = r"^[a-zA-Z](-?[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*)?$"

# WhiteSpace and LineTerminator of ECMA-262: what `\s` matches there.
ECMA_WHITESPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_NOT_UNDERSTOOD: Final = re.compile(r"\\[^s/]|\(\?|\.|\[\^|(?<!^)\^(?!\])")


def compile_ecma(source: str) -> re.Pattern[str]:
    r"""Return `source`, an ECMA-262 pattern, as a Python pattern that matches the same strings.

    Raises:
        ValueError: the pattern uses a part of the language that is not translated here (`.`, look-around, negated
            classes, escapes other than `\s` and `\/`), where silence could mean a different verdict.
    """
    unknown = _NOT_UNDERSTOOD.search(source)
    if unknown:
        raise ValueError(f"{unknown.group()!r} in {source!r} is not translated from ECMA-262")
    whitespace = "[" + "".join(f"\\u{ord(character):04x}" for character in ECMA_WHITESPACE) + "]"
    return re.compile(source.replace(r"\s", whitespace).replace(r"\/", "/").replace("$", r"\Z"))


NAME: Final = compile_ecma(NAME_SOURCE)
INTEGRATION_ID: Final = compile_ecma(INTEGRATION_ID_SOURCE)
REGISTRY_ID: Final = compile_ecma(REGISTRY_ID_SOURCE)
