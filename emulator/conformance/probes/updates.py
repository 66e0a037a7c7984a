"""Updates, by PATCH and by the route of older clients: what is refused, and inputs that show what the others change.

What came of an update is judged, field by field and with the times, by the answer of the next get.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from emulator.conformance.comparing import differences
from emulator.conformance.exchange import Exchange
from emulator.conformance.model import Known
from emulator.conformance.options import MAIN
from emulator.conformance.probes.types import PROJECTS, Groups, Wrong, rules_of
from emulator.conformance.probes.valid import LEFT_OUT, accepted, changed, control, each, plain, refuses_every
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import By, Session

_MODIFY_ROUTE: Final = "update.modify-route"
_UNKNOWN_PROJECT: Final = "common.unknown-project"
_UNKNOWN_ID: Final = "common.registry.unknown"
_OPERATIONS: Final[dict[By, str]] = {"patch": "update-registry", "modify": "modify-registry"}
_ROUTES: Final[Sequence[By]] = ("patch", "modify")
_RESTRICTED: Final = "restrictions.restricted"
_Body = dict[str, Any]

_WRONG: Final[Groups] = [
    [Wrong("credentials", None), Wrong("credentials", "user:password")],
    [Wrong("credentials", [])],
    [Wrong("credentials.username", 12345), Wrong("credentials.username", None)],
    [Wrong("credentials.password", 12345)],
    [Wrong("credentials.password", None)],
    [Wrong("credentials.scope", None), Wrong("credentials.scope", [])],
    [Wrong("credentials", {}, "scope.required"), Wrong("credentials.scope", LEFT_OUT, "required")],
    [
        Wrong("credentials.scope.pull", "true"),
        Wrong("credentials.scope.pull", 1),
        Wrong("credentials.scope.pull", None),
    ],
    [
        Wrong("credentials.scope.push", 1),
        Wrong("credentials.scope.push", "true"),
        Wrong("credentials.scope.push", None),
    ],
    [Wrong("restrictions", None), Wrong("restrictions", True)],
    [Wrong("restrictions", []), Wrong("restrictions", "none")],
    [Wrong("restrictions", {}, "restricted.required")],
    [Wrong(_RESTRICTED, "true"), Wrong(_RESTRICTED, 1), Wrong(_RESTRICTED, None)],
    [Wrong(PROJECTS, "project-1"), Wrong(PROJECTS, None), Wrong(PROJECTS, {})],
    [Wrong(PROJECTS, ["project-1", "project-2", 3], "item-type"), Wrong(PROJECTS, ["project-1", None], "item-type")],
    [Wrong("updatedAt", 1735689600), Wrong("updatedAt", None)],
    [Wrong("createdAt", 1735689600), Wrong("createdAt", None)],
    [Wrong("body", None), Wrong("body", [{"credentials": {"scope": {}}}]), Wrong("body", "a text"), Wrong("body", 5)],
]


@probe(
    *("update.touches-only-named", "update.updatedAt.moves", _MODIFY_ROUTE, "update.empty-body"),
    *("update.credentials.type", "update.restrictions.type", "update.restrictions.projects.type", _UNKNOWN_PROJECT),
    "get.response.same-as-add",
    cost=18,
    stage=Stage.UPDATES,
)
async def updates_change_what_they_name_and_nothing_else(session: Session) -> None:
    neighbour = await control(session)
    routes = await _routes(session)
    known = await _without_restrictions(session)
    one, other = session.random.sample([*routes, *routes][:2], 2)
    first = _credentials(session, pull=False, push=True)
    await _change_and_look(session, known, first, one, other)
    await _change_and_look(session, known, _restrictions(True, "zeta-project", "alpha"), other)
    some = await _change_and_look(session, known, _part_of_credentials(session, pull=True), one)
    every = {**_credentials(session, pull=True, push=False), **_restrictions(False)}
    await _change_and_look(session, known, every, one)
    done = await _change(session, known, other, _part_of_credentials(session, push=True))
    await _change_nothing(session, known, other)
    exchange = await session.get(known)
    # Whether the member of the scope that is not named stays is told elsewhere: here, that it does so by both routes.
    if done and ("pull" in _scope(exchange)) != ("push" in _scope(some)):
        expected, got = "a member that is not named stays by both routes, or goes", "it stays by one of them"
        session.verdicts.differ(_MODIFY_ROUTE, exchange, expected=expected, got=got)
    await session.get(neighbour)


async def _without_restrictions(session: Session) -> Known:
    """Return credentials that have much that an update must not touch, and no restrictions yet."""
    for known in session.model.living():
        members = known.body.keys()
        is_rich = known.secret and len(members & {"aws", "gcp", "azure"}) > 1
        if is_rich and "restrictions" not in known.expected and not known.uncertain and not known.reusable:
            return known
    return await session.living(plain(session, {"restrictions": LEFT_OUT}))


async def _change_and_look(session: Session, known: Known, body: _Body, *routes: By) -> Exchange:
    """Update by each of the routes and return what the next get shows; if it is not right, see by which route it is."""
    done = [await _change(session, known, by, body) for by in routes]
    exchange = await session.get(known)
    blamed = session.verdicts.of(_MODIFY_ROUTE).differences > 0
    if all(done) and not _took(known, exchange) and "modify" in routes and not blamed:
        await _blame_route(session, body)
    return exchange


async def _change_nothing(session: Session, known: Known, by: By) -> None:
    """Send updates that name nothing that an update can change."""
    empty = await session.update(known, {}, by=by)
    session.verdicts.choose("update.empty-body", "accept" if accepted(empty) else "reject", empty)
    fixed = {"name": session.names.fresh("renamed"), "provider": "legacy", "registryUrl": "https://other.example.com"}
    await session.update(known, fixed, by=by)


def _scope(exchange: Exchange) -> _Body:
    match exchange.answer:
        case {"data": {"credentials": {"scope": dict(scope)}}}:
            return scope
    return {}


def _took(known: Known, exchange: Exchange) -> bool:
    """Return whether some credentials are as the updates should have left them."""
    match exchange.answer:
        case {"data": dict(data)}:
            return all(difference.is_secret_left_out for difference in differences(known, data))
    return False


async def _blame_route(session: Session, body: _Body) -> None:
    """Find out whether an update that went wrong goes wrong by the route of older clients only."""
    if not await _goes_right(session, "modify", body) and await _goes_right(session, "patch", body):
        exchange = next(one for one in reversed(session.exchanges) if one.operation == _OPERATIONS["modify"])
        expected, got = "an update does the same as by PATCH", "the next get shows another result"
        session.verdicts.differ(_MODIFY_ROUTE, exchange, expected=expected, got=got)


async def _goes_right(session: Session, by: By, body: _Body) -> bool:
    fresh = await session.living(plain(session, {"restrictions": LEFT_OUT}))
    return await _change(session, fresh, by, body) and _took(fresh, await session.get(fresh))


@probe(
    *rules_of(_WRONG, prefix="update"),
    *(_MODIFY_ROUTE, "common.rejected-changes-nothing"),
    cost=len(_WRONG) + 6,
    stage=Stage.UPDATES,
)
async def updates_with_one_fault_are_refused_and_change_nothing(session: Session) -> None:
    await each(session, _WRONG, _refuse)
    await session.get(await control(session))


async def _refuse(session: Session, wrong: Wrong) -> None:
    """Send what has to be refused; where only the route of older clients accepts it, that is a difference too."""
    rule, by = f"update.{wrong.rule}", session.random.choice(await _routes(session))
    if wrong.kind == "item-type" and refuses_every(session, _UNKNOWN_PROJECT):
        session.verdicts.skip(rule, "the target refuses every project that was tried")
        return
    known = await control(session)
    body = wrong.value if wrong.path == "body" else changed(_other_than(session, known), {wrong.path: wrong.value})
    exchange = await session.update_refuses(rule, known, body, by=by, what=wrong.what)
    if exchange.succeeded and by == "modify" and (await session.update(known, body)).refused:
        expected = f"{wrong.what} is refused, as it is by PATCH"
        session.verdicts.differ(_MODIFY_ROUTE, exchange, expected=expected, got=exchange.outcome)


def _other_than(session: Session, known: Known) -> _Body:
    """Return an update that changes everything: if a fault in it is passed over, or the rest is done, that shows."""
    restricted = known.expected.get("restrictions", {}).get("restricted") is not True
    return {**_credentials(session, pull=False, push=True), **_restrictions(restricted)}


@probe(_UNKNOWN_ID, cost=1, stage=Stage.UPDATES)
async def an_update_of_an_id_that_was_never_there_is_refused(session: Session) -> None:
    await each(session, [_ROUTES], _update_nothing)


async def _update_nothing(session: Session, by: By) -> None:
    await session.update(session.names.fresh("never"), _restrictions(True), by=by)


async def _routes(session: Session) -> list[By]:
    """Return the routes by which a good update is accepted.

    Raises:
        Skip: there are none: what the target refuses says nothing then.
    """
    working: list[By] = []
    for by, operation in _OPERATIONS.items():
        if (MAIN, operation) in session.accepted or await _change(
            session, await control(session), by, _restrictions(True)
        ):
            working.append(by)
    if not working:
        raise Skip("the target refuses a good update")
    return working


async def _change(session: Session, known: Known, by: By, body: _Body) -> bool:
    """Send an update that has to be accepted; return whether it was, and note what its refusal differs from."""
    exchange = await session.update(known, body, by=by)
    if accepted(exchange):
        _note_accepted(session, by, body, exchange)
        return True
    if by == "modify" and accepted(await session.update(known, body)):
        expected = "an update is accepted, as it is by PATCH"
        session.verdicts.differ(_MODIFY_ROUTE, exchange, expected=expected, got=exchange.outcome)
        return False
    if body.get("restrictions", {}).get("projects"):
        return await _change_without_projects(session, known, by, body, exchange)
    for member in body:
        alone = exchange if len(body) == 1 else await session.update(known, {member: body[member]}, by=by)
        if not accepted(alone):
            expected = f"an update of {member} is accepted"
            session.verdicts.differ(f"update.{member}.type", alone, expected=expected, got=alone.outcome)
    return False


def _note_accepted(session: Session, by: By, body: _Body, exchange: Exchange) -> None:
    for member in body:
        session.verdicts.agree(f"update.{member}.type", exchange)
    if by == "modify":
        session.verdicts.agree(_MODIFY_ROUTE, exchange)
    if body.get("restrictions", {}).get("projects"):
        session.verdicts.choose(_UNKNOWN_PROJECT, "accept", exchange)


async def _change_without_projects(session: Session, known: Known, by: By, body: _Body, refused: Exchange) -> bool:
    done = await _change(session, known, by, changed(body, {PROJECTS: []}))
    if done and "accept" not in session.verdicts.of(_UNKNOWN_PROJECT).choices:
        session.verdicts.choose(_UNKNOWN_PROJECT, "reject", refused)
    elif done:
        expected = "an update with projects is accepted"
        session.verdicts.differ("update.restrictions.projects.type", refused, expected=expected, got=refused.outcome)
    return done


def _credentials(session: Session, *, pull: bool, push: bool) -> _Body:
    secrets = {"username": session.names.secret("user"), "password": session.names.secret("pass")}
    return {"credentials": {**secrets, "scope": {"pull": pull, "push": push}}}


def _part_of_credentials(session: Session, **scope: bool) -> _Body:
    return {"credentials": {"username": session.names.secret("user"), "scope": scope}}


def _restrictions(restricted: bool, *projects: str) -> _Body:
    return {"restrictions": {"restricted": restricted, "projects": list(projects)}}
