"""Requests that create, change and delete: the model, the ledger and the budget know what came of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from emulator import codec
from emulator.conformance.exchange import ABSENT, Exchange, parsed
from emulator.conformance.ledger import Ledger
from emulator.conformance.model import ANYTHING, Known, documented, secrets_of
from emulator.conformance.names import slug
from emulator.conformance.options import MAIN, Token
from emulator.conformance.probing import Skip
from emulator.conformance.routes import Route, as_careless_servers_see, operation_of, path_of, route_of
from emulator.conformance.safety import guard
from emulator.conformance.sending import Pending, RateLimitedError, Request, Sender
from emulator.errors import InvalidSettingError


class Keeper(Sender):
    """A sender that keeps the books; what is pending may have been created: no answer told."""

    async def send(  # noqa: PLR0913 - what a request is made of
        self,
        method: str,
        path: str,
        *,
        json: Any = ABSENT,
        body: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        query: Mapping[str, str] | str | None = None,
        token: Token = MAIN,
        purpose: str | None = None,
    ) -> Exchange:
        """Send one request, whatever it is.

        Args:
            path: percent-encoded; `path_of` makes it.
            json: a value to send as JSON.
            body: bytes to send instead.
            headers: over those that are sent anyway; None takes one away. A body has `Content-Type: application/json`.
            query: parameters as text, or the query as it stands behind the `?`.
            token: whose token to send.

        Raises:
            Skip: the budget, the target's rate limit or the safety of what is there does not allow it.
            UnsafeError: it could change what is not of this run.
        """
        method = method.upper()
        given = query if isinstance(query, str) else urlencode(query or {}, quote_via=quote)
        sent = body if body is not None or json is ABSENT else codec.dumps(json)
        target = f"{path}?{given}" if given else path
        plain = path.partition("?")[0]
        operation = operation_of(method, plain)
        request = Request(method, target, headers or {}, sent, token, purpose or self.purpose, operation)
        guard(method, plain, names=self.names, model=self.model, account=token.account)
        route = route_of(plain) or route_of(as_careless_servers_see(plain))
        if route is not None and method == "POST" and route.id is None:
            return await self._create(request, route.team)
        if route is not None and method == "DELETE" and route.id is not None:
            return await self._delete(request, route)
        exchange = await self.ask(request)
        if route is not None and route.id is not None and method == ("POST" if route.modify else "PATCH"):
            self._note_update(exchange, self.model.find(route.id, route.team, token.account))
        return exchange

    async def _create(self, request: Request, team: str | None) -> Exchange:
        sent = parsed(request.body)
        name = sent.get("name") if isinstance(sent, dict) else None
        self.model.secrets.update(secrets_of(sent))
        await self._make_sure_that_it_is_free(name, team, request.token)
        if self.budget.left < 2:
            raise self.spent()
        pending = Pending(name, team, request.token.account)
        self._announce(pending, request.token)
        self.places[pending.account, team] = None
        self.pending.append(pending)
        self.budget.reserve()
        try:
            exchange = await self.ask(request)
        except RateLimitedError:
            self._nothing_came_of(pending)
            raise
        if exchange.succeeded:
            await self._take(exchange, sent, pending)
        elif exchange.refused:
            self._nothing_came_of(pending)
        return exchange

    async def _take(self, exchange: Exchange, sent: Any, pending: Pending) -> None:
        """Take what was created into the model, if it is beyond doubt that it is ours to delete."""
        identifier = _id_of(exchange)
        if identifier is None:
            return  # it stays pending: at the end it is looked for under the slug of its name
        there = self.model.find(identifier, pending.team, pending.account)
        if there is not None:
            # The target took living credentials for new ones: nothing is known about them any more.
            there.uncertain.add(ANYTHING)
            self._nothing_came_of(pending)
            return
        if not await self._is_ours(identifier, pending):
            self.note(
                f"Adding {pending.name!r} was answered with the id {identifier!r}, which is not surely of this run: "
                "it is left alone. Look whether it should be deleted."
            )
            return
        self.pending.remove(pending)
        self.created += 1
        body = sent if isinstance(sent, dict) else {}
        self.model.add(Known(identifier, pending.team, pending.account, body, documented(body)), exchange)
        self.record(lambda ledger: ledger.created(identifier, pending.name, pending.team, pending.account.value))

    async def _is_ours(self, identifier: str, pending: Pending) -> bool:
        account, team = pending.account, pending.team
        before = self.model.before.get((account, team))
        if self.names.ours(identifier):
            return True
        if before is not None and identifier in before:
            return False
        place_is_ours = self.names.ours(team) or self.tokens.is_made_up(account)
        if place_is_ours or (account, team, identifier) in self._free:
            return True
        if not self.names.ours(pending.name):
            return before is not None
        return await self._has_name(identifier, pending)

    async def _has_name(self, identifier: str, pending: Pending) -> bool:
        if self.budget.left < 1:
            return False
        answer = (await self.ask(self._reading(identifier, pending.team, pending.account))).answer
        match answer:
            case {"data": {"name": str(name)}}:
                return bool(name == pending.name)
        return False

    def _reading(self, identifier: str, team: str | None, token: Token) -> Request:
        path = path_of(team, identifier)
        return Request("GET", path, {}, None, token, self.purpose, operation_of("GET", path))

    async def _make_sure_that_it_is_free(self, name: Any, team: str | None, token: Token) -> None:
        """Ask for the id of a name that does not tell whose it is, before it is used."""
        identifier = slug(name) if isinstance(name, str) else ""
        place = (token.account, team, identifier)
        if identifier.strip("./") == "" or self.names.ours(name) or place in self._free:
            return
        exchange = await self.ask(self._reading(identifier, team, token))
        if not exchange.refused or exchange.status in (401, 403, 429):
            raise Skip(f"the id {identifier!r} is perhaps somebody else's: {exchange.outcome}")
        self._free.add(place)

    async def _delete(self, request: Request, route: Route) -> Exchange:
        identifier, account = route.id or "", request.token.account
        known = self.model.find(identifier, route.team, account)
        if known is None:
            exchange = await self.ask(request)
        else:
            aside, known.put_aside = known.put_aside, False
            try:
                exchange = await self.ask(request, aside=aside)
            except Skip:
                known.put_aside = aside
                raise
            if exchange.succeeded:
                self.deleted += 1
                self.model.remove(known)
            elif self.budget.left > 0:
                self.budget.reserve()
                known.put_aside = True
        if exchange.succeeded:
            self.record(lambda ledger: ledger.deleted(identifier, route.team, account.value))
        return exchange

    def record(self, event: Callable[[Ledger], None]) -> None:
        """Tell the ledger; if it cannot be written, what was announced is still in it."""
        try:
            if self.ledger is not None:
                event(self.ledger)
        except InvalidSettingError as error:
            self.note(str(error))

    def forget(self, known: Known) -> None:
        """Note that living credentials are gone, whoever deleted them."""
        self.model.remove(known)
        self._put_back(known)
        self.record(lambda ledger: ledger.deleted(known.id, known.team, known.account.value))

    def settle(self, pending: Pending, *, was_created: bool) -> None:
        """Note that what a creation without an answer may have made is gone, or was never there."""
        self.pending.remove(pending)
        self.created += was_created
        self.deleted += was_created
        self.record(lambda ledger: ledger.refused(pending.name, pending.team, pending.account.value))

    def _put_back(self, known: Known) -> None:
        if known.put_aside:
            known.put_aside = False
            self.budget.release()

    def _note_update(self, exchange: Exchange, known: Known | None) -> None:
        self.model.secrets.update(secrets_of(exchange.sent_json))
        if known is None or exchange.refused:
            return
        if not exchange.succeeded:
            known.lost(exchange.sent_json)
        elif exchange.sent and exchange.sent_json is ABSENT:
            known.uncertain.add(ANYTHING)
        else:
            known.updated(exchange.sent_json)

    def _nothing_came_of(self, pending: Pending) -> None:
        self.pending.remove(pending)
        self.budget.release()
        self.record(lambda ledger: ledger.refused(pending.name, pending.team, pending.account.value))

    def _announce(self, pending: Pending, token: Token) -> None:
        """Let the ledger know of a creation before it is sent."""
        if self.ledger is None:
            return
        account, text = pending.account, self.tokens.text(token)
        try:
            if text is not None and self.tokens.is_made_up(token) and token not in self._told_tokens:
                self._told_tokens.add(token)
                self.ledger.uses(account.value, text)
            self.ledger.created_soon(pending.name, pending.team, account.value)
        except InvalidSettingError as error:
            self.note(str(error))
            raise Skip("the ledger could not be written, and without it nothing is created") from None


def _id_of(exchange: Exchange) -> str | None:
    match exchange.answer:
        case {"data": {"id": str(identifier)}} if identifier:
            return identifier
    return None
