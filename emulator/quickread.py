"""Compiles a marshmallow schema into a decoder that takes valid JSON bodies as they come over the wire, in one go.

To parse a body, check it in Python and render what is stored takes 5 us of pure work and 20 in a busy server, whose
processor has forgotten by the next request how the last one went. msgspec does all three in C. The decoder made here
takes a body only if the schema accepts it, and all of its members are known; what it does not take says nothing: the
ordinary way decides, and a property test compares the two. It is generated from the schema's own fields, so constraints
stay where they are, and refuses to be made from anything that it does not understand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from marshmallow import Schema
from msgspec import UNSET, UnsetType

from emulator.fields import Array, Flag, Matches, MaxLength, MinLength, Object, OneOf, Text
from emulator.flatcheck import CannotCompileError, refuse_options


class Quick(NamedTuple):
    """How bodies of one kind are read.

    `decode` returns a valid body, or None; members are attributes by their wire names, `unset` where one is missing.
    `render` returns its JSON text, required members first, else in the order of the fields.
    """

    decode: Callable[[bytes], Any]
    render: Callable[[Any], bytes]
    unset: object = UNSET


_JSON_TYPES: Final = {Text: str, Flag: bool}
_ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def compile_quick(schema: Schema, *, dropped: tuple[str, ...] = ()) -> Quick:
    """Return how bodies of `schema` are read.

    Args:
        schema: a schema whose fields and validators are those of `fields.py`; its hooks are the caller's to run.
        dropped: wire names of members that are checked, but not rendered.

    Raises:
        CannotCompileError: a field, validator or option that is not understood.
    """
    decoder = msgspec.json.Decoder(_type_of(schema)).decode

    def decode(text: bytes) -> Any:
        try:
            body = decoder(text)
        except _ERRORS:
            return None
        for member in dropped:
            setattr(body, member, UNSET)
        return body

    return Quick(decode, msgspec.json.Encoder().encode)


def _type_of(schema: Schema) -> Any:
    members = [(field.data_key or name, field) for name, field in schema.fields.items()]
    required: list[Any] = [(wire, _member_type(field)) for wire, field in members if field.required]
    optional: list[Any] = [
        (wire, _member_type(field) | UnsetType, UNSET) for wire, field in members if not field.required
    ]
    # Unknown members are left to the ordinary way: what is in them, msgspec would skip without a look.
    return msgspec.defstruct(
        type(schema).__name__,
        [*required, *optional],
        namespace={"__repr__": object.__repr__},  # there are secrets in it
        forbid_unknown_fields=True,
        omit_defaults=True,
        gc=False,
    )


def _member_type(field: Any) -> Any:
    refuse_options(field)
    if isinstance(field, Object):
        return _type_of(field.schema)
    if isinstance(field, Array):
        return list[_member_type(field.inner)]  # type: ignore[misc]  # made while the program runs
    if type(field) not in _JSON_TYPES:
        raise CannotCompileError(f"field {field!r}")
    return _limited(_JSON_TYPES[type(field)], field.validators)


def _limited(kind: Any, validators: Iterable[object]) -> Any:
    limits: dict[str, Any] = {}
    for validator in validators:
        match validator:
            case MinLength():
                limits["min_length"] = validator.limit
            case MaxLength():
                limits["max_length"] = validator.limit
            case Matches():
                limits["pattern"] = validator.pattern.pattern
            case OneOf():
                kind = Literal[tuple(validator.choices)]
            case _:
                raise CannotCompileError(f"validator {validator!r}")
    return Annotated[kind, msgspec.Meta(**limits)] if limits else kind
