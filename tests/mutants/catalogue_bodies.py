"""Mutants: bodies as a whole, and what is taken for JSON."""

from __future__ import annotations

import ast
import json
import re
from typing import Final

from tests.mutants.forms import Faults, Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Call, RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks


@breaks("add.body.type")
class BodyUnwrapped(Target):
    """An array with one object in it is taken for the object."""

    def new_faults(self, body: Json) -> Faults:
        return super().new_faults(self.unwrapped(body))

    def make(self, shelf: Shelf, body: Json) -> Item:
        return super().make(shelf, self.unwrapped(body))

    def unwrapped(self, body: Json) -> Json:
        return body[0] if isinstance(body, list) and len(body) == 1 else body


@breaks("add.body.type", "common.error.client-side")
class BodyNoObjectCrashes(Target):
    """A body that is no object ends in an error of the server."""

    def new_faults(self, body: Json) -> Faults:
        if not isinstance(body, dict):
            raise RefusedError(500, "crash", "Cannot read properties of undefined.")
        return super().new_faults(body)


@breaks("update.body.type")
class UpdateOfArrays(Target):
    """An update takes any JSON; what is no object changes nothing."""

    def change_faults(self, body: Json) -> Faults:
        return super().change_faults(body) if isinstance(body, dict) else {}

    def change(self, item: Item, changes: Json) -> None:
        super().change(item, changes if isinstance(changes, dict) else {})


@breaks("update.body.type")
class UpdateOfNull(Target):
    """An update whose body is null counts as one without a body."""

    def read_change(self, call: Call) -> Json:
        return super().read_change(call) or {}


class LooserTarget(Target):
    """A target that has another go at a body that is no JSON."""

    def parse(self, raw: bytes) -> Json:
        try:
            return super().parse(raw)
        except ValueError:
            return self.parse_again(raw)

    def parse_again(self, raw: bytes) -> Json:
        raise NotImplementedError


@breaks("common.json.syntax")
class TrailingComma(LooserTarget):
    """A comma may stand before a closing bracket, as in JSON5."""

    def parse_again(self, raw: bytes) -> Json:
        return super().parse(re.sub(rb",\s*([\]}])", rb"\1", raw)) if re.search(rb",\s*[\]}]", raw) else self.none()

    def none(self) -> Json:
        raise ValueError("no JSON")


@breaks("common.json.syntax")
class SingleQuotes(LooserTarget):
    """Python's own notation is taken for JSON, single quotes included."""

    def parse_again(self, raw: bytes) -> Json:
        try:
            return ast.literal_eval(raw.decode())
        except (SyntaxError, TypeError, MemoryError):
            raise ValueError("no JSON") from None


@breaks("common.json.syntax")
class NanAndInfinity(Target):
    """NaN and Infinity are numbers, as Python's json has it by default."""

    def parse(self, raw: bytes) -> Json:
        return json.loads(raw.decode("utf-8"))


@breaks("common.json.syntax")
class FirstValueOnly(LooserTarget):
    """What comes after the first value of a body is not read, as with a decoder of streams."""

    def parse_again(self, raw: bytes) -> Json:
        return json.JSONDecoder().raw_decode(raw.decode("utf-8").lstrip())[0]


@breaks("common.json.syntax")
class Comments(LooserTarget):
    """JSON may have comments."""

    def parse_again(self, raw: bytes) -> Json:
        return json.loads(re.sub(rb"/\*.*?\*/|//[^\n]*", b"", raw).decode("utf-8"))


@breaks("common.json.syntax")
class OtherEncodings(LooserTarget):
    """What is no UTF-8 is read as Latin-1."""

    def parse_again(self, raw: bytes) -> Json:
        return json.loads(raw.decode("latin-1"))


@breaks("common.json.syntax")
class BadBytesReplaced(Target):
    """Bytes that are no UTF-8 become replacement characters."""

    def parse(self, raw: bytes) -> Json:
        return super().parse(raw.decode("utf-8", "replace").encode())


@breaks("common.json.syntax")
class ControlCharacters(Target):
    """A text may have raw control characters, such as a newline."""

    def parse(self, raw: bytes) -> Json:
        return json.loads(raw.decode("utf-8"), strict=False)


@breaks("common.json.syntax", "common.error.client-side")
class EmptyBodyCrashes(Target):
    """A request to add without a body ends in an error of the server."""

    def parse(self, raw: bytes) -> Json:
        if not raw:
            raise RefusedError(500, "crash", "Unexpected end of input.")
        return super().parse(raw)


@breaks("common.json.syntax", "common.error.client-side")
class SyntaxCrashes(Target):
    """A body that is no JSON ends in an error of the server."""

    def parse(self, raw: bytes) -> Json:
        try:
            return super().parse(raw)
        except ValueError:
            raise RefusedError(500, "crash", "Something went wrong.") from None


@breaks("common.json.syntax", "update.body.type")
class BadUpdateIgnored(Target):
    """An update whose body is no JSON changes nothing, and is answered with success."""

    def read_change(self, call: Call) -> Json:
        try:
            return super().read_change(call)
        except RefusedError:
            return {}
