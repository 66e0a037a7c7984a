"""What probes ask the target with: requests, the operations of the resource, and operations with a verdict.

Every exchange is judged by `oracle.judge(session, exchange)`, and the answers of three operations against the model
too, by `oracle.judge_added(session, exchange, known)`, `oracle.judge_got(session, exchange, known)` and
`oracle.judge_listed(session, exchange, team=, token=, query=)`; these are called only for status 200 and for what is in
the model, and not for bodies that should have been refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from emulator.conformance import oracle
from emulator.conformance.exchange import ABSENT, Absent, Exchange
from emulator.conformance.keeping import Keeper
from emulator.conformance.model import ANYTHING, Known
from emulator.conformance.options import LIMITED, MAIN, NONE, OTHER, WRONG, Token
from emulator.conformance.probing import Skip
from emulator.conformance.routes import path_of

__all__ = ["ABSENT", "LIMITED", "MAIN", "NONE", "OTHER", "WRONG", "Known", "Session", "Skip", "Token"]

By: TypeAlias = Literal["patch", "modify"]
Rules: TypeAlias = str | Sequence[str]

_NOT_FOR_THE_BODY: Final = (401, 403, 404, 405, 429)
"""Refusals that say nothing about the body, as long as the target never took a request of that kind."""
_TRIES: Final = 2


class Session(Keeper):
    """One run's talk with the target.

    The verbs take credentials as `Known` or as an id. For a `Known`, team and token are its own unless they are given;
    for an id they are no team and the main token. All of them raise `Skip` where the budget or the safety of what is
    not ours does not allow the request.
    """

    async def add(
        self,
        body: Any = ABSENT,
        *,
        team: str | None = None,
        token: Token = MAIN,
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Exchange:
        """Add credentials; `session.model.of(exchange)` is what came of it, None if nothing did.

        Args:
            body: the JSON value to send.
            raw: bytes to send instead.
            headers: over those that are sent anyway; None takes one away.

        A name that does not start with the prefix costs one more request, which makes sure that its id is free.
        """
        exchange = await self.send("POST", path_of(team), json=body, body=raw, headers=headers, token=token)
        known = self.model.of(exchange)
        if exchange.ok and known is not None and ANYTHING not in known.uncertain:
            oracle.judge_added(self, exchange, known)
        return exchange

    async def get(
        self, credential: Known | str, *, team: str | Absent | None = ABSENT, token: Token | None = None
    ) -> Exchange:
        """Read credentials."""
        identifier, team, token = self._where(credential, team, token)
        exchange = await self.send("GET", path_of(team, identifier), token=token)
        known = self.model.find(identifier, team, token.account)
        if exchange.ok and known is not None and ANYTHING not in known.uncertain:
            oracle.judge_got(self, exchange, known)
        return exchange

    async def list(self, *, team: str | None = None, token: Token = MAIN, **query: str) -> Exchange:
        """List credentials; `query` has the parameters as text."""
        exchange = await self.send("GET", path_of(team), query=query, token=token)
        if exchange.ok:
            oracle.judge_listed(self, exchange, team=team, token=token, query=query)
        return exchange

    async def update(  # noqa: PLR0913 - what a request is made of
        self,
        credential: Known | str,
        body: Any = ABSENT,
        *,
        by: By = "patch",
        team: str | Absent | None = ABSENT,
        token: Token | None = None,
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Exchange:
        """Update credentials of this run, by PATCH or by the route of older clients."""
        identifier, team, token = self._where(credential, team, token)
        method = "PATCH" if by == "patch" else "POST"
        path = path_of(team, identifier, modify=by == "modify")
        return await self.send(method, path, json=body, body=raw, headers=headers, token=token)

    async def delete(
        self, credential: Known | str, *, team: str | Absent | None = ABSENT, token: Token | None = None
    ) -> Exchange:
        """Delete credentials of this run."""
        identifier, team, token = self._where(credential, team, token)
        return await self.send("DELETE", path_of(team, identifier), token=token)

    async def accepts(  # noqa: PLR0913 - what a request is made of
        self,
        rule: Rules,
        body: Any = ABSENT,
        *,
        team: str | None = None,
        token: Token = MAIN,
        keep: bool = False,
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        what: str = "the body",
    ) -> Known | None:
        """Add what has to be accepted; a refusal differs from `rule`, one or several.

        Args:
            keep: later probes may have it as `living()`; all is deleted at the end of the run.
            what: what is special about the body, as the subject of `... is accepted`.
        """
        exchange = await self.add(body, team=team, token=token, raw=raw, headers=headers)
        self._judge_acceptance(rule, exchange, what, token)
        known = self.model.of(exchange)
        if known is not None:
            known.reusable = keep
        return known

    async def refuses(  # noqa: PLR0913 - what a request is made of
        self,
        rule: Rules,
        body: Any = ABSENT,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        team: str | None = None,
        token: Token = MAIN,
        what: str = "the body",
    ) -> Exchange:
        """Add what has to be refused; what comes of it after all is deleted at once.

        Args:
            what: what is wrong with the body, as the subject of `... is refused`: `a name of 2 characters`.
        """
        exchange = await self.send("POST", path_of(team), json=body, body=raw, headers=headers, token=token)
        self._judge_refusal(rule, exchange, what, token)
        known = self.model.of(exchange)
        if known is not None:
            known.uncertain.add(ANYTHING)
            await self.delete(known)
        return exchange

    async def update_accepts(  # noqa: PLR0913 - what a request is made of
        self,
        rule: Rules,
        credential: Known,
        body: Any = ABSENT,
        *,
        by: By = "patch",
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        what: str = "the body",
    ) -> Exchange:
        """Update with what has to be accepted."""
        exchange = await self.update(credential, body, by=by, raw=raw, headers=headers)
        self._judge_acceptance(rule, exchange, what, credential.account)
        return exchange

    async def update_refuses(  # noqa: PLR0913 - what a request is made of
        self,
        rule: Rules,
        credential: Known,
        body: Any = ABSENT,
        *,
        by: By = "patch",
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        what: str = "the body",
    ) -> Exchange:
        """Update with what has to be refused; if it is not, nothing is known about the credentials any more."""
        exchange = await self.update(credential, body, by=by, raw=raw, headers=headers)
        self._judge_refusal(rule, exchange, what, credential.account)
        if exchange.succeeded:
            credential.uncertain.add(ANYTHING)
            credential.reusable = False
        return exchange

    async def living(self, body: Any = None, *, team: str | None = None, token: Token = MAIN) -> Known:
        """Return credentials to work with: some that are there already, or new ones if there is a `body`.

        Raises:
            Skip: none can be added.
        """
        if body is None:
            for known in self.model.living(team, token.account):
                if known.reusable and ANYTHING not in known.uncertain:
                    return known
        exchange = None
        for _ in range(_TRIES):
            exchange = await self.add(self.usual_body() if body is None else body, team=team, token=token)
            known_now = self.model.of(exchange)
            if known_now is not None:
                known_now.reusable = body is None
                return known_now
        raise Skip(f"no credentials could be added: {exchange.outcome if exchange else ''}")

    def usual_body(self, hint: str = "usual") -> dict[str, Any]:
        """Return a body that every target should accept, with secrets and every object that an update may name."""
        scope = {"pull": True, "push": False}
        secrets = {"username": self.names.secret("user"), "password": self.names.secret("pass")}
        return {
            "name": self.names.fresh(hint),
            "provider": "dockerhub",
            "registryUrl": "https://registry.example.com",
            "credentials": {**secrets, "scope": scope},
            "restrictions": {"restricted": False, "projects": []},
        }

    def judge(self, exchange: Exchange) -> None:
        """Hold an answer against what is true of every answer."""
        oracle.judge(self, exchange)

    def _judge_acceptance(self, rule: Rules, exchange: Exchange, what: str, token: Token) -> None:
        for each in _several(rule):
            if exchange.succeeded:
                self.verdicts.agree(each, exchange)
            elif exchange.problem is not None or self._is_no_evidence(exchange, token):
                self.verdicts.skip(each, f"{what}: {exchange.outcome}")
            else:
                self.verdicts.differ(each, exchange, expected=f"{what} is accepted", got=exchange.outcome)

    def _judge_refusal(self, rule: Rules, exchange: Exchange, what: str, token: Token) -> None:
        for each in _several(rule):
            if exchange.succeeded:
                expected = f"{what} is refused with a status of 400 to 499"
                self.verdicts.differ(each, exchange, expected=expected, got=f"it is accepted: {exchange.outcome}")
            elif exchange.refused and not self._is_no_evidence(exchange, token):
                self.verdicts.agree(each, exchange)
            else:
                self.verdicts.skip(each, f"{what}: {exchange.outcome}")

    def _is_no_evidence(self, exchange: Exchange, token: Token) -> bool:
        return exchange.status in _NOT_FOR_THE_BODY and (token, exchange.operation) not in self.accepted

    def _where(
        self, credential: Known | str, team: str | Absent | None, token: Token | None
    ) -> tuple[str, str | None, Token]:
        if isinstance(credential, Known):
            own_team = credential.team if isinstance(team, Absent) else team
            return credential.id, own_team, token or credential.account
        return credential, None if isinstance(team, Absent) else team, token or MAIN


def _several(rule: Rules) -> Sequence[str]:
    return [rule] if isinstance(rule, str) else rule
