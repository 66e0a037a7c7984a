"""Requests that Schemathesis generates from the contract, sent within the run's rules and judged by its rules.

A generated body is made safe before it is sent: its name becomes one of this run, and what only some readings of the
documentation accept is taken out. Then it is judged for what it really is, by the contract's schema.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from emulator import codec
from emulator.conformance import shapes
from emulator.conformance.exchange import ABSENT, Exchange
from emulator.conformance.fitting import known_part, settled, with_name_of_this_run
from emulator.conformance.generating import Generated, MissingError, generate
from emulator.conformance.model import ANYTHING, Known
from emulator.conformance.probes.valid import changed, plain
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import By, Session
from emulator.conformance.shapes import Check
from emulator.errors import InvalidJSONError

_SHARE: Final = 30
"""Requests of a run that are spent here, deletions included."""
_MOST: Final = 5
"""Shares for which cases are made, if there is nothing else to do: each takes most of a second."""
_SYNTAX: Final = "common.json.syntax"
_NOT_FOR_THE_BODY: Final = (401, 403, 404, 405, 409, 413, 415, 429)
# How many cases of a kind are made for one share; most of them are much like the rest and are not sent.
_MADE: Final = (("add", "positive", 8), ("add", "negative", 20), ("update", "positive", 6), ("update", "negative", 10))
_LISTS: Final = (("list", "positive", 3), ("list", "negative", 5))
_WHOLE: Final = re.compile("[0-9]{1,3}")


@probe(
    *("add.response.given-fields", "add.response.status", "add.name.pattern", "add.provider.one-of"),
    *("add.integrationId.pattern", "add.body.type", "update.body.type", _SYNTAX),
    cost=_SHARE,
    stage=Stage.GENERATED,
)
async def generated_requests_are_answered_as_the_contract_has_it(session: Session) -> None:
    alone = "probes" not in session.options.phases
    requests = session.budget.left - 1 if alone else _SHARE
    try:
        cases = await asyncio.to_thread(_cases, session.names.prefix, min(max(1, requests // _SHARE), _MOST))
    except MissingError as error:
        session.note(str(error))
        raise Skip("Schemathesis, which generates requests, is not installed") from None
    await _Cases(session).send(cases, requests)


def _cases(prefix: str, shares: int) -> list[Generated]:
    """Return the cases of a run, the most different ones first; the same prefix has the same."""
    seed = random.Random(f"generated {prefix}").getrandbits(32)  # noqa: S311 - repeatable, and no secret
    made = [generate(operation, mode, count * shares, seed) for operation, mode, count in (*_MADE, *_LISTS)]
    return [case for cases in zip_longest(*map(_various, made)) for case in cases if case is not None]


def _various(cases: Sequence[Generated]) -> list[Generated]:
    """Return those of the cases that are worth a request: of what breaks a rule, one for each rule first."""
    seen: set[object] = set()
    first: list[Generated] = []
    later: list[Generated] = []
    for case in cases:
        kind = _kind(case)
        (later if kind in seen else first).append(case)
        seen.add(kind)
    return first + [case for case in later if _kind(case) != _SYNTAX]


def _kind(case: Generated) -> object:
    """Return what is to be found out by a case."""
    if case.operation == "list":
        return repr(case.query)
    if case.body is ABSENT or isinstance(case.body, bytes):
        return _SYNTAX
    broken = _shape(case.operation).broken(known_part(case.body))
    return tuple(check.rule for check in broken) or repr(case.body)


def _shape(operation: str) -> shapes.Shape:
    return shapes.body_of_add() if operation == "add" else shapes.body_of_update()


class _Cases:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._own: Known | None = None
        self._blamed = False

    async def send(self, cases: Sequence[Generated], requests: int) -> None:
        """Send as many cases as so many requests have room for."""
        session = self._session
        first, reserved = session.budget.used, session.budget.reserved
        for case in cases:
            spent = session.budget.used - first + max(0, session.budget.reserved - reserved)
            if spent > requests - 4 or not session.can(4):
                return
            await {"add": self._add, "list": self._list, "update": self._update}[case.operation](case)

    async def _add(self, case: Generated) -> None:
        session, body = self._session, _json_of(case.body)
        if body is ABSENT:
            what = "a body that is no JSON" if case.body else "no body"
            await session.refuses(_SYNTAX, raw=_bytes_of(case.body), what=what)
            return
        body = settled(session, with_name_of_this_run(session, known_part(body)))
        broken = shapes.body_of_add().broken(body)
        if not broken:
            await self._accepts(body)
        elif not all(check.rule.endswith(".conditional") for check in broken):
            rules = _to_tell(broken)
            exchange = await session.refuses(rules, raw=codec.stdlib_dumps(body), what=_what(broken))
            self._tell_all(broken, rules, exchange)

    async def _accepts(self, body: dict[str, Any]) -> None:
        session = self._session
        exchange = await session.add(raw=codec.stdlib_dumps(body))
        known = session.model.of(exchange)
        if exchange.ok:
            session.verdicts.agree("add.response.status", exchange)
        if known is not None:
            self._own = known
            await session.get(known)
        elif exchange.refused and exchange.status not in _NOT_FOR_THE_BODY and not self._blamed:
            self._blamed = True
            await self._blame(body, exchange)

    async def _blame(self, body: Mapping[str, Any], refused: Exchange) -> None:
        """Find the member for which a valid body was refused, by bodies with one of its members in turn."""
        session = self._session
        for name, rule in _RULES.items():
            if name not in body or not session.can(1, 1):
                continue
            value = with_name_of_this_run(session, body)["name"] if name == "name" else body[name]
            exchange = await session.add(raw=codec.stdlib_dumps(changed(plain(session), {name: value})))
            if exchange.refused:
                expected = f"{shapes.shown(value, name)} as {name} is accepted"
                session.verdicts.differ(rule, exchange, expected=expected, got=exchange.outcome)
                return
        expected = "a valid body is accepted"
        session.verdicts.differ("add.response.status", refused, expected=expected, got=refused.outcome)

    def _tell_all(self, broken: Sequence[Check], told: Sequence[str], exchange: Exchange) -> None:
        """Note of a body that broke several rules, and was accepted, that it did."""
        for check in broken:
            if exchange.succeeded and check.rule not in told:
                expected = f"{check.expected}, or a refusal"
                self._session.verdicts.differ(check.rule, exchange, expected=expected, got=f"{check.got}, accepted")

    async def _update(self, case: Generated) -> None:
        session, body = self._session, _json_of(case.body)
        by: By = "patch" if session.random.random() < 0.5 else "modify"
        known = self._own
        if known is None or ANYTHING in known.uncertain:
            known = self._own = await session.living(session.usual_body("generated"))
        if body is ABSENT:
            raw = _bytes_of(case.body)
            if raw.strip():
                await session.update_refuses(_SYNTAX, known, raw=raw, by=by, what="a body that is no JSON")
            return
        body = settled(session, known_part(body))
        broken, raw = shapes.body_of_update().broken(body), codec.stdlib_dumps(body)
        if broken:
            rules = _to_tell(broken)
            exchange = await session.update_refuses(rules, known, raw=raw, by=by, what=_what(broken))
            self._tell_all(broken, rules, exchange)
        elif body:
            rule = f"update.{next(iter(body))}.type" if len(body) == 1 else "update.response.status"
            await session.update_accepts(rule, known, raw=raw, by=by, what="a valid update")
            await session.get(known)

    async def _list(self, case: Generated) -> None:
        """List with one parameter: that a page and a cursor exclude each other no schema says."""
        for name in ("per_page", "page"):
            value = case.query.get(name)
            if isinstance(value, int | str | float) and not isinstance(value, bool):
                await self._list_with(name, str(value))
                return

    async def _list_with(self, name: str, value: str) -> None:
        session = self._session
        if _WHOLE.fullmatch(value) and 1 <= int(value) <= 100:
            exchange = await _listed(session, name, value)
            if exchange.refused and exchange.status not in _NOT_FOR_THE_BODY:
                expected = f"{name}={value} is accepted"
                session.verdicts.differ(f"list.{name}.type", exchange, expected=expected, got=exchange.outcome)
        elif not _is_number(value) and value.strip():
            exchange = await _listed(session, name, value)
            if exchange.succeeded:
                expected = f"{name}={value!r}, which is no number, is refused"
                session.verdicts.differ(f"list.{name}.type", exchange, expected=expected, got=exchange.outcome)


_RULES: Final = {
    "name": "add.name.pattern",
    "provider": "add.provider.one-of",
    "integrationId": "add.integrationId.pattern",
    **{name: f"add.{name}.type" for name in ("registryUrl", "aws", "gcp", "azure", "credentials", "restrictions")},
}
"""By member, the rule that a refusal of a good value differs from."""


async def _listed(session: Session, name: str, value: str) -> Exchange:
    return await (session.list(per_page=value) if name == "per_page" else session.list(page=value))


def _to_tell(broken: Sequence[Check]) -> list[str]:
    """Return the rule that a refusal speaks for; of several that are broken it may be for any."""
    return [check.rule for check in broken] if len(broken) == 1 else []


def _what(broken: Sequence[Check]) -> str:
    return "a body that is wrong in " + ", ".join(f"{check.path} ({check.got})" for check in broken[:3])


def _json_of(body: Any) -> Any:
    """Return a JSON value, ABSENT for what no reading takes for JSON."""
    if not isinstance(body, bytes):
        return body
    try:
        return codec.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except InvalidJSONError:
        return ABSENT


def _bytes_of(body: Any) -> bytes:
    return body if isinstance(body, bytes) else b""


def _is_number(text: str) -> bool:
    """Return whether a lenient reader takes a text for a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
