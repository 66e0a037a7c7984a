"""The documented constraints of request bodies, each in one place.

A constraint's rule id is the schema's prefix, the wire path and the constraint's kind: `add.name.min-length`. Tests
compare every one of them with the contract and the rulebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, cast

from marshmallow import Schema, ValidationError, validates_schema

from emulator import patterns
from emulator.behaviour import DEFAULT, Behaviour
from emulator.errors import InvalidRequestError, Violation
from emulator.fields import Array, Flag, JSONField, Matches, MaxLength, MinLength, Object, OneOf, Problem, Text
from emulator.flatcheck import compile_search

if TYPE_CHECKING:
    from emulator.quickread import Quick

PROVIDERS: Final = ("acr", "ecr", "gar", "dockerhub", "github", "gitlab", "custom", "legacy")

_JSONObject = dict[str, Any]


class AWSSchema(Schema):
    """Member `aws`."""

    region = Text()


class GCPSchema(Schema):
    """Member `gcp`."""

    project_id = Text(data_key="projectId")


class AzureSchema(Schema):
    """Member `azure`."""

    resource_group = Text(data_key="resourceGroup")


class ScopeSchema(Schema):
    """Member `credentials.scope`; both members are optional, so `{}` is a scope."""

    pull = Flag()
    push = Flag()


class CredentialsSchema(Schema):
    """Member `credentials`."""

    username = Text()
    password = Text()
    scope = Object(ScopeSchema, required=True, about="what the credentials may do, such as {} or {pull: true}")


class RestrictionsSchema(Schema):
    """Member `restrictions`."""

    restricted = Flag(required=True, about="whether access to this credential is restricted, true or false")
    projects = Array(Text(type_kind="item-type"))


class BodySchema(Schema):
    """What the bodies of add and update have in common.

    Args:
        behaviour: the reading in force.
        projects: project ids that exist, for the reading that refuses others.
        integrations: integration ids that exist, likewise.
    """

    prefix: ClassVar[str]

    credentials = Object(CredentialsSchema)
    restrictions = Object(RestrictionsSchema)
    # Clients may send them; the server's own times count (rule add.request-timestamps).
    updated_at = Text(data_key="updatedAt")
    created_at = Text(data_key="createdAt")

    def __init__(
        self, behaviour: Behaviour = DEFAULT, *, projects: Iterable[str] = (), integrations: Iterable[str] = ()
    ) -> None:
        super().__init__()
        self.behaviour = behaviour
        self.projects = frozenset(projects)
        self.integrations = frozenset(integrations)
        _set_unknown(self, "raise" if behaviour.unknown_fields == "reject" else "exclude")

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def cross_fields(self, _loaded: _JSONObject, body: _JSONObject, **_: object) -> None:
        """Hold the body to what depends on more than one field, or on the reading in force."""
        problems = self.cross_problems(body)
        if problems:
            raise ValidationError(problems)

    def cross_problems(self, body: _JSONObject) -> _JSONObject:
        """Return the problems of any body that no single field has, nested as marshmallow's messages are."""
        if self.behaviour.unknown_project == "accept":
            return {}
        projects = _member(_member(body, "restrictions"), "projects")
        problem = Problem("common.unknown-project", "Not a project of this account; see --known-projects.")
        unknown = {
            index: [problem]
            for index, project in enumerate(projects if isinstance(projects, list) else ())
            if isinstance(project, str) and project not in self.projects
        }
        return {"restrictions": {"projects": unknown}} if unknown else {}


class RegistryCreateSchema(BodySchema):
    """Body of POST /v1/integrations/registries."""

    prefix = "add"

    class Meta:
        """Problems are reported in the order of the documentation."""

        fields = (
            *("name", "provider", "registry_url", "aws", "gcp", "azure", "integration_id"),
            *("credentials", "restrictions", "updated_at", "created_at"),
        )

    name = Text(
        required=True,
        about="the name of the credentials",
        validate=[
            MinLength(3),
            MaxLength(39),
            Matches(
                patterns.NAME_SOURCE,
                patterns.NAME,
                "a letter, then ASCII letters and digits, with single hyphens or white-space characters between them",
            ),
        ],
    )
    provider = Text(
        required=True,
        about=f"the provider of the registry, one of {', '.join(PROVIDERS)}",
        validate=OneOf(PROVIDERS),
    )
    registry_url = Text(data_key="registryUrl")
    aws = Object(AWSSchema)
    gcp = Object(GCPSchema)
    azure = Object(AzureSchema)
    integration_id = Text(
        data_key="integrationId",
        validate=Matches(
            patterns.INTEGRATION_ID_SOURCE,
            patterns.INTEGRATION_ID,
            "optionally org/ or team/, then a letter, then letters and digits with single hyphens between them",
        ),
    )

    @property
    def is_plain(self) -> bool:
        """Whether, besides its fields, nothing decides about a body but what an integration requires."""
        choices = self.behaviour
        return (
            choices.unknown_project == choices.unknown_integration == choices.empty_secret == "accept"
            and choices.duplicate_key == "last"
            and choices.request_timestamps == "ignore"
        )

    def cross_problems(self, body: _JSONObject) -> _JSONObject:
        """Add what "Required when `integrationId` is provided" and a list of known integrations ask for."""
        problems = super().cross_problems(body)
        required = self.behaviour.credentials_required
        if required != "never" and ("integrationId" in body) == (required == "with-integration"):
            missing = self._credentials_problems(body, required)
            if missing:
                problems["credentials"] = missing
        integration = body.get("integrationId")
        if (
            self.behaviour.unknown_integration == "reject"
            and isinstance(integration, str)
            and integration not in self.integrations
        ):
            problem = Problem("add.unknown-integration", "Not an integration here; see --known-integrations.")
            problems["integrationId"] = [problem]
        return problems

    def _credentials_problems(self, body: _JSONObject, required: str) -> _JSONObject:
        credentials = body.get("credentials", {})
        if not isinstance(credentials, dict):
            return {}
        problems: _JSONObject = {}
        when = f"{required.replace('-', ' ')}Id"
        for member in ("username", "password"):
            if member not in credentials:
                also = "" if "credentials" in body else "; credentials needs a scope besides, such as {}"
                problems[member] = [Problem("conditional", f"Missing, and required {when}{also}.")]
            elif credentials[member] == "" and self.behaviour.empty_secret == "reject":
                problems[member] = [Problem("common.empty-secret", f"Empty, and required {when}.")]
        return problems


class RegistryUpdateSchema(BodySchema):
    """Body of PATCH /v1/integrations/registries/{credentialId} and of its older form, POST .../modify."""

    prefix = "update"


class BodyReader:
    """Checks bodies against one schema and leaves out what the schema does not know."""

    def __init__(self, schema: BodySchema) -> None:
        self.schema = schema
        self.members = known_members(schema)
        self._search = compile_search(schema, understood_hooks=frozenset({"cross_fields"}))

    def read(self, body: object) -> _JSONObject:
        """Return a valid body without unknown members; wire names, values untouched.

        Raises:
            InvalidRequestError: names every violation.
        """
        violations = self._violations(body)
        if violations:
            raise InvalidRequestError(violations)
        return _prune(cast("_JSONObject", body), self.members)

    def problems(self, body: _JSONObject) -> _JSONObject:
        """Return what is wrong with a body: the messages of the schema's `load`, nested as they are there.

        Only the fields at fault are asked; `load` would ask all, and take five times as long.
        """
        problems: _JSONObject = {}
        for place, value in self._search(body):
            inside = problems
            for member in place.path[:-1] if place.field else place.path:
                inside = inside.setdefault(member, {})
            if place.field is None:
                known = {wire for wire, _ in _wire_fields(place.schema)}
                unknown = place.schema.error_messages["unknown"]
                inside.update((name, [unknown]) for name in value if name not in known)
                continue
            inside[place.path[-1]] = place.field.problems(value)
        _merge(problems, self.schema.cross_problems(body))
        return problems

    def _violations(self, body: object) -> list[Violation]:
        prefix = self.schema.prefix
        if type(body) is not dict:
            return [Violation("body", f"{prefix}.body.type", "Must be a JSON object, such as {}.")]
        return _flatten(self.problems(body), "", prefix, [])


class NewReader(BodyReader):
    """Reads the bodies of Add registry; most of them in one go, as they come over the wire."""

    schema: RegistryCreateSchema

    def __init__(self, schema: RegistryCreateSchema) -> None:
        super().__init__(schema)
        self._quick = _quick(schema) if schema.is_plain else None
        required = schema.behaviour.credentials_required
        self._never = required == "never"
        self._with = required == "with-integration"

    def ready(self, text: bytes) -> tuple[str, bytes] | None:
        """Return the name and the rendered form of a valid body; None where only `read` can tell whether it is one."""
        quick = self._quick
        if quick is None:
            return None
        body = quick.decode(text)
        if body is None or not (self._never or self._has_what_it_needs(body, quick.unset)):
            return None
        return body.name, quick.render(body)

    def _has_what_it_needs(self, body: Any, unset: object) -> bool:
        if (body.integrationId is not unset) is not self._with:
            return True
        given = body.credentials
        return given is not unset and given.username is not unset and given.password is not unset


def _quick(schema: RegistryCreateSchema) -> Quick | None:
    try:
        from emulator.quickread import compile_quick
    except ImportError:  # pragma: no cover - msgspec is compiled for CPython only; without it, it is the ordinary way
        return None
    return compile_quick(schema, dropped=("updatedAt", "createdAt"))


def rule_ids(schema: BodySchema) -> Iterator[str]:
    """Yield the id of every constraint that the fields of `schema` enforce."""
    yield f"{schema.prefix}.body.type"
    yield from (f"{schema.prefix}.{path}" for path in _field_rules(schema, ""))


def _field_rules(schema: Schema, base: str) -> Iterator[str]:
    for wire, field in _wire_fields(schema):
        path = f"{base}{wire}"
        if field.required:
            yield f"{path}.required"
        if isinstance(field, Object):
            yield f"{path}.type"
            yield from _field_rules(field.schema, f"{path}.")
        elif isinstance(field, JSONField):
            yield f"{path}.{field.type_kind}"
            if isinstance(field, Array):
                yield f"{path}.{field.inner.type_kind}"
            for validator in field.validators:
                yield f"{path}.{validator.kind}"  # type: ignore[attr-defined]  # all are those of fields.py


def _wire_fields(schema: Schema) -> Iterator[tuple[str, Any]]:
    for name, field in schema.fields.items():
        yield field.data_key or name, field


def known_members(schema: Schema) -> dict[str, Any]:
    """Return the wire names of a schema's members; under that of an object its own, under others None."""
    return {
        wire: known_members(field.schema) if isinstance(field, Object) else None for wire, field in _wire_fields(schema)
    }


def _prune(body: _JSONObject, members: Mapping[str, Any]) -> _JSONObject:
    return {
        wire: value if members[wire] is None else _prune(value, members[wire])
        for wire, value in body.items()
        if wire in members
    }


def _set_unknown(schema: Schema, policy: Literal["exclude", "raise"]) -> None:
    """Set what happens to unknown members at every depth: marshmallow does not hand it down."""
    schema.unknown = policy
    schema.error_messages = {**schema.error_messages, "unknown": Problem("common.unknown-fields", "Unknown field.")}
    for field in schema.fields.values():
        if isinstance(field, Object):
            field.unknown = policy
            _set_unknown(field.schema, policy)


def _member(body: object, name: str) -> object:
    return body.get(name) if isinstance(body, dict) else None


def _merge(problems: _JSONObject, others: Mapping[Any, Any]) -> None:
    """Add other problems, as marshmallow adds those of a schema to those of its fields."""
    for key, value in others.items():
        if key not in problems:
            problems[key] = value
        elif type(value) is dict:
            _merge(problems[key], value)
        else:
            problems[key] = [*problems[key], *value]


def _flatten(messages: Mapping[Any, Any], path: str, rule_path: str, found: list[Violation]) -> list[Violation]:
    """Add the problems of marshmallow's nested messages, lists of problems under names and indices, to `found`.

    Paths begin behind a dot; `rule_path` begins with the prefix of the rules.
    """
    for key, value in messages.items():
        if type(key) is int:
            here, rule_here = f"{path}[{key}]", rule_path
        else:
            here, rule_here = f"{path}.{key}", f"{rule_path}.{key}"
        if type(value) is dict:
            _flatten(value, here, rule_here, found)
            continue
        for problem in value:
            kind = problem.kind
            rule = kind if "." in kind else f"{rule_here}.{kind}"
            found.append(Violation._make((here[1:], rule, problem)))  # half the time of `Violation(...)`
    return found
