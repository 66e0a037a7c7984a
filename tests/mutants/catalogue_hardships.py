"""Mutants: unusual input that ends in an error of the server, or comes back as something else."""

from __future__ import annotations

import json
import re
from typing import Final

from tests.mutants.forms import Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Shelf, Wish
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks

CRASH: Final = "common.error.client-side"


def crash() -> RefusedError:
    return RefusedError(500, "crash", "Something went wrong.")


class Storing(Target):
    """A target that cannot store some texts."""

    unstorable: str

    def put(self, shelf: Shelf, item: Item) -> None:
        if re.search(self.unstorable, json.dumps(item.fields, ensure_ascii=False)):
            raise crash()
        super().put(shelf, item)


@breaks(CRASH)
class NulCrashes(Storing):
    """U+0000 in a text ends in an error of the server, as the database cannot store it."""

    unstorable = r"\\u0000"


@breaks(CRASH)
class SurrogateCrashes(Storing):
    """Half of a surrogate pair ends in an error of the server, as it has no UTF-8."""

    unstorable = "[\ud800-\udfff]"


@breaks(CRASH)
class DeepCrashes(Target):
    """A body that is nested deeply ends in an error of the server."""

    def parse(self, raw: bytes) -> Json:
        if raw.count(b"[") + raw.count(b"{") > 400:
            raise crash()
        return super().parse(raw)


@breaks(CRASH)
class HugePageCrashes(Target):
    """A page that no 64 bits can hold ends in an error of the server."""

    def number_of(self, text: str) -> int | None:
        if len(text.lstrip("-0")) > 18:
            raise crash()
        return super().number_of(text)


@breaks(CRASH)
class MadeUpCursorCrashes(Target):
    """A cursor that was never handed out ends in an error of the server, as it cannot be decoded."""

    def read_cursor(self, cursor: str) -> int:
        if cursor not in self.cursors:
            raise crash()
        return super().read_cursor(cursor)


@breaks(CRASH)
class RepeatedParameterCrashes(Target):
    """A parameter given twice ends in an error of the server: it is an array all of a sudden."""

    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        if len(dict(query)) < len(query):
            raise crash()
        return super().read_wish(query)


@breaks(CRASH)
class OddIdCrashes(Target):
    """An id with anything but letters, digits and hyphens ends in an error of the server."""

    def find(self, shelf: Shelf, wanted: str) -> Item:
        if not re.fullmatch("[A-Za-z0-9-]+", wanted):
            raise crash()
        return super().find(shelf, wanted)


@breaks(CRASH, "common.content-type", "common.missing-content-type")
class OtherKindCrashes(Target):
    """A body that is declared to be a form ends in an error of the server."""

    def check_kind(self, kind: str | None) -> None:
        if kind is not None and "json" not in kind:
            raise crash()
        super().check_kind(kind)


class Reread(Target):
    """A target whose texts are read again when they are shown."""

    def show(self, item: Item) -> dict[str, Json]:
        shown = super().show(item)
        return {key: value if key in {"id", "name", "provider"} else self.reread(value) for key, value in shown.items()}

    def reread(self, value: Json) -> Json:
        if isinstance(value, dict):
            return {key: self.reread(inner) for key, inner in value.items()}
        return self.reread_text(value) if isinstance(value, str) else value

    def reread_text(self, text: str) -> Json:
        raise NotImplementedError


@breaks("add.response.given-fields", "get.response.same-as-add", "add.response.credentials.password.type")
class NumbersFromTexts(Reread):
    """A text of digits comes back as a number, as it does from YAML."""

    def reread_text(self, text: str) -> Json:
        return int(text) if re.fullmatch("[1-9][0-9]{0,14}", text) else text


@breaks("add.response.given-fields", "get.response.same-as-add")
class LeadingZerosLost(Reread):
    """Zeros at the start of a text of digits are lost, as it went through a spreadsheet's column."""

    def reread_text(self, text: str) -> Json:
        return str(int(text)) if re.fullmatch("[0-9]{1,18}", text) else text


@breaks("add.response.given-fields", "get.response.same-as-add")
class PercentDecoded(Reread):
    """What looks like a percent sign's escape comes back decoded."""

    def reread_text(self, text: str) -> Json:
        return re.sub("%([0-7][0-9A-Fa-f])", lambda found: chr(int(found[1], 16)), text)


@breaks("add.response.given-fields", "get.response.same-as-add")
class BackslashesLost(Reread):
    """A backslash is taken for an escape."""

    def reread_text(self, text: str) -> Json:
        return text.replace("\\", "")


@breaks("add.response.given-fields", "add.response.data.required", "get.response.same-as-add")
class LatinAnswers(Target):
    """Answers are encoded as Latin-1, and said to be UTF-8."""

    def finish(self, _call: Call, answer: Answer) -> Answer:
        if answer.kind.startswith("application/json") and not isinstance(answer.content, bytes):
            answer.content = json.dumps(answer.content, ensure_ascii=False).encode("latin-1", "replace")
        return answer


@breaks("add.response.given-fields", "get.response.same-as-add")
class LineEndings(Reread):
    """Line feeds in a text become carriage return and line feed."""

    def reread_text(self, text: str) -> Json:
        return re.sub("\r?\n", "\r\n", text)
