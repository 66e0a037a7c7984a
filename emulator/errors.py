"""What can go wrong, as facts. Status codes and envelopes are the business of `api`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

_TOLD: Final = 3
"""How many violations a message spells out; `violations` has them all."""
_TOLD_OF_A_FILE: Final = 100


class Violation(NamedTuple):
    """One broken rule of a request.

    `path` is the dotted wire name of the field (`credentials.scope.pull`, `restrictions.projects[3]`), a parameter's
    name, or `body`. `message` never holds a value that the client sent: it might be a secret.
    """

    path: str
    rule: str
    message: str


class EmulatorError(Exception):
    """Base of everything this package raises on purpose; `rules` are the ids of the rules that decided."""

    rules: Sequence[str] = ()


class InvalidSettingError(EmulatorError):
    """A flag, environment variable or file holds a value that the program cannot start with."""

    def __init__(self, setting: str, problem: str) -> None:
        self.setting = setting
        super().__init__(f"{setting}: {problem}")


class FixtureProblem(NamedTuple):
    """One thing that is wrong with a fixture file; `path` is like `credentials[0].name`, `line` counts from 1."""

    path: str
    rule: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = [f"line {self.line}"] if self.line else []
        return ": ".join([*place, *([self.path] if self.path else []), f"{self.message} (rule: {self.rule})"])


class InvalidFixtureError(InvalidSettingError):
    """A fixture file that cannot be loaded; `problems` has everything that is wrong with it, in its order."""

    def __init__(self, setting: str, source: str, problems: Sequence[FixtureProblem]) -> None:
        self.source = source
        self.problems: Final = tuple(problems)
        told = [f"\n  {problem}" for problem in problems[:_TOLD_OF_A_FILE]]
        more = len(problems) - _TOLD_OF_A_FILE
        many = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            setting, f"{source} has {many}:" + "".join(told) + (f"\n  and {more} more" if more > 0 else "")
        )


class InvalidFaultError(EmulatorError):
    """A fault rule that cannot be armed; `problems` are messages by member."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = problems
        super().__init__(" ".join(f"{member}: {problem}." for member, problem in problems.items()))


class InvalidControlRequestError(EmulatorError):
    """A request to a control route that cannot be understood; `problems` are messages by path."""

    def __init__(self, problems: Mapping[str, Sequence[str]]) -> None:
        self.problems = problems
        super().__init__(" ".join(f"{path}: {message}" for path, messages in problems.items() for message in messages))


class InvalidStateError(EmulatorError):
    """A state document that cannot be put in place; `problems` are messages by place, the first ones of `count`."""

    def __init__(self, problems: Mapping[str, Sequence[str]], count: int) -> None:
        self.problems = problems
        told = [f"{place}: {message}" for place, messages in problems.items() for message in messages]
        more = f" And {count - len(told)} more." if count > len(told) else ""
        super().__init__(" ".join(told) + more)


class ConflictError(EmulatorError):
    """A control request that makes sense, but not in the present state."""


class UnknownControlTargetError(EmulatorError):
    """A control route was asked about a thing that is not there."""


class ControlForbiddenError(EmulatorError):
    """Control is off, or the request comes from a web page of another origin or under a foreign host name."""


class AdminTokenError(EmulatorError):
    """The control routes want the admin token, and the request does not have it."""

    def __init__(self) -> None:
        super().__init__("Control needs the admin token: send `Authorization: Bearer ADMIN_TOKEN` (--admin-token).")


class MissingDataError(EmulatorError):
    """A data file that belongs to the program (contract, rulebook, page) is not where it should be."""


class InvalidJSONError(EmulatorError):
    """The request body is not a JSON text in UTF-8."""

    rules = ("common.json.syntax",)


class DuplicateKeyError(InvalidJSONError):
    """An object of the body has a key more than once, and the reading in force refuses that."""

    rules = ("common.json.duplicate-key",)

    def __init__(self) -> None:
        super().__init__("An object of the body has a key more than once; give each key once.")


class UnsupportedContentTypeError(EmulatorError):
    """The request declares a content type other than JSON."""

    rules = ("common.content-type",)

    def __init__(self) -> None:
        super().__init__("The declared Content-Type is not JSON; send `Content-Type: application/json`.")


class MissingContentTypeError(EmulatorError):
    """The request has a body and no content type, and the reading in force wants one."""

    rules = ("common.missing-content-type",)

    def __init__(self) -> None:
        super().__init__("The body has no Content-Type; send `Content-Type: application/json`.")


class BodyTooLargeError(EmulatorError):
    """The request body is larger than the setting allows."""

    rules = ("common.body.size",)

    def __init__(self, limit: int, remedy: str = "send less, or raise --max-body of the emulator") -> None:
        super().__init__(f"The body is larger than {limit} bytes; {remedy}.")


class InvalidRequestError(EmulatorError):
    """The request breaks constraints; `violations` names every one of them, in the order of the documentation."""

    def __init__(self, violations: Iterable[Violation], *, extra_rules: Sequence[str] = ()) -> None:
        self.violations: Final = tuple(violations)
        self.rules = tuple(dict.fromkeys([*[violation.rule for violation in self.violations], *extra_rules]))
        told = [f"{violation.path}: {violation.message}" for violation in self.violations[:_TOLD]]
        more = len(self.violations) - _TOLD
        super().__init__(" ".join(told) + (f" And {more} more, see details." if more > 0 else ""))


class UnauthorizedError(EmulatorError):
    """No bearer token, a malformed one, or one that is not declared."""

    rules = ("common.auth.token",)


class ForbiddenError(EmulatorError):
    """The token is known, the permission for this operation is missing."""

    rules = ("common.auth.permission",)

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(f"The token lacks the permission `{permission}`; grant it in the tokens file.")


class RouteNotFoundError(EmulatorError):
    """The API has no such path."""

    rules = ("common.route.unknown",)

    def __init__(self) -> None:
        super().__init__("There is no such route; GET /v1/swagger-json lists the ones there are.")


class MethodNotAllowedError(EmulatorError):
    """The path exists, the method does not."""

    rules = ("common.route.method",)

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed: Final = tuple(sorted(allowed))
        super().__init__(f"This route does not take that method; use {' or '.join(self.allowed)}.")


class RegistryNotFoundError(EmulatorError):
    """No stored credential of this account or team has the requested id."""

    rules = ("common.registry.unknown",)

    def __init__(self, registry_id: str) -> None:
        self.registry_id = registry_id
        super().__init__(
            f"No registry credential {registry_id[:80]!r} in this account or team. "
            "Ids are slugs of names; another token or team has other credentials."
        )


class NameTakenError(EmulatorError):
    """The slug of the new name is the id of a stored credential."""

    rules = ("add.duplicate-name",)

    def __init__(self, registry_id: str) -> None:
        self.registry_id = registry_id
        super().__init__(f"A registry credential with the id {registry_id!r} exists; choose another name or delete it.")


class UnknownCursorError(InvalidRequestError):
    """The cursor was never handed out for this list, or not since the last reset."""

    def __init__(self) -> None:
        message = (
            "This list never handed out that cursor; leave it out to start at the first page, "
            "then take the next one from pagination.cursor."
        )
        super().__init__([Violation("cursor", "list.unknown-cursor", message)])


class PageBeyondLastError(InvalidRequestError):
    """There are fewer pages than the number that was asked for, and the reading in force refuses it."""

    def __init__(self) -> None:
        message = "There are fewer pages than that; follow pagination.cursor, or ask for a smaller number."
        super().__init__([Violation("page", "list.page.beyond-last", message)])


class EmptyUpdateError(InvalidRequestError):
    """An update names nothing to change, and the reading in force refuses that."""

    def __init__(self) -> None:
        super().__init__([Violation("body", "update.empty-body", "Names nothing to change; give what shall change.")])


class RateLimitedError(EmulatorError):
    """The account has used up its requests of this hour; `reset` is in whole seconds."""

    rules = ("common.rate-limit.exceeded",)

    def __init__(self, limit: int, reset: int) -> None:
        self.limit = limit
        self.reset = reset
        super().__init__(f"The {limit} requests of this hour are used up; try again in {reset} seconds.")


class MalformedRequestError(EmulatorError):
    """The bytes received are no HTTP request that can be answered, or the body cannot be decoded."""
