"""The one spot that turns exceptions into answers, all in the vendor's envelope."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from aiohttp import web

from emulator import codec, errors
from emulator.api.answers import Answer
from emulator.api.learnt import Learnt, Told

logger = logging.getLogger("emulator")
_CHAIN: Final = 5
"""Exceptions of a chain that a traceback tells of."""

STATUS: Final[Mapping[type[errors.EmulatorError], tuple[int, str]]] = {
    errors.InvalidJSONError: (400, "invalid-json"),
    errors.DuplicateKeyError: (400, "invalid-json"),
    errors.InvalidRequestError: (400, "invalid-request"),
    errors.UnknownCursorError: (400, "invalid-request"),
    errors.PageBeyondLastError: (400, "invalid-request"),
    errors.EmptyUpdateError: (400, "invalid-request"),
    errors.MalformedRequestError: (400, "bad-request"),
    errors.UnauthorizedError: (401, "unauthorized"),
    errors.ForbiddenError: (403, "forbidden"),
    errors.RouteNotFoundError: (404, "route-not-found"),
    errors.RegistryNotFoundError: (404, "not-found"),
    errors.MethodNotAllowedError: (405, "method-not-allowed"),
    errors.NameTakenError: (409, "name-taken"),
    errors.BodyTooLargeError: (413, "payload-too-large"),
    errors.UnsupportedContentTypeError: (415, "unsupported-media-type"),
    errors.MissingContentTypeError: (415, "unsupported-media-type"),
    errors.RateLimitedError: (429, "rate-limited"),
    errors.InvalidControlRequestError: (400, "invalid-request"),
    errors.InvalidFaultError: (400, "invalid-request"),
    errors.InvalidStateError: (400, "invalid-state"),
    errors.ConflictError: (409, "conflict"),
    errors.AdminTokenError: (401, "unauthorized"),
    errors.ControlForbiddenError: (403, "forbidden"),
    errors.UnknownControlTargetError: (404, "not-found"),
    errors.MissingDataError: (500, "internal-error"),
    # Raised before there is a server, or by the control routes; never an answer of the emulated API.
    errors.InvalidSettingError: (400, "invalid-setting"),
    errors.InvalidFixtureError: (400, "invalid-fixture"),
}
"""Status and `error.id` of each domain error. The statuses are assumed (rulebook), the ids are ours."""


AS_USUAL: Final = Learnt()
"""How failures are told where no profile says otherwise."""


def answer_to(error: Exception, learnt: Learnt = AS_USUAL) -> Answer:
    """Return the answer to a request that `error` ended, whatever it is.

    Raises:
        ConnectionError: the client has gone, and nobody is there to answer.
    """
    match error:
        case errors.EmulatorError():
            return error_answer(error, learnt)
        case web.HTTPException():
            return from_http(error, learnt)
        case ConnectionError():
            raise error
        case _:
            return from_bug(error)


def error_answer(error: errors.EmulatorError, learnt: Learnt = AS_USUAL) -> Answer:
    """Return the answer to a request that `error` ended; `learnt` has how that is told."""
    status, word = STATUS[type(error)]
    if isinstance(error, errors.InvalidRequestError):
        status = learnt.constraint_status
    told = status, word, str(error), _details(error)
    if learnt.shapes:
        told = learnt.told(error, Told(*told))
    answer = Answer(envelope(*told), told[0])
    if error.rules:
        answer.say("x-emulator-rule", ", ".join(error.rules))
        if learnt.settled and (basis := learnt.basis(error.rules)):
            answer.say("x-emulator-basis", basis)
    match error:
        case errors.UnauthorizedError() | errors.AdminTokenError():
            answer.say("WWW-Authenticate", "Bearer")
        case errors.MethodNotAllowedError():
            answer.say("Allow", ", ".join(error.allowed))
        case errors.RateLimitedError():
            answer.say("Retry-After", str(error.reset))
    return answer


def _details(error: errors.EmulatorError) -> Mapping[str, Sequence[str]] | None:
    match error:
        case errors.InvalidRequestError():
            return _gathered([(path, message) for path, _, message in error.violations])
        case errors.InvalidFixtureError():
            return _gathered((problem.path or "body", problem.message) for problem in error.problems)
        case errors.InvalidFaultError():
            return {member: [f"{problem[:1].upper()}{problem[1:]}."] for member, problem in error.problems.items()}
        case errors.InvalidControlRequestError() | errors.InvalidStateError():
            return error.problems
        case _:
            return None


def _gathered(problems: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for path, message in problems:
        gathered.setdefault(path, []).append(message)
    return gathered


def envelope(status: int, word: str, message: str, details: object = None) -> bytes:
    """Return the JSON text of the vendor's error envelope; `details` are messages by field path, or as was learnt."""
    error: dict[str, object] = {"status": status, "message": message, "id": word}
    if details is not None:
        error["details"] = details
    return codec.dumps({"error": error})


def from_http(error: web.HTTPException, learnt: Learnt = AS_USUAL) -> Answer:
    """Return the answer for an error that aiohttp raised: its router's, or while it read the request."""
    match error:
        case web.HTTPNotFound():
            return error_answer(errors.RouteNotFoundError(), learnt)
        case web.HTTPMethodNotAllowed():
            return error_answer(errors.MethodNotAllowedError(error.allowed_methods), learnt)
        case _:
            word = "internal-error" if error.status >= 500 else "bad-request"
            return Answer(envelope(error.status, word, f"{error.reason}."), error.status)


def _traceback(error: BaseException) -> str:
    """Return the frames and types of an exception and of what led to it; no message, which may quote a request."""
    chain: list[str] = []
    earlier: BaseException | None = error
    while earlier is not None and len(chain) < _CHAIN:
        kind = type(earlier)
        frames = "".join(traceback.format_tb(earlier.__traceback__))
        chain.append(f"{frames}{kind.__module__}.{kind.__qualname__} (its message may hold a secret: not shown)")
        earlier = earlier.__cause__ or (None if earlier.__suppress_context__ else earlier.__context__)
    return "\n\nwhich led to:\n".join(reversed(chain))


def from_bug(error: Exception) -> Answer:
    """Log the traceback of what is our own mistake, and return an answer that shows nothing of it."""
    logger.error("A bug in the emulator: please report it.\n%s", _traceback(error))
    text = envelope(500, "internal-error", "The emulator failed; its log has the traceback. Please report it.")
    return Answer(text, 500)
