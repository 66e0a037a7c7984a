"""What the contract says of a body or of an answer, one rule at a time.

A small reader of the contract's own schemas: it knows the keywords that they use, and tells of each place not only
whether it is good but which rule of the rulebook says so. The id of a rule follows from the place and the keyword
(`add.name.min-length`).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from emulator import codec, contract, patterns
from emulator.clock import parse_rfc3339

Schema = Mapping[str, Any]

SECRET_MEMBERS: Final = ("username", "password")
_LONGEST: Final = 60
"""Characters of a value that are shown."""
_TYPES: Final[Mapping[str, tuple[type | tuple[type, ...], str]]] = {
    "string": (str, "a string"),
    "object": (dict, "an object"),
    "array": (list, "an array"),
    "boolean": (bool, "a boolean"),
}


class Check(NamedTuple):
    """One look at one place; if it is not good, `expected` and `got` complete the sentence `expected ..., got ...`."""

    rule: str
    path: str
    good: bool
    expected: str
    got: str


class Shape:
    """A schema of the contract whose places are rules.

    Args:
        schema: name in the contract.
        prefix: first part of the ids of its rules.
        root: what the value as a whole is called there: `body` or `data`.
    """

    def __init__(self, schema: str, prefix: str, root: str) -> None:
        self._schema = _resolved({"$ref": f"#/components/schemas/{schema}"})
        self._prefix = prefix
        self._root = root

    def checks(self, value: Any) -> Iterator[Check]:
        """Look at everything that can be looked at in `value`."""
        yield from self._walk(self._schema, value, "")

    def broken(self, value: Any) -> list[Check]:
        """Return the checks that are not good."""
        return [check for check in self.checks(value) if not check.good]

    def _walk(self, schema: Schema, value: Any, path: str) -> Iterator[Check]:
        schema = _resolved(schema)
        kind, called = _TYPES[schema["type"]]
        fits = isinstance(value, kind)
        yield self._check(path or self._root, "type", fits, f"is {called}", "" if fits else shown(value, path))
        if not fits:
            return
        match schema["type"]:
            case "string":
                yield from self._text(schema, value, path)
            case "object":
                yield from self._object(schema, value, path)
            case "array":
                kind, called = _TYPES[schema["items"]["type"]]
                wrong = [item for item in value if not isinstance(item, kind)]
                got = shown(wrong[0], path) if wrong else ""
                yield self._check(path, "item-type", not wrong, f"has no item but {called}", got)

    def _text(self, schema: Schema, value: str, path: str) -> Iterator[Check]:
        length = f"{len(value)} characters"
        if "minLength" in schema:
            least: int = schema["minLength"]
            yield self._check(path, "min-length", len(value) >= least, f"has at least {least} characters", length)
        if "maxLength" in schema:
            most: int = schema["maxLength"]
            yield self._check(path, "max-length", len(value) <= most, f"has at most {most} characters", length)
        if "pattern" in schema:
            good = _pattern(schema["pattern"]).search(value) is not None
            yield self._check(path, "pattern", good, f"matches {schema['pattern']}", "" if good else shown(value, path))
        if "enum" in schema:
            good = value in schema["enum"]
            got = "" if good else shown(value, path)
            yield self._check(path, "one-of", good, "is one of " + ", ".join(schema["enum"]), got)
        if schema.get("format") == "date-time":
            good = is_time(value)
            got = "" if good else shown(value, path)
            yield Check("common.timestamps", path, good, f"{path} is an RFC 3339 date-time", got)

    def _object(self, schema: Schema, value: Mapping[str, Any], path: str) -> Iterator[Check]:
        for name in schema.get("required", ()):
            yield self._check(_inside(path, name), "required", name in value, "is there", "no such member")
        for name, inner in schema["properties"].items():
            if name in value:
                yield from self._walk(inner, value[name], _inside(path, name))
        if "if" in schema:
            yield from self._condition(schema, value)

    def _condition(self, schema: Schema, value: Mapping[str, Any]) -> Iterator[Check]:
        (trigger,) = schema["if"]["required"]
        ((owner, inner),) = schema["then"]["properties"].items()
        if trigger not in value or not isinstance(value.get(owner, {}), dict):
            return
        for name in inner["required"]:
            good = name in value.get(owner, {})
            yield self._check(
                f"{owner}.{name}", "conditional", good, f"is there, as {trigger} is given", "no such member"
            )

    def _check(self, path: str, kind: str, good: bool, expected: str, got: str) -> Check:
        return Check(f"{self._prefix}.{path}.{kind}", path, good, f"{path} {expected}", got)


@functools.cache
def body_of_add() -> Shape:
    """Return what a body of add has to be."""
    return Shape("RegistryCreate", "add", "body")


@functools.cache
def body_of_update() -> Shape:
    """Return what a body of an update has to be."""
    return Shape("RegistryUpdate", "update", "body")


@functools.cache
def data_of_answer() -> Shape:
    """Return what the data of the answers of add and get has to be."""
    return Shape("Registry", "add.response", "data")


@functools.cache
def listed_item() -> Shape:
    """Return what an item of a list has to be; its rules are not in the rulebook, which has one for all of them."""
    return Shape("RegistryListItem", "item", "item")


def is_time(text: str) -> bool:
    """Return whether a text is an RFC 3339 date-time."""
    try:
        parse_rfc3339(text)
    except ValueError:
        return False
    return True


def is_whole(value: Any) -> bool:
    """Return whether a JSON value is a whole number, of at least 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value == int(value)


def shown(value: Any, path: str = "") -> str:
    """Return a JSON value as it may be shown: of what may be secret, only what kind of value it is."""
    if path.rpartition(".")[2] in SECRET_MEMBERS or isinstance(value, dict | list):
        return _kind(value)
    text = json.dumps(value, ensure_ascii=False)
    if not text.isprintable():
        text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _kind(value: Any) -> str:
    match value:
        case str():
            return f"a string of {len(value)} characters"
        case dict():
            return "an object with " + ", ".join(map(json.dumps, value)) if value else "an empty object"
        case list():
            return f"an array of {len(value)} items"
        case bool():
            return "a boolean"
        case None:
            return "null"
        case _:
            return "a number"


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_pattern: Final[Callable[[str], Any]] = functools.cache(patterns.compile_ecma)


@functools.cache
def _document() -> Any:
    return codec.loads(contract.specification())


def _resolved(schema: Schema) -> Schema:
    """Return a schema, or the one that it refers to."""
    if "$ref" not in schema:
        return schema
    found = _document()
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return _resolved(found)
