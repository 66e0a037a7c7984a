"""Bodies of requests, looked at by hand: what the documentation demands of each field.

`where` names a place in a body as `add.aws.region`: which form it is, then the path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.mutants.choices import STANDARD, Choices

Json = Any
Faults = dict[str, list[str]]
"""What is wrong with a body, by the path of the field; `body` for all of it."""

SPACES: Final = "\t\n\x0b\x0c\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What `\\s` is in ECMA-262, for use between brackets."""
NAME: Final = re.compile(f"[a-zA-Z]((-|[{SPACES}])?[a-zA-Z0-9]+((-|[{SPACES}])[a-zA-Z0-9]+)*)?")
INTEGRATION: Final = re.compile("((org|team)/)?[a-zA-Z](-?[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*)?")
PROVIDERS: Final = ("acr", "ecr", "gar", "dockerhub", "github", "gitlab", "custom", "legacy")
SECRETS: Final = ("username", "password")

Fits = Callable[[str, Json], bool]
KINDS: Final = {str: "a text", bool: "true or false", dict: "an object", list: "an array"}

Shape = Mapping[str, "Shape | None"]
_SECRET_SHAPE: Final[Shape] = {"username": None, "password": None, "scope": {"pull": None, "push": None}}
_RESTRICTIONS: Final[Shape] = {"restricted": None, "projects": None}
ADD_SHAPE: Final[Shape] = {
    "name": None,
    "provider": None,
    "registryUrl": None,
    "aws": {"region": None},
    "gcp": {"projectId": None},
    "azure": {"resourceGroup": None},
    "integrationId": None,
    "credentials": _SECRET_SHAPE,
    "restrictions": _RESTRICTIONS,
    "updatedAt": None,
    "createdAt": None,
}
UPDATE_SHAPE: Final[Shape] = {
    "credentials": _SECRET_SHAPE,
    "restrictions": _RESTRICTIONS,
    "updatedAt": None,
    "createdAt": None,
}


def _not_json(word: str) -> Json:
    raise ValueError(f"{word} is no JSON")


class Forms:
    """Reads and judges bodies. Each method is small, so that a mutant can get one thing wrong."""

    def __init__(self, choices: Choices = STANDARD) -> None:
        self.choices = choices

    def parse(self, raw: bytes) -> Json:
        """Read a body as JSON.

        Raises:
            ValueError: it is none.
            RecursionError: it is nested too deeply.
        """
        return json.loads(raw.decode("utf-8"), parse_constant=_not_json)

    # -- what a value is

    def is_text(self, _where: str, value: Json) -> bool:
        return isinstance(value, str)

    def is_flag(self, _where: str, value: Json) -> bool:
        return isinstance(value, bool)

    def is_object(self, _where: str, value: Json) -> bool:
        return isinstance(value, dict)

    def is_array(self, _where: str, value: Json) -> bool:
        return isinstance(value, list)

    # -- whole bodies

    def new_faults(self, body: Json) -> Faults:
        """Return what is wrong with the body of add."""
        if not self.is_object("add", body):
            return {"body": ["should be an object"]}
        faults: Faults = {}
        self.check_strangers(faults, body, ADD_SHAPE)
        self.check_name(faults, body)
        self.check_provider(faults, body)
        for key in ("registryUrl", "updatedAt", "createdAt"):
            self.text(faults, "add", body, key)
        for key, inner in (("aws", "region"), ("gcp", "projectId"), ("azure", "resourceGroup")):
            if self.object(faults, "add", body, key):
                self.text(faults, f"add.{key}", body[key], inner)
        self.check_integration(faults, body)
        self.check_credentials(faults, "add", body)
        self.check_restrictions(faults, "add", body)
        self.check_secrets(faults, body)
        return faults

    def change_faults(self, body: Json) -> Faults:
        """Return what is wrong with the body of an update."""
        if not self.is_object("update", body):
            return {"body": ["should be an object"]}
        faults: Faults = {}
        self.check_strangers(faults, body, UPDATE_SHAPE)
        for key in ("updatedAt", "createdAt"):
            self.text(faults, "update", body, key)
        self.check_credentials(faults, "update", body)
        self.check_restrictions(faults, "update", body)
        return faults

    # -- fields

    def check_name(self, faults: Faults, body: Json) -> None:
        if not self.present(faults, "add", body, "name") or not self.text(faults, "add", body, "name"):
            return
        for complaint in self.name_complaints(body["name"]):
            self.blame(faults, "add.name", complaint)

    def name_complaints(self, name: str) -> list[str]:
        """Return what is wrong with a name that is a text."""
        complaints = []
        if self.name_length(name) < self.shortest_name():
            complaints.append("too short")
        if self.name_length(name) > self.longest_name():
            complaints.append("too long")
        if not self.name_has_form(name):
            complaints.append("has the wrong form")
        return complaints

    def name_length(self, name: str) -> int:
        return len(name)

    def shortest_name(self) -> int:
        return 3

    def longest_name(self) -> int:
        return 39

    def name_has_form(self, name: str) -> bool:
        return NAME.fullmatch(name) is not None

    def check_provider(self, faults: Faults, body: Json) -> None:
        if not self.present(faults, "add", body, "provider") or not self.text(faults, "add", body, "provider"):
            return
        if not self.provider_is_known(body["provider"]):
            self.blame(faults, "add.provider", "is none of the providers there are")

    def provider_is_known(self, provider: str) -> bool:
        return provider in PROVIDERS

    def check_integration(self, faults: Faults, body: Json) -> None:
        if not self.text(faults, "add", body, "integrationId"):
            return
        if not self.integration_has_form(body["integrationId"]):
            self.blame(faults, "add.integrationId", "has the wrong form")
        elif self.choices.unknown_integration == "reject" and body["integrationId"] not in self.choices.integrations:
            self.blame(faults, "add.integrationId", "there is no such integration")

    def integration_has_form(self, integration: str) -> bool:
        return INTEGRATION.fullmatch(integration) is not None

    def check_credentials(self, faults: Faults, form: str, body: Json) -> None:
        if not self.object(faults, form, body, "credentials"):
            return
        where, given = f"{form}.credentials", body["credentials"]
        for key in SECRETS:
            self.text(faults, where, given, key)
        if self.present(faults, where, given, "scope") and self.object(faults, where, given, "scope"):
            for key in ("pull", "push"):
                self.flag(faults, f"{where}.scope", given["scope"], key)

    def check_restrictions(self, faults: Faults, form: str, body: Json) -> None:
        if not self.object(faults, form, body, "restrictions"):
            return
        where, given = f"{form}.restrictions", body["restrictions"]
        if self.present(faults, where, given, "restricted"):
            self.flag(faults, where, given, "restricted")
        if self.array(faults, where, given, "projects"):
            for place, project in enumerate(given["projects"]):
                self.check_project(faults, f"{where}.projects[{place}]", project)

    def check_project(self, faults: Faults, where: str, project: Json) -> None:
        if not self.is_text(where, project):
            self.blame(faults, where, "should be a text")
        elif self.choices.unknown_project == "reject" and project not in self.choices.projects:
            self.blame(faults, where, "there is no such project")

    def check_secrets(self, faults: Faults, body: Json) -> None:
        """Look for user name and password where they are required."""
        credentials = body.get("credentials")
        given = credentials if isinstance(credentials, dict) else {}
        for key in self.required_secrets(body):
            if key not in given:
                self.blame(faults, f"add.credentials.{key}", "is missing")
            elif given[key] == "" and self.choices.empty_secret == "reject":
                self.blame(faults, f"add.credentials.{key}", "is empty")

    def required_secrets(self, body: Json) -> tuple[str, ...]:
        """Return which of user name and password a body of add must have."""
        if self.choices.credentials_required == "never":
            return ()
        wanted = self.choices.credentials_required == "with-integration"
        return SECRETS if ("integrationId" in body) == wanted else ()

    # -- steps that all fields share; each returns whether there is a good value to look at further

    def present(self, faults: Faults, where: str, holder: Json, key: str) -> bool:
        if key in holder:
            return True
        self.blame(faults, f"{where}.{key}", "is missing")
        return False

    def text(self, faults: Faults, where: str, holder: Json, key: str) -> bool:
        return self._kind(faults, f"{where}.{key}", holder, self.is_text, str)

    def flag(self, faults: Faults, where: str, holder: Json, key: str) -> bool:
        return self._kind(faults, f"{where}.{key}", holder, self.is_flag, bool)

    def object(self, faults: Faults, where: str, holder: Json, key: str) -> bool:
        return self._kind(faults, f"{where}.{key}", holder, self.is_object, dict)

    def array(self, faults: Faults, where: str, holder: Json, key: str) -> bool:
        return self._kind(faults, f"{where}.{key}", holder, self.is_array, list)

    def _kind(self, faults: Faults, where: str, holder: Json, fits: Fits, kind: type) -> bool:
        key = where.rpartition(".")[2]
        if key not in holder:
            return False
        if not fits(where, holder[key]):
            self.blame(faults, where, f"should be {KINDS[kind]}")
        return isinstance(holder[key], kind)  # a mutant lets pass what has no inside to look at

    def check_strangers(self, faults: Faults, body: Json, shape: Shape, where: str = "body") -> None:
        """Complain of fields that no page lists, if they are to be refused."""
        if self.choices.unknown_fields == "ignore" or not isinstance(body, dict):
            return
        for key, value in body.items():
            inner = shape.get(key)
            if key not in shape:
                self.blame(faults, f"{where}.{key}", "is no field of this form")
            elif inner is not None:
                self.check_strangers(faults, value, inner, f"{where}.{key}")

    def blame(self, faults: Faults, where: str, complaint: str) -> None:
        faults.setdefault(where.partition(".")[2], []).append(complaint)

    # -- what is kept of a body

    def known(self, value: Json, shape: Shape) -> Json:
        """Return the fields of an object that pages list, at every depth; what is no object stays what it is."""
        if not isinstance(value, dict):
            return value
        kept: dict[str, Json] = {}
        for key, inner in shape.items():
            if key in value and self.is_kept(key, value[key]):
                kept[key] = value[key] if inner is None else self.known(value[key], inner)
        return kept

    def is_kept(self, key: str, _value: Json) -> bool:
        return key not in {"createdAt", "updatedAt"}
