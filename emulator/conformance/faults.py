"""What is wrong with generated bodies, one fault at a time: of several in one body, each would hide the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from emulator.conformance import shapes
from emulator.conformance.case import Case
from emulator.conformance.comparing import value_at
from emulator.conformance.exchange import ABSENT
from emulator.conformance.fitting import known_part
from emulator.conformance.generating import Generated
from emulator.conformance.probes.valid import LEFT_OUT
from emulator.conformance.session import Session
from emulator.conformance.shapes import Check

WHOLE: Final = "body"
"""The path of the body as a whole."""


class Fault(NamedTuple):
    """One thing that is wrong.

    Attributes:
        operation: `add` or `update`.
        path: where, dotted; WHOLE for the body itself.
        value: what is there, LEFT_OUT where a member is missing.
        got: it, in words.
        body: the body that it is from, if nothing else is wrong with that.
    """

    operation: str
    rule: str
    path: str
    value: Any
    got: str
    body: Any = ABSENT

    @property
    def kind(self) -> tuple[str, str]:
        """The rule and the kind of value: two faults of one kind are found or missed together, more or less."""
        items = self.value if isinstance(self.value, list) and self.rule.endswith(".item-type") else ()
        wrong = [item for item in items if not isinstance(item, str)]
        return self.rule, f"[{_kind(wrong[0])}]" if wrong else _kind(self.value)


def faults_of(operation: str, body: Any) -> Iterator[Fault]:
    """Yield what is wrong with the JSON body of an add or an update, by the contract; no page's reading matters."""
    broken = [check for check in shape_of(operation).broken(body) if not check.rule.endswith(".conditional")]
    for check in broken:
        value = LEFT_OUT if check.rule.endswith(".required") else body
        if check.path != WHOLE and value is not LEFT_OUT:
            value = value_at(body, check.path)
        yield Fault(operation, check.rule, check.path, value, check.got, body if len(broken) == 1 else ABSENT)


def shape_of(operation: str) -> shapes.Shape:
    """Return what the body of an add or an update has to be."""
    return shapes.body_of_add() if operation == "add" else shapes.body_of_update()


def new_faults(session: Session, cases: Iterable[Generated]) -> list[Fault]:
    """Return the faults of generated bodies, each kind once, those first that this run has not sent yet."""
    sent = set(_sent_kinds(session))
    found: dict[tuple[str, str], Fault] = {}
    for case in cases:
        if case.body is ABSENT or isinstance(case.body, bytes):
            continue
        for fault in faults_of(case.operation, known_part(case.body)):
            if fault.kind not in found or found[fault.kind].body is ABSENT:
                found[fault.kind] = fault
    return sorted(found.values(), key=lambda fault: fault.kind in sent)


def _sent_kinds(session: Session) -> Iterator[tuple[str, str]]:
    for exchange in session.exchanges:
        asked = Case(session, exchange).asked
        if asked is not None and asked.kind in ("add", "update") and exchange.sent_json is not ABSENT:
            yield from (fault.kind for fault in faults_of(asked.kind, exchange.sent_json))


def told(broken: Sequence[Check]) -> str:
    """Return what is wrong, in words."""
    return ", ".join(f"{check.path} ({check.got})" for check in broken)


def _kind(value: Any) -> str:
    match value:
        case str() | list() | dict():
            return type(value).__name__ if value else f"empty {type(value).__name__}"
        case bool():
            return str(value)
        case _:
            return "nothing" if value is LEFT_OUT else type(value).__name__
