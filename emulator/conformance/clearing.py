"""The end of a run: everything that it created is deleted, within what was put aside for it."""

from __future__ import annotations

from typing import Any, Final

from emulator.conformance.exchange import Exchange
from emulator.conformance.ledger import Place
from emulator.conformance.model import ANYTHING, Known
from emulator.conformance.names import slug
from emulator.conformance.options import MAIN, Token
from emulator.conformance.probing import Skip
from emulator.conformance.sending import Pending
from emulator.conformance.session import Session

PUT_ASIDE: Final = 2
"""Requests for a last look at a list, in case a refused creation was made after all, and for what it finds."""
_GIVE_UP: Final = 5
"""Lost answers in a row after which a target is taken for dead."""
_GONE: Final = 404


class Clearing:
    """Deletes what is left; `left` has what could not be, in words."""

    def __init__(self, session: Session, *, judge: bool) -> None:
        """Judge what a deletion answers, or not: in a run that was interrupted, the target may be on its way down."""
        self.left: list[str] = []
        self._session = session
        self._judge = judge
        self._lost = 0

    async def clear(self) -> None:
        """Delete everything that lives, what may live, and what a last list shows."""
        session = self._session
        session.purpose = "clean-up"
        session.budget.release(PUT_ASIDE)
        for known in reversed(session.model.everything):
            if not await self._delete(known):
                self.left.append(_words(known.id, known.team, known.account))
        for pending in list(session.pending):
            if not await self._look_for(pending):
                self.left.append(_words(str(pending.name), pending.team, pending.account))
        # What was put aside is for the first place, the account in most runs; for others there may be nothing left.
        for account, team in sorted(session.places, key=lambda place: place != (MAIN, None)):
            await self._last_look(account, team)

    async def _delete(self, known: Known) -> bool:
        for _ in range(2):
            exchange = await self._ask(known.id, known.team, known.account)
            if exchange is None:
                return False
            if exchange.succeeded:
                return True
            self._judge_refusal(known, exchange)
            if exchange.status == _GONE:
                self._session.forget(known)
                return True
        return False

    def _judge_refusal(self, known: Known, exchange: Exchange) -> None:
        session = self._session
        if exchange.status in (401, 403) and (known.account, exchange.operation) not in session.accepted:
            session.note(f"The {known.account.value} token may not delete (status {exchange.status}).")
        elif self._judge and exchange.refused and ANYTHING not in known.uncertain:
            expected = "credentials that were added and not deleted can be deleted"
            session.verdicts.differ("delete.response.status", exchange, expected=expected, got=exchange.outcome)

    async def _look_for(self, pending: Pending) -> bool:
        """Delete what a creation without an answer may have made; return whether it is certain that nothing is left."""
        session = self._session
        session.budget.release()
        if not isinstance(pending.name, str) or not session.names.ours(pending.name):
            return False
        exchange = await self._ask(slug(pending.name), pending.team, pending.account)
        if exchange is None or not (exchange.succeeded or exchange.refused):
            return False
        session.settle(pending, was_created=exchange.succeeded)
        return True

    async def _last_look(self, account: Token, team: str | None) -> None:
        """Delete what a list still has of this run, such as what a refused creation made."""
        session = self._session
        try:
            exchange = await session.list(team=team, token=account, per_page="100")
        except Skip:
            return
        for identifier in filter(session.names.ours, _ids(exchange.answer)):
            if session.model.find(identifier, team, account) is not None:
                continue  # it could not be deleted a moment ago
            was_deleted = session.model.deleted(identifier, team, account) is not None
            if was_deleted and self._judge:
                expected = "credentials that were deleted are in no list"
                session.verdicts.differ("delete.final", exchange, expected=expected, got=f"{identifier} is in it")
            session.created += not was_deleted
            deleted = await self._ask(identifier, team, account)
            if deleted is None or not (deleted.succeeded or deleted.status == _GONE):
                self.left.append(_words(identifier, team, account))
            else:
                session.deleted += not was_deleted

    async def _ask(self, identifier: str, team: str | None, account: Token) -> Exchange | None:
        """Send one deletion; None if that is not possible."""
        if self._lost >= _GIVE_UP:
            return None
        try:
            exchange = await self._session.delete(identifier, team=team, token=account)
        except Skip:
            return None
        self._lost = self._lost + 1 if exchange.problem else 0
        return exchange


def _words(what: str, team: str | None, account: Token) -> str:
    return f"{what} in {Place(team, account.value)}"


def _ids(answer: Any) -> list[str]:
    match answer:
        case {"data": {"credentials": list(items)}}:
            return [item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]
    return []
