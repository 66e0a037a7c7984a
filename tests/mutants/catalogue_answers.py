"""Mutants: answers of add and get whose values are not those that were given."""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from typing import Any, Final

from tests.mutants.forms import Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Shelf
from tests.mutants.reshaping import put
from tests.mutants.target import Target
from tests.mutants.wire import Answer

catalogue: Final = Catalogue()
breaks = catalogue.breaks

GIVEN: Final = ("add.response.given-fields", "get.response.same-as-add")


@breaks("add.response.status")
class Created(Target):
    """Adding is answered 201, as in most APIs."""

    def added(self, item: Item) -> Answer:
        answer = super().added(item)
        answer.status = 201
        return answer


@breaks("add.response.status")
class Accepted(Target):
    """Adding to a team is answered 202, as it goes through a queue."""

    def make(self, shelf: Shelf, body: Json) -> Item:
        self.status = 200 if shelf[1] is None else 202
        return super().make(shelf, body)

    def added(self, item: Item) -> Answer:
        answer = super().added(item)
        answer.status = self.status
        return answer


@breaks("add.response.data.required")
class AddedBare(Target):
    """The answer of add is the credentials themselves, without data around them."""

    def added(self, item: Item) -> Answer:
        return Answer(200, self.show_added(item))


@breaks("add.response.data.required")
class AddedUnderResult(Target):
    """The answer of add has the credentials under result."""

    def added(self, item: Item) -> Answer:
        return Answer(200, {"result": self.show_added(item)})


@breaks("add.response.data.type")
class AddedAsArray(Target):
    """The data of the answer of add is an array of one."""

    def added(self, item: Item) -> Answer:
        return Answer(200, {"data": [self.show_added(item)]})


@breaks("add.response.data.type", "add.response.data.required")
class AddedNull(Target):
    """The data of the answer of add is null."""

    def added(self, _item: Item) -> Answer:
        return Answer(200, {"data": None})


@breaks("add.response.data.type", "add.response.id.required")
class AddedIdOnly(Target):
    """The data of the answer of add is the id."""

    def added(self, item: Item) -> Answer:
        return Answer(200, {"data": item.id})


@breaks("add.response.given-fields")
class AddedShort(Target):
    """The answer of add has id, name and provider only; get has everything."""

    def show_added(self, item: Item) -> dict[str, Json]:
        return {key: value for key, value in super().show_added(item).items() if key in {"id", "name", "provider"}}


@breaks(*GIVEN)
class FalseLost(Target):
    """What is false is not stored: `if value` instead of `if value is not None`."""

    def is_kept(self, key: str, value: Json) -> bool:
        return super().is_kept(key, value) and value is not False


@breaks(*GIVEN)
class EmptyTextLost(Target):
    """An empty text is not stored."""

    def is_kept(self, key: str, value: Json) -> bool:
        return super().is_kept(key, value) and value != ""


@breaks(*GIVEN)
class EmptyArrayLost(Target):
    """An empty array of projects is not stored."""

    def is_kept(self, key: str, value: Json) -> bool:
        return super().is_kept(key, value) and value != []


@breaks(*GIVEN, "add.response.credentials.scope.required")
class EmptyObjectLost(Target):
    """Empty objects are not stored, such as a scope of nothing."""

    def is_kept(self, key: str, value: Json) -> bool:
        return super().is_kept(key, value) and value != {}


@breaks(*GIVEN)
class ScopeFilledIn(Target):
    """What a scope does not name is filled in with false."""

    def known(self, value: Json, shape: Any) -> Json:
        kept = super().known(value, shape)
        return {"pull": False, "push": False, **kept} if "pull" in shape else kept


@breaks(*GIVEN)
class RestrictionsFilledIn(Target):
    """Credentials without restrictions are answered with `restricted: false`."""

    def show(self, item: Item) -> dict[str, Json]:
        return {"restrictions": {"restricted": False}, **super().show(item)}


@breaks(*GIVEN)
class ProjectsFilledIn(Target):
    """Restrictions without projects are answered with an empty array."""

    def show(self, item: Item) -> dict[str, Json]:
        shown = super().show(item)
        if "restrictions" in shown:
            shown["restrictions"].setdefault("projects", [])
        return shown


class Rewriting(Target):
    """A target that stores some text other than it was given."""

    def known(self, value: Json, shape: Any) -> Json:
        kept = super().known(value, shape)
        for path in ("registryUrl", "aws.region", "credentials.username", "credentials.password"):
            put(kept, path, functools.partial(self.rewritten, path))
        return kept

    def rewritten(self, path: str, text: str) -> str:
        raise NotImplementedError


@breaks(*GIVEN)
class UrlLowered(Rewriting):
    """A registry URL is lowered."""

    def rewritten(self, path: str, text: str) -> str:
        return text.lower() if path == "registryUrl" else text


@breaks(*GIVEN)
class UrlWithSlash(Rewriting):
    """A registry URL gets a slash at its end."""

    def rewritten(self, path: str, text: str) -> str:
        return text.rstrip("/") + "/" if path == "registryUrl" else text


@breaks(*GIVEN)
class TextsTrimmed(Rewriting):
    """Texts lose the spaces at their ends, passwords too."""

    def rewritten(self, _path: str, text: str) -> str:
        return text.strip()


@breaks(*GIVEN)
class AsciiOnly(Rewriting):
    """What is no ASCII becomes a question mark."""

    def rewritten(self, _path: str, text: str) -> str:
        return text.encode("ascii", "replace").decode()


@breaks(*GIVEN)
class HtmlEscaped(Rewriting):
    """Texts are escaped for HTML before they are stored."""

    def rewritten(self, _path: str, text: str) -> str:
        return html.escape(text)


@breaks(*GIVEN)
class Normalised(Rewriting):
    """Texts are brought to Unicode's form NFKC."""

    def rewritten(self, _path: str, text: str) -> str:
        return unicodedata.normalize("NFKC", text)


@breaks(*GIVEN)
class CutAt255(Rewriting):
    """Texts are cut at 255 characters, as a column is."""

    def rewritten(self, _path: str, text: str) -> str:
        return text[:255]


@breaks(*GIVEN)
class ProjectsSorted(Target):
    """The projects are sorted, each of them once, as they are stored in a set."""

    def show(self, item: Item) -> dict[str, Json]:
        shown = super().show(item)
        put(shown, "restrictions.projects", lambda projects: sorted(set(projects)))
        return shown


@breaks(*GIVEN)
class AzureForgotten(Target):
    """azure is taken and not stored: only the older providers were thought of."""

    def is_kept(self, key: str, value: Json) -> bool:
        return super().is_kept(key, value) and key != "azure"


@breaks(*GIVEN)
class SnakeCase(Target):
    """Answers have project_id, as the store has it."""

    def show(self, item: Item) -> dict[str, Json]:
        shown = super().show(item)
        put(shown, "gcp", lambda gcp: {re.sub("([A-Z])", r"_\1", key).lower(): text for key, text in gcp.items()})
        return shown


@breaks(*GIVEN)
class NameTitled(Target):
    """Every word of a name gets a capital letter."""

    def show(self, item: Item) -> dict[str, Json]:
        shown = super().show(item)
        return {**shown, "name": shown["name"].title()}
