"""Judges what add and get answer of credentials: its form, and whether it is what was given."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from emulator.conformance import shapes, times
from emulator.conformance.case import Case
from emulator.conformance.comparing import TIMES, Difference, How, differences, undocumented, value_at
from emulator.conformance.exchange import ABSENT, Exchange
from emulator.conformance.memory import Seen
from emulator.conformance.model import Known
from emulator.conformance.names import slug
from emulator.conformance.secrecy import without_secrets
from emulator.conformance.shapes import shown

if TYPE_CHECKING:
    from emulator.conformance.session import Session

EVERYTHING: Final = "body"
"""In what is excused: the body as a whole."""
_UNCHANGED: Final = "common.rejected-changes-nothing"
_ALONE: Final = "update.touches-only-named"
_GIVEN: Final = "add.response.given-fields"
_GOT: Final = "get.response.same-as-add"
_SLUG: Final = "add.response.id.slug"
_TAKEN: Final = "add.duplicate-name"


def excused_by(body: Any) -> frozenset[str]:
    """Return which places of an answer follow from a body that should have been refused: they say nothing of it."""
    if body is ABSENT:
        return frozenset({EVERYTHING})
    broken = {check.path for check in shapes.body_of_add().broken(body) if not check.rule.endswith(".conditional")}
    return frozenset(broken | ({"id"} if "name" in broken else set()))


def judge_data(case: Case, data: Any) -> None:
    """Judge the form of the data that add or get answered."""
    asked = case.asked
    if asked is not None and asked.kind == "add":
        _judge_taken(case, data)
        _judge_form(case, data, excused_by(case.exchange.sent_json))
    elif asked is not None:
        known = case.find(asked.place, asked.id)
        # Somebody else's may be older than the documentation.
        if known is not None or case.session.names.ours(asked.id):
            _judge_form(case, data, excused_by(known.body) if known else frozenset())
        _judge_presence_of_times(case, data)


def _judge_form(case: Case, data: Any, excused: frozenset[str]) -> None:
    for check in shapes.data_of_answer().checks(data):
        if check.good:
            case.agree(check.rule)
        elif check.path not in excused and EVERYTHING not in excused:
            case.differ(check.rule, check.expected, check.got)


def _judge_presence_of_times(case: Case, data: Any) -> None:
    missing = [name for name in TIMES if not isinstance(data, dict) or name not in data]
    if missing:
        case.differ("get.response.timestamps", "createdAt and updatedAt", f"no {' and no '.join(missing)}")
    else:
        case.agree("get.response.timestamps")


def judge_added(session: Session, exchange: Exchange, known: Known) -> None:
    """Judge whether the answer of add is what was given; `known` is what came of it."""
    case, data = Case(session, exchange), _data(exchange)
    if data is None:
        return
    seen, excused = case.memory.of(known), excused_by(known.body)
    seen.data, seen.born = data, case.memory.now()
    seen.doubtful = _has_repeated_keys(exchange.sent) or EVERYTHING in excused
    if seen.doubtful:
        return
    found = without_secrets(case, _GIVEN, known, data, differences(known, data, but=excused))
    for difference in found:
        seen.told[difference.path] = value_at(data, difference.path)
        case.differ(_GIVEN, difference.expected, difference.got)
    if not found:
        case.agree(_GIVEN)
    if "id" not in excused:
        _judge_slug(case, known)
    answered = [name for name in TIMES if name in data]
    choice = {0: "omit", len(TIMES): "return"}.get(len(answered))
    case.choose("add.timestamps", choice, f"The answer of add has {' '.join(answered)} alone.")
    _judge_other_fields(case, known, data)
    times.judge(case, known, data, "add")


def judge_got(session: Session, exchange: Exchange, known: Known) -> None:
    """Judge whether the answer of get is what was given, with the updates that were made since."""
    case, data = Case(session, exchange), _data(exchange)
    if data is None:
        return
    seen = case.memory.of(known)
    if not seen.doubtful:
        _judge_fields(case, known, data, seen)
        _judge_other_fields(case, known, data)
        times.judge(case, known, data, "get")
    seen.data = data
    seen.changed.clear()
    seen.refused = False


def _judge_fields(case: Case, known: Known, data: Mapping[str, Any], seen: Seen) -> None:
    found = differences(known, data, but=excused_by(known.body))
    if data.get("id") != known.id:
        found.append(Difference("id", How.CHANGED, f"the id that was asked for, {known.id}", shown(data.get("id"))))
    found = [difference for difference in found if not is_told(seen, difference, data)]
    if case.is_limited:
        found = [difference for difference in found if not difference.is_secret_left_out]
    else:
        found = without_secrets(case, _GOT, known, data, found)
    for difference in found:
        seen.told[difference.path] = value_at(data, difference.path)
        # What belongs to another id is nothing that an update did, or what was refused.
        rule = blamed(seen, difference.path, _GOT) if data.get("id") == known.id else _GOT
        case.differ(rule, difference.expected, difference.got)
    if found:
        return
    case.agree(_GOT)
    if seen.changed:
        case.agree(_ALONE)
    if seen.refused:
        case.agree(_UNCHANGED)


def blamed(seen: Seen, path: str, rule: str) -> str:
    """Return the rule that a difference at a place speaks against: `rule`, unless what was sent since says more."""
    if seen.changed:
        named = any(f"{path}.".startswith(f"{one}.") or f"{one}.".startswith(f"{path}.") for one in seen.changed)
        return rule if named else _ALONE
    return _UNCHANGED if seen.refused else rule


def is_told(seen: Seen, difference: Difference, data: Mapping[str, Any]) -> bool:
    """Return whether a difference was found before, and is what it was."""
    return difference.path in seen.told and seen.told[difference.path] == value_at(data, difference.path)


def _judge_slug(case: Case, known: Known) -> None:
    expected, place = slug(str(known.name)), (known.account, known.team)
    if known.id == expected:
        case.agree(_SLUG)
    elif (place, expected) in case.memory.lost:
        return  # the name may be taken by what was not answered
    elif case.session.model.deleted(expected, known.team, known.account) is not None:
        return  # whether the names of what was deleted are free again is a rule of its own
    elif case.find(place, expected) is None:
        case.differ(_SLUG, f"the id {expected}, the slug of {shown(known.name)}", shown(known.id))
    elif re.fullmatch(re.escape(expected[:30]) + r".*-[0-9]+", known.id):
        case.choose(_TAKEN, "suffix")
    else:
        case.choose(_TAKEN, None, f"A name that is taken gets another id: {shown(known.id)} for {shown(known.name)}.")


def _judge_taken(case: Case, data: Any) -> None:
    """Judge that no two have one id: what was added first could not be read any more."""
    identifier = data.get("id") if isinstance(data, dict) else None
    there = case.find(case.asked.place, identifier) if case.asked else None
    if there is None:
        return
    case.choose(_TAKEN, None, "New credentials get the id of those that are there already.")
    sent = case.exchange.sent_json
    if isinstance(sent, dict) and sent != there.body and not excused_by(sent):
        expected = f"a refusal, or another id than {identifier}, which other credentials have already"
        case.differ(_GOT, expected, "status 200 and that id")


def _judge_other_fields(case: Case, known: Known, data: Mapping[str, Any]) -> None:
    sent, answered = set(undocumented(known.body)), set(undocumented(data))
    others = sorted(answered - sent)
    if others:
        words = f"Answers have fields that the page does not list: {', '.join(others[:5])}."
        case.choose("add.response.no-other-fields", None, words)
    else:
        case.agree("add.response.no-other-fields")
    if sent & answered:
        case.choose("common.unknown-fields", None, "Fields that no page lists are stored and returned.")
    elif sent:
        case.choose("common.unknown-fields", "ignore")


def _data(exchange: Exchange) -> dict[str, Any] | None:
    match exchange.answer:
        case {"data": dict(data)}:
            return data
    return None


def _has_repeated_keys(sent: bytes | None) -> bool:
    repeated = False

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) < len(pairs)
        return found

    try:
        json.loads(sent or b"", object_pairs_hook=look)
    except (ValueError, RecursionError):
        return False
    return repeated
