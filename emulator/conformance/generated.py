"""Requests that Schemathesis generates from the contract, sent within the run's rules and judged by its rules.

A generated body is made fit before it is sent: its name becomes one of this run, and what only some readings of the
documentation accept is taken out. What the contract makes of it then is what the target has to make of it.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from itertools import chain, zip_longest
from typing import Any, Final, NamedTuple

from emulator import codec
from emulator.conformance import shapes
from emulator.conformance.blaming import STATUS, blame, is_about_the_body
from emulator.conformance.exchange import ABSENT
from emulator.conformance.faults import Fault, faults_of, new_faults
from emulator.conformance.fitting import known_part, settled, with_name_of_this_run
from emulator.conformance.generating import Generated, MissingError, generate
from emulator.conformance.model import ANYTHING, Known
from emulator.conformance.probes.valid import changed, control
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import By, Session
from emulator.errors import InvalidJSONError

_SHARE: Final = 30
"""Requests of a run that are spent here at most, deletions included; a third of what is left, if that is less."""
_LEAST: Final = 16
"""Requests for which it is worth to generate anything."""
_MOST: Final = 5
"""Shares for which cases are made, if there is nothing else to do: each takes most of a second."""
_LONGEST: Final = 4
"""Requests that one case can take."""
_FAULTS: Final = 4
"""Faults that are sent for each valid body: what is valid is sent by other probes too."""
_SYNTAX: Final = "common.json.syntax"
_NUMBER: Final = re.compile("[0-9]{1,3}")
_Step = Callable[[], Coroutine[Any, Any, object]]


class _Made(NamedTuple):
    """What was generated, by operation and by whether the contract allows it."""

    good_adds: Sequence[Generated]
    good_updates: Sequence[Generated]
    bad_bodies: Sequence[Generated]
    lists: Sequence[Generated]


@probe(
    *("add.response.given-fields", STATUS, "add.name.pattern", "add.provider.one-of"),
    *("add.integrationId.pattern", "add.body.type", "update.body.type", _SYNTAX),
    cost=_LEAST,
    stage=Stage.GENERATED,
)
async def generated_requests_are_answered_as_the_contract_has_it(session: Session) -> None:
    alone = "probes" not in session.options.phases
    left = session.budget.left
    requests = left - 1 if alone else min(_SHARE, max(_LEAST, left // 3))
    try:
        made = await asyncio.to_thread(_make, session.names.prefix, min(max(1, requests // _SHARE), _MOST))
    except MissingError as error:
        session.note(str(error))
        raise Skip("Schemathesis, which generates requests, is not installed") from None
    await _Sending(session).send(made, requests)


def _make(prefix: str, shares: int) -> _Made:
    """Return the cases of a run; the same prefix has the same."""
    seed = random.Random(f"generated {prefix}").getrandbits(32)  # noqa: S311 - repeatable, and no secret
    return _Made(
        generate("add", "positive", 6 * shares, seed),
        generate("update", "positive", 6 * shares, seed),
        generate("add", "negative", 24 * shares, seed) + generate("update", "negative", 12 * shares, seed),
        generate("list", "positive", 2 * shares, seed) + generate("list", "negative", 6 * shares, seed),
    )


class _Sending:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._own: Known | None = None
        self._blames = True

    async def send(self, made: _Made, requests: int) -> None:
        """Send as much as so many requests have room for."""
        budget = self._session.budget
        first, reserved = budget.used, budget.reserved
        for step in self._steps(made):
            spent = budget.used - first + max(0, budget.reserved - reserved)
            if spent > requests - _LONGEST or not self._session.can(_LONGEST):
                return
            await step()

    def _steps(self, made: _Made) -> Iterator[_Step]:
        faults = [partial(self._fault, fault) for fault in new_faults(self._session, made.bad_bodies)]
        garbage = [partial(self._garbage, case) for case in made.bad_bodies if not _is_json(case.body)]
        good = [
            *(partial(self._add, case.body) for case in made.good_adds if case.body is not ABSENT),
            *(partial(self._update, case.body) for case in made.good_updates if known_part(case.body)),
        ]
        self._session.random.shuffle(good)
        lists = [partial(self._list, name, value) for name, value in _parameters(made.lists)]
        groups = [faults[number : number + _FAULTS] for number in range(0, len(faults), _FAULTS)]
        others = [[step] for step in chain.from_iterable(zip_longest(garbage[:2], lists)) if step is not None]
        for turn in zip_longest(groups, [[step] for step in good], others):
            yield from chain.from_iterable(part for part in turn if part)

    async def _fault(self, fault: Fault) -> None:
        """Send a body with one fault: the one that was generated, or an accepted one if that has other faults too."""
        if fault.operation == "add":
            await self._add_wrongly(fault)
        else:
            await self._update_wrongly(fault)

    async def _add_wrongly(self, fault: Fault) -> None:
        session = self._session
        body = fault.body
        if body is ABSENT:
            body = changed(await self._accepted(), {fault.path: fault.value})
        body = settled(session, with_name_of_this_run(session, body))
        if [each.rule for each in faults_of("add", body)] == [fault.rule]:
            await session.refuses(fault.rule, raw=codec.stdlib_dumps(body), what=_what(fault))

    async def _update_wrongly(self, fault: Fault) -> None:
        session, body = self._session, fault.body
        if body is ABSENT:
            whole = {"credentials": {"scope": {"pull": True}}, "restrictions": {"restricted": True, "projects": []}}
            body = changed(whole, {fault.path: fault.value})
        raw = codec.stdlib_dumps(settled(session, body))
        await session.update_refuses(fault.rule, await self._some(), raw=raw, by=self._by(), what=_what(fault))

    async def _garbage(self, case: Generated) -> None:
        session = self._session
        raw = case.body if isinstance(case.body, bytes) else b""
        if case.operation == "add":
            await session.refuses(_SYNTAX, raw=raw, what="a body that is no JSON" if raw else "an empty body")
        elif raw.strip():
            what = "a body that is no JSON"
            await session.update_refuses(_SYNTAX, await self._some(), raw=raw, by=self._by(), what=what)

    async def _add(self, generated: Any) -> None:
        session = self._session
        body = settled(session, with_name_of_this_run(session, known_part(generated)))
        if shapes.body_of_add().broken(body):
            return
        exchange = await session.add(raw=codec.stdlib_dumps(body))
        known = session.model.of(exchange)
        if exchange.ok:
            session.verdicts.agree(STATUS, exchange)
        if known is not None:
            self._own = known
            await session.get(known)
        elif is_about_the_body(exchange) and self._blames:
            self._blames = False
            await blame(session, body, exchange)

    async def _update(self, generated: Any) -> None:
        session, body = self._session, settled(self._session, known_part(generated))
        if shapes.body_of_update().broken(body):
            return
        known = await self._some()
        rule = f"update.{next(iter(body))}.type" if len(body) == 1 else "update.response.status"
        raw = codec.stdlib_dumps(body)
        await session.update_accepts(rule, known, raw=raw, by=self._by(), what="a valid update")
        await session.get(known)

    async def _list(self, name: str, value: str) -> None:
        """List with one parameter: that a page and a cursor exclude each other no schema says."""
        session, rule = self._session, f"list.{name}.type"
        exchange = await (session.list(per_page=value) if name == "per_page" else session.list(page=value))
        if _NUMBER.fullmatch(value) and is_about_the_body(exchange):
            session.verdicts.differ(rule, exchange, expected=f"{name}={value} is accepted", got=exchange.outcome)
        elif not _NUMBER.fullmatch(value) and exchange.succeeded:
            expected = f"{name}={value!r}, which is no number, is refused"
            session.verdicts.differ(rule, exchange, expected=expected, got=exchange.outcome)

    async def _some(self) -> Known:
        """Return credentials that only this probe knows: what is known of them may become less."""
        if self._own is None or ANYTHING in self._own.uncertain:
            self._own = await self._session.living(self._session.usual_body("generated"))
        return self._own

    async def _accepted(self) -> dict[str, Any]:
        """Return a body with a new name that is else one that the target accepted."""
        known = await control(self._session)
        return changed(known.body, {"name": self._session.names.fresh()})

    def _by(self) -> By:
        return "patch" if self._session.random.random() < 0.5 else "modify"


def _what(fault: Fault) -> str:
    return f"a body whose {fault.path} is wrong ({fault.got})"


def _is_json(body: Any) -> bool:
    """Return whether a body is a JSON value, or bytes that some reader takes for one."""
    if not isinstance(body, bytes):
        return body is not ABSENT
    try:
        codec.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except InvalidJSONError:
        return False
    return True


def _parameters(cases: Sequence[Generated]) -> Iterator[tuple[str, str]]:
    """Yield the parameters whose value every reader takes for a size or a number of a page, or for neither."""
    for name in ("per_page", "page"):
        for value in dict.fromkeys(str(case.query[name]) for case in cases if _is_plain(case.query.get(name))):
            number = _NUMBER.fullmatch(value)
            if (1 <= int(value) <= 100) if number else not _is_number(value):
                yield name, value


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool) and str(value).strip() != ""


def _is_number(text: str) -> bool:
    """Return whether a lenient reader takes a text for a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
