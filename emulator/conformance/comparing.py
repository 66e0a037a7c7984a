"""What an answer says of credentials beside what was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from emulator.conformance.exchange import ABSENT
from emulator.conformance.model import FIELDS, Fields, Known
from emulator.conformance.shapes import SECRET_MEMBERS, shown

TIMES = ("createdAt", "updatedAt")


class How(Enum):
    """How a place of an answer is not what it should be."""

    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"


class Difference(NamedTuple):
    """One place of an answer that is not what was given; the texts hold no secret."""

    path: str
    how: How
    expected: str
    got: str

    @property
    def is_secret_left_out(self) -> bool:
        """Whether all that is wrong is that a user name or a password is not returned."""
        return self.how is How.MISSING and self.path.rpartition(".")[2] in SECRET_MEMBERS


def differences(known: Known, answer: Mapping[str, Any], *, but: frozenset[str] = frozenset()) -> list[Difference]:
    """Return where the documented fields of an answer are not those of `known`; uncertain ones are not looked at.

    Args:
        but: members, by dotted path, that are not looked at either.
    """
    return list(_Comparison(known, but).of(known.expected, answer, FIELDS, ""))


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same, in their types too: true is not 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def value_at(data: Any, path: str) -> Any:
    """Return the value at a dotted path, ABSENT if there is none."""
    for name in path.split("."):
        if not isinstance(data, Mapping) or name not in data:
            return ABSENT
        data = data[name]
    return data


def undocumented(value: Any, fields: Fields = FIELDS, path: str = "") -> Iterator[str]:
    """Yield the dotted paths of the members that no page lists, of a body or of the data of an answer."""
    if not isinstance(value, Mapping):
        return
    for name, inner in value.items():
        here = f"{path}.{name}" if path else name
        if name in fields:
            deeper = fields[name]
            if deeper:
                yield from undocumented(inner, deeper, here)
        elif path or name not in (*TIMES, "id"):
            yield here


class _Comparison(NamedTuple):
    known: Known
    but: frozenset[str]

    def of(
        self, expected: Mapping[str, Any], answer: Mapping[str, Any], fields: Fields, path: str
    ) -> Iterator[Difference]:
        """Compare two objects, member by member."""
        for name, inner in fields.items():
            here = f"{path}.{name}" if path else name
            if here in self.but:
                continue
            one, other = expected.get(name, ABSENT), answer.get(name, ABSENT)
            if inner and isinstance(one, dict) and isinstance(other, dict):
                yield from self.of(one, other, inner, here)
            elif not same(one, other):
                yield from self._tell(one, other, here)

    def _tell(self, one: Any, other: Any, path: str) -> Iterator[Difference]:
        if other is ABSENT:
            if _is_certainly_there(one, path, self.known):
                yield Difference(path, How.MISSING, _as_given(path, one), "no such member")
        elif self.known.is_certain(path):
            if one is ABSENT:
                yield Difference(path, How.EXTRA, f"no member {path}, as none was given", _told(other, path))
            else:
                yield Difference(path, How.CHANGED, _as_given(path, one), _other(other, path))


def _is_certainly_there(value: Any, path: str, known: Known) -> bool:
    """Return whether a value is known, or something inside it, without which it cannot be."""
    if known.is_certain(path):
        return True
    members = value.items() if isinstance(value, dict) else ()
    return any(_is_certainly_there(inner, f"{path}.{name}", known) for name, inner in members)


def _as_given(path: str, value: Any) -> str:
    return f"{path} as it was given, {_told(value, path)}"


def _told(value: Any, path: str) -> str:
    if not isinstance(value, list):
        return shown(value, path)
    return "[" + ", ".join(map(shown, value[:5])) + (", ...]" if len(value) > 5 else "]")


def _other(value: Any, path: str) -> str:
    secret = path.rpartition(".")[2] in SECRET_MEMBERS
    return f"another value, {shown(value, path)}" if secret else _told(value, path)
