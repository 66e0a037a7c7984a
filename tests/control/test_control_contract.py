"""The contract of the control routes is valid, its examples are true, and it says what the code says."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from emulator.api import operations
from emulator.behaviour import CHOICES, DEFAULT
from emulator.control import bodies
from emulator.control.routes import ROUTES, Route
from emulator.faults import EFFECTS, Fault
from emulator.matching import CRITERIA
from emulator.models import Permission
from emulator.profile import DETAILS, KINDS, ErrorShape, settleable
from emulator.seeding import available
from tests import contract_checker
from tests.contract_checker import Contract, Pointer

CONTROL: Final = Contract("contracts/control.yaml")
DOCUMENT: Final = CONTROL.document
SCHEMAS: Final[dict[str, Any]] = DOCUMENT["components"]["schemas"]
OPERATIONS: Final = {(method, path): identifier for identifier, method, path in CONTROL.operation_ids()}
JSON: Final = "application/json"


def walk(node: Any, at: Pointer = ()) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Yield every object of the document with its place, except what examples hold."""
    if isinstance(node, dict):
        yield at, node
        for key, value in node.items():
            if key not in {"value", "example"} or at[-1:] == ("properties",):
                yield from walk(value, (*at, str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, (*at, str(index)))


MEDIA_TYPES: Final = [
    (*at, media) for at, node in walk(DOCUMENT) if at[-1:] == ("content",) for media in node if "/" in media
]
SINGLE_EXAMPLES: Final = [at for at, node in walk(DOCUMENT) if "example" in node]


def operation_of(route: Route) -> Any:
    return DOCUMENT["paths"][operations.CONTROL + route.path][route.method.lower()]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def resolved(node: Any) -> Any:
    """Return what a reference leads to, else the node itself."""
    if "$ref" in node:
        return CONTROL.place(CONTROL.resolve(tuple(node["$ref"].removeprefix("#/").split("/"))))
    return node


def test_the_contract_is_a_valid_openapi_document() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


@pytest.mark.parametrize("at", MEDIA_TYPES, ids="/".join)
def test_every_request_and_every_response_has_examples_that_satisfy_its_schema(at: Pointer) -> None:
    examples = CONTROL.place(at).get("examples", {})
    check = CONTROL.validator(*at, "schema")
    assert examples
    for name, example in examples.items():
        errors = [error.message for error in check.iter_errors(example["value"])]
        assert not errors, name


@pytest.mark.parametrize("at", SINGLE_EXAMPLES, ids="/".join)
def test_every_parameter_and_header_example_satisfies_its_schema(at: Pointer) -> None:
    assert CONTROL.validator(*at, "schema").is_valid(CONTROL.place(at)["example"])


def test_every_answer_and_every_body_is_looked_at() -> None:
    contents = [at for at, node in walk(DOCUMENT) if "responses" in at[:-1] and "content" in node]
    assert len(MEDIA_TYPES) > len(contents) > len(OPERATIONS)


def test_every_object_is_closed_or_has_members_of_any_name() -> None:
    described = [(at, node) for at, node in walk(DOCUMENT["components"]["schemas"]) if node.get("type") == "object"]
    opened = [at for at, node in described if "additionalProperties" not in node]
    assert len(described) > 40
    assert opened == []


def test_the_document_has_exactly_the_routes_of_the_program() -> None:
    assert len(ROUTES) == len(OPERATIONS)
    assert {(route.method, operations.CONTROL + route.path) for route in ROUTES} == set(OPERATIONS)
    assert len(set(OPERATIONS.values())) == len(OPERATIONS)


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_a_route_takes_the_parameters_and_the_body_that_the_document_gives_it(route: Route) -> None:
    operation = operation_of(route)
    item = DOCUMENT["paths"][operations.CONTROL + route.path]
    parameters = [resolved(node) for node in (*item.get("parameters", []), *operation.get("parameters", []))]
    queries = [parameter["name"] for parameter in parameters if parameter["in"] == "query"]
    in_path = [parameter["name"] for parameter in parameters if parameter["in"] == "path"]
    assert queries == list(route.query)
    assert in_path == re.findall(r"\{(.+?)\}", route.path)
    assert ("requestBody" in operation) is route.body
    assert (operation.get("security") == []) is route.always


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_a_route_lists_its_errors_one_by_one_and_each_with_its_status_in_the_envelope(route: Route) -> None:
    responses = operation_of(route)["responses"]
    errors = {"400", "403", "405", "413", "415", "500"} | (set() if route.always else {"401"})
    others = {
        "/ready": {"503"},
        "/seed": {"409"},
        "/faults/{faultId}": {"404"},
        "/credentials/{credentialId}": {"404"},
    }.get(route.path, {"409"} if (route.method, route.path) == ("PUT", "/clock") else set())
    assert set(responses) == {"200"} | errors | others
    for status in set(responses) - {"200", "503"}:
        envelope, narrowed = resolved(responses[status])["content"][JSON]["schema"]["allOf"]
        assert envelope == {"$ref": "#/components/schemas/Error"}
        error = narrowed["properties"]["error"]["properties"]
        assert error["status"] == {"const": int(status)}
        assert set(error["id"]) <= {"const", "enum"}


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_every_answer_has_the_headers_of_control(route: Route) -> None:
    for response in operation_of(route)["responses"].values():
        assert {"x-emulator-version", "Cache-Control"} <= set(resolved(response)["headers"])


def test_every_link_leads_to_an_operation_of_the_contract() -> None:
    assert {link["operationId"] for link in DOCUMENT["components"]["links"].values()} <= set(OPERATIONS.values())


def keys(schema: bodies.ControlSchema) -> set[str]:
    return {field.data_key or name for name, field in schema.fields.items()}


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        (bodies.AccountSchema, ["AccountChoice"]),
        (bodies.SeedSchema, ["SeedFixture", "SeedContent", "SeedCount"]),
        (bodies.PatternSchema, ["Pattern"]),
        (bodies.VerifySchema, ["Verification"]),
        (bodies.FaultSchema, ["Fault"]),
        (bodies.ClockSchema, ["ClockChange"]),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_the_keys_of_a_body_are_the_properties_of_its_schema(
    schema: type[bodies.ControlSchema], names: list[str]
) -> None:
    assert keys(schema()) == {name for document in names for name in SCHEMAS[document]["properties"]}


def test_every_body_schema_of_the_program_is_compared() -> None:
    compared = {"AccountSchema", "SeedSchema", "PatternSchema", "VerifySchema", "FaultSchema", "ClockSchema"}
    theirs = {name for name, value in vars(bodies).items() if isinstance(value, type) and name.endswith("Schema")}
    assert theirs - {"Schema", "ControlSchema", "EmptySchema", "TimesSchema"} == compared
    times = SCHEMAS["Verification"]["properties"]["times"]
    assert keys(bodies.TimesSchema()) == set(times["properties"])
    assert keys(bodies.EmptySchema()) == set()


def test_a_pattern_can_ask_for_every_criterion_and_for_an_account_by_its_token() -> None:
    assert keys(bodies.PatternSchema()) == {*CRITERIA, "token"}


def test_operations_are_those_of_the_emulated_api() -> None:
    assert sorted(SCHEMAS["Operation"]["enum"]) == sorted(operations.NAMES)
    assert sorted(operations.NAMES) == sorted(identifier for identifier, _, _ in contract_checker.operation_ids())


def test_effects_are_those_of_the_program() -> None:
    assert SCHEMAS["Effect"]["enum"] == list(EFFECTS)
    assert all(f"`{effect}`" in SCHEMAS["Effect"]["description"] for effect in EFFECTS)


def test_the_defaults_of_a_fault_are_those_of_the_program() -> None:
    wire = {"delayMs": "delay", "jitterMs": "jitter"}
    properties = SCHEMAS["Fault"]["properties"]
    stated = {wire.get(name, name): node["default"] for name, node in properties.items() if "default" in node}
    fault = Fault()
    assert stated == {name: getattr(fault, name) for name in stated}
    assert set(stated) == set(Fault.__dataclass_fields__) - {"account"}


def test_fixtures_are_those_that_come_with_the_program() -> None:
    assert SCHEMAS["SeedFixture"]["properties"]["fixture"]["enum"] == available()


def test_permissions_are_those_of_the_program() -> None:
    assert SCHEMAS["Permission"]["enum"] == [str(permission) for permission in Permission]


def test_assumptions_are_those_of_the_program() -> None:
    properties = SCHEMAS["AssumptionChoices"]["properties"]
    assert {name: tuple(node["enum"]) for name, node in properties.items()} == CHOICES
    answered = SCHEMAS["Assumptions"]
    assert answered["required"] == list(answered["properties"]) == list(CHOICES)
    for name, node in answered["properties"].items():
        assert node["properties"] == {"value": {"enum": list(CHOICES[name])}, "choices": {"const": list(CHOICES[name])}}
    example = DOCUMENT["components"]["responses"]["AssumptionsRead"]["content"][JSON]["examples"]["defaults"]["value"]
    assert {name: entry["value"] for name, entry in example.items()} == DEFAULT.choices()


def test_the_limits_of_numbers_are_those_of_the_program() -> None:
    schema = bodies.SeedSchema()
    for name, node in SCHEMAS["SeedCount"]["properties"].items():
        field = schema.fields[name]
        if isinstance(field, bodies.Number):
            assert (node["minimum"], node["maximum"]) == (field.lowest, field.highest)
    for fields, properties in (
        (bodies.PatternSchema().fields, SCHEMAS["Pattern"]["properties"]),
        (bodies.ClockSchema().fields, SCHEMAS["ClockChange"]["properties"]),
        (bodies.TimesSchema().fields, SCHEMAS["Verification"]["properties"]["times"]["properties"]),
    ):
        numbers = [(field.data_key or name, field) for name, field in fields.items() if type(field) is bodies.Number]
        assert numbers
        for name, field in numbers:
            node = resolved(properties[name])
            assert (node["minimum"], node["maximum"]) == (field.lowest, field.highest)


CONSTRAINTS: Final = {
    *("type", "required", "minLength", "maxLength", "pattern", "enum", "minimum", "maximum", "if", "then"),
    *("properties", "items"),
}


def constraints(node: Any) -> Any:
    """Return a schema without descriptions, references and what closes it; times are left to each document."""
    if not isinstance(node, dict):
        return node
    if "properties" in node and isinstance(node["properties"], dict):
        inner = {name: constraints(value) for name, value in node["properties"].items() if not name.endswith("At")}
        node = {**node, "properties": inner}
    return {
        key: constraints(value) if key in {"items", "then"} else value
        for key, value in node.items()
        if key in CONSTRAINTS
    }


def test_credentials_have_the_constraints_of_the_emulated_api() -> None:
    theirs = contract_checker.CONTRACT["components"]["schemas"]["RegistryCreate"]
    assert constraints(SCHEMAS["FixtureBody"]) == constraints(theirs)
    stored = constraints(SCHEMAS["StoredRegistry"])
    identifier = stored["properties"].pop("id")
    assert stored["properties"] == constraints(theirs)["properties"]
    assert identifier == constraints(contract_checker.CONTRACT["components"]["schemas"]["RegistryId"])


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        pytest.param("Seed", {}, id="no-source"),
        pytest.param("Seed", {"fixture": "empty", "count": 1}, id="two-sources"),
        pytest.param("Seed", {"fixture": "empty", "seed": 1}, id="seed-of-a-fixture"),
        pytest.param("Seed", {"content": {}, "team": "t"}, id="team-of-content"),
        pytest.param("Seed", {"count": 1, "account": "a", "token": "t"}, id="two-names"),
        pytest.param("Seed", {"count": 0}, id="count-too-small"),
        pytest.param("Seed", {"count": 1_000_001}, id="count-too-large"),
        pytest.param("AccountChoice", {"token": "two words"}, id="token-of-two-words"),
        pytest.param("Pattern", {"method": None}, id="null"),
        pytest.param("Fault", {"times": 0}, id="never"),
        pytest.param("Fault", {"operation": "add"}, id="unknown-operation"),
        pytest.param("ClockChange", {"now": "2026-02-30T00:00:00Z"}, id="no-such-day"),
        pytest.param("ClockChange", {"now": "2026-11-24"}, id="date-without-a-time"),
        pytest.param("ClockChange", {"now": "1969-12-31T23:59:59Z"}, id="before-1970"),
        pytest.param("TokenDeclarations", {"tokens": [{"token": "a b", "account": "a"}]}, id="word-of-two"),
        pytest.param("AssumptionChoices", {"duplicate-name": "refuse"}, id="unknown-choice"),
        pytest.param("SeedAnswer", {"account": None, "added": 1, "seed": 1}, id="seed-without-origin"),
        pytest.param("Rule", {"assumption": "secrets"}, id="switch-without-value"),
    ],
)
def test_a_body_that_the_program_refuses_is_none_for_the_contract(schema: str, body: object) -> None:
    assert not CONTROL.validator("components", "schemas", schema).is_valid(body)


def test_profiles_have_the_rules_the_choices_and_the_kinds_of_the_program() -> None:
    properties = SCHEMAS["Profile"]["properties"]
    rules = properties["rules"]["properties"]
    assert {rule: tuple(node["properties"]["choice"]["enum"]) for rule, node in rules.items()} == dict(settleable())
    assert tuple(properties["errors"]["properties"]) == KINDS
    assert set(SCHEMAS["ErrorShape"]["properties"]) == {field.name for field in dataclasses.fields(ErrorShape)}
    assert SCHEMAS["ErrorShape"]["properties"]["details"]["enum"] == list(DETAILS)
