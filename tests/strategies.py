"""Hypothesis strategies for request bodies: what the contract allows, and what it allows but for one place."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

# WhiteSpace and LineTerminator of ECMA-262, what `\s` matches there; written out again, to judge the emulator's list.
ECMA_WHITESPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
# What Python's `\s` or `str.split` takes for whitespace, or what looks like some, and is none.
LOOK_ALIKES: Final = "\x1c\x1d\x1e\x1f\x85\u180e\u200b\u200c\u200d\u2060\x00\x08\x7f"

SEPARATORS: Final = st.one_of(st.sampled_from("- "), st.sampled_from(ECMA_WHITESPACE))
LETTERS: Final = st.sampled_from(string.ascii_letters)
ALPHANUMERIC: Final = string.ascii_letters + string.digits

JUNK: Final[tuple[Any, ...]] = (
    *(None, True, False, "true", "", "x", 0, 1, -1, 1.0, 10**30, 1e300),
    *([], [None], ["x", 1], {}, {"x": {}}, {"scope": {}}, {"restricted": 1}),
)
"""Values of every JSON type, with the usual mix-ups."""

Path = tuple[str | int, ...]


@st.composite
def valid_names(draw: DrawFn) -> str:
    """Names that match the documented pattern and lengths, with a liking for the limits and for odd whitespace."""
    length = draw(st.sampled_from([3, 4, 5, 38, 39]) | st.integers(3, 39))
    characters = [
        draw(LETTERS),
        *draw(st.lists(st.sampled_from(ALPHANUMERIC), min_size=length - 1, max_size=length - 1)),
    ]
    place = 1 + draw(st.integers(0, 3))
    while place < length - 1:  # never the last one, and never two in a row
        characters[place] = draw(SEPARATORS)
        place += 2 + draw(st.integers(0, 8))
    return "".join(characters)


@st.composite
def near_names(draw: DrawFn) -> str:
    """Names of 0 to 41 characters that are wrong in one place, or only look wrong."""
    oddity: SearchStrategy[str] = st.sampled_from(
        [*ECMA_WHITESPACE, *LOOK_ALIKES, *"-_./9é", "ß", "ａ", "٣", "\U0001d51e", "--", " -"]
    )
    name: str = draw(valid_names())
    at: int = draw(st.sampled_from([0, len(name)]) | st.integers(0, len(name)))
    near: str
    match draw(st.sampled_from(["insert", "replace", "length", "soup"])):
        case "insert":
            near = name[:at] + draw(oddity) + name[at:]
        case "replace":
            near = name[:at] + draw(oddity) + name[at + 1 :]
        case "length":
            near = "a" * draw(st.sampled_from([0, 1, 2, 3, 39, 40, 41]))
        case _:
            near = draw(st.text(ALPHANUMERIC + ECMA_WHITESPACE + LOOK_ALIKES + "-", max_size=41))
    return near[:41]


@st.composite
def valid_integration_ids(draw: DrawFn) -> str:
    """Integration ids that match the documented pattern."""
    words = draw(st.lists(st.text(ALPHANUMERIC, min_size=1, max_size=4), max_size=4))
    prefix: str = draw(st.sampled_from(["", "org/", "team/"]))
    return prefix + "-".join([draw(LETTERS), *words])


@st.composite
def near_integration_ids(draw: DrawFn) -> str:
    """Integration ids that are wrong in one place, or only look wrong."""
    identifier: str = draw(valid_integration_ids())
    at: int = draw(st.sampled_from([0, len(identifier)]) | st.integers(0, len(identifier)))
    oddity: str = draw(st.sampled_from([*"-/_ \n9", "org/", "team/", "user/", "Org/", "\ufeff", "é", "--"]))
    return identifier[:at] + oddity + identifier[at:]


NEAR_PROVIDERS: Final = st.sampled_from(
    ["ECR", "ecr ", "ecr\n", " gar", "gcr", "dhi", "docker", "Legacy", "", "acr,ecr"]
)
_ANYTHING: Final = st.sampled_from(JUNK)
_UNKNOWN_MEMBERS: Final = st.dictionaries(
    st.sampled_from(["unknown", "Name", "name ", "id", "passwords", "__proto__", "$ref", ""]), _ANYTHING, max_size=1
)
_STRINGS: Final[Mapping[str, SearchStrategy[str]]] = {"name": valid_names(), "integrationId": valid_integration_ids()}
_NEAR: Final[Mapping[str | int, SearchStrategy[Any]]] = {
    "name": near_names(),
    "integrationId": near_integration_ids(),
    "provider": NEAR_PROVIDERS,
}


def values(schema: Mapping[str, Any], name: str = "") -> SearchStrategy[Any]:
    """Values that satisfy a request schema of the contract, but for conditions; unknown members are among them.

    Follows the schema, so that a member added there is generated too; a type it does not know is an error.
    """
    match schema:
        case {"enum": choices}:
            return st.sampled_from(choices)
        case {"type": "string"}:
            return _STRINGS.get(name, st.text(max_size=12))
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "array", "items": items}:
            return st.lists(values(items), max_size=3)
        case {"type": "object", "properties": properties}:
            members = {member: values(inner, member) for member, inner in properties.items()}
            required = {member: members.pop(member) for member in schema.get("required", [])}
            known = st.fixed_dictionaries(required, optional=members)
            return st.builds(lambda one, other: {**other, **one}, known, _UNKNOWN_MEMBERS)
        case _:
            raise NotImplementedError(f"no strategy for {schema}")


def valid_bodies(schema: Mapping[str, Any]) -> SearchStrategy[dict[str, Any]]:
    """Bodies that satisfy a request schema of the contract."""
    pair = st.fixed_dictionaries({"username": st.text(max_size=5), "password": st.text(max_size=5)})
    bodies: SearchStrategy[dict[str, Any]] = values(schema)
    return st.builds(_with_what_it_calls_for, bodies, pair) if "if" in schema else bodies


def _with_what_it_calls_for(body: dict[str, Any], pair: dict[str, str]) -> dict[str, Any]:
    """Return `body`, where it has an integration, with the username and password that are required then."""
    if "integrationId" not in body:
        return body
    return {**body, "credentials": {"scope": {}, **pair, **body.get("credentials", {})}}


def broken_bodies(schema: Mapping[str, Any]) -> SearchStrategy[Any]:
    """Bodies of which one node, the body itself included, was dropped or replaced; some are still valid."""
    return valid_bodies(schema).flatmap(_broken)


@st.composite
def _broken(draw: DrawFn, body: dict[str, Any]) -> Any:
    path = draw(st.sampled_from(list(nodes(body))))
    if path and draw(st.integers(0, 2)) == 0:
        return without(body, path)
    near = _NEAR.get(path[-1]) if path else None
    return replaced(body, path, draw(_ANYTHING if near is None else near | _ANYTHING))


def nodes(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of `value` and of everything inside it."""
    yield path
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from nodes(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from nodes(inner, (*path, index))


def replaced(body: Any, path: Path, value: Any) -> Any:
    """Return a copy of `body` with another value at `path`."""
    if not path:
        return value
    copy = deepcopy(body)
    _inside(copy, path[:-1])[path[-1]] = value
    return copy


def without(body: Any, path: Path) -> Any:
    """Return a copy of `body` without the member or item at `path`."""
    copy = deepcopy(body)
    del _inside(copy, path[:-1])[path[-1]]
    return copy


def _inside(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value
