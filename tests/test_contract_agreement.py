"""Contract and emulator agree: on every constraint with its value, and on the verdict over any body or query.

The referee is `jsonschema-rs` with the request schemas of the contract, so an ECMA-262 reading of patterns.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import pytest
import regress
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema

from emulator import Emulator, patterns
from emulator.api import paging
from emulator.fields import Array, Flag, Matches, MaxLength, MinLength, Object, OneOf, Text
from emulator.schemas import RegistryCreateSchema, RegistryUpdateSchema, rule_ids
from emulator.slugs import MAX_ID_LENGTH
from tests.contract_checker import CONTRACT, Exchange, known, place, validator
from tests.http_client import CheckedClient, registries
from tests.strategies import (
    ECMA_WHITESPACE,
    JUNK,
    LOOK_ALIKES,
    broken_bodies,
    nodes,
    replaced,
    valid_bodies,
    without,
)

# Seconds, but a failure is made small before it is told, for up to five minutes.
pytestmark = pytest.mark.timeout(600)

SCHEMAS: Final = CONTRACT["components"]["schemas"]
CREATE: Final[dict[str, Any]] = SCHEMAS["RegistryCreate"]
UPDATE: Final[dict[str, Any]] = SCHEMAS["RegistryUpdate"]
KINDS: Final = {
    "type": "type",
    "required": "required",
    "minLength": "min-length",
    "maxLength": "max-length",
    "pattern": "pattern",
    "enum": "one-of",
    "minimum": "minimum",
    "maximum": "maximum",
}
"""The last part of the rule id for each keyword of the contract's request schemas and parameters."""

TOKENS: Final = map("agreement-{}".format, itertools.count(1))
SERVER_TIMES: Final = ("updatedAt", "createdAt")
SETTINGS: Final = settings(max_examples=4 * settings().max_examples)


def members(schema: Mapping[str, Any], base: str = "") -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Yield wire path, schema and whether it is required, of all that a request schema holds; items end with `[]`."""
    for name, inner in schema.get("properties", {}).items():
        path = f"{base}.{name}" if base else name
        yield path, inner, name in schema.get("required", [])
        yield from members(inner, path)
        if "items" in inner:
            yield f"{path}[]", inner["items"], False


# The constraints, side by side: what the contract states and what the marshmallow schemas check.

Constraints = dict[str, dict[str, object]]


def contracted(schema: Mapping[str, Any]) -> Constraints:
    """Return the keywords of a request schema by wire path."""
    stated = ("type", "minLength", "maxLength", "pattern", "enum")
    return {
        path: {key: inner[key] for key in stated if key in inner} | {"required": required}
        for path, inner, required in members(schema)
    }


def checked(schema: Schema, base: str = "") -> Constraints:
    """Return what a marshmallow schema checks, in the contract's keywords by wire path."""
    found: Constraints = {}
    for name, field in schema.fields.items():
        path = f"{base}.{field.data_key or name}" if base else field.data_key or name
        kind = {Text: "string", Flag: "boolean", Array: "array", Object: "object"}[type(field)]
        found[path] = {"type": kind, "required": field.required} | dict(map(keyword, field.validators))
        if isinstance(field, Object):
            found |= checked(field.schema, path)
        if isinstance(field, Array):
            assert type(field.inner) is Text
            found[f"{path}[]"] = {"type": "string", "required": False}
    return found


def keyword(check: object) -> tuple[str, object]:
    match check:
        case MinLength():
            return "minLength", check.limit
        case MaxLength():
            return "maxLength", check.limit
        case OneOf():
            return "enum", list(check.choices)
        case Matches():
            assert check.pattern == patterns.compile_ecma(check.source)
            return "pattern", check.source
    raise AssertionError(f"{check} has no keyword")


BOTH: Final = pytest.mark.parametrize(
    ("schema", "request_schema"),
    [pytest.param(RegistryCreateSchema(), CREATE, id="add"), pytest.param(RegistryUpdateSchema(), UPDATE, id="update")],
)


@BOTH
def test_the_schemas_check_what_the_contract_states_with_the_same_limits(
    schema: Schema, request_schema: Mapping[str, Any]
) -> None:
    assert checked(schema) == contracted(request_schema)


@BOTH
def test_the_schemas_have_the_rule_ids_of_the_contract(
    schema: RegistryCreateSchema | RegistryUpdateSchema, request_schema: Mapping[str, Any]
) -> None:
    kinds = {*KINDS.values(), "item-type"}
    named = [request_schema["x-rule"], *(inner["x-rule"] for _, inner, _ in members(request_schema))]
    constraints = sorted(rule for rule in itertools.chain(*named) if rule.rpartition(".")[2] in kinds)
    assert sorted(rule_ids(schema)) == constraints
    assert len(set(constraints)) == len(constraints) > 10


def test_the_schemas_put_the_condition_on_the_members_that_the_contract_puts_it_on() -> None:
    named = itertools.chain(*(inner["x-rule"] for _, inner, _ in members(CREATE)))
    conditional = {rule for rule in named if rule.endswith(".conditional")}
    assert conditional == {"add.credentials.username.conditional", "add.credentials.password.conditional"}
    assert CREATE["if"] == {"required": ["integrationId"]}


def test_paging_has_the_limits_and_the_default_of_the_contract() -> None:
    per_page, page = (CONTRACT["components"]["parameters"][name]["schema"] for name in ("PerPage", "Page"))
    assert per_page == {
        "type": "integer",
        "minimum": 1,
        "maximum": paging.PER_PAGE_MAX,
        "default": paging.PER_PAGE_DEFAULT,
    }
    assert page == {"type": "integer", "minimum": 1}
    assert SCHEMAS["ListAnswer"]["properties"]["data"]["properties"]["credentials"]["maxItems"] == paging.PER_PAGE_MAX


def test_ids_are_made_to_the_limits_of_the_contract() -> None:
    assert SCHEMAS["RegistryId"]["pattern"] == patterns.REGISTRY_ID_SOURCE
    assert SCHEMAS["RegistryId"]["maxLength"] == MAX_ID_LENGTH


def test_the_referee_reads_patterns_as_ecma_262_does() -> None:
    pattern = CREATE["properties"]["name"]["pattern"]
    engine = regress.Regex(pattern)
    referee = validator("components", "schemas", "RegistryCreate", "properties", "name")
    odd = [f"a{chr(code)}b" for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    assert [text for text in odd if referee.is_valid(text) is not bool(engine.find(text))] == []
    assert not referee.is_valid("abc\n")
    # The test knows what it talks about: these are the characters that ECMA-262 lists, without Python's look-alikes.
    whitespace = {text[1] for text in odd if re.fullmatch("[^a-zA-Z0-9-]", text[1]) and referee.is_valid(text)}
    assert whitespace == set(ECMA_WHITESPACE)
    assert whitespace.isdisjoint(LOOK_ALIKES)


# The verdicts: a body is sent over HTTP, and the referee is asked.


class Write(NamedTuple):
    """An operation with a body: where it goes, and the name of its request schema."""

    operation: str
    method: str
    schema: str
    team: str | None
    modify: bool = False

    @property
    def request_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = SCHEMAS[self.schema]
        return schema

    @property
    def adds(self) -> bool:
        return self.schema == "RegistryCreate"


WRITES: Final = (
    Write("add-registry", "POST", "RegistryCreate", None),
    Write("add-team-registry", "POST", "RegistryCreate", "team-a"),
    Write("update-registry", "PATCH", "RegistryUpdate", None),
    Write("update-team-registry", "PATCH", "RegistryUpdate", "team-a"),
    Write("modify-registry", "POST", "RegistryUpdate", None, modify=True),
    Write("modify-team-registry", "POST", "RegistryUpdate", "team-a", modify=True),
)
STORED: Final = {"name": "stored", "provider": "legacy", "restrictions": {"restricted": False}}

EVERYTHING: Final[Mapping[str, dict[str, Any]]] = {
    "RegistryCreate": {
        "name": "a-b c\ufeffd",
        "provider": "gar",
        "registryUrl": "europe-docker.pkg.dev",
        "aws": {"region": "eu-west-1"},
        "gcp": {"projectId": "project"},
        "azure": {"resourceGroup": "group"},
        "integrationId": "team/an-integration",
        "credentials": {"username": "robot", "password": "", "scope": {"pull": True, "push": False}},
        "restrictions": {"restricted": True, "projects": ["one", "two"]},
        "updatedAt": "yesterday",
        "createdAt": "",
        "unknown": {"inner": None},
    },
    "RegistryUpdate": {
        "credentials": {"username": "robot", "password": "", "scope": {"pull": True, "push": False}},
        "restrictions": {"restricted": True, "projects": ["one", "two"]},
        "updatedAt": "yesterday",
        "createdAt": "",
        "unknown": {"inner": None},
    },
}
"""Bodies with every member of the request schemas."""

# Every length up to beyond the limit, and every separator that there might be, at every kind of place.
NAMES: Final = [
    *("a" * length for length in range(42)),
    *(
        form.format(c)
        for c in [*ECMA_WHITESPACE, *LOOK_ALIKES, *"-_./é"]
        for form in ("ab{0}c", "{0}abc", "abc{0}", "a{0}{0}b")
    ),
    *("ab-c-d e", "1abc", "ABC", "a- b", "Äbc", "ａｂｃ", "abc\U0001d51e"),
]
INTEGRATION_IDS: Final = [
    *("a", "A1", "a-1", "org/a", "team/a-b-c", "a" * 100, "org/team", "org"),
    *(
        "",
        "1",
        "-a",
        "a-",
        "a--b",
        "a b",
        "a\n",
        "org/",
        "/a",
        "user/a",
        "ORG/a",
        "org/team/a",
        "org\\/a",
        "a\ufeff",
        "é",
    ),
]
PROVIDERS: Final = [
    *CREATE["properties"]["provider"]["enum"],
    "ECR",
    "ecr ",
    "ecr\n",
    " gar",
    "gcr",
    "gcr-eu",
    "dhi",
    "",
]
MORE_VALUES: Final[Mapping[tuple[str | int, ...], list[str]]] = {
    ("name",): NAMES,
    ("integrationId",): INTEGRATION_IDS,
    ("provider",): PROVIDERS,
}


def bodies_one_change_away(everything: Mapping[str, Any]) -> Iterator[Any]:
    """Yield a full body, and it with each node dropped and replaced by every other kind of value."""
    yield everything
    for path in nodes(everything):
        if path:
            yield without(everything, path)
        yield from (replaced(everything, path, value) for value in (*JUNK, *MORE_VALUES.get(path, ())))


def broken_rules(write: Write, body: object) -> set[str]:
    """Return the rules that the referee finds broken, found through the `x-rule` of the contract."""
    errors = list(validator("components", "schemas", write.schema).iter_errors(body))
    mistyped = [error.instance_path for error in errors if error.schema_path[-1] == "type"]
    rules: set[str] = set()
    for error in errors:
        *at, keyword = error.schema_path
        if keyword == "required":
            rules |= set(missing_rules(write, error))
        elif keyword == "type" or error.instance_path not in mistyped:
            # (For a value of the wrong type nothing else is told, while JSON Schema's `enum` minds types as well.)
            rules.add(named_rule(place(tuple(map(str, at))), keyword))
    return rules


def missing_rules(write: Write, error: Any) -> Iterator[str]:
    conditional = "then" in error.schema_path
    schema: Mapping[str, Any] = write.request_schema
    for part in (*error.instance_path, error.kind.property):
        schema = schema["properties"][part]
    if not conditional:
        yield named_rule(schema, "required")
    elif "properties" not in schema:
        yield named_rule(schema, "conditional")
    else:  # with the whole object missing, so are the members that the condition wants in it
        wanted = write.request_schema["then"]["properties"][error.kind.property]["required"]
        yield from (named_rule(schema["properties"][name], "conditional") for name in wanted)


def named_rule(schema: Mapping[str, Any], keyword: str) -> str:
    """Return the one rule that a schema of the contract names for a keyword."""
    kind = KINDS.get(keyword, keyword)
    (rule,) = (name for name in schema["x-rule"] if name.rpartition(".")[2] in {kind, f"item-{kind}"})
    return str(rule)


class Verdicts:
    """Sends bodies to the emulator, each where nothing else can decide its fate, and compares the verdicts."""

    def __init__(self, client: CheckedClient) -> None:
        self.client = client
        self.stored: dict[str | None, str] = {}
        self.accepted = 0
        self.rejected = 0
        self.rules: set[str] = set()

    def compare(self, write: Write, body: Any, *, ascii_only: bool = True) -> None:
        if write.adds:
            token = next(TOKENS)  # an empty account, so that no name is taken
            path = registries(write.team)
        else:
            token = self._holder(write.team)
            path = registries(write.team, "stored", modify=write.modify)
        broken = broken_rules(write, body)
        answer = self.client.ask(write.method, path, token=token, body=body, ascii_only=ascii_only)
        if broken:
            self._compare_rejection(answer, broken)
            if write.adds:
                listed = self.client.ask("GET", path, token=token).json
                assert listed["pagination"] == {"hasNextPage": False, "count": 0}, "what is refused is not stored"
        else:
            assert answer.status == 200, f"the contract accepts {body!r}\n{answer}"
            self.accepted += 1
            if write.adds:
                self._compare_added(answer, body)
                one = f"{path}/{answer.json['data']['id']}"
                read = self.client.ask("GET", one, token=token).json["data"]
                assert {name: read[name] for name in read if name not in SERVER_TIMES} == answer.json["data"]

    def _holder(self, team: str | None) -> str:
        """Return a token whose account, or team, has credentials to update."""
        if team not in self.stored:
            self.stored[team] = next(TOKENS)
            answer = self.client.ask("POST", registries(team), token=self.stored[team], body=STORED)
            assert answer.status == 200
        return self.stored[team]

    def _compare_rejection(self, answer: Exchange, broken: set[str]) -> None:
        assert answer.status == 400, f"the contract refuses this, see {sorted(broken)}\n{answer}"
        assert answer.json["error"]["id"] == "invalid-request"
        assert sorted(answer.rules) == sorted(broken), answer
        self.rejected += 1
        self.rules |= broken

    def _compare_added(self, answer: Exchange, body: Mapping[str, Any]) -> None:
        given = {name: value for name, value in known(body, CREATE).items() if name not in SERVER_TIMES}
        answered = {name: value for name, value in answer.json["data"].items() if name != "id"}
        assert answered == given, "what was given comes back, and nothing else"


@pytest.fixture(scope="module")
def client(live: Emulator) -> Iterator[CheckedClient]:
    with CheckedClient(live.url) as client:
        yield client


WRITING: Final = pytest.mark.parametrize("write", WRITES, ids=lambda write: write.operation)


@WRITING
def test_every_constraint_is_enforced_on_every_node_and_told_by_its_rule(client: CheckedClient, write: Write) -> None:
    verdicts = Verdicts(client)
    for body in bodies_one_change_away(EVERYTHING[write.schema]):
        verdicts.compare(write, body)
    schema = RegistryCreateSchema() if write.adds else RegistryUpdateSchema()
    conditional = {f"add.credentials.{member}.conditional" for member in ("username", "password") if write.adds}
    assert verdicts.rules == {*rule_ids(schema), *conditional}
    assert verdicts.accepted > 50


SCHEMA_NAMES: Final = pytest.mark.parametrize("schema", ["RegistryCreate", "RegistryUpdate"], ids=["add", "update"])


def writes(schema: str) -> st.SearchStrategy[Write]:
    return st.sampled_from([write for write in WRITES if write.schema == schema])


@SCHEMA_NAMES
def test_generated_valid_bodies_are_accepted(client: CheckedClient, schema: str) -> None:
    verdicts = Verdicts(client)

    @SETTINGS
    @given(writes(schema), valid_bodies(SCHEMAS[schema]), st.booleans())
    def compare(write: Write, body: Any, ascii_only: bool) -> None:
        verdicts.compare(write, body, ascii_only=ascii_only)

    compare()
    assert verdicts.accepted >= SETTINGS.max_examples
    assert verdicts.rejected == 0


@SCHEMA_NAMES
def test_bodies_broken_in_one_place_get_the_verdict_of_the_contract(client: CheckedClient, schema: str) -> None:
    verdicts = Verdicts(client)

    @SETTINGS
    @given(writes(schema), broken_bodies(SCHEMAS[schema]), st.booleans())
    def compare(write: Write, body: Any, ascii_only: bool) -> None:
        verdicts.compare(write, body, ascii_only=ascii_only)

    compare()
    assert verdicts.rejected > SETTINGS.max_examples / 4
    assert verdicts.accepted > 0


# The query of a list, parameter by parameter: what two of them do to each other no schema can say.

NUMBERS: Final = [*range(-3, 104), 10**9, 2**63, 10**18, 10**30, -(10**30)]
TEXTS: Final = [
    "",
    " ",
    "abc",
    "1.0",
    "1e1",
    "0x1",
    "+1",
    " 1",
    "1 ",
    "1_0",
    "--1",
    "-",
    "٣",
    "１",
    "true",
    "null",
    "[1]",
    "NaN",
]


@pytest.mark.parametrize("team", [None, "team-a"], ids=["account", "team"])
@pytest.mark.parametrize(("name", "parameter"), [("per_page", "PerPage"), ("page", "Page")])
def test_page_numbers_get_the_verdict_of_the_contract(
    client: CheckedClient, fresh_token: str, team: str | None, name: str, parameter: str
) -> None:
    referee = validator("components", "parameters", parameter, "schema")
    rules: set[str] = set()
    for value in (*NUMBERS, *TEXTS):
        answer = client.ask("GET", registries(team), token=fresh_token, query={name: value})
        broken = {
            named_rule({"x-rule": CONTRACT["components"]["parameters"][parameter]["x-rule"]}, error.schema_path[-1])
            for error in referee.iter_errors(value)
        }
        assert answer.status == (400 if broken else 200), answer
        assert broken == {rule for rule in answer.rules if rule != "list.page-range"}, answer
        assert list(answer.json.get("error", {}).get("details", {})) == ([name] if broken else [])
        rules |= broken
    limits = [
        key
        for key in ("type", "minimum", "maximum")
        if key in CONTRACT["components"]["parameters"][parameter]["schema"]
    ]
    assert rules == {f"list.{name}.{key}" for key in limits}
