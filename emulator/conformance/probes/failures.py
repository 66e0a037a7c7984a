"""How the target tells of failures: statuses, words and details; what earlier stages have met is not met again."""

from __future__ import annotations

from typing import Final

from emulator.conformance.exchange import ABSENT, Exchange
from emulator.conformance.model import ANYTHING, Known
from emulator.conformance.names import slug
from emulator.conformance.options import LIMITED, MAIN, NONE
from emulator.conformance.probes import basics, errors
from emulator.conformance.probes.reading import NO_EVIDENCE, details_of, error_of, is_open
from emulator.conformance.probes.valid import plain
from emulator.conformance.probing import Stage, probe
from emulator.conformance.session import Session

_STATUS: Final = "common.constraint-status"
_DETAILS: Final = "common.error.details"
_IDS: Final = "common.error.ids"
_STATUSES: Final = "common.error.statuses"
_FREE: Final = "delete.name-free"
_AGAIN: Final = "delete.repeated"
_SIZE: Final = "common.body.size"
_MALFORMED: Final = "common.http.malformed"

_USUAL_STATUS: Final = {
    "A request without a token": 401,
    "A token that lacks the permission": 403,
    "A route that does not exist": 404,
    "An id that does not exist": 404,
    "A method that a path does not have": 405,
    "A body that is no JSON": 400,
    "A name that is taken": 409,
}
_ERROR_IDS: Final = frozenset(
    {
        *("bad-request", "invalid-json", "invalid-request", "unauthorized", "forbidden", "not-found"),
        *("route-not-found", "method-not-allowed", "name-taken", "payload-too-large", "unsupported-media-type"),
        *("rate-limited", "internal-error"),
    }
)
"""The words of this project, as the rule has them."""


@probe(
    *(_STATUS, _DETAILS, _IDS, _STATUSES, _FREE, _AGAIN, _SIZE, _MALFORMED, *errors.ROUTES),
    cost=17,
    stage=Stage.CHOICES,
)
async def what_errors_are_like(session: Session) -> None:
    await _break_two_constraints(session)
    if is_open(session, *errors.ROUTES):
        await errors.tell_routes(session)
    if is_open(session, _SIZE):
        await errors.tell_size(session)
    if is_open(session, _FREE, _AGAIN):
        await _use_a_name_again(session)
    await _meet_every_failure(session)
    _judge_ids(session)
    await errors.tell_malformed(session)


async def _break_two_constraints(session: Session) -> None:
    body = plain(session, {"name": f"{session.names.fresh()}_", "provider": "docker"})
    what = "a body with two faults"
    exchange = await session.refuses(["add.name.pattern", "add.provider.one-of"], body, what=what)
    if not exchange.refused or exchange.status in NO_EVIDENCE:
        return
    status = str(exchange.status)
    known = status in (session.verdicts.of(_STATUS).rule.alternatives or {})
    words = f"The status of failed constraints is {status}."
    session.verdicts.choose(_STATUS, status if known else None, exchange, words=words)
    details = details_of(exchange)
    if {"name", "provider"} <= details.keys():
        session.verdicts.agree(_DETAILS, exchange)
    else:
        told = f"has the members {', '.join(sorted(details)[:5])}" if details else "has no members"
        words = f"If name and provider are at fault, error.details {told}."
        session.verdicts.choose(_DETAILS, None, exchange, words=words)


async def _use_a_name_again(session: Session) -> None:
    """Delete something, and once more where that is not known yet, and add it anew."""
    known = _dispensable(session) or await session.living(plain(session))
    if (await session.delete(known)).succeeded:
        if is_open(session, _AGAIN):
            _judge_again(session, await session.delete(known.id), await session.get(session.names.fresh("missing")))
        basics.judge_reuse(session, await session.add(known.body), known.body["name"])


def _judge_again(session: Session, again: Exchange, missing: Exchange) -> None:
    """Judge a second deletion beside what an id is answered that never was; a success, the oracle has judged."""
    if again.refused and again.status not in NO_EVIDENCE and is_open(session, _AGAIN):
        same = again.status == missing.status
        words = f"A second deletion is answered {again.status}, and an id that never was {missing.status}."
        session.verdicts.choose(_AGAIN, "unknown" if same else None, again, words=words)


def _dispensable(session: Session) -> Known | None:
    """Return credentials that nobody needs any more and whose body was accepted as it is."""
    for known in reversed(session.model.living()):
        if not known.reusable and isinstance(known.name, str) and known.id == slug(known.name):
            return None if ANYTHING in known.uncertain else known
    return None


def _failure_of(session: Session, exchange: Exchange) -> str | None:
    """Return what was wrong with a request that was refused, as far as what is known without its answer says it."""
    if not exchange.refused or exchange.is_malformed:
        return None
    if exchange.operation is None:
        return {"GET": "A route that does not exist", "PUT": "A method that a path does not have"}.get(exchange.method)
    authorization = exchange.sent_headers.get("Authorization")
    if authorization is None:
        return "A request without a token"
    if authorization == f"Bearer {LIMITED.placeholder}":
        return "A token that lacks the permission"
    return _fault_of(session, exchange) if authorization == f"Bearer {MAIN.placeholder}" else None


def _fault_of(session: Session, exchange: Exchange) -> str | None:
    """Return what was wrong with a request that had the token and a route."""
    if str(exchange.operation).startswith(("get-", "delete-")):
        return "An id that does not exist"
    if _takes_a_name(session, exchange):
        return "A name that is taken"
    declared = exchange.sent_headers.get("Content-Type") == "application/json"
    return "A body that is no JSON" if exchange.sent and exchange.sent_json is ABSENT and declared else None


def _takes_a_name(session: Session, exchange: Exchange) -> bool:
    """Return whether a body of add had another name with the slug of living credentials."""
    sent = exchange.sent_json
    name = sent.get("name") if isinstance(sent, dict) else None
    if exchange.operation != "add-registry" or not isinstance(name, str):
        return False
    known = session.model.find(slug(name))
    return known is not None and known.name != name


async def _meet_every_failure(session: Session) -> None:
    """Meet what the run has not met yet, and tell which of all has another status than usual."""
    met = {_failure_of(session, exchange) for exchange in session.exchanges}
    if "A request without a token" not in met:
        await session.list(token=NONE)
    if "An id that does not exist" not in met:
        await session.get(session.names.fresh("missing"))
    if "A body that is no JSON" not in met:
        await session.refuses("common.json.syntax", raw=b'{"name":', what="a body that breaks off")
    others: dict[str, Exchange] = {}
    for exchange in session.exchanges:
        failure = _failure_of(session, exchange)
        if failure is not None and exchange.status not in (_USUAL_STATUS[failure], 403, 429):
            others.setdefault(f"{failure} is answered {exchange.status}.", exchange)
    if others:
        session.verdicts.choose(_STATUSES, None, next(iter(others.values())), words=" ".join(others))
    else:
        session.verdicts.agree(_STATUSES, session.exchanges[-1])


def _judge_ids(session: Session) -> None:
    """Judge the words that errors are told by, of all errors so far."""
    refused = [exchange for exchange in session.exchanges if exchange.refused and not exchange.is_malformed]
    others = {identifier for exchange in refused if (identifier := error_of(exchange).get("id")) not in _ERROR_IDS}
    words = sorted(identifier for identifier in others if isinstance(identifier, str))
    if words:
        session.verdicts.choose(_IDS, None, refused[0], words=f"error.id is {', '.join(words[:8])}.")
    elif refused and not others:
        session.verdicts.agree(_IDS, refused[0])
