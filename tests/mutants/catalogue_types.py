"""Mutants: members of an answer that are of another type, have another form or are missing."""

from __future__ import annotations

import json
import time
from typing import Final

from tests.mutants.forms import Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item
from tests.mutants.reshaping import gone, put, showing, showing_added, showing_got
from tests.mutants.target import Target

catalogue: Final = Catalogue()
breaks = catalogue.breaks

_NAMED: Final = {"ecr": "Amazon ECR", "acr": "Azure Container Registry", "dockerhub": "Docker Hub"}

ANSWERS: Final = {
    "id is a number": ("id.type", showing("id", lambda name: sum(name.encode())), "The id is that of a table's row."),
    "id is missing": ("id.required", showing("id", gone), "The answer has no id, as the name is known."),
    "id is two letters": ("id.min-length", showing("id", lambda name: name[:2]), "The id is shortened for a column."),
    "id is long": ("id.max-length", showing("id", lambda name: f"{name}-{'0' * 36}"), "The id has a UUID at its end."),
    "id has underscores": ("id.pattern", showing("id", lambda name: name.replace("-", "_")), "Dividers become _."),
    "id begins with a digit": (
        "id.pattern",
        showing("id", lambda name: f"1-{name}"),
        "The id has a number.",
    ),
    "name is an object": ("name.type", showing("name", lambda name: {"text": name}), "The name can be translated."),
    "name is missing": ("name.required", showing("name", gone), "The answer has no name, as the id will do."),
    "name is two letters": ("name.min-length", showing("name", lambda name: name[:2]), "The name is shortened."),
    "name has the provider": (
        "name.max-length",
        showing("name", lambda name: f"{name} with credentials for its registry"),
        "The name in the answer is one for people.",
    ),
    "name has parentheses": ("name.pattern", showing("name", lambda name: f"{name} (1)"), "The name has a number."),
    "provider is an object": ("provider.type", showing("provider", lambda word: {"id": word}), "It is expanded."),
    "provider is missing": ("provider.required", showing("provider", gone), "As in the page's example."),
    "provider has a title": (
        "provider.one-of",
        showing("provider", lambda word: _NAMED.get(word, word.title())),
        "The provider is shown as people write it.",
    ),
    "provider in capitals": ("provider.one-of", showing("provider", str.upper), "An enum by the name of its member."),
    "url is an object": ("registryUrl.type", showing("registryUrl", lambda url: {"href": url}), "A URL is a link."),
    "aws is a text": ("aws.type", showing("aws", lambda aws: aws.get("region", "")), "aws is flattened."),
    "region is an array": ("aws.region.type", showing("aws.region", lambda region: [region]), "There may be more."),
    "region is null": ("aws.region.type", showing("aws.region", lambda _: None), "The region was not loaded."),
    "gcp is JSON": ("gcp.type", showing("gcp", json.dumps), "A JSON column was not parsed."),
    "project id is a number": ("gcp.projectId.type", showing("gcp.projectId", len), "The project's number instead."),
    "azure is an array": ("azure.type", showing("azure", lambda azure: [azure]), "There may be more than one."),
    "group is an object": (
        "azure.resourceGroup.type",
        showing("azure.resourceGroup", lambda group: {"name": group}),
        "The resource group is expanded.",
    ),
    "integration is an object": (
        "integrationId.type",
        showing("integrationId", lambda integration: {"id": integration}),
        "The integration is expanded.",
    ),
    "integration is a path": (
        "integrationId.pattern",
        showing("integrationId", lambda integration: f"/integrations/{integration}"),
        "The integration is shown as a path.",
    ),
    "credentials are an array": (
        "credentials.type",
        showing("credentials", lambda given: [given]),
        "There may be more.",
    ),
    "username is null": (
        "credentials.username.type",
        showing("credentials.username", lambda _: None),
        "The user name is hidden by null.",
    ),
    "password is a flag": (
        "credentials.password.type",
        showing("credentials.password", lambda _: True),
        "The answer says only that there is a password.",
    ),
    "scope is an array": (
        "credentials.scope.type",
        showing("credentials.scope", lambda scope: [word for word, yes in scope.items() if yes]),
        "The scope lists what is allowed.",
    ),
    "scope is missing": ("credentials.scope.required", showing("credentials.scope", gone), "There is no scope."),
    "pull is a number": (
        "credentials.scope.pull.type",
        showing("credentials.scope.pull", int),
        "SQLite has no boolean.",
    ),
    "push is a text": (
        "credentials.scope.push.type",
        showing("credentials.scope.push", lambda push: str(push).lower()),
        "A boolean went through a form.",
    ),
    "restrictions are an array": (
        "restrictions.type",
        showing("restrictions", lambda given: given.get("projects", [])),
        "Restrictions are just the projects.",
    ),
    "restricted is a number": (
        "restrictions.restricted.type",
        showing("restrictions.restricted", int),
        "SQLite has no boolean.",
    ),
    "restricted is missing": (
        "restrictions.restricted.required",
        showing("restrictions.restricted", gone),
        "Whether there are restrictions follows from the projects.",
    ),
    "projects are a text": (
        "restrictions.projects.type",
        showing("restrictions.projects", ",".join),
        "An array is stored as a text with commas.",
    ),
    "projects are objects": (
        "restrictions.projects.item-type",
        showing("restrictions.projects", lambda projects: [{"id": project} for project in projects]),
        "The projects are expanded.",
    ),
}
"""By name: the rule after add.response, the target, and what is wrong with it."""

for _name, (_rule, _made, _says) in ANSWERS.items():
    catalogue.enter(_name.replace(" ", "-").lower(), (f"add.response.{_rule}",), _says, _made)


@breaks("add.response.createdAt.type", "get.response.timestamps", "common.timestamps")
class CreatedAtInSeconds(Target):
    """createdAt is a number of seconds."""

    def times(self, item: Item) -> dict[str, Json]:
        return {**super().times(item), "createdAt": int(time.time())}


@breaks("add.response.updatedAt.type", "get.response.timestamps", "common.timestamps")
class UpdatedAtAsObject(Target):
    """updatedAt is an object, as MongoDB's extended JSON has it."""

    def times(self, item: Item) -> dict[str, Json]:
        return {**super().times(item), "updatedAt": {"$date": item.updated}}


@breaks("add.response.registryUrl.type", "add.response.given-fields", "get.response.same-as-add")
class NullsForAbsent(Target):
    """Every field that was not given is null in answers."""

    def show(self, item: Item) -> dict[str, Json]:
        keys = ("registryUrl", "aws", "gcp", "azure", "integrationId", "credentials", "restrictions")
        return {**dict.fromkeys(keys), **super().show(item)}


@breaks("add.response.aws.type", "add.response.credentials.scope.type", "add.response.given-fields")
class EmptyObjectsAsArrays(Target):
    """Empty objects become empty arrays, as PHP encodes them."""

    def show(self, item: Item) -> dict[str, Json]:
        shown = super().show(item)
        for path in ("aws", "gcp", "azure", "credentials.scope"):
            put(shown, path, lambda value: value or [])
        return shown


@breaks("add.response.id.type", "add.response.id.required", "get.response.same-as-add")
class IdUnderAnotherName(Target):
    """The id is called credentialId, as in the path."""

    def show(self, item: Item) -> dict[str, Json]:
        shown = super().show(item)
        return {"credentialId": shown.pop("id"), **shown}


catalogue.enter(
    "id-missing-in-get",
    ("get.response.same-as-add", "add.response.id.required"),
    "The answer of get has no id, as the client has it.",
    showing_got("id", gone),
)
catalogue.enter(
    "provider-missing-in-add",
    ("add.response.provider.required", "add.response.given-fields"),
    "The answer of add has no provider, that of get has.",
    showing_added("provider", gone),
)
catalogue.enter(
    "restrictions-missing-in-get",
    ("get.response.same-as-add",),
    "The answer of get has no restrictions, as that of a list.",
    showing_got("restrictions", gone),
)
catalogue.enter(
    "integration-missing-in-get",
    ("get.response.same-as-add",),
    "The answer of get has no integrationId.",
    showing_got("integrationId", gone),
)
catalogue.enter(
    "password-hidden-in-get",
    ("get.response.same-as-add", "common.secrets"),
    "The answer of get has asterisks for the password.",
    showing_got("credentials.password", lambda _: "********"),
)
catalogue.enter(
    "password-missing-in-get",
    ("get.response.same-as-add", "common.secrets"),
    "The answer of get has no password, though that of add has.",
    showing_got("credentials.password", gone),
)
catalogue.enter(
    "password-hidden",
    ("add.response.given-fields", "common.secrets", "get.response.same-as-add"),
    "Answers have asterisks for the password.",
    showing("credentials.password", lambda _: "********"),
)
catalogue.enter(
    "password-missing",
    ("add.response.given-fields", "common.secrets", "get.response.same-as-add"),
    "Answers have the user name, but no password.",
    showing("credentials.password", gone),
)
