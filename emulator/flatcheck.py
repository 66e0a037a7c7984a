"""Compiles a marshmallow schema into one flat Python function that tells valid bodies in a few microseconds.

marshmallow takes some 60 microseconds to accept a body. The function made here accepts exactly what the schema accepts
(a property test compares the two) and says nothing about what it does not accept: for the problems of such a body the
schema itself is asked. It is generated from the schema's own fields, so constraints stay where they are, and refuses to
be made from anything that it does not understand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from marshmallow import Schema, missing

from emulator.fields import Array, Flag, JSONField, Matches, MaxLength, MinLength, Object, OneOf, Text

Check: TypeAlias = Callable[[object], int]

REFUSED: Final = 0
ACCEPTED: Final = 1
ACCEPTED_WITH_UNKNOWN: Final = 2
"""What a check returns: not valid, valid, or valid with unknown members at some depth."""

_JSON_TYPES: Final = {Text: "str", Flag: "bool"}


class CannotCompileError(TypeError):
    """The schema has a part whose meaning this module does not know."""


def compile_schema(schema: Schema, *, understood_hooks: frozenset[str] = frozenset()) -> Check:
    """Return the check of `schema`.

    Args:
        schema: a schema whose fields and validators are those of `fields.py`.
        understood_hooks: names of the schema's own hook methods that the caller runs itself after the check.

    Raises:
        CannotCompileError: a field, validator, option or hook that is not understood.
    """
    scope: dict[str, Any] = {"MISSING": missing}
    lines = ["def check(v0):", "    unknown = 0", *_object(schema, 0, scope, understood_hooks)]
    lines.append("    return 1 + unknown")
    exec("\n".join(lines), scope)  # noqa: S102 - made above from the schema alone; values come in through `scope`
    check: Check = scope["check"]
    return check


def _object(schema: Schema, depth: int, scope: dict[str, Any], understood: frozenset[str]) -> Iterator[str]:
    """Yield the statements that return 0 unless the variable of `depth` holds a valid object."""
    _refuse_hooks(schema, understood)
    here, value, pad = f"v{depth}", f"v{depth + 1}", "    " * (depth + 1)
    yield f"{pad}if type({here}) is not dict: return 0"
    yield f"{pad}left{depth} = len({here})"
    for name, field in schema.fields.items():
        _refuse_options(field)
        yield f"{pad}{value} = {here}.get({field.data_key or name!r}, MISSING)"
        if field.required:
            yield f"{pad}if {value} is MISSING: return 0"
        yield f"{pad}if {value} is not MISSING:"
        yield f"{pad}    left{depth} -= 1"
        if isinstance(field, Object):
            if field.validators:
                raise CannotCompileError(f"validators of the object {name!r}")
            yield from _object(field.schema, depth + 1, scope, frozenset())
        else:
            yield from _value(field, value, pad + "    ", scope)
    if schema.unknown == "raise":
        yield f"{pad}if left{depth}: return 0"
    elif schema.unknown == "exclude":
        yield f"{pad}if left{depth}: unknown = 1"
    else:
        raise CannotCompileError(f"unknown={schema.unknown!r}")


def _value(field: Any, value: str, pad: str, scope: dict[str, Any]) -> Iterator[str]:
    if isinstance(field, Array) and type(field.inner) is Text and not field.validators and not field.inner.validators:
        yield f"{pad}if type({value}) is not list: return 0"
        yield f"{pad}for item in {value}:"
        yield f"{pad}    if type(item) is not str: return 0"
        return
    json_type = _JSON_TYPES.get(type(field))
    if json_type is None:
        raise CannotCompileError(f"field {field!r}")
    conditions = [f"type({value}) is not {json_type}"]
    conditions += [_broken(validator, value, scope) for validator in field.validators]
    yield f"{pad}if {' or '.join(conditions)}: return 0"


def _broken(validator: object, value: str, scope: dict[str, Any]) -> str:
    """Return the expression that is true where `validator` refuses."""
    match validator:
        case MinLength():
            return f"len({value}) < {validator.limit:d}"
        case MaxLength():
            return f"len({value}) > {validator.limit:d}"
        case Matches():
            return f"{_named(validator.pattern.search, scope)}({value}) is None"
        case OneOf():
            return f"{value} not in {_named(frozenset(validator.choices), scope)}"
        case _:
            raise CannotCompileError(f"validator {validator!r}")


def _named(thing: object, scope: dict[str, Any]) -> str:
    name = f"c{len(scope)}"
    scope[name] = thing
    return name


def _refuse_options(field: Any) -> None:
    known = isinstance(field, JSONField | Object)
    if not known or field.allow_none or field.dump_only or field.load_default is not missing or field.attribute:
        raise CannotCompileError(f"options of the field {field!r}")
    if getattr(field, "pre_load", None) or getattr(field, "post_load", None):
        raise CannotCompileError(f"hooks of the field {field!r}")


def _refuse_hooks(schema: Schema, understood: frozenset[str]) -> None:
    hooks = getattr(schema, "_hooks", None)  # the only place that lists them, in marshmallow 3 and 4
    if hooks is None:
        raise CannotCompileError("a marshmallow that lists its hooks elsewhere")
    names = {str(entry[0] if isinstance(entry, tuple) else entry) for entries in hooks.values() for entry in entries}
    if names - understood:
        raise CannotCompileError(f"hooks {sorted(names - understood)} of {type(schema).__name__}")
