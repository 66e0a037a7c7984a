"""The contract is a valid OpenAPI document, its examples are true, and it names a rule for every constraint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

CONTRACTS: Final = Path(__file__).parents[1] / "contracts"
CONTRACT: Final[dict[str, Any]] = yaml.safe_load((CONTRACTS / "openapi.yaml").read_text("utf-8"))
URI: Final = "urn:contract"
REGISTRY: Final = jsonschema_rs.Registry([(URI, CONTRACT)], draft=jsonschema_rs.Draft202012)
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# The constraint that each keyword states, as the last part of a rule id.
KINDS: Final = {
    "type": "type",
    "minLength": "min-length",
    "maxLength": "max-length",
    "pattern": "pattern",
    "enum": "one-of",
    "minimum": "minimum",
    "maximum": "maximum",
    "default": "default",
}
CONSTRAINT_KINDS: Final = {*KINDS.values(), "required", "conditional", "item-type"}
# Keywords that are read with their parent, or that state no constraint of the page (`format` and the closed answers
# have rules of their own).
OTHER_KEYWORDS: Final = {
    *("description", "x-rule", "required", "properties", "items", "if", "then", "format", "additionalProperties")
}

Node = Any
Pointer = tuple[str, ...]


def resolve(node: Node) -> Node:
    """Return what a reference points to, with the members beside the reference; their rules are added up."""
    if not isinstance(node, dict) or "$ref" not in node:
        return node
    target: Node = CONTRACT
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    target = resolve(target)
    beside = {key: value for key, value in node.items() if key != "$ref"}
    return {**target, **beside, "x-rule": [*target.get("x-rule", []), *beside.get("x-rule", [])]}


def walk(node: Node, at: Pointer = ()) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Yield every object of the document with its place, except what examples hold."""
    if isinstance(node, dict):
        yield at, node
        for key, value in node.items():
            if key not in {"value", "example"}:
                yield from walk(value, (*at, str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, (*at, str(index)))


def validator(*at: str) -> Any:
    """Return a validator of the schema at a place of the document; patterns are ECMA-262, formats are checked."""
    fragment = "".join("/" + quote(part.replace("~", "~0").replace("/", "~1")) for part in at)
    return jsonschema_rs.Draft202012Validator({"$ref": f"{URI}#{fragment}"}, registry=REGISTRY, validate_formats=True)


def operations() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield the id of each operation, the operation, and its path."""
    for path in CONTRACT["paths"].values():
        for method, operation in path.items():
            if method in METHODS:
                yield operation["operationId"], operation, path


OPERATIONS: Final = {identifier: operation for identifier, operation, _ in operations()}
MEDIA_TYPES: Final = [
    (*at, media)
    for at, node in walk(CONTRACT)
    if at and at[-1] == "content"
    for media in node
    if "schema" in node[media]
]
SINGLE_EXAMPLES: Final = [at for at, node in walk(CONTRACT) if "example" in node]


def place(at: Pointer) -> Node:
    node: Node = CONTRACT
    for part in at:
        node = node[int(part)] if isinstance(node, list) else node[part]
    return node


def test_the_contract_is_a_valid_openapi_document() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(CONTRACT).iter_errors()] == []


def test_the_contract_has_all_operations_of_the_resource_and_of_the_service() -> None:
    resource = {f"{verb}-registry" for verb in ("add", "get", "update", "modify", "delete")} | {"list-registries"}
    team = {identifier.replace("-regist", "-team-regist") for identifier in resource}
    assert set(OPERATIONS) == resource | team | {"login", "health", "specification", "specification-page"}
    assert len(list(operations())) == len(OPERATIONS)


@pytest.mark.parametrize("at", MEDIA_TYPES, ids="/".join)
def test_every_request_and_every_response_has_examples_that_satisfy_its_schema(at: Pointer) -> None:
    examples = place(at).get("examples", {})
    check = validator(*at, "schema")
    assert examples
    for name, example in examples.items():
        errors = [error.message for error in check.iter_errors(resolve(example)["value"])]
        assert not errors, name


def test_every_content_has_a_schema() -> None:
    contents = [node for at, node in walk(CONTRACT) if at and at[-1] == "content"]
    assert sum(len(content) for content in contents) == len(MEDIA_TYPES) > len(OPERATIONS)


@pytest.mark.parametrize("at", SINGLE_EXAMPLES, ids="/".join)
def test_every_parameter_and_header_example_satisfies_its_schema(at: Pointer) -> None:
    assert validator(*at, "schema").is_valid(place(at)["example"])


SMALLEST: Final = {"name": "abc", "provider": "ecr"}
PAIR: Final = {"username": "u", "password": "p", "scope": {}}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(SMALLEST, id="smallest"),
        pytest.param({**SMALLEST, "name": "a\nb c"}, id="inner-newline"),
        pytest.param({**SMALLEST, "name": "a\ufeffb"}, id="byte-order-mark-is-whitespace"),
        pytest.param({**SMALLEST, "name": "a" * 39}, id="longest"),
        pytest.param({**SMALLEST, "credentials": {"scope": {}}}, id="empty-scope"),
        pytest.param({**SMALLEST, "integrationId": "org/a-b", "credentials": PAIR}, id="integration"),
        pytest.param({**SMALLEST, "integrationId": "a", "credentials": {**PAIR, "password": ""}}, id="empty-secret"),
        pytest.param({**SMALLEST, "restrictions": {"restricted": True}}, id="restricted-without-projects"),
        pytest.param({**SMALLEST, "updatedAt": "yesterday"}, id="time-of-no-format"),
        pytest.param({**SMALLEST, "unknown": 1}, id="unknown-field"),
    ],
)
def test_the_body_of_add_may_be_all_that_the_page_allows(body: object) -> None:
    assert validator("components", "schemas", "RegistryCreate").is_valid(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"name": "Example Docker Credentials"}, id="the-pages-own-example"),
        pytest.param([], id="array"),
        pytest.param({**SMALLEST, "name": "ab"}, id="too-short"),
        pytest.param({**SMALLEST, "name": "a" * 40}, id="too-long"),
        pytest.param({**SMALLEST, "name": "abc\n"}, id="trailing-newline"),
        pytest.param({**SMALLEST, "name": "a\x85b"}, id="next-line-is-no-whitespace"),
        pytest.param({**SMALLEST, "name": "ab--cd"}, id="two-hyphens"),
        pytest.param({**SMALLEST, "name": "a_b"}, id="underscore"),
        pytest.param({**SMALLEST, "provider": "ECR"}, id="upper-case-provider"),
        pytest.param({**SMALLEST, "registryUrl": None}, id="null"),
        pytest.param({**SMALLEST, "credentials": {}}, id="no-scope"),
        pytest.param({**SMALLEST, "credentials": {"scope": {"pull": "true"}}}, id="text-for-a-boolean"),
        pytest.param({**SMALLEST, "credentials": {"scope": {"push": 1}}}, id="number-for-a-boolean"),
        pytest.param({**SMALLEST, "restrictions": {"projects": []}}, id="no-restricted"),
        pytest.param({**SMALLEST, "restrictions": {"restricted": True, "projects": [1]}}, id="number-as-project"),
        pytest.param({**SMALLEST, "integrationId": "abc"}, id="integration-without-credentials"),
        pytest.param(
            {**SMALLEST, "integrationId": "abc", "credentials": {"username": "u", "scope": {}}}, id="no-password"
        ),
        pytest.param(
            {**SMALLEST, "integrationId": "abc", "credentials": {"password": "p", "scope": {}}}, id="no-username"
        ),
        pytest.param({**SMALLEST, "integrationId": "user/abc", "credentials": PAIR}, id="integration-of-a-user"),
    ],
)
def test_the_body_of_add_may_be_nothing_that_the_page_forbids(body: object) -> None:
    assert not validator("components", "schemas", "RegistryCreate").is_valid(body)


@pytest.mark.parametrize(
    ("pagination", "valid"),
    [
        pytest.param({"hasNextPage": True, "cursor": "c", "count": 0}, True, id="cursor-and-next-page"),
        pytest.param({"hasNextPage": True, "count": 0}, False, id="next-page-without-cursor"),
        pytest.param({"hasNextPage": True, "cursor": None, "count": 0}, False, id="next-page-with-null"),
        pytest.param({"hasNextPage": False, "cursor": "c", "count": 0}, False, id="cursor-on-the-last-page"),
        pytest.param({"hasNextPage": False, "cursor": None, "count": 0}, False, id="null-on-the-last-page"),
    ],
)
def test_the_answer_of_list_has_a_cursor_exactly_if_there_is_a_next_page(
    pagination: dict[str, Any], valid: bool
) -> None:
    answer = {"data": {"credentials": []}, "pagination": pagination}
    assert validator("components", "schemas", "ListAnswer").is_valid(answer) is valid


@pytest.mark.parametrize(
    "item", [{"restrictions": {"restricted": True}}, {"credentials": PAIR}], ids=lambda item: next(iter(item))
)
def test_the_answer_of_list_has_no_restrictions_and_no_secrets(item: dict[str, Any]) -> None:
    check = validator("components", "schemas", "RegistryListItem")
    assert check.is_valid({"id": "abc", **SMALLEST})
    assert not check.is_valid({"id": "abc", **SMALLEST, **item})


@pytest.mark.parametrize("identifier", OPERATIONS)
def test_every_operation_succeeds_with_200_only_and_lists_its_errors_one_by_one(identifier: str) -> None:
    statuses = list(OPERATIONS[identifier]["responses"])
    assert all(isinstance(status, str) and status.isdigit() for status in statuses)
    assert [status for status in statuses if int(status) < 400] == ["200"]
    for status in statuses[1:]:
        response = resolve(OPERATIONS[identifier]["responses"][status])
        envelope, narrowed = response["content"]["application/json"]["schema"]["allOf"]
        assert envelope == {"$ref": "#/components/schemas/Error"}
        assert narrowed["properties"]["error"]["properties"]["status"] == {"const": int(status)}


@pytest.mark.parametrize("identifier", OPERATIONS)
def test_every_answer_has_the_headers_of_the_rate_limit(identifier: str) -> None:
    for response in OPERATIONS[identifier]["responses"].values():
        headers = resolve(response)["headers"]
        assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-emulator-version"} <= set(headers)


@pytest.mark.parametrize("team", ["", "team-"])
def test_links_lead_from_add_to_everything_that_can_be_done_with_the_new_credentials(team: str) -> None:
    links = [resolve(link) for link in OPERATIONS[f"add-{team}registry"]["responses"]["200"]["links"].values()]
    targets = {link["operationId"]: link.get("parameters", {}) for link in links}
    by_id = {f"{verb}-{team}registry" for verb in ("get", "update", "modify", "delete")}
    assert set(targets) == by_id | {f"list-{team}registries"}
    assert all(targets[target]["credentialId"] == "$response.body#/data/id" for target in by_id)
    assert all(("teamId" in parameters) is bool(team) for parameters in targets.values())


def test_every_link_leads_to_an_operation_of_the_contract() -> None:
    assert {link["operationId"] for link in CONTRACT["components"]["links"].values()} <= set(OPERATIONS)


def constraints(
    node: Node, *path: str, extra: frozenset[str] = frozenset(), conditional: frozenset[Pointer] = frozenset()
) -> Iterator[tuple[Pointer, set[str], set[str]]]:
    """Yield for a schema and all inside it: wire path, kinds of its constraints, and the rules it names for them."""
    node = resolve(node)
    unread = set(node) - set(KINDS) - OTHER_KEYWORDS
    assert not unread, f"{path}: these keywords would go unnoticed"
    kinds = {KINDS[keyword] for keyword in node if keyword in KINDS} | extra
    if "item-type" in kinds:
        kinds.remove("type")
    yield path, kinds, {rule for rule in node["x-rule"] if rule.rsplit(".", 1)[-1] in CONSTRAINT_KINDS}
    conditional |= frozenset(required_members(node.get("then", {}), *path))
    if "items" in node:
        yield from constraints(node["items"], *path, extra=frozenset({"item-type"}))
    for name, member in node.get("properties", {}).items():
        required = {"required"} if name in node.get("required", []) else set()
        depends = {"conditional"} if (*path, name) in conditional else set()
        yield from constraints(member, *path, name, extra=frozenset(required | depends), conditional=conditional)


def required_members(node: Node, *path: str) -> Iterator[Pointer]:
    """Yield the innermost members that a `then` requires; they imply the objects around them."""
    inner = node.get("properties", {})
    yield from ((*path, name) for name in node.get("required", []) if name not in inner)
    for name, member in inner.items():
        yield from required_members(member, *path, name)


SCHEMAS: Final = CONTRACT["components"]["schemas"]


@pytest.mark.parametrize(
    ("schema", "prefix", "root"),
    [("RegistryCreate", "add", "body"), ("RegistryUpdate", "update", "body"), ("Registry", "add.response", "data")],
)
def test_every_constraint_on_a_field_names_its_rule_and_every_such_rule_its_constraint(
    schema: str, prefix: str, root: str
) -> None:
    found = list(constraints(SCHEMAS[schema]))
    assert len(found) > 10
    for path, kinds, named in found:
        assert named == {".".join((prefix, *(path or (root,)), kind)) for kind in kinds}


def test_username_and_password_are_what_an_integration_requires() -> None:
    schema = SCHEMAS["RegistryCreate"]
    assert schema["if"] == {"required": ["integrationId"]}
    assert schema["then"]["required"] == ["credentials"]
    assert list(required_members(schema["then"])) == [("credentials", "username"), ("credentials", "password")]


@pytest.mark.parametrize("parameter", ["PerPage", "Page", "Cursor"])
def test_every_constraint_on_a_query_parameter_names_its_rule(parameter: str) -> None:
    node = CONTRACT["components"]["parameters"][parameter]
    assert set(node["schema"]) <= set(KINDS)
    expected = {f"list.{node['name']}.{KINDS[keyword]}" for keyword in node["schema"]}
    assert {rule for rule in node["x-rule"] if rule.rsplit(".", 1)[-1] in CONSTRAINT_KINDS} == expected


def test_requests_and_answers_have_the_same_constraints_where_the_page_repeats_itself() -> None:
    sent = SCHEMAS["RegistryCreate"]["properties"]
    for name in ("name", "provider", "integrationId"):
        answered = resolve(SCHEMAS["Registry"]["properties"][name])
        assert {key: sent[name].get(key) for key in KINDS} == {key: answered.get(key) for key in KINDS}
