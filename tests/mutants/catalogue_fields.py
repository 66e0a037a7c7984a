"""Mutants: fields of a body whose type is not looked at, or looked at wrongly, or that need not be there."""

from __future__ import annotations

import re
from typing import Final

from tests.mutants.forms import Faults, Json
from tests.mutants.mutant import Catalogue
from tests.mutants.target import Target

catalogue: Final = Catalogue()
breaks = catalogue.breaks

TYPES: Final[dict[str, tuple[type, ...]]] = {
    "null": (type(None),),
    "flag": (bool,),
    "number": (int, float),
    "text": (str,),
    "array": (list,),
    "object": (dict,),
    "anything": (type(None), bool, int, float, str, list, dict),
}

FIELDS: Final = (
    ("add.registryUrl", "number", "The store has no types."),
    ("add.registryUrl", "null", "A URL is nullable, as its column is."),
    ("add.aws", "array", "An array is an object too, as typeof has it."),
    ("add.aws", "text", "The region may stand in the place of aws."),
    ("add.aws.region", "anything", "Nobody looks at the region."),
    ("add.aws.region", "null", "A region is nullable, as its column is."),
    ("add.gcp", "anything", "Nobody looks at gcp."),
    ("add.gcp.projectId", "number", "Google's projects have numbers besides."),
    ("add.azure", "null", "azure is nullable, as its column is."),
    ("add.azure", "anything", "Nobody looks at azure."),
    ("add.azure.resourceGroup", "anything", "Nobody looks at the resource group."),
    ("add.integrationId", "number", "The pattern is asked of texts only."),
    ("add.integrationId", "null", "null stands for none."),
    ("add.credentials", "array", "An array is an object too, as typeof has it."),
    ("add.credentials", "null", "null stands for none."),
    ("add.credentials.username", "number", "Numbers are user names in some places."),
    ("add.credentials.username", "null", "null stands for none."),
    ("add.credentials.password", "number", "A password may be a PIN."),
    ("add.credentials.password", "anything", "Nobody looks at the password."),
    ("add.credentials.scope", "array", 'A scope may be ["pull"].'),
    ("add.credentials.scope", "text", 'A scope may be "pull".'),
    ("add.credentials.scope.pull", "text", '"true" is taken for true, as forms send it.'),
    ("add.credentials.scope.pull", "number", "1 is taken for true."),
    ("add.credentials.scope.push", "anything", "Whatever is truthy will do."),
    ("add.credentials.scope.push", "null", "null stands for false."),
    ("add.restrictions", "flag", "Restrictions may be just true."),
    ("add.restrictions", "array", "Restrictions may be just the projects."),
    ("add.restrictions.restricted", "text", '"true" is taken for true, as forms send it.'),
    ("add.restrictions.restricted", "number", "1 is taken for true."),
    ("add.restrictions.projects", "text", "One project needs no array."),
    ("add.restrictions.projects", "object", "Any collection will do."),
    ("add.restrictions.projects[]", "number", "A project may be given by its number."),
    ("add.restrictions.projects[]", "null", "An array may have holes."),
    ("add.updatedAt", "number", "A time may be in seconds."),
    ("add.createdAt", "anything", "What is ignored is not looked at."),
    # The same fields once more: an update has a form of its own, where they are easily forgotten.
    ("update.credentials", "array", "An array is an object too, as typeof has it."),
    ("update.credentials", "null", "null takes all credentials away."),
    ("update.credentials.username", "number", "Numbers are user names in some places."),
    ("update.credentials.password", "null", "null takes the password away."),
    ("update.credentials.password", "anything", "Nobody looks at the password."),
    ("update.credentials.scope", "anything", "Nobody looks at the scope."),
    ("update.credentials.scope.pull", "text", '"false" is taken, and is truthy.'),
    ("update.credentials.scope.push", "number", "0 is taken for false."),
    ("update.restrictions", "null", "null lifts all restrictions."),
    ("update.restrictions", "anything", "Nobody looks at the restrictions."),
    ("update.restrictions.restricted", "text", '"yes" is taken for true.'),
    ("update.restrictions.projects", "text", "One project needs no array."),
    ("update.restrictions.projects[]", "anything", "Nobody looks into the array."),
    ("update.updatedAt", "anything", "What is ignored is not looked at."),
    ("update.createdAt", "number", "A time may be in seconds."),
)
"""A place in a body, what is taken there besides what should be, and why somebody would."""

FORGOTTEN: Final = (
    ("add.credentials.scope", "Credentials need no scope."),
    ("add.restrictions.restricted", "Restrictions need not say whether there are any."),
    ("update.credentials.scope", "An update of credentials needs no scope."),
    ("update.restrictions.restricted", "An update of restrictions need not say whether there are any."),
)
"""A place in a body that may be left out although it should not be."""


def taking(place: str, types: tuple[type, ...]) -> type[Target]:
    """Return a target that takes more types than it should at one place."""

    class Taking(Target):
        def taken(self, where: str, value: Json) -> bool:
            return re.sub(r"\[\d+\]", "[]", where) == place and type(value) in types

        def is_text(self, where: str, value: Json) -> bool:
            return super().is_text(where, value) or self.taken(where, value)

        def is_flag(self, where: str, value: Json) -> bool:
            return super().is_flag(where, value) or self.taken(where, value)

        def is_object(self, where: str, value: Json) -> bool:
            return super().is_object(where, value) or self.taken(where, value)

        def is_array(self, where: str, value: Json) -> bool:
            return super().is_array(where, value) or self.taken(where, value)

    return Taking


def forgetting(place: str) -> type[Target]:
    """Return a target that does not insist on a field."""

    class Forgetting(Target):
        def present(self, faults: Faults, where: str, holder: Json, key: str) -> bool:
            return key in holder if f"{where}.{key}" == place else super().present(faults, where, holder, key)

    return Forgetting


for _place, _kind, _says in FIELDS:
    _rule = f"{_place[:-2]}.item-type" if _place.endswith("[]") else f"{_place}.type"
    catalogue.enter(f"{_place}-takes-{_kind}", (_rule,), _says, taking(_place, TYPES[_kind]))
for _place, _says in FORGOTTEN:
    catalogue.enter(f"{_place}-not-required", (f"{_place}.required",), _says, forgetting(_place))


@breaks("add.aws.region.type", "add.credentials.username.type", "add.registryUrl.type")
class NumbersForTexts(Target):
    """A number is a text wherever a text is expected, the name excepted."""

    def is_text(self, where: str, value: Json) -> bool:
        return super().is_text(where, value) or (where != "add.name" and type(value) in TYPES["number"])


@breaks("add.credentials.scope.pull.type", "add.credentials.scope.push.type", "add.restrictions.restricted.type")
class TextsForFlags(Target):
    """The words true and false are booleans too."""

    def is_flag(self, where: str, value: Json) -> bool:
        return super().is_flag(where, value) or value in ("true", "false")


@breaks("add.registryUrl.type", "add.aws.type", "add.credentials.type", "add.restrictions.type")
class NullsForNothing(Target):
    """A member that is null counts as left out, at every depth."""

    def parse(self, raw: bytes) -> Json:
        return self.without_nulls(super().parse(raw))

    def without_nulls(self, value: Json) -> Json:
        if not isinstance(value, dict):
            return value
        return {key: self.without_nulls(inner) for key, inner in value.items() if inner is not None}


@breaks("add.registryUrl.type")
class UrlsOnly(Target):
    """A registry URL must have a scheme, though the page sets no format."""

    def is_text(self, where: str, value: Json) -> bool:
        return super().is_text(where, value) and (where != "add.registryUrl" or "://" in value)


@breaks("add.createdAt.type", "add.updatedAt.type", "add.request-timestamps")
class TimesParsed(Target):
    """Times in the body of add must be RFC 3339, though the page sets no format."""

    def is_text(self, where: str, value: Json) -> bool:
        if where in {"add.createdAt", "add.updatedAt"}:
            return isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:", value) is not None
        return super().is_text(where, value)


@breaks("add.credentials.scope.type")
class ScopeNotEmpty(Target):
    """A scope must say something: an empty object is refused."""

    def is_object(self, where: str, value: Json) -> bool:
        return super().is_object(where, value) and (where != "add.credentials.scope" or bool(value))


@breaks("add.restrictions.projects.type")
class ProjectsNotEmpty(Target):
    """An empty array of projects is refused."""

    def is_array(self, where: str, value: Json) -> bool:
        return super().is_array(where, value) and bool(value)


@breaks("add.restrictions.projects.item-type")
class FirstProjectOnly(Target):
    """Only the first project is looked at."""

    def check_project(self, faults: Faults, where: str, project: Json) -> None:
        if where.endswith("[0]"):
            super().check_project(faults, where, project)


@breaks("add.credentials.username.type", "add.credentials.password.type", "add.credentials.scope.required")
class NothingNested(Target):
    """Only the members of the body itself are looked at, not what is inside them."""

    def check_credentials(self, faults: Faults, form: str, body: Json) -> None:
        self.object(faults, form, body, "credentials")

    def check_restrictions(self, faults: Faults, form: str, body: Json) -> None:
        self.object(faults, form, body, "restrictions")


@breaks("update.credentials.username.type", "update.restrictions.restricted.type", "update.credentials.scope.required")
class UpdateUnchecked(Target):
    """The fields of an update are not looked at."""

    def change_faults(self, body: Json) -> Faults:
        return {} if isinstance(body, dict) else super().change_faults(body)
