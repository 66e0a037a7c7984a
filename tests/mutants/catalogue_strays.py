"""Mutants: what one provider is thought to need, one route forgets, or one header says."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_plus

from tests.mutants.catalogue_demands import Demanding
from tests.mutants.forms import Faults, Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call

catalogue: Final = Catalogue()
breaks = catalogue.breaks

PROVIDER: Final = "add.provider.one-of"


@breaks(PROVIDER, "add.gcp.type", "add.gcp.projectId.type")
class ProjectForGar(Demanding):
    """The provider gar needs a project."""

    def demand(self, faults: Faults, body: Json) -> None:
        if body["provider"] == "gar" and "projectId" not in body.get("gcp", {}):
            self.blame(faults, "add.gcp.projectId", "is missing")


@breaks(PROVIDER, "add.azure.type", "add.azure.resourceGroup.type")
class GroupForAcr(Demanding):
    """The provider acr needs the object azure."""

    def demand(self, faults: Faults, body: Json) -> None:
        if body["provider"] == "acr" and "azure" not in body:
            self.blame(faults, "add.azure", "is missing")


@breaks("add.response.data.required", "list.response.data.required", "common.error.envelope")
class LatinDeclared(Target):
    """Answers are UTF-8, and declared as Latin-1."""

    def finish(self, call: Call, answer: Answer) -> Answer:
        answer.kind = answer.kind.replace("charset=utf-8", "charset=ISO-8859-1")
        return super().finish(call, answer)


@breaks("common.registry.unknown", "delete.final")
class ModifyOfNothing(Target):
    """The route of older clients answers an unknown id as if there had been something to change."""

    def modify(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        if wanted not in self.stored(shelf):
            return Answer(200, {"data": {}})
        return super().modify(call, shelf, wanted)


@breaks("add.response.given-fields", "get.response.same-as-add")
class UrlDecoded(Target):
    """A registryUrl is stored decoded, as a form has it."""

    def make(self, shelf: Shelf, body: Json) -> Item:
        item = super().make(shelf, body)
        if "registryUrl" in item.fields:
            item.fields["registryUrl"] = unquote_plus(item.fields["registryUrl"])
        return item
