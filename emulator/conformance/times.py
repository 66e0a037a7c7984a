"""Judges the times of credentials: that of creation stays, that of update moves with updates and with nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from emulator.clock import parse_rfc3339, rfc3339
from emulator.conformance.case import Case
from emulator.conformance.memory import Instants, Seen
from emulator.conformance.model import Known

_MOVES: Final = "update.updatedAt.moves"
_GIVEN: Final = "add.request-timestamps"
_RULES: Final = {
    "get": "get.response.same-as-add",
    "list": "list.response.item.fields",
    "add": "add.response.given-fields",
}
_ROUNDING: Final = 1000
"""Milliseconds by which two operations may show one time differently, as one of them may round."""
_SKEW: Final = 5000
"""Milliseconds by which the clocks of a target's machines may differ."""
_FINE: Final = 0.02
_COARSE: Final = 1.5
"""Seconds after which a clock with and one without fractions of a second has surely moved."""


def judge(case: Case, known: Known, data: Mapping[str, Any], kind: str) -> None:
    """Judge the times in an answer of `kind`, and keep them."""
    memory, seen = case.memory, case.memory.of(known)
    created, updated = _instant(data.get("createdAt")), _instant(data.get("updatedAt"))
    if not {"createdAt", "updatedAt"}.isdisjoint(known.body):
        _judge_given(case, known, created, updated)
        return
    if seen.given_times or (created is None and updated is None):
        return
    now = Instants(created, updated, memory.now(), seen.updates, seen.changes)
    if created is not None:
        memory.instants.add(created)
    if updated is not None:
        memory.fine = memory.fine or updated % 1000 != 0
    if _is_recreated(case, seen, now, kind) or _is_touched(case, seen, now, kind):
        seen.by.clear()
    else:
        _judge_move(case, seen, now, kind)
    seen.by[kind] = now


def _judge_given(case: Case, known: Known, created: int | None, updated: int | None) -> None:
    """Judge whether the target takes the times that a request gave."""
    pairs = ((_instant(known.body.get("createdAt")), created), (_instant(known.body.get("updatedAt")), updated))
    compared = [one == other for one, other in pairs if one is not None and other is not None]
    if any(compared):
        case.choose(_GIVEN, None, "The times that a request gives are taken.")
    elif compared:
        case.agree(_GIVEN)


def _is_recreated(case: Case, seen: Seen, now: Instants, kind: str) -> bool:
    """Judge that the time of creation stays; return whether it did not."""
    for earlier, tolerance in _earlier(seen, kind):
        if earlier.created is None or now.created is None or abs(now.created - earlier.created) <= tolerance:
            continue
        rule = _MOVES if now.updates > earlier.updates else _rule(seen, kind)
        case.differ(rule, f"createdAt stays {rfc3339(earlier.created)}", rfc3339(now.created))
        return True
    return False


def _is_touched(case: Case, seen: Seen, now: Instants, kind: str) -> bool:
    """Judge that the time of update stays without an update; return whether it did not."""
    for earlier, tolerance in _earlier(seen, kind):
        if earlier.updates < now.updates or earlier.updated is None or now.updated is None:
            continue
        if abs(now.updated - earlier.updated) > tolerance:
            expected = f"updatedAt stays {rfc3339(earlier.updated)} without an update"
            case.differ(_rule(seen, kind), expected, rfc3339(now.updated))
            return True
    return False


def _judge_move(case: Case, seen: Seen, now: Instants, kind: str) -> None:
    """Judge that the time of update moves on with an update."""
    if now.updated is None:
        return
    earlier = next((one for one, _ in _earlier(seen, kind) if one.updated is not None), None)
    before, at, changes = (
        (now.created, seen.born, 0) if earlier is None else (earlier.updated, earlier.at, earlier.changes)
    )
    if before is None or now.changes == changes:
        return
    if now.updated > before:
        case.agree(_MOVES)
        return
    moved = seen.last_change - at > (_FINE if case.memory.fine else _COARSE) and len(case.memory.instants) > 1
    if before - now.updated > _SKEW or (now.updated == before and moved):
        case.differ(_MOVES, f"updatedAt moves on from {rfc3339(before)}", rfc3339(now.updated))


def _earlier(seen: Seen, kind: str) -> Iterator[tuple[Instants, int]]:
    """Yield the times that were shown before, with by how many milliseconds the same time may differ from them."""
    for other in (kind, *(name for name in _RULES if name != kind)):
        if other in seen.by:
            yield seen.by[other], 0 if other == kind else _ROUNDING


def _rule(seen: Seen, kind: str) -> str:
    return "common.rejected-changes-nothing" if seen.refused else _RULES[kind]


def _instant(value: Any) -> int | None:
    try:
        return parse_rfc3339(value) if isinstance(value, str) else None
    except ValueError:
        return None
