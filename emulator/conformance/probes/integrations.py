"""Integration ids that have to be refused, and what the presence of one requires of the credentials."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from emulator.conformance.exchange import Exchange
from emulator.conformance.probes.valid import (
    LEFT_OUT,
    OPTIONAL,
    UNKNOWN_INTEGRATION,
    accepted,
    add_with_provider,
    control,
    each,
    plain,
    refuses_every,
)
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import Session

_ID: Final = "integrationId"
_NO_IDS: Final = (
    ("abc\n", "abc-"),
    ("user/abc", "org/team/abc", "org//abc"),
    ("ORG/abc", "Team/abc"),
    ("a--b",),
    ("a_b", "a.b"),
    ("a b", "org/a b"),
    ("", "org/", "1abc", "-abc"),
)

_MEMBERS: Final = ("username", "password")
_LACKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "username": {"credentials.username": LEFT_OUT},
    "password": {"credentials.password": LEFT_OUT},
    "both": {"credentials.username": LEFT_OUT, "credentials.password": LEFT_OUT},
    "credentials": {"credentials": LEFT_OUT},
}
"""What a plain body is sent without, by a word for it."""
_READINGS: Final = {
    (True, False): "with-integration",
    (False, True): "without-integration",
    (False, False): "never",
}
"""Whether a member is required with an integration id, and whether without one, by the reading that has it so."""
_AS_DOCUMENTED: Final = "with-integration"

Seen = dict[str, Exchange]
"""What came back, by the key of _LACKS."""


@probe("add.integrationId.pattern", cost=len(_NO_IDS) + 4, stage=Stage.BODIES)
async def integration_ids_that_the_pattern_does_not_match_are_refused(session: Session) -> None:
    await control(session)
    await _known_integration(session)
    await each(session, _NO_IDS, _refuse)


async def _refuse(session: Session, identifier: str) -> None:
    body = plain(session, {_ID: identifier})
    await session.refuses("add.integrationId.pattern", body, what=f"{json.dumps(identifier)} as integrationId")


async def _known_integration(session: Session) -> str:
    """Return an integration id that the target accepts.

    Raises:
        Skip: it refuses every one that was tried.
    """
    for known in session.model.everything:
        identifier = known.body.get(_ID)
        if isinstance(identifier, str):
            return identifier
    if not refuses_every(session, UNKNOWN_INTEGRATION):
        for identifier in ("org/abc", "abc"):
            if accepted(await session.add(plain(session, {_ID: identifier}))):
                return identifier
    raise Skip("the target refuses every integration id that was tried")


@probe(
    *("add.credentials.username.conditional", "add.credentials.password.conditional", "add.provider.one-of"),
    *(f"add.{member}.type" for member in OPTIONAL),
    cost=14,
    stage=Stage.BODIES,
)
async def user_name_and_password_are_required_as_one_reading_of_the_page_has_it(session: Session) -> None:
    await control(session)
    without = await _ask_without_integration(session)
    identifier = await _known_integration(session)
    given = {case: await session.add(plain(session, {_ID: identifier, **_LACKS[case]})) for case in _LACKS}
    readings = {member: _reading(session, member, given, without) for member in _MEMBERS}
    for member, reading in readings.items():
        rule, exchange = f"add.credentials.{member}.conditional", given[member]
        if reading is None:
            continue
        if reading == _AS_DOCUMENTED:
            session.verdicts.agree(rule, exchange)
        elif set(readings.values()) <= {reading, None}:
            session.verdicts.choose(rule, reading, exchange)
        else:
            expected = f"{_refused(member)} wherever {_refused(_other(member))}"
            session.verdicts.differ(rule, exchange, expected=expected, got=exchange.outcome)


async def _ask_without_integration(session: Session) -> Seen:
    seen = {
        "credentials": await add_with_provider(session, plain(session, dict.fromkeys(OPTIONAL, LEFT_OUT))),
        "both": await add_with_provider(session, plain(session, _LACKS["both"])),
    }
    if seen["both"].succeeded and not seen["credentials"].succeeded:
        seen["credentials"] = await _find_what_is_required(session)
    if not all(exchange.succeeded for exchange in seen.values()):
        for member in _MEMBERS:
            seen[member] = await session.add(plain(session, _LACKS[member]))
    return seen


async def _find_what_is_required(session: Session) -> Exchange:
    """Name each optional member without which a body is refused; return what came of one without credentials."""
    without = {member: await session.add(plain(session, {member: LEFT_OUT})) for member in OPTIONAL}
    for member, exchange in without.items():
        if not accepted(exchange) and member != "credentials":
            expected = f"a body without {member}, which is optional, is accepted"
            session.verdicts.differ(f"add.{member}.type", exchange, expected=expected, got=exchange.outcome)
    return without["credentials"]


def _reading(session: Session, member: str, given: Seen, without: Seen) -> str | None:
    """Return the reading that fits what came back, None if none does, which is a difference then."""
    rule = f"add.credentials.{member}.conditional"
    for seen, where in ((given, "with integrationId"), (without, "without integrationId")):
        odd = _contradicts(seen, member)
        if odd is not None:
            expected = f"{_refused(member)} {where} either always or never"
            session.verdicts.differ(rule, odd, expected=expected, got=odd.outcome)
            return None
    required = (_is_required(given, member), _is_required(without, member))
    if required == (True, True):
        expected = f"a body without {member} is accepted if it has no integrationId, or if it has one"
        session.verdicts.differ(rule, without[member], expected=expected, got="both are refused")
    return _READINGS.get(required)


def _is_required(seen: Seen, member: str) -> bool:
    return member in seen and not accepted(seen[member])


def _contradicts(seen: Seen, member: str) -> Exchange | None:
    """Return what does not fit how bodies fared that lack one of the two members only."""
    lacks_more = [seen["both"], seen["credentials"]]
    if _is_required(seen, member):
        return next((exchange for exchange in lacks_more if accepted(exchange)), None)
    if _is_required(seen, _other(member)):
        return None
    return next((exchange for exchange in lacks_more if not accepted(exchange)), None)


def _other(member: str) -> str:
    return next(name for name in _MEMBERS if name != member)


def _refused(member: str) -> str:
    return f"a body without {member} is refused"
