"""Finds out for which of its members a valid body was refused, as a refusal says nothing that can be relied on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from emulator import codec
from emulator.conformance.exchange import Exchange
from emulator.conformance.fitting import with_name_of_this_run
from emulator.conformance.probes.valid import LEFT_OUT, OPTIONAL, changed, control
from emulator.conformance.session import Session
from emulator.conformance.shapes import shown

STATUS: Final = "add.response.status"
_NOT_FOR_THE_BODY: Final = (401, 403, 404, 405, 409, 413, 415, 429)
_OTHER_RULES: Final = {
    "name": "add.name.pattern",
    "provider": "add.provider.one-of",
    "integrationId": "add.integrationId.pattern",
}


class _Suspect(NamedTuple):
    rule: str
    what: str
    changes: Mapping[str, Any]


def is_about_the_body(exchange: Exchange) -> bool:
    """Return whether a refusal can be one of the body."""
    return exchange.refused and exchange.status not in _NOT_FOR_THE_BODY


async def blame(session: Session, body: Mapping[str, Any], refused: Exchange) -> None:
    """Put the members of a valid body that was refused into one that is accepted, in turn, until that is refused too.

    Raises:
        Skip: no body is accepted, or the budget ends.
    """
    for suspect in _suspects(body):
        if not session.can(1, 2):
            break
        good = (await control(session)).body
        fresh = changed(good, {"name": session.names.fresh(), **suspect.changes})
        fresh = with_name_of_this_run(session, fresh) if "name" in suspect.changes else fresh
        exchange = await session.add(raw=codec.stdlib_dumps(fresh))
        if is_about_the_body(exchange):
            expected = f"{suspect.what} is accepted"
            session.verdicts.differ(suspect.rule, exchange, expected=expected, got=exchange.outcome)
            return
    session.verdicts.differ(STATUS, refused, expected="a valid body is accepted", got=refused.outcome)


def _suspects(body: Mapping[str, Any]) -> Iterator[_Suspect]:
    for name in body:
        rule = _OTHER_RULES.get(name, f"add.{name}.type")
        yield _Suspect(rule, f"{shown(body[name], name)} as {name}", {name: body[name]})
    for name in OPTIONAL:
        if name not in body:
            changes = {"provider": body["provider"], name: LEFT_OUT}
            yield _Suspect(f"add.{name}.type", f"a body without {name} for {body['provider']}", changes)
