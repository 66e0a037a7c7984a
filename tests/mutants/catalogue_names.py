"""Mutants: names that are judged wrongly when credentials are added."""

from __future__ import annotations

import re
from typing import Final

from tests.mutants.forms import NAME, SPACES, Faults, Json
from tests.mutants.mutant import Catalogue
from tests.mutants.target import Target

catalogue: Final = Catalogue()
breaks = catalogue.breaks

_PAGE: Final = r"^[a-zA-Z]((-|\s)?[a-zA-Z0-9]+((-|\s)[a-zA-Z0-9]+)*)?$"
"""The pattern as the page has it, which Python takes for something else."""


def spaced(spaces: str) -> re.Pattern[str]:
    """Return the pattern of names with another idea of whitespace."""
    return re.compile(NAME.pattern.replace(f"[{SPACES}]", f"[{spaces}]"))


@breaks("add.name.min-length")
class NameOfTwo(Target):
    """A name of two characters is accepted: the limit is off by one."""

    def shortest_name(self) -> int:
        return 2


@breaks("add.name.min-length")
class NameOfThreeRefused(Target):
    """The least length is taken for one that must be exceeded."""

    def shortest_name(self) -> int:
        return 4


@breaks("add.name.max-length")
class NameOfForty(Target):
    """A name of 40 characters is accepted: the limit is off by one."""

    def longest_name(self) -> int:
        return 40


@breaks("add.name.max-length")
class NameOf39Refused(Target):
    """The greatest length is taken for one that must not be reached."""

    def longest_name(self) -> int:
        return 38


@breaks("add.name.max-length", "add.response.given-fields")
class NameCut(Target):
    """A name that is too long is cut off instead of refused, as some databases do."""

    def new_faults(self, body: Json) -> Faults:
        if isinstance(body, dict) and isinstance(body.get("name"), str):
            body["name"] = body["name"][:39].rstrip(" -")
        return super().new_faults(body)


@breaks("add.name.max-length")
class NameInBytes(Target):
    """Lengths count bytes, so that wide whitespace makes a good name too long."""

    def name_length(self, name: str) -> int:
        return len(name.encode("utf-8", "surrogatepass"))


@breaks("add.name.pattern")
class NewlineAtEnd(Target):
    """`$` of Python's re.match also matches before a newline at the end."""

    def name_has_form(self, name: str) -> bool:
        return re.match(f"{NAME.pattern}$", name) is not None


@breaks("add.name.pattern")
class PythonSpaces(Target):
    """`\\s` is what Python calls whitespace: with U+001C and U+0085, without U+FEFF."""

    def name_has_form(self, name: str) -> bool:
        return re.fullmatch(_PAGE.strip("^$"), name) is not None


@breaks("add.name.pattern")
class PatternCopied(Target):
    """The page's pattern was copied into Python as it is."""

    def name_has_form(self, name: str) -> bool:
        return re.match(_PAGE, name) is not None


@breaks("add.name.pattern")
class AsciiSpaces(Target):
    """`\\s` is ASCII only, as in RE2 and so in Go: a no-break space or U+FEFF is refused."""

    def name_has_form(self, name: str) -> bool:
        return spaced("\t\n\f\r ").fullmatch(name) is not None


@breaks("add.name.pattern")
class OnlyTheSpace(Target):
    """Whitespace in a name can only be the space: a tab or a newline is refused."""

    def name_has_form(self, name: str) -> bool:
        return spaced(" ").fullmatch(name) is not None


@breaks("add.name.pattern")
class ByteOrderMarkRefused(Target):
    """U+FEFF is no whitespace, as newer editions of Unicode have it."""

    def name_has_form(self, name: str) -> bool:
        return spaced(SPACES.replace("\ufeff", "")).fullmatch(name) is not None


@breaks("add.name.pattern")
class NextLineAccepted(Target):
    """U+0085 is whitespace, as in Java, Perl and PCRE with Unicode."""

    def name_has_form(self, name: str) -> bool:
        return spaced(f"{SPACES}\x85").fullmatch(name) is not None


@breaks("add.name.pattern")
class LinesOfRuby(Target):
    """`^` and `$` are the ends of a line, as in Ruby: one good line is enough."""

    def name_has_form(self, name: str) -> bool:
        return re.search(f"^{NAME.pattern}$", name, re.MULTILINE) is not None


@breaks("add.name.pattern")
class IsAlnum(Target):
    """Letters and digits are those of all alphabets: str.isalnum instead of ASCII."""

    def name_has_form(self, name: str) -> bool:
        parts = re.split(f"[-{SPACES}]", name)
        return name[:1].isalpha() and all(part.isalnum() for part in parts)


@breaks("add.name.pattern")
class DigitFirst(Target):
    """A name may begin with a digit."""

    def name_has_form(self, name: str) -> bool:
        return super().name_has_form(name) or (name[:1].isdigit() and super().name_has_form(f"a{name}"))


@breaks("add.name.pattern")
class Underscore(Target):
    """An underscore is taken for a letter, as in the class \\w."""

    def name_has_form(self, name: str) -> bool:
        return not name.startswith("_") and super().name_has_form(name.replace("_", "x"))


@breaks("add.name.pattern")
class DottedNames(Target):
    """A name may have dots, as names of hosts do."""

    def name_has_form(self, name: str) -> bool:
        return super().name_has_form(name.replace(".", "x"))


@breaks("add.name.pattern")
class DoubleHyphen(Target):
    """Several separators in a row are accepted."""

    def name_has_form(self, name: str) -> bool:
        return super().name_has_form(re.sub(f"[-{SPACES}]+", "-", name))


@breaks("add.name.pattern")
class HyphenAtEnd(Target):
    """A name may end with a separator."""

    def name_has_form(self, name: str) -> bool:
        return super().name_has_form(re.sub(f"[-{SPACES}]$", "", name))


@breaks("add.name.pattern")
class StartOnly(Target):
    """The pattern is not anchored at the end."""

    def name_has_form(self, name: str) -> bool:
        return NAME.match(name) is not None


@breaks("add.name.pattern", "add.response.given-fields")
class Trimmed(Target):
    """A name is trimmed before it is judged and stored."""

    def new_faults(self, body: Json) -> Faults:
        if isinstance(body, dict) and isinstance(body.get("name"), str):
            body["name"] = body["name"].strip()
        return super().new_faults(body)


@breaks("add.name.pattern")
class LowerCaseOnly(Target):
    """A capital letter in a name is refused, as if the name were the id."""

    def name_has_form(self, name: str) -> bool:
        return super().name_has_form(name) and name == name.lower()


@breaks("add.name.pattern")
class FoldedLetters(Target):
    """Letters are compared without case, so that the long s and the Kelvin sign count as letters."""

    def name_has_form(self, name: str) -> bool:
        return re.fullmatch(NAME.pattern, name, re.IGNORECASE) is not None


@breaks("add.name.type", "add.response.name.type", "add.response.id.pattern")
class NameOfAnyType(Target):
    """Length and pattern are asked of texts only; a name of another type is stored."""

    def is_text(self, where: str, value: Json) -> bool:
        return where == "add.name" or super().is_text(where, value)

    def slug(self, name: str) -> str:
        return super().slug(str(name))


@breaks("add.name.type")
class NameMadeText(Target):
    """Whatever the name is, it is made a text: null and true become names."""

    def new_faults(self, body: Json) -> Faults:
        if isinstance(body, dict) and (body.get("name", "") is None or isinstance(body.get("name"), bool)):
            body["name"] = str(body["name"])
        return super().new_faults(body)


@breaks("add.name.required")
class NameInvented(Target):
    """Who gives no name gets one."""

    def new_faults(self, body: Json) -> Faults:
        if isinstance(body, dict) and "name" not in body:
            body["name"] = f"registry {next(self.numbers)}"
        return super().new_faults(body)
