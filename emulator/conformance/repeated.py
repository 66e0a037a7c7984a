"""What is left of the budget goes into repetition: a target that is wrong only sometimes is met by asking often.

Each exchange is judged by the oracle, so all there is to do is to send as many good questions as the budget has, those
of the kinds that were sent least so far.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from emulator.conformance.blaming import STATUS, blame, is_about_the_body
from emulator.conformance.case import Case
from emulator.conformance.exchange import Exchange
from emulator.conformance.model import ANYTHING, Known
from emulator.conformance.options import MAIN, OTHER
from emulator.conformance.probes.reading import cursor_of, read_pages
from emulator.conformance.probes.types import Wrong
from emulator.conformance.probes.valid import LEFT_OUT, changed, plain
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import By, Session
from emulator.conformance.variety import rich_body, rich_update

_DELETE: Final = "delete.final"
_UNCHANGED: Final = "common.rejected-changes-nothing"
_GOT: Final = "get.response.same-as-add"
_ONCE: Final = "list.response.every-item-once"
_SMALLEST: Final = 12
"""Requests below which repetition is not worth beginning."""
_NARROW: Final = 40
"""Requests that are spent where the user asked for some rules only."""
_LARGEST: Final = 100
"""Credentials that a page can hold."""
_ENOUGH: Final = 0.3
"""How probable it is that no further page is read: there may be very many."""
_LAST_LOOK: Final = 3
"""Requests kept for the last list."""
_FEW: Final = 3
"""Credentials below which none is deleted, and of which a round of reading takes any."""

_WRONG_IN_BOTH: Final = (
    Wrong("credentials", []),
    Wrong("credentials.username", 12345),
    Wrong("credentials.password", None),
    Wrong("credentials.scope", LEFT_OUT, "required"),
    Wrong("credentials.scope.pull", "true"),
    Wrong("credentials.scope.push", 1),
    Wrong("restrictions", None),
    Wrong("restrictions.restricted", LEFT_OUT, "required"),
    Wrong("restrictions.restricted", "false"),
    Wrong("restrictions.projects", "project-1"),
)
_WRONG_IN_ADD: Final = (
    *_WRONG_IN_BOTH,
    Wrong("provider", "ECR", "one-of"),
    Wrong("provider", LEFT_OUT, "required"),
    Wrong("name", LEFT_OUT, "required"),
    Wrong("name", 12345),
    Wrong("registryUrl", 443),
    Wrong("aws.region", 1),
    Wrong("gcp", []),
    Wrong("integrationId", "org//x", "pattern"),
)
_FLAWS: Final = (
    ("add.name.max-length", "a name of 40 characters", "{0:x<40}"),
    ("add.name.pattern", "a line break at the end of a name", "{0}\n"),
    ("add.name.pattern", "two separators in a row in a name", "{0}- x"),
    ("add.name.pattern", "an underscore in a name", "{0}_x"),
)


class _Kind(NamedTuple):
    """A kind of exchange: what was asked, and whether it was answered with success."""

    operation: str
    ok: bool


_WEIGHTS: Final = {
    _Kind("get", True): 60,
    _Kind("list", True): 66,
    _Kind("add", True): 45,
    _Kind("delete", True): 45,
    _Kind("update", True): 25,
    _Kind("modify", True): 15,
    _Kind("add", False): 60,
    _Kind("update", False): 20,
    _Kind("get", False): 20,
    _Kind("delete", False): 8,
}
"""How often a run should send each kind, in relation to the others: what clients send most, as far as it is cheap."""


class _Rounds:
    """Sends what was sent least."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._counted = 0
        self._sent: Counter[_Kind] = Counter()
        self._gone: list[Known] = []
        self._blames = True
        self._steps: dict[_Kind, Callable[[], Awaitable[object]]] = {
            _Kind("get", True): self._get,
            _Kind("list", True): self._list,
            _Kind("add", True): self._add,
            _Kind("delete", True): self._delete,
            _Kind("update", True): self._update,
            _Kind("modify", True): self._modify,
            _Kind("add", False): self._add_wrongly,
            _Kind("update", False): self._update_wrongly,
            _Kind("get", False): self._get_nothing,
            _Kind("delete", False): self._delete_nothing,
        }

    async def run(self, requests: int) -> None:
        """Send at most so many requests, and fewer where the budget ends."""
        first = self._session.budget.used
        self._count()
        while self._session.can(_LAST_LOOK + 5) and self._session.budget.used - first < requests:
            least = min(filter(self._is_possible, _WEIGHTS), key=self._share)
            before = self._sent[least]
            await self._steps[least]()
            self._count()
            if self._sent[least] == before:
                self._sent[least] += 1  # what is answered otherwise must not be tried for ever

    def _is_possible(self, kind: _Kind) -> bool:
        """Return whether there is something to delete, once or once more."""
        return kind.operation != "delete" or (len(self._known()) > _FEW if kind.ok else self._gone != [])

    def _share(self, kind: _Kind) -> float:
        """Return how much was sent of a kind; what lives is as good as deleted."""
        living = len(self._session.model.everything) if kind == _Kind("delete", True) else 0
        return (self._sent[kind] + living + self._session.random.random()) / _WEIGHTS[kind]

    def _count(self) -> None:
        exchanges = self._session.exchanges
        for exchange in exchanges[self._counted :]:
            if exchange.operation is not None:
                self._sent[_Kind(exchange.operation.partition("-")[0], exchange.ok)] += 1
                self._note_deletion(exchange)
        self._counted = len(exchanges)

    def _note_deletion(self, exchange: Exchange) -> None:
        asked = Case(self._session, exchange).asked
        if asked is None or asked.kind != "delete" or not exchange.ok or asked.place is None or asked.id is None:
            return
        gone = self._session.model.deleted(asked.id, asked.team, asked.place[0])
        if gone is not None and gone not in self._gone:
            self._gone.append(gone)

    def _known(self) -> list[Known]:
        """Return the credentials of which everything is known, wherever they are."""
        everything = self._session.model.everything
        return [known for known in everything if known.account in (MAIN, OTHER) and ANYTHING not in known.uncertain]

    async def _some(self) -> Known:
        known = self._known()
        if len(known) < _FEW and self._session.can(_LAST_LOOK, 1):
            added = await self._add()
            known = self._known() if added is None else [added]
        if not known:
            raise Skip("no credentials could be added")
        return self._session.random.choice(known)

    async def _add(self) -> Known | None:
        session = self._session
        team, account = session.random.choice([(known.team, known.account) for known in self._known()] + [(None, MAIN)])
        body = rich_body(session)
        exchange = await session.add(body, team=team, token=account)
        if exchange.ok:
            session.verdicts.agree(STATUS, exchange)
        elif is_about_the_body(exchange) and self._blames:
            self._blames = False
            await blame(session, body, exchange)
        return session.model.of(exchange)

    async def _get(self) -> Exchange:
        return await self._session.get(await self._some())

    async def _list(self) -> None:
        """List a place, in one page or in a few: only who reads to the end sees what is missing."""
        session, known = self._session, await self._some()
        living = len(session.model.living(known.team, known.account))
        size = session.random.choice([None, 100, living, max(1, living - 1), -(-living // 2)])
        query = {} if size is None else {"per_page": str(min(size, _LARGEST))}
        page = await session.list(team=known.team, token=known.account, **query)
        while query and (cursor := cursor_of(page)) is not None and session.can(_LAST_LOOK + 1):
            page = await session.list(team=known.team, token=known.account, cursor=cursor, **query)
            if session.random.random() < _ENOUGH:
                return

    async def _update(self, by: By = "patch") -> None:
        session, known = self._session, await self._some()
        rule = "update.response.status" if by == "patch" else "update.modify-route"
        await session.update_accepts(rule, known, rich_update(session), by=by, what="a valid update")
        await session.get(known)

    async def _modify(self) -> None:
        await self._update("modify")

    async def _delete(self) -> None:
        gone = self._session.random.choice(self._known())
        await self._session.delete(gone)
        await self._session.get(gone)

    async def _add_wrongly(self) -> None:
        session = self._session
        if session.random.random() < 0.3:
            rule, what, form = session.random.choice(_FLAWS)
            changes: dict[str, Any] = {"name": form.format(session.names.fresh())}
        else:
            wrong = session.random.choice(_WRONG_IN_ADD)
            rule, what, changes = f"add.{wrong.rule}", wrong.what, {wrong.path: wrong.value}
        await session.refuses(rule, changed(plain(session), changes), what=what)

    async def _update_wrongly(self) -> None:
        session, known, wrong = self._session, await self._some(), self._session.random.choice(_WRONG_IN_BOTH)
        body = changed({"credentials": {"scope": {}}, "restrictions": {"restricted": True}}, {wrong.path: wrong.value})
        by: By = "patch" if session.random.random() < 0.5 else "modify"
        exchange = await session.update_refuses(f"update.{wrong.rule}", known, body, by=by, what=wrong.what)
        if exchange.refused:
            await session.get(known)

    async def _get_nothing(self) -> None:
        session = self._session
        if self._gone and session.random.random() < 0.6:
            await session.get(session.random.choice(self._gone))
        else:
            await session.get(session.names.fresh("never"))

    async def _delete_nothing(self) -> None:
        await self._session.delete(self._session.random.choice(self._gone))


@probe(
    *("add.response.given-fields", _GOT, "list.response.item.fields"),
    *("update.touches-only-named", _UNCHANGED, _DELETE, _ONCE),
    cost=_SMALLEST,
    stage=Stage.REPEATED,
)
async def what_was_asked_once_is_asked_again(session: Session) -> None:
    await _Rounds(session).run(_NARROW if session.options.only else session.budget.left)
    await _look_at_everything(session)


async def _look_at_everything(session: Session) -> None:
    """List every place to its end: what lives is there and what was deleted is not, or the oracle tells."""
    if session.can(2):
        await session.list()  # as big as a page is by default: it takes many to see
    places = {(known.account, known.team): known for known in session.model.everything}
    for account, team in sorted({*places, (MAIN, None)}, key=lambda place: place != (MAIN, None)):
        if session.can(1):
            # Now there is most to see of how many a page holds where nobody says it.
            await read_pages(session, None, most=_LAST_LOOK, team=team, token=account)
