"""What the quick reader takes, the ordinary way takes too, and stores alike; it takes nothing that is wrong."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, fields, validate

from emulator import codec
from emulator.behaviour import DEFAULT, Behaviour
from emulator.errors import EmulatorError
from emulator.fields import Array, Flag, Matches, Object, Text
from emulator.flatcheck import CannotCompileError
from emulator.patterns import NAME, NAME_SOURCE
from emulator.quickread import compile_quick
from emulator.records import render
from emulator.schemas import NewReader, RegistryCreateSchema
from tests.conftest import EVERY_FIELD
from tests.contract_checker import CONTRACT
from tests.strategies import broken_bodies, valid_bodies

BODIES: Final = CONTRACT["components"]["schemas"]["RegistryCreate"]
READINGS: Final = [
    DEFAULT,
    Behaviour(credentials_required="without-integration"),
    Behaviour(credentials_required="never"),
    Behaviour(unknown_fields="reject"),
]
every_reading = pytest.mark.parametrize("behaviour", READINGS)


def ordinarily(reader: NewReader, text: bytes) -> tuple[str, bytes] | None:
    """Return what the ordinary way makes of a body, None where it is refused."""
    try:
        document = reader.read(codec.loads(text))
    except EmulatorError:
        return None
    return document["name"], render(document)


def compare(reader: NewReader, text: bytes) -> bool:
    """Hold the quick way to the ordinary one; return whether it took the body."""
    quick = reader.ready(text)
    if quick is not None:
        assert quick == ordinarily(reader, text)
    return quick is not None


def has_unknown(body: Any, known: Any) -> bool:
    return any(
        name not in known or (isinstance(known[name], dict) and has_unknown(value, known[name]))
        for name, value in body.items()
    )


@every_reading
def test_it_takes_what_the_ordinary_way_takes_and_renders_it_alike(behaviour: Behaviour) -> None:
    reader = NewReader(RegistryCreateSchema(behaviour))
    taken = set()

    @settings(max_examples=2 * settings().max_examples)
    @given(valid_bodies(BODIES) | broken_bodies(BODIES), st.booleans())
    def check(body: Any, escaped: bool) -> None:
        text = json.dumps(body, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
        was_taken = compare(reader, text)
        taken.add(was_taken)
        if ordinarily(reader, text) is not None and not has_unknown(body, reader.members):
            assert was_taken

    check()
    assert taken == {True, False}


@given(st.data())
@settings(max_examples=20 * settings().max_examples)
def test_bytes_that_are_no_json_are_not_taken(data: st.DataObject) -> None:
    reader = NewReader(RegistryCreateSchema(Behaviour(credentials_required="never")))
    text = bytearray(json.dumps(EVERY_FIELD).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        new = data.draw(
            st.sampled_from(
                [b"", b"\\", b'"', b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\n", b",", b"}", b"[", b"1", b"\x00"]
            )
        )
        text[at : at + data.draw(st.integers(0, 3))] = new
    compare(reader, bytes(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b'{"name":"abc","name":"abd","provider":"ecr"}', "abd"),
        (b' {"name" : "abc", "provider":"ecr"}\r\n', "abc"),
        (b'{"n\\u0061me":"abc","provider":"\\u0065cr"}', "abc"),
        ('{"name":"a\ufeffb","provider":"ecr"}'.encode(), "a\ufeffb"),
        (b'{"name":"abc","provider":"ecr","registryUrl":"\\ud83d\\ude00"}', "abc"),
        (b'{"name":"abc","provider":"ecr","createdAt":"","updatedAt":"x"}', "abc"),
    ],
)
def test_what_it_takes(text: bytes, name: str) -> None:
    reader = NewReader(RegistryCreateSchema())
    ready = reader.ready(text)
    assert ready is not None
    assert ready[0] == name
    assert ready == ordinarily(reader, text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b'\xef\xbb\xbf{"name":"abc","provider":"ecr"}',
        b'{"name":"abc","provider":"ecr"} x',
        b'{"name":"abc","provider":"ecr",}',
        b'{"name":"abc\\n","provider":"ecr"}',
        b'{"name":"abc","provider":"ecr","registryUrl":null}',
        b'{"name":"abc","provider":"ecr","registryUrl":"\xff"}',
        b'{"name":"abc","provider":"ecr","registryUrl":"\\ud800"}',
        b'{"name":"abc","provider":"ecr","unknown":"\xff"}',
        b'{"name":"abc","provider":"ecr","unknown":NaN}',
        b'{"name":"abc","provider":"ecr","credentials":{}}',
        b'{"name":"abc","provider":"ecr","credentials":{"scope":{"pull":1}}}',
        b'{"name":"abc","provider":"ecr","integrationId":"abc"}',
    ],
)
def test_what_it_does_not_take(text: bytes) -> None:
    assert NewReader(RegistryCreateSchema()).ready(text) is None


@pytest.mark.parametrize("choice", ["unknown_project", "unknown_integration", "empty_secret"])
def test_it_takes_nothing_where_more_than_the_fields_decides(choice: str) -> None:
    behaviour = Behaviour(**{choice: "reject"})  # type: ignore[arg-type]  # each of them can be
    assert NewReader(RegistryCreateSchema(behaviour)).ready(b'{"name":"abc","provider":"ecr"}') is None


def test_what_it_has_decoded_shows_no_secret() -> None:
    body = compile_quick(RegistryCreateSchema()).decode(json.dumps(EVERY_FIELD).encode())
    assert body.credentials.password == EVERY_FIELD["credentials"]["password"]
    assert EVERY_FIELD["credentials"]["password"] not in repr(body) + repr(body.credentials)


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
        pytest.param(with_field(Object(with_field(fields.Integer()))), id="inside of an object"),
        pytest.param(with_field(Array(fields.Integer())), id="inside of an array"),  # type: ignore[arg-type]
    ],
)
def test_it_refuses_to_be_made_from_what_it_does_not_understand(schema: Schema) -> None:
    with pytest.raises(CannotCompileError):
        compile_quick(schema)


def test_arrays_of_anything_it_understands_are_understood() -> None:
    quick = compile_quick(with_field(Array(Text(validate=Matches(NAME_SOURCE, NAME, "")))))
    assert quick.decode(b'{"name":["a b","abc"]}').name == ["a b", "abc"]
    assert quick.decode(b'{"name":["a--b"]}') is None
    assert compile_quick(with_field(Flag())).decode(b'{"name":1}') is None
