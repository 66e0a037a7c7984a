"""Which alternative of each assumed rule the target has; what the stages before have found out is not asked again.

All of it together takes about forty requests, so the probes share what they create.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from emulator.conformance.comparing import TIMES, value_at
from emulator.conformance.exchange import ABSENT, Exchange
from emulator.conformance.model import ANYTHING, Known
from emulator.conformance.probes import errors
from emulator.conformance.probes.conditional import CONDITIONAL, EMPTY_SECRET, may_be_accepted, reading_of
from emulator.conformance.probes.reading import NO_EVIDENCE, changes, data_of, is_open
from emulator.conformance.probes.valid import (
    UNKNOWN_INTEGRATION,
    accepted,
    changed,
    plain,
    word,
)
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import Session

_PROJECT: Final = "common.unknown-project"
_FIELDS: Final = "common.unknown-fields"
_GIVEN_TIMES: Final = "add.request-timestamps"
_TIMES: Final = "add.timestamps"
_SECRETS: Final = "common.secrets"
_OTHER_FIELDS: Final = "add.response.no-other-fields"
_TAKEN: Final = "add.duplicate-name"
_PARTIAL: Final = "update.partial"
_UNTYPED: Final = "common.missing-content-type"
_TWICE: Final = "common.json.duplicate-key"
_EMPTY: Final = "update.empty-body"
_TYPE: Final = "common.content-type"
_MODIFY: Final = "update.modify-route"
_GOT: Final = "get.response.same-as-add"
_UNCHANGED: Final = "common.rejected-changes-nothing"

_SCOPE_ONLY: Final = "Members of an object that an update does not name stay, but the scope is replaced as a whole."
_LONG_AGO: Final = "2001-02-03T04:05:06Z"
_PROJECTS: Final = "restrictions.projects"


def _parts(session: Session) -> dict[str, dict[str, Any]]:
    """Return what a target may refuse in a body of add, by the rule that tells; not what it is known to refuse."""
    parts: dict[str, dict[str, Any]] = {
        UNKNOWN_INTEGRATION: {"integrationId": word(session, 9)},
        _PROJECT: {_PROJECTS: [word(session, 9)]},
        _FIELDS: {f"x{word(session, 6)}": "text", "aws.zone": "eu-west-1a"},
        _GIVEN_TIMES: dict.fromkeys(TIMES, _LONG_AGO),
    }
    if [reading_of(session, rule) for rule in CONDITIONAL] == ["with-integration"] * len(CONDITIONAL):
        # One of the two: what is answered of them can still be told apart.
        empty = session.random.choice(["credentials.username", "credentials.password"])
        parts[EMPTY_SECRET] = {**parts[UNKNOWN_INTEGRATION], empty: ""}
    refused = not may_be_accepted(session, UNKNOWN_INTEGRATION)
    return {
        rule: part
        for rule, part in parts.items()
        if may_be_accepted(session, rule) and not (rule == EMPTY_SECRET and refused)
    }


@probe(
    *(UNKNOWN_INTEGRATION, _PROJECT, _FIELDS, _GIVEN_TIMES, _TIMES, _SECRETS, _OTHER_FIELDS, _TAKEN),
    cost=18,
    stage=Stage.CHOICES,
)
async def what_is_unknown_in_a_body_what_is_answered_and_a_name_that_is_taken(session: Session) -> None:
    """What the answers show of it, secrets and times among it, the oracle judges."""
    known = await _with_all(session)
    await session.get(known)
    await _take_its_name(session, known)


async def _with_all(session: Session) -> Known:
    """Add everything at once that a target may refuse; if it does, one after the other.

    Raises:
        Skip: nothing can be added.
    """
    parts = _parts(session)
    body = plain(session, {"name": session.names.fresh("its name", separator=" ")})
    exchange = await session.add(changed(body, _together(parts)))
    if not accepted(exchange):
        parts = {rule: part for rule, part in parts.items() if await _is_accepted(session, rule, part)}
        exchange = await session.add(changed(body, _together(parts)))
        if not accepted(exchange):
            exchange = await session.add(body)
    else:
        for rule in parts:
            _note_accepted(session, rule, exchange)
    known = session.model.of(exchange)
    if known is None:
        raise Skip(f"nothing could be added: {exchange.outcome}")
    return known


def _together(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {path: value for part in parts.values() for path, value in part.items()}


async def _is_accepted(session: Session, rule: str, part: Mapping[str, Any]) -> bool:
    exchange = await session.add(plain(session, part))
    if accepted(exchange):
        _note_accepted(session, rule, exchange)
        return True
    if rule == _GIVEN_TIMES:
        session.verdicts.choose(rule, None, exchange, words=f"Times in a body are refused: {exchange.outcome}.")
    else:
        session.verdicts.choose(rule, "reject", exchange)
    return False


def _note_accepted(session: Session, rule: str, exchange: Exchange) -> None:
    if rule in (UNKNOWN_INTEGRATION, _PROJECT, EMPTY_SECRET):
        session.verdicts.choose(rule, "accept", exchange)
    # What comes of unknown fields and of times in a body, the answers show.


async def _take_its_name(session: Session, known: Known) -> None:
    """Add credentials of another name with the same slug, and see what became of the first ones."""
    taking = plain(session, {"name": known.id[0].upper() + known.id[1:]})
    exchange = await session.add(taking)
    if exchange.refused and exchange.status not in NO_EVIDENCE:
        session.verdicts.choose(_TAKEN, "reject", exchange)
    elif not exchange.ok:
        return
    # Which id the second ones got, and that it is not that of the first, the oracle has judged.
    got = await session.get(known)
    found = changes(known, got) if got.ok and ANYTHING not in known.uncertain else []
    if found or got.refused:
        rule = _UNCHANGED if exchange.refused else _GOT
        expected = f"adding {taking['name']!r} leaves {known.id} as it was"
        session.verdicts.differ(rule, got, expected=expected, got=found[0].got if found else got.outcome)


@probe(_PARTIAL, _UNTYPED, _TWICE, _EMPTY, _TYPE, _MODIFY, cost=14, stage=Stage.CHOICES)
async def what_updates_do_that_are_partial_empty_or_odd(session: Session) -> None:
    """Four kinds of updates, none of which touches what another one shows, and one look at what came of them."""
    known = await _with_known_members(session)
    old = known.expected["credentials"]["username"]
    untyped = await session.update(known, _restricted(yes=True), headers={"Content-Type": None})
    _choose_acceptance(session, _UNTYPED, untyped)
    # It goes by the route of older clients, and leaves the projects out, for what that route does to them.
    twice = b'{"restrictions":{"restricted":true},"restrictions":{"restricted":false}}'
    repeated = await session.update(known, raw=twice, by="modify")
    known.uncertain.add("restrictions.restricted")
    partial = await session.update(known, {"credentials": {"scope": {"push": True}}})
    await _try_empty(session, known)
    got = await session.get(known)
    if got.ok:
        _judge_repeated(session, repeated, got)
        if await _is_replaced(session, known, repeated, got):
            _judge_partial(session, partial, got, old)
        elif partial.succeeded:
            session.verdicts.choose(_PARTIAL, None, got, words=_SCOPE_ONLY)
        _judge_older(session, repeated, got)
    if is_open(session, _TYPE):
        await errors.tell_content_type(session, known)


async def _with_known_members(session: Session) -> Known:
    """Return credentials of which every member is known, and that can be pulled with."""
    for known in session.model.living():
        pull, projects = (value_at(known.expected, path) for path in ("credentials.scope.pull", _PROJECTS))
        if pull is True and isinstance(projects, list) and known.secret and not known.uncertain:
            return known
    return await session.living(plain(session))


def _restricted(*, yes: bool) -> dict[str, Any]:
    return {"restrictions": {"restricted": yes, "projects": []}}


def _choose_acceptance(session: Session, rule: str, exchange: Exchange) -> None:
    if exchange.succeeded:
        session.verdicts.choose(rule, "accept", exchange)
    elif exchange.refused and exchange.status not in NO_EVIDENCE:
        session.verdicts.choose(rule, "reject", exchange)


async def _try_empty(session: Session, known: Known) -> None:
    told = {"no body": await session.update(known)}
    if is_open(session, _EMPTY):
        told["an empty object"] = await session.update(known, {})
    refused = [f"{what} ({exchange.status})" for what, exchange in told.items() if exchange.refused]
    if len(refused) == len(told):
        session.verdicts.choose(_EMPTY, "reject", next(iter(told.values())))
    elif refused:
        words = f"An update with {' or '.join(refused)} is refused."
        session.verdicts.choose(_EMPTY, None, next(iter(told.values())), words=words)
    elif all(exchange.succeeded for exchange in told.values()):
        session.verdicts.choose(_EMPTY, "accept", next(iter(told.values())))


def _judge_repeated(session: Session, sent: Exchange, got: Exchange) -> None:
    if sent.refused and sent.status not in NO_EVIDENCE:
        session.verdicts.choose(_TWICE, "reject", sent)
    elif sent.succeeded:
        restricted = value_at(data_of(got), "restrictions.restricted")
        choice = {True: "first", False: "last"}.get(restricted) if isinstance(restricted, bool) else None
        words = "A body with a key given twice is answered as a success, and neither of its values is taken."
        session.verdicts.choose(_TWICE, choice, got, words=words)


async def _is_replaced(session: Session, known: Known, sent: Exchange, got: Exchange) -> bool:
    """Return whether nothing speaks against it that an update replaces each object that it names as a whole.

    What is beside the scope shows it, and where secrets are left out of all answers, what is in the restrictions.
    """
    is_scope_replaced = value_at(data_of(got), "credentials.scope.pull") is not True
    if not is_scope_replaced or session.verdicts.of(_SECRETS).choice != "omit":
        return True
    if not sent.succeeded:
        sent = await session.update(known, {"restrictions": {"restricted": False}})
        got = await session.get(known)
    return not (sent.succeeded and got.ok) or value_at(data_of(got), _PROJECTS) is ABSENT


def _judge_partial(session: Session, sent: Exchange, got: Exchange, old: str) -> None:
    """Judge what became of what the update did not name: a member of the scope, and the user name beside it."""
    if not sent.succeeded:
        return
    user = value_at(data_of(got), "credentials.username")
    pull = value_at(data_of(got), "credentials.scope.pull") is True
    if pull and user in (old, ABSENT):
        session.verdicts.choose(_PARTIAL, "merge", got)
    elif not pull and user is ABSENT:
        session.verdicts.choose(_PARTIAL, "replace", got)
    elif not pull:
        session.verdicts.choose(_PARTIAL, None, got, words=_SCOPE_ONLY)


def _judge_older(session: Session, sent: Exchange, got: Exchange) -> None:
    """Judge whether the route of older clients treats what an update does not name as PATCH does."""
    choice = session.verdicts.of(_PARTIAL).choice
    stayed = value_at(data_of(got), "restrictions.projects") is not ABSENT
    if not sent.succeeded or choice is None:
        return
    if stayed is (choice == "merge"):
        session.verdicts.agree(_MODIFY, got)
    else:
        expected = "the route of older clients leaves what its body does not name as PATCH does"
        got_words = f"it {'keeps' if stayed else 'drops'} the projects of restrictions"
        session.verdicts.differ(_MODIFY, got, expected=expected, got=got_words)
