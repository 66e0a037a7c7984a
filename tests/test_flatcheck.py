"""The compiled search finds nothing exactly where its schema accepts, and is refused where that could not be known."""

from __future__ import annotations

from typing import Any, Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, post_load, validate

from emulator.behaviour import DEFAULT, Behaviour
from emulator.errors import InvalidRequestError
from emulator.fields import Array, Flag, Matches, Object, Text
from emulator.flatcheck import CannotCompileError, compile_search
from emulator.patterns import NAME, NAME_SOURCE
from emulator.schemas import BodyReader, BodySchema, RegistryCreateSchema, RegistryUpdateSchema
from tests.contract_checker import CONTRACT
from tests.strategies import broken_bodies, nodes, replaced, valid_bodies, without

SCHEMAS: Final = CONTRACT["components"]["schemas"]
# Cross-field rules are not the check's business: this behaviour has none.
FREE: Final = {"credentials_required": "never"}
CASES: Final = [
    pytest.param(RegistryCreateSchema, "RegistryCreate", id="add"),
    pytest.param(RegistryUpdateSchema, "RegistryUpdate", id="update"),
]
JUNK: Final[tuple[object, ...]] = (None, True, 0, 1.5, "", "x" * 40, [], ["a", 1], {}, {"x": 1})


def accepts(schema: BodySchema, body: object) -> bool:
    """Return marshmallow's own verdict; like a request's, its bodies may be any JSON value."""
    if not isinstance(body, dict):
        return False
    try:
        schema.load(body)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("policy", ["ignore", "reject"])
@pytest.mark.parametrize(("kind", "contracted"), CASES)
def test_it_has_the_verdict_of_the_schema(kind: type[BodySchema], contracted: str, policy: Any) -> None:
    schema = kind(Behaviour(unknown_fields=policy, **FREE))  # type: ignore[arg-type]
    search = compile_search(schema, understood_hooks=frozenset({"cross_fields"}))
    bodies = SCHEMAS[contracted]
    seen = set()

    @settings(max_examples=2 * settings().max_examples)
    @given(st.one_of(valid_bodies(bodies), broken_bodies(bodies)))
    def compare(body: Any) -> None:
        if isinstance(body, dict):
            found = search(body)
            seen.add(bool(found))

            assert (not found) == accepts(schema, body)

    compare()
    assert seen == {True, False}


@pytest.mark.parametrize(("kind", "contracted"), CASES)
def test_every_node_of_a_full_body_is_checked(kind: type[BodySchema], contracted: str) -> None:
    schema = kind(Behaviour(**FREE))  # type: ignore[arg-type]
    reader = BodyReader(schema)
    full = {
        "name": "abc",
        "provider": "ecr",
        "registryUrl": "",
        "aws": {"region": ""},
        "gcp": {"projectId": ""},
        "azure": {"resourceGroup": ""},
        "integrationId": "org/a",
        "credentials": {"username": "", "password": "", "scope": {"pull": True, "push": False}},
        "restrictions": {"restricted": True, "projects": ["a"]},
        "updatedAt": "",
        "createdAt": "",
    }
    body = {name: value for name, value in full.items() if name in SCHEMAS[contracted]["properties"]}
    assert reader.problems(body) == {}
    assert set(body) == set(SCHEMAS[contracted]["properties"])

    for path in nodes(body):
        variants = [replaced(body, path, junk) for junk in JUNK] + ([without(body, path)] if path else [])
        for variant in variants:
            if isinstance(variant, dict):
                assert ordered(reader.problems(variant)) == ordered(marshmallows(schema, variant))


STRICT: Final = Behaviour(
    unknown_fields="reject", unknown_project="reject", unknown_integration="reject", empty_secret="reject"
)


def ordered(messages: Any) -> Any:
    """Return nested messages so that their order counts in a comparison."""
    return [(key, ordered(value)) for key, value in messages.items()] if isinstance(messages, dict) else messages


def marshmallows(schema: BodySchema, body: dict[str, Any]) -> dict[Any, Any]:
    """Return what marshmallow's own `load` says of a body."""
    try:
        schema.load(body)
    except ValidationError as error:
        return cast("dict[Any, Any]", error.messages)
    return {}


@pytest.mark.parametrize("behaviour", [DEFAULT, STRICT, Behaviour(credentials_required="without-integration")])
@pytest.mark.parametrize(("kind", "contracted"), CASES)
def test_problems_are_those_that_marshmallow_finds_in_its_order(
    kind: type[BodySchema], contracted: str, behaviour: Behaviour
) -> None:
    schema = kind(behaviour, projects=["abc"], integrations=["abc"])
    reader = BodyReader(schema)
    kinds: set[str] = set()

    @given(broken_bodies(SCHEMAS[contracted]))
    def compare(body: Any) -> None:
        if isinstance(body, dict):
            problems = reader.problems(body)
            kinds.update(rule.rpartition(".")[2] for rule in rules_of(reader, body))

            assert ordered(problems) == ordered(marshmallows(schema, body))

    compare()
    assert kinds >= {"type", "required"}  # of the others, every node is broken in the test above


def rules_of(reader: BodyReader, body: object) -> list[str]:
    """Return the rules that a body breaks."""
    try:
        reader.read(body)
    except InvalidRequestError as error:
        return list(error.rules)
    return []


class Hooked(Schema):
    """Does more than its fields say."""

    name = Text()

    @post_load
    def change(self, body: Any, **_: object) -> Any:
        return body


def with_field(field: Any) -> Schema:
    return Schema.from_dict({"name": field})()


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param(with_field(fields.Integer()), id="a field of another library"),
        pytest.param(with_field(Text(validate=validate.Length(min=1))), id="a validator of another library"),
        pytest.param(with_field(Text(allow_none=True)), id="null allowed"),
        pytest.param(with_field(Text(load_default="x")), id="a default"),
        pytest.param(with_field(Text(attribute="other")), id="another attribute"),
        pytest.param(with_field(Array(Flag())), id="an array of something else"),
        pytest.param(with_field(Array(Text(validate=Matches(NAME_SOURCE, NAME, "")))), id="an array with a pattern"),
        pytest.param(with_field(Object(Hooked)), id="a hook inside"),
        pytest.param(Hooked(), id="a hook"),
        pytest.param(Schema.from_dict({"name": Text()})(unknown="include"), id="unknown members kept"),
    ],
)
def test_it_refuses_to_be_made_from_what_it_does_not_understand(schema: Schema) -> None:
    with pytest.raises(CannotCompileError):
        compile_search(schema)
