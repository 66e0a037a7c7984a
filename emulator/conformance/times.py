"""Judges the times of credentials: that of creation stays, that of update moves with updates and with nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
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
_AHEAD: Final = 60_000
"""Milliseconds by which a time of update may be ahead of what has passed since the creation."""
_FINE: Final = 0.02
_COARSE: Final = 1.5
"""Seconds after which a clock with and one without fractions of a second has surely moved."""


def judge(case: Case, known: Known, data: Mapping[str, Any], kind: str) -> None:
    """Judge the times in an answer of `kind`, and keep them."""
    memory, seen = case.memory, case.memory.of(known)
    created, updated = _instant(data.get("createdAt")), _instant(data.get("updatedAt"))
    given = not {"createdAt", "updatedAt"}.isdisjoint(known.body)
    if given:
        _judge_given(case, known, created, updated)
    if seen.given_times or (created is None and updated is None):
        return
    now = Instants(created, updated, memory.now(), seen.updates, seen.changes)
    if not given:
        _note_clock(case, created, updated)
    if _is_recreated(case, seen, now, kind) or _is_touched(case, seen, now, kind):
        if kind != "list":  # what a list shows is held against the others, and never the other way round
            seen.by = {kind: now}
        return
    if not given:  # a target that takes them may have any
        _judge_move(case, seen, now, kind)
    before = seen.by.get(kind)
    if before is not None and before.updated == updated and now.changes > before.changes:
        # It did not move, perhaps as there was no time for it: it is held against when it was first shown.
        now = replace(now, at=before.at, changes=before.changes)
    seen.by[kind] = now


def _note_clock(case: Case, created: int | None, updated: int | None) -> None:
    memory = case.memory
    if created is not None:
        memory.instants.add(created)
    memory.fine = memory.fine or (updated is not None and updated % 1000 != 0)


def _judge_given(case: Case, known: Known, created: int | None, updated: int | None) -> None:
    """Judge whether the target takes the times that a request gave."""
    pairs = [(_instant(known.body.get("createdAt")), created)]
    if not case.memory.of(known).updates:
        pairs.append((_instant(known.body.get("updatedAt")), updated))
    compared = [one == other for one, other in pairs if one is not None and other is not None]
    if compared and (all(compared) or not any(compared)):
        case.choose(_GIVEN, "take" if all(compared) else "ignore")
    elif compared:
        case.choose(_GIVEN, None, "Of the times that a request gives one is taken, and the other is not.")


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
        _judge_present(case, seen, now)
        return
    moved = seen.last_change - at > (_FINE if case.memory.fine else _COARSE) and len(case.memory.instants) > 1
    if before - now.updated > _SKEW or (now.updated == before and moved):
        case.differ(_MOVES, f"updatedAt moves on from {rfc3339(before)}", rfc3339(now.updated))


def _judge_present(case: Case, seen: Seen, now: Instants) -> None:
    """Judge that an update sets the time of update to the present, as the target's own clock has it."""
    created = next((one.created for one in seen.by.values() if one.created is not None), now.created)
    if created is None or now.updated is None:
        return
    latest = created + int((now.at - seen.born) * 1000) + _AHEAD
    if now.updated > latest:
        case.differ(_MOVES, f"updatedAt is set to the present time, before {rfc3339(latest)}", rfc3339(now.updated))
    else:
        case.agree(_MOVES)


def _earlier(seen: Seen, kind: str) -> Iterator[tuple[Instants, int]]:
    """Yield the times that were shown before, with by how many milliseconds the same time may differ from them."""
    for other in {"list": ("list", "get", "add"), "get": ("get", "add")}.get(kind, ()):
        if other in seen.by:
            yield seen.by[other], 0 if other == kind else _ROUNDING


def _rule(seen: Seen, kind: str) -> str:
    return "common.rejected-changes-nothing" if seen.refused else _RULES[kind]


def _instant(value: Any) -> int | None:
    try:
        return parse_rfc3339(value) if isinstance(value, str) else None
    except ValueError:
        return None
