"""The life of credentials with every field, from add to delete and on, and that their neighbours do not notice.

What each answer says of the credentials themselves, the oracle judges.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any, Final

from emulator.conformance.comparing import same
from emulator.conformance.exchange import Exchange
from emulator.conformance.model import UPDATABLE, Known
from emulator.conformance.names import slug
from emulator.conformance.probes.reading import TooManyPages, agree_if_refused, changes, data_of, read_pages
from emulator.conformance.probes.valid import (
    LEFT_OUT,
    UNKNOWN_INTEGRATION,
    accepted,
    add_with_provider,
    changed,
    next_provider,
    plain,
    word,
)
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import Session

_ADD: Final = "add.response.status"
_GET: Final = "get.response.same-as-add"
_UPDATE: Final = "update.response.status"
_ALONE: Final = "update.touches-only-named"
_MODIFY: Final = "update.modify-route"
_DELETE: Final = "delete.response.status"
_FINAL: Final = "delete.final"
_FREE: Final = "delete.name-free"
_ONCE: Final = "list.response.every-item-once"
_PROJECT: Final = "common.unknown-project"
_OUTSIDE: Final = {"integrationId": UNKNOWN_INTEGRATION, "restrictions.projects": _PROJECT}
"""What names things outside this resource, and the assumed rule by which a target may refuse it."""


@probe(
    *(_ADD, _GET, _UPDATE, _ALONE, _MODIFY, _DELETE, _FINAL, _FREE, _ONCE, *_OUTSIDE.values()),
    cost=22,
    stage=Stage.BASICS,
)
async def credentials_live_from_add_to_delete_and_leave_their_neighbours_alone(session: Session) -> None:
    known = await _with_everything(session)
    # Its id begins as the other does, for who looks ids up by how they begin.
    neighbour = await _beside(session, f"{known.name}-2")
    await session.get(known)
    await _is_updated(session, known)
    await _is_deleted(session, known, neighbour)
    await _comes_again(session, known.body["name"])


async def _with_everything(session: Session) -> Known:
    """Add credentials with every documented field; without those that name outside things if they are refused."""
    body = plain(
        session,
        {
            "name": session.names.fresh("life of one", separator=" "),
            "integrationId": f"org/{word(session, 8)}",
            "restrictions": {"restricted": True, "projects": [word(session, 8), word(session, 9)]},
        },
    )
    exchange = await session.add(body)
    if accepted(exchange):
        session.verdicts.agree(_ADD, exchange)
        for rule in _OUTSIDE.values():
            session.verdicts.choose(rule, "accept", exchange)
        known = session.model.of(exchange)
    else:
        known = await session.accepts(_ADD, changed(body, dict.fromkeys(_OUTSIDE, LEFT_OUT)))
    if known is None:
        raise Skip(f"no credentials could be added: {exchange.outcome}")
    return known


async def _beside(session: Session, name: str) -> Known | None:
    """Add credentials without restrictions: those that updates are tried with later."""
    exchange = await add_with_provider(session, plain(session, {"name": name, "restrictions": LEFT_OUT}))
    if accepted(exchange):
        session.verdicts.agree(_ADD, exchange)
    else:
        expected = "a body without restrictions is accepted"
        session.verdicts.differ(_ADD, exchange, expected=expected, got=exchange.outcome)
    return session.model.of(exchange)


async def _is_updated(session: Session, known: Known) -> None:
    """Update one object each way, with all of its members, so that no reading of a partial update matters."""
    by_patch = {
        "credentials": {
            "username": session.names.secret("user"),
            "password": session.names.secret("pass"),
            "scope": {"pull": False, "push": True},
        }
    }
    restricted = not known.expected["restrictions"]["restricted"]
    by_modify = {"restrictions": {"restricted": restricted, "projects": []}}
    patched = await session.update_accepts(_UPDATE, known, by_patch, what="an update")
    modified = await session.update_accepts(_MODIFY, known, by_modify, by="modify", what="an update of older clients")
    exchange = await session.get(known)
    if not modified.succeeded or not exchange.ok:
        return
    # What else is not as it should be, the get has told already.
    missed = [found.got for found in changes(known, exchange) if found.path.startswith("restrictions")]
    if missed:
        expected = "the route of older clients changes what its body names"
        session.verdicts.differ(_MODIFY, exchange, expected=expected, got=missed[0])
    elif patched.ok and not same(data_of(patched), data_of(modified)):
        expected = "the route of older clients answers what PATCH answers"
        session.verdicts.differ(_MODIFY, modified, expected=expected, got="something else")
    else:
        session.verdicts.agree(_MODIFY, modified)


async def _is_deleted(session: Session, known: Known, neighbour: Known | None) -> None:
    deleted = await session.delete(known)
    if not deleted.succeeded:
        raise Skip(f"a deletion was answered {deleted.outcome}")
    agree_if_refused(session, _FINAL, await session.get(known))
    with contextlib.suppress(TooManyPages):
        await read_pages(session, 100)
    if neighbour is not None:
        await _is_untouched(session, neighbour, known)
    agree_if_refused(session, _FINAL, await session.delete(known))
    change = {"restrictions": {"restricted": True, "projects": []}}
    agree_if_refused(session, _FINAL, await session.update(known, change, by="modify"))


async def _is_untouched(session: Session, neighbour: Known, known: Known) -> None:
    """See that updates and the deletion of one did nothing to the other."""
    exchange = await session.get(neighbour)
    if exchange.refused:
        expected = f"the deletion of {known.id} leaves {neighbour.id} where it is"
        session.verdicts.differ(_FINAL, exchange, expected=expected, got=exchange.outcome)
        return
    if not exchange.ok:
        return
    session.verdicts.agree(_FINAL, exchange)
    found = [each for each in changes(neighbour, exchange) if each.path.partition(".")[0] in UPDATABLE]
    if found:
        expected = f"an update of {known.id} leaves {neighbour.id} as it was, {found[0].expected}"
        session.verdicts.differ(_ALONE, exchange, expected=expected, got=found[0].got)
    else:
        session.verdicts.agree(_ALONE, exchange)


async def _comes_again(session: Session, name: str) -> None:
    """Use a name again, in a body that has nothing of what was there before, and nothing that no provider needs."""
    body: dict[str, Any] = {
        "name": name,
        "provider": next_provider(session, bare=True),
        "credentials": {
            "username": session.names.secret("user"),
            "password": session.names.secret("pass"),
            "scope": {},
        },
    }
    exchange = await session.add(body)
    judge_reuse(session, exchange, name)
    again = session.model.of(exchange)
    if again is not None:
        again.reusable = True
    for _ in range(2):  # twice, for who changes what is read
        await session.get(slug(name))


def judge_reuse(session: Session, exchange: Exchange, name: str) -> None:
    """Note whether the name of deleted credentials could be used again."""
    identifier = data_of(exchange).get("id")
    if not accepted(exchange):
        session.verdicts.choose(_FREE, "taken", exchange)
    elif _is_numbered(identifier, slug(name)):
        session.verdicts.choose(_FREE, "taken", exchange)  # and what becomes of taken names is another rule's
    elif identifier != slug(name):
        words = f"The name of deleted credentials can be used again, but the id is then {identifier}."
        session.verdicts.choose(_FREE, None, exchange, words=words)
    else:
        session.verdicts.choose(_FREE, "free", exchange)


def _is_numbered(identifier: object, expected: str) -> bool:
    return isinstance(identifier, str) and re.fullmatch(re.escape(expected[:30]) + ".*-[0-9]+", identifier) is not None
