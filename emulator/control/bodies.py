"""Bodies of control requests: marshmallow schemas that know their keys and name them when another one comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from aiohttp import web
from marshmallow import Schema, ValidationError, post_load, validates_schema

from emulator import codec
from emulator.api.operations import NAMES
from emulator.clock import parse_rfc3339
from emulator.errors import (
    BodyTooLargeError,
    InvalidControlRequestError,
    InvalidFaultError,
    MalformedRequestError,
    UnsupportedContentTypeError,
)
from emulator.faults import Fault
from emulator.fields import Flag, JSONField, Object, Text
from emulator.matching import CRITERIA

MAX_BODY: Final = 1024 * 1024
MAX_STATE: Final = 1024 * 1024 * 1024
"""Bytes: a state holds everything that is stored."""
MAX_NUMBER: Final = 2**53 - 1
"""What every JSON library reads exactly."""


class Word(Text):
    """A JSON string that is not empty."""

    def _deserialize(self, value: object, *positional: object, **named: Any) -> object:
        text = super()._deserialize(value, *positional, **named)
        if not text:
            raise ValidationError("Must not be empty.")
        return text


class OperationName(Text):
    """The name of an operation: a pattern with a misspelt one would match nothing and pass as `never called`."""

    def _deserialize(self, value: object, *positional: object, **named: Any) -> object:
        name = super()._deserialize(value, *positional, **named)
        if name not in NAMES:
            raise ValidationError(f"Unknown operation; there are {', '.join(NAMES)}.")
        return name


class Number(JSONField):
    """A JSON number without a fraction, in a range; 3.0 is one, as in JSON Schema."""

    json_type = int
    expected = "a whole number"

    def __init__(self, lowest: int, highest: int = MAX_NUMBER, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lowest, self.highest = lowest, highest

    def _deserialize(self, value: object, *positional: object, **named: Any) -> object:
        number = _without_point(value)
        if type(number) is not float:
            number = cast("int", super()._deserialize(number, *positional, **named))
        if type(number) is float or not self.lowest <= number <= self.highest:
            raise ValidationError(f"Must be a whole number from {self.lowest} to {self.highest}.")
        return number


class Anything(JSONField):
    """Any JSON value, judged by who uses it."""

    expected = "another value"

    def _deserialize(self, value: object, *_: object, **__: Any) -> object:
        return value


class Amount(Anything):
    """Any JSON value; 3.0 counts as 3."""

    def _deserialize(self, value: object, *_: object, **__: Any) -> object:
        return _without_point(value)


class Mapped(JSONField):
    """A JSON object with any members."""

    json_type = dict
    expected = "an object"


class Texts(Mapped):
    """A JSON object whose members are strings."""

    def _deserialize(self, value: object, *positional: object, **named: Any) -> object:
        members = cast("dict[str, object]", super()._deserialize(value, *positional, **named))
        wrong = {name: ["Must be a string."] for name, member in members.items() if type(member) is not str}
        if wrong:
            raise ValidationError(wrong)
        return members


class ControlSchema(Schema):
    """A body; unknown keys are refused."""

    class Meta:
        """Refuse what is not known."""

        unknown = "raise"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        known = ", ".join(field.data_key or name for name, field in self.fields.items())
        told = f"Unknown key; there are {known}." if known else "Unknown key; there are none."
        self.error_messages = {**self.error_messages, "unknown": told}


class EmptySchema(ControlSchema):
    """Body of routes that take none: an empty object is as good as nothing."""


class AccountSchema(ControlSchema):
    """An account, by its name or by a token that belongs to it."""

    account = Word()
    token = Word()

    @validates_schema(skip_on_field_errors=False)
    def one_name(self, body: Mapping[str, Any], **_: object) -> None:
        """Demand one of the two at most."""
        if "account" in body and "token" in body:
            raise ValidationError({"token": ["Give the account or its token, one of the two."]})


class SeedSchema(AccountSchema):
    """Body of POST seed: a named fixture, what a fixture file holds, or a count of made credentials."""

    fixture = Word()
    content = Mapped()
    count = Number(1, 1_000_000)
    seed = Number(0)
    team = Word()

    @validates_schema(skip_on_field_errors=False)
    def one_source(self, body: Mapping[str, Any], **_: object) -> None:
        """Demand one source."""
        if len({"fixture", "content", "count"} & body.keys()) != 1:
            raise ValidationError({"body": ["Give one of fixture, content and count."]})
        if "seed" in body and "count" not in body:
            raise ValidationError({"seed": ["Goes with count only."]})
        if "team" in body and "count" not in body:
            raise ValidationError({"team": ["A fixture says itself what its teams hold; team goes with count only."]})


class PatternSchema(AccountSchema):
    """A pattern of calls; see `matching.CRITERIA`."""

    operation = OperationName()
    method = Text()
    path = Text()
    status = Number(100, 599)
    rule = Text()
    fault = Text()
    query = Texts()
    headers = Texts()
    body = Anything(allow_none=True)
    unmatched = Flag()


class TimesSchema(ControlSchema):
    """How often; nothing given means at least once."""

    at_least = Number(0, data_key="atLeast")
    at_most = Number(0, data_key="atMost")


class VerifySchema(ControlSchema):
    """Body of POST requests/verify."""

    request = Object(PatternSchema, required=True, about='the pattern of calls, such as {"operation": "add-registry"}')
    times = Object(TimesSchema)


class FaultSchema(AccountSchema):
    """Body of POST faults; `Fault` itself checks the values."""

    operation = Anything()
    effect = Anything()
    status = Amount()
    delay = Amount(data_key="delayMs")
    jitter = Amount(data_key="jitterMs")
    skip = Amount()
    times = Amount(allow_none=True)
    phase = Anything()
    probability = Anything()
    seed = Amount()

    @validates_schema(skip_on_field_errors=False)
    def possible(self, body: Mapping[str, Any], **_: object) -> None:
        """Tell all that is wrong together: what `Fault` says, the operation, and what else the schema finds."""
        problems: dict[str, list[str]] = {}
        try:
            Fault(**{name: value for name, value in body.items() if name != "token"})
        except InvalidFaultError as error:
            keys = {name: field.data_key or name for name, field in self.fields.items()}
            problems = {keys[name]: [f"{told[:1].upper()}{told[1:]}."] for name, told in error.problems.items()}
        known = ["*", *NAMES]
        if body.get("operation", "*") not in known:
            problems["operation"] = [f"Unknown operation; there are {', '.join(known)}."]
        if problems:
            raise ValidationError(problems)


class ClockSchema(ControlSchema):
    """Body of PUT clock; done in the order set, advance, freeze."""

    now = Text()
    advance = Number(0, 10 * 365 * 24 * 3600 * 1000, data_key="advanceMs")
    frozen = Flag()

    @post_load
    def times(self, body: dict[str, Any], **_: object) -> dict[str, Any]:
        """Turn the time into milliseconds since 1970."""
        if "now" in body:
            try:
                body["now"] = parse_rfc3339(body["now"])
            except ValueError as error:
                raise ValidationError({"now": [f"Must be as 2026-11-24T12:00:00Z (RFC 3339): {error}."]}) from None
        return body


async def read(request: web.Request, schema: ControlSchema) -> dict[str, Any]:
    """Return the body as its schema's fields.

    Raises:
        InvalidJSONError, BodyTooLargeError, UnsupportedContentTypeError: it is no JSON that can be read.
        InvalidControlRequestError: names every problem.
    """
    body = await read_value(request)
    if type(body) is not dict:
        raise InvalidControlRequestError({"body": ["Must be a JSON object."]})
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise InvalidControlRequestError(dict(_flat(cast("Mapping[str, Any]", error.messages)))) from None
    return loaded


async def read_value(request: web.Request) -> object:
    """Return the body as any JSON value; nothing at all counts as an empty object."""
    return codec.loads(await read_text(request, limit=MAX_BODY))


async def read_text(request: web.Request, *, limit: int) -> bytes:
    """Return the body, which is JSON as far as its content type goes; nothing at all counts as an empty object."""
    if request.content_type != "application/json" and request.body_exists:
        raise UnsupportedContentTypeError
    chunks = []
    size = 0
    try:
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size > limit:
                raise BodyTooLargeError(limit, "send less")
            chunks.append(chunk)
    except web.RequestPayloadError:
        raise MalformedRequestError("The body cannot be decoded; send it plain, with its Content-Length.") from None
    return b"".join(chunks) or b"{}"


def _without_point(value: object) -> object:
    return int(value) if type(value) is float and value.is_integer() else value


def _flat(messages: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, list[str]]]:
    for key, value in messages.items():
        here = f"{path}.{key}" if path else str(key)
        if key == "_schema":
            here = path or "body"
        if isinstance(value, Mapping):
            yield from _flat(value, here)
        else:
            yield here, [str(message) for message in value]


KNOWN_CRITERIA: Final = (*CRITERIA, "token")
"""What `PatternSchema` takes: a test compares the two."""
