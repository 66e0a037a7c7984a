"""How failures are told: as a profile has learnt it of a target, and else as this project does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emulator import errors

if TYPE_CHECKING:
    from emulator.profile import ErrorShape, Profile, Settled

_BY_RULE: Final = {
    "list.page.exclusive": "page-and-cursor",
    "list.parameter.repeated": "repeated-parameter",
    "list.page-range": "page-range",
}
_KINDS: Final[Mapping[type[errors.EmulatorError], str]] = {
    errors.UnknownCursorError: "cursor",
    errors.PageBeyondLastError: "page-beyond-last",
    errors.EmptyUpdateError: "empty-update",
    errors.DuplicateKeyError: "duplicate-key",
    errors.InvalidJSONError: "json",
    errors.UnsupportedContentTypeError: "content-type",
    errors.MissingContentTypeError: "no-content-type",
    errors.BodyTooLargeError: "too-large",
    errors.UnauthorizedError: "token",
    errors.ForbiddenError: "permission",
    errors.RegistryNotFoundError: "unknown-id",
    errors.RouteNotFoundError: "unknown-route",
    errors.MethodNotAllowedError: "method",
    errors.NameTakenError: "name-taken",
    errors.MalformedRequestError: "malformed",
}


class Told(NamedTuple):
    """What an error answer says; `details` of None is left out."""

    status: int
    word: str
    message: str
    details: Any


@dataclass(frozen=True, slots=True)
class Learnt:
    """How failures are told.

    Attributes:
        constraint_status: the status of broken constraints in the reading in force.
        shapes: by kind of failure.
        settled: the rules that a profile settles, as long as no switch overrules it.
        target: the host of which it was learnt.
    """

    constraint_status: int = 400
    shapes: Mapping[str, ErrorShape] = field(default_factory=lambda: MappingProxyType({}))
    settled: Mapping[str, Settled] = field(default_factory=lambda: MappingProxyType({}))
    target: str = ""

    @classmethod
    def of(cls, profile: Profile | None, constraint_status: int, settled: Mapping[str, Settled]) -> Learnt:
        """Return what a profile says of failures."""
        if profile is None:
            return cls(constraint_status)
        from emulator.profile import OF_CONSTRAINTS  # loaded already, since there is a profile

        shapes = profile.errors
        if "common.constraint-status" in profile.rules and "common.constraint-status" not in settled:
            # Overruled: then no status that was learnt of constraints counts either.
            shapes = {
                kind: replace(shape, status=None) if kind in OF_CONSTRAINTS else shape for kind, shape in shapes.items()
            }
        return cls(constraint_status, shapes, settled, profile.target)

    def told(self, error: errors.EmulatorError, usual: Told) -> Told:
        """Return what is told of an error, in place of what would be told without a profile."""
        shape = self.shapes.get(kind_of(error)) if self.shapes else None
        if shape is None:
            return usual
        message = usual.message if shape.message is None else _filled(shape, error, usual)
        details = usual.details if shape.details is None else _details(shape, error, message)
        return Told(shape.status or usual.status, shape.id or usual.word, message, details)

    def basis(self, rules: Sequence[str]) -> str | None:
        """Return the header that says which of some rules were seen on a target, None if none was."""
        seen = [rule for rule in rules if rule in self.settled]
        if not seen:
            return None
        day = max(self.settled[rule].date for rule in seen)
        return f"live-verified; date={day}; target={self.target}; rules={','.join(seen)}"


def kind_of(error: errors.EmulatorError) -> str:
    """Return the kind of failure that an error is, one of `profile.KINDS`; empty for what no profile tells of."""
    kind = _KINDS.get(type(error))
    if kind is not None or not isinstance(error, errors.InvalidRequestError):
        return kind or ""
    for rule, name in _BY_RULE.items():
        if rule in error.rules:
            return name
    return "parameter" if error.rules and all(rule.startswith("list.") for rule in error.rules) else "constraint"


def _problems(shape: ErrorShape, error: errors.EmulatorError, message: str) -> list[tuple[str, str]]:
    if shape.fields is not None:
        return [(path, message) for path in shape.fields]
    if isinstance(error, errors.InvalidRequestError):
        return [(violation.path, violation.message) for violation in error.violations]
    return []


def _details(shape: ErrorShape, error: errors.EmulatorError, message: str) -> Any:
    problems = _problems(shape, error, message)
    if shape.details == "absent" or not problems:
        return None
    if shape.details == "entries":
        where, what = shape.entries or ("field", "message")
        return [{where: path, what: text} for path, text in problems]
    gathered: dict[str, list[str]] = {}
    for path, text in problems:
        gathered.setdefault(path, []).append(text)
    return gathered if shape.details == "lists" else {path: texts[0] for path, texts in gathered.items()}


def _filled(shape: ErrorShape, error: errors.EmulatorError, usual: Told) -> str:
    """Return a message; the usual one where the error does not have what its template wants."""
    violations = error.violations if isinstance(error, errors.InvalidRequestError) else ()
    paths = list(shape.fields or dict.fromkeys(violation.path for violation in violations))
    values: dict[str, str] = {}
    if paths:
        values = {"field": paths[0], "fields": ", ".join(paths)}
    if isinstance(error, errors.RegistryNotFoundError | errors.NameTakenError):
        values["id"] = error.registry_id[:80]
    if isinstance(error, errors.MethodNotAllowedError):
        values["methods"] = ", ".join(error.allowed)
    try:
        return (shape.message or usual.message).format_map(values)
    except KeyError:
        return usual.message
