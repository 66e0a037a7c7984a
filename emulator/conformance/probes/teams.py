"""Namespaces: the account and its teams, and the accounts of different tokens, are apart."""

from __future__ import annotations

from typing import Any, Final

from emulator.conformance.exchange import Exchange
from emulator.conformance.model import ANYTHING, Known
from emulator.conformance.names import slug
from emulator.conformance.options import LIMITED, NONE, OTHER
from emulator.conformance.probes.reading import (
    NO_EVIDENCE,
    TooManyPages,
    agree_if_refused,
    changes,
    error_of,
    ids_of,
    read_pages,
)
from emulator.conformance.probes.target import judge_unauthorized
from emulator.conformance.probes.valid import LEFT_OUT, plain
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import Session
from emulator.conformance.target import is_local

_TEAMS: Final = "common.teams"
_ISOLATION: Final = "common.isolation"
_TOKEN: Final = "common.auth.token"
_PERMISSION: Final = "common.auth.permission"
_PROVIDER: Final = "add.provider.one-of"
_SCOPE: Final = "add.credentials.scope.required"
_RESTRICTED: Final = "update.restrictions.restricted.required"
_FINAL: Final = "delete.final"
_MODIFY: Final = "update.modify-route"
_UPDATE: Final = "update.response.status"

_RESTRICT: Final = {"restrictions": {"restricted": True, "projects": []}}


def teams_of(session: Session) -> list[str]:
    """Return ids of one or two teams: those of the options, made-up ones only on this machine.

    Raises:
        Skip: there is none.
    """
    given = list(session.options.teams[:2])
    if is_local(session.target.base):
        given += [session.names.team() for _ in range(2 - len(given))]
    if not given:
        raise Skip("no team is known to work in: name one with --team")
    return given


@probe(
    *(_TEAMS, _TOKEN, _PERMISSION, _PROVIDER, _SCOPE, _RESTRICTED, _FINAL, _MODIFY),
    cost=31,
    stage=Stage.TEAMS,
)
async def the_account_and_its_teams_are_namespaces_of_their_own(session: Session) -> None:
    teams = teams_of(session)
    own = await _with_its_own_id(session)
    members = [await _with_the_same_name(session, own, team) for team in teams]
    first, last = members[0], members[-1]
    await _lists_its_own(session, first)
    await _takes_a_permission(session, first)
    await _is_judged_too(session, first)
    await _changes_alone(session, own, first, last)
    for known in [own, *(members[1:])]:
        await _is_as_it_was(session, known, _TEAMS, f"what is done in team {first.team}")
    await _listed_in_the_account(session, own)
    if last is not first:
        await session.delete(last)


async def _with_its_own_id(session: Session) -> Known:
    """Return credentials that have the id of their name: with another, as of a name that was taken, teams differ."""
    usual = await session.living()
    every = [usual, *(known for known in session.model.living() if known.reusable and ANYTHING not in known.uncertain)]
    fitting = [known for known in every if isinstance(known.name, str) and known.id == slug(known.name)]
    return fitting[0] if fitting else await session.living(session.usual_body("team"))


async def _with_the_same_name(session: Session, own: Known, team: str) -> Known:
    """Add credentials to a team that have the name of others.

    Raises:
        Skip: the team is refused.
    """
    body = plain(session, {"name": own.name, "registryUrl": f"https://{team}.example.com"})
    exchange = await session.add(body, team=team)
    known = session.model.of(exchange)
    if exchange.status == 404 and await _has_no_routes(session, exchange):
        session.verdicts.differ(_TEAMS, exchange, expected="there are routes for teams", got=exchange.outcome)
    if exchange.status in (401, 403, 404):
        raise Skip(f"the target refuses team {team} (status {exchange.status}): name another with --team")
    if exchange.refused:
        expected = f"a name that is taken elsewhere is free in team {team}"
        session.verdicts.differ(_TEAMS, exchange, expected=expected, got=exchange.outcome)
    if known is None:
        raise Skip(f"nothing could be added to team {team}: {exchange.outcome}")
    if known.id == own.id:
        session.verdicts.agree(_TEAMS, exchange)
    else:
        expected = f"the id {own.id} in team {team} too, as the name is the same"
        session.verdicts.differ(_TEAMS, exchange, expected=expected, got=known.id)
    return known


async def _has_no_routes(session: Session, refusal: Exchange) -> bool:
    """Return whether a 404 is told as that of a route that there is not, and not as that of an unknown id."""
    route = await session.send("GET", f"/v1/{session.names.prefix}/{session.names.prefix}")
    identifier = await session.get(session.names.fresh("missing"))
    said, of_route, of_id = (
        (error_of(each).get("id"), error_of(each).get("message")) for each in (refusal, route, identifier)
    )
    return said == of_route != of_id


async def _lists_its_own(session: Session, known: Known) -> None:
    """See that a team lists what it holds, and nothing of the account or of other teams."""
    judge_unauthorized(session, await session.list(team=known.team, token=NONE), "a list of a team without a token")
    if session.has(OTHER):
        await session.list(team=known.team, token=OTHER, per_page="100")
    try:
        pages = await read_pages(session, 100, team=known.team)
    except TooManyPages:
        return
    ours = [identifier for page in pages for identifier in ids_of(page) if session.names.ours(identifier)]
    if not all(page.ok for page in pages):
        return
    if ours == [known.id]:
        session.verdicts.agree(_TEAMS, pages[-1])
        await _has_pages(session, known, sum(len(ids_of(page)) for page in pages))
    else:
        expected = f"of this run, {known.id} and nothing else is listed in team {known.team}"
        session.verdicts.differ(_TEAMS, pages[-1], expected=expected, got=", ".join(ours[:5]) or "nothing")


async def _has_pages(session: Session, known: Known, total: int) -> None:
    """See that the list of a team is cut into pages, as that of an account is: ask for the one after the last."""
    page = await session.list(team=known.team, per_page="1", page=str(total + 1))
    if page.ok and ids_of(page):
        expected = f"nothing on page {total + 1} of 1 in team {known.team}, which has {total}"
        session.verdicts.differ(_TEAMS, page, expected=expected, got=", ".join(ids_of(page)[:5]))


async def _takes_a_permission(session: Session, known: Known) -> None:
    """See that a token that may read only adds nothing to a team either; the team may be closed to it altogether."""
    if not session.has(LIMITED):
        return
    exchange = await session.add(plain(session), team=known.team, token=LIMITED)
    if exchange.status == 403:
        session.verdicts.agree(_PERMISSION, exchange)
    elif exchange.succeeded:
        expected = "an add to a team by a token that has the permission Read at most is answered 403"
        session.verdicts.differ(_PERMISSION, exchange, expected=expected, got=exchange.outcome)


async def _is_judged_too(session: Session, known: Known) -> None:
    """See that what is sent to a team has the same constraints."""
    team, where = known.team, f"in team {known.team}"
    body = plain(session, {"provider": "docker"})
    await session.refuses(_PROVIDER, body, team=team, what=f'the provider "docker" {where}')
    body = plain(session, {"credentials.scope": LEFT_OUT})
    await session.refuses(_SCOPE, body, team=team, what=f"a body without credentials.scope {where}")
    change: dict[str, Any] = {"restrictions": {"projects": []}}
    what = f"an update without restrictions.restricted {where}"
    await session.update_refuses(_RESTRICTED, known, change, what=what)


async def _changes_alone(session: Session, own: Known, first: Known, last: Known) -> None:
    """Update in both teams, then delete in the first one."""
    by_patch = {
        "credentials": {
            "username": session.names.secret("user"),
            "password": session.names.secret("pass"),
            "scope": {"pull": False, "push": True},
        }
    }
    await session.update_accepts(_UPDATE, first, by_patch, what="an update in a team")
    modified = await session.update(last, _RESTRICT, by="modify")
    if modified.succeeded:
        session.verdicts.agree(_MODIFY, modified)
    elif modified.refused and modified.status not in NO_EVIDENCE:
        expected = "a team has the route of older clients too"
        session.verdicts.differ(_MODIFY, modified, expected=expected, got=modified.outcome)
    await session.get(first)
    deleted = await session.delete(first)
    if deleted.succeeded:
        await _is_gone(session, first, [own, last])


async def _is_gone(session: Session, known: Known, others: list[Known]) -> None:
    """See that nothing is under an id that was deleted, not even what is under the same id elsewhere."""
    got = await session.get(known)
    agree_if_refused(session, [_FINAL, _TEAMS], got)
    if got.ok and any(not changes(other, got) for other in others if other is not known):
        expected = f"{known.id} of the account and of other teams is not seen in team {known.team}"
        session.verdicts.differ(_TEAMS, got, expected=expected, got="it is answered there")


async def _is_as_it_was(session: Session, known: Known, rule: str, doing: str) -> None:
    if ANYTHING in known.uncertain:
        return
    exchange = await session.get(known)
    if exchange.refused:
        exchange = await session.get(known)  # what is found only sometimes is another matter
    where = "the account" if known.team is None else f"team {known.team}"
    expected = f"{doing} leaves {known.id} of {where} as it was"
    if exchange.refused:
        session.verdicts.differ(rule, exchange, expected=expected, got=exchange.outcome)
    elif exchange.ok:
        found = changes(known, exchange)
        if found:
            session.verdicts.differ(rule, exchange, expected=f"{expected}, {found[0].expected}", got=found[0].got)
        else:
            session.verdicts.agree(rule, exchange)


async def _listed_in_the_account(session: Session, own: Known) -> None:
    page = await session.list(per_page="100")
    number = ids_of(page).count(own.id)
    if page.ok and number > 1:
        expected = f"{own.id} once in the list of the account, though a team has one too"
        session.verdicts.differ(_TEAMS, page, expected=expected, got=f"{number} times")


@probe(_ISOLATION, cost=12, stage=Stage.TEAMS)
async def a_token_neither_sees_nor_changes_what_is_in_another_account(session: Session) -> None:
    if not session.has(OTHER):
        raise Skip("there is no token of another account: set NORTHFLANK_API_OTHER_TOKEN to one")
    own = await session.living()
    listed = await session.list(token=OTHER, per_page="100")
    if not listed.succeeded:
        raise Skip(f"the token of the other account cannot list: {listed.outcome}")
    await _cannot_reach(session, own)
    await _has_the_name_to_itself(session, own)
    await _is_as_it_was(session, own, _ISOLATION, "what another account's token does, with the same name too,")


async def _cannot_reach(session: Session, own: Known) -> None:
    for exchange in (
        await session.get(own, token=OTHER),
        await session.update(own, _RESTRICT, token=OTHER),
        await session.update(own, _RESTRICT, by="modify", token=OTHER),
        await session.delete(own, token=OTHER),
    ):
        if exchange.refused:
            session.verdicts.agree(_ISOLATION, exchange)


async def _has_the_name_to_itself(session: Session, own: Known) -> None:
    body: dict[str, Any] = plain(session, {"name": own.name})
    exchange = await session.add(body, token=OTHER)
    theirs = session.model.of(exchange)
    if exchange.refused and exchange.status not in (401, 403):
        expected = "a name that is taken in one account is free in another"
        session.verdicts.differ(_ISOLATION, exchange, expected=expected, got=exchange.outcome)
    if theirs is not None:
        await _is_as_it_was(session, theirs, _ISOLATION, "what another account has under the same name")
