"""marshmallow fields and validators with JSON Schema's reading of values, and problems that know their rule.

JSON types count as they are (`"true"` and `1` are no booleans, `null` is no string), lengths are code points. Every
problem carries the `kind` of its constraint, so that path and kind together give the id of the rule: the kind
`min-length` at `name` in the body of add is `add.name.min-length`. A kind with a dot is the whole id.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from marshmallow import ValidationError, fields, missing, validate

if TYPE_CHECKING:
    _Field = fields.Field[Any]
else:
    _Field = fields.Field  # marshmallow 3 has no type parameters

_JSON_TYPES: Final = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


class Problem(str):
    """What is wrong with a value and what would be right; never the value itself, which might be a secret."""

    __slots__ = ("kind",)
    kind: str

    def __new__(cls, kind: str, message: str) -> Problem:
        problem = super().__new__(cls, message)
        problem.kind = kind
        return problem


def wrong_type(expected: str, value: object, kind: str = "type") -> ValidationError:
    """Return the error for a value of another JSON type than `expected`, which reads like `a string`."""
    return ValidationError([_of_type(kind, expected, _JSON_TYPES.get(type(value), "that"))])


@functools.cache
def _of_type(kind: str, expected: str, given: str) -> Problem:
    return Problem(kind, f"Must be {expected}, not {given}.")


class Check(validate.Validator):
    """A validator that can be asked without an error being raised: marshmallow raises and catches one for each."""

    def problem(self, value: Any) -> Problem | None:
        """Return what is wrong with `value`, if anything is."""
        raise NotImplementedError

    def __call__(self, value: str) -> str:
        """Return `value` or raise the problem with it."""
        problem = self.problem(value)
        if problem is not None:
            raise ValidationError([problem])
        return value


def messages(field: _Field, value: object) -> Any:
    """Return the messages of the error that `field` raises for a value that it refuses."""
    try:
        field.deserialize(value)
    except ValidationError as error:
        return error.messages
    return []


class JSONField(_Field):
    """A field whose value must have one JSON type.

    Args:
        about: what the field is, for the message when it is missing.
        type_kind: the kind of the rule about its type.
    """

    json_type: type
    expected: str

    def __init__(self, *, about: str = "", type_kind: str = "type", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.about = about
        self.type_kind = type_kind
        checks = [validator for validator in self.validators if isinstance(validator, Check)]
        self._checks = checks if len(checks) == len(self.validators) else None

    def make_error(self, key: str, **kwargs: object) -> ValidationError:
        """Return the error for a missing or null value."""
        if key == "required":
            return ValidationError([Problem("required", f"Missing, and required: {self.about}.")])
        return wrong_type(self.expected, kwargs.get("input"), self.type_kind)

    def _deserialize(self, value: object, *_: object, **__: Any) -> object:
        # Not isinstance: to Python, but not to JSON, a boolean is a number.
        if type(value) is not self.json_type:
            raise self.make_error("type", input=value)
        return value

    def problems(self, value: object) -> Any:
        """Return the messages of the error that `deserialize` raises for a value that it refuses."""
        if type(value) is not self.json_type and value is not missing:
            return [_of_type(self.type_kind, self.expected, _JSON_TYPES.get(type(value), "that"))]
        if self._checks and value is not missing:
            return self._found(value)  # to raise and to catch would take as long as all else
        return messages(self, value)

    def _validate(self, value: object) -> None:
        if self._checks is None:
            super()._validate(value)
        elif problems := self._found(value):
            raise ValidationError(problems)

    def _found(self, value: object) -> list[Problem]:
        return [problem for check in self._checks or () if (problem := check.problem(value)) is not None]


class Text(JSONField):
    """A JSON string."""

    json_type = str
    expected = "a string"


class Flag(JSONField):
    """A JSON boolean."""

    json_type = bool
    expected = "a boolean (true or false, without quotes)"


class Array(JSONField):
    """A JSON array whose items are checked one by one, all of them."""

    json_type = list
    expected = "an array of strings"

    def __init__(self, inner: JSONField, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = inner

    def _deserialize(self, value: object, *positional: object, **named: Any) -> object:
        items: Any = super()._deserialize(value, *positional, **named)
        errors: dict[int, Any] = {}
        for index, item in enumerate(items):
            try:
                self.inner.deserialize(item)
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return items


class Object(fields.Nested):
    """A JSON object with a schema of its own."""

    def __init__(self, nested: Any, *, about: str = "", **kwargs: Any) -> None:
        super().__init__(nested, **kwargs)
        self.about = about

    def make_error(self, key: str, **kwargs: object) -> ValidationError:
        """Return the error for a missing value or one that is no object."""
        if key == "required":
            return ValidationError([Problem("required", f"Missing, and required: {self.about}.")])
        return wrong_type("an object", kwargs.get("input"))

    def _deserialize(self, value: Any, *positional: Any, **named: Any) -> Any:
        if type(value) is not dict:
            raise self.make_error("type", input=value)
        return super()._deserialize(value, *positional, **named)

    def problems(self, value: object) -> Any:
        """Return the messages of the error that `deserialize` raises for a value that it refuses."""
        return messages(self, value)


class MinLength(Check):
    """At least so many code points."""

    kind = "min-length"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def problem(self, value: str) -> Problem | None:
        """Return what is wrong with `value`, if anything is."""
        if len(value) < self.limit:
            return Problem(self.kind, f"Too short: {len(value)} characters, at least {self.limit}.")
        return None


class MaxLength(Check):
    """At most so many code points."""

    kind = "max-length"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def problem(self, value: str) -> Problem | None:
        """Return what is wrong with `value`, if anything is."""
        if len(value) > self.limit:
            return Problem(self.kind, f"Too long: {len(value)} characters, at most {self.limit}.")
        return None


class Matches(Check):
    """A documented pattern; `allowed` says in words what it takes."""

    kind = "pattern"

    def __init__(self, source: str, pattern: re.Pattern[str], allowed: str) -> None:
        self.source = source
        self.pattern = pattern
        self.allowed = allowed
        self._problem = Problem(self.kind, f"Does not match {source} ({allowed}).")

    def problem(self, value: str) -> Problem | None:
        """Return what is wrong with `value`, if anything is."""
        return None if self.pattern.search(value) else self._problem


class OneOf(Check):
    """One of the documented values, in exactly that spelling."""

    kind = "one-of"

    def __init__(self, choices: Sequence[str]) -> None:
        self.choices = tuple(choices)
        self._expected = f"Must be one of {', '.join(self.choices)}."

    def problem(self, value: str) -> Problem | None:
        """Return what is wrong with `value`, if anything is."""
        if value not in self.choices:
            meant = value[:40].strip().lower()
            # Another case is the usual mistake; to look for similar ones takes 40 us.
            close = [meant] if meant in self.choices else difflib.get_close_matches(meant, self.choices, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            return Problem(self.kind, self._expected + hint)
        return None
