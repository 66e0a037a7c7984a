"""Judges whether there is what there should be, and keeps what later answers are judged by."""

from __future__ import annotations

from typing import Final

from emulator.conformance.case import Asked, Case
from emulator.conformance.comparing import same, value_at
from emulator.conformance.memory import Place
from emulator.conformance.model import ANYTHING, UPDATABLE, Known, documented
from emulator.conformance.names import slug

_NOT_FOUND: Final = (404, 410)
_UNKNOWN: Final = "common.registry.unknown"
_WORDS: Final = {
    "delete.final": "a refusal, as it was deleted",
    "common.teams": "a refusal, as it is in another team or in none",
    "common.isolation": "a refusal, as it is in another account",
    _UNKNOWN: "a refusal, as there never was such an id",
}


def judge(case: Case) -> None:
    """Judge what the status says of the id that was asked for, before the model has taken the exchange into account."""
    asked = case.asked
    if asked is None:
        return
    if asked.id is None:
        if asked.kind == "add":
            _note_addition(case, asked)
        return
    living = case.find(asked.place, asked.id)
    if living is not None:
        _judge_presence(case, asked, living)
    elif asked.place is not None:
        _judge_absence(case, asked.kind, asked.place, asked.id)
    if asked.kind in ("update", "delete"):
        _note_write(case, asked, living)


def stranger(case: Case, place: Place, identifier: str) -> str | None:
    """Return the rule by which there should be nothing under an id in a place, None if that cannot be said."""
    model, (account, team) = case.session.model, place
    in_doubt = (place, identifier) in case.memory.lost or (place, identifier) in case.memory.gone
    if in_doubt or model.find(identifier, team, account) is not None:
        return None
    if model.deleted(identifier, team, account) is not None:
        return "delete.final"
    if any(known.id == identifier.lower() != identifier for known in model.everything):
        return None  # whether capitals count in an id is not documented
    elsewhere = [known for known in model.everything if known.id == identifier]
    if any(known.account is account for known in elsewhere):
        return "common.teams"
    if elsewhere:
        return "common.isolation"
    return _UNKNOWN if case.session.names.ours(identifier) else None


def _judge_absence(case: Case, kind: str, place: Place, identifier: str) -> None:
    rule = stranger(case, place, identifier)
    if rule is None:
        return
    if kind == "delete" and rule == "delete.final" and (case.exchange.ok or case.exchange.status in _NOT_FOUND):
        case.choose("delete.repeated", "success" if case.exchange.ok else "unknown")
        if case.exchange.ok and case.session.verdicts.of("delete.repeated").settled == "success":
            return  # a profile has it like that
    if case.exchange.succeeded:
        case.differ(rule, _WORDS[rule], case.exchange.outcome)
    elif case.exchange.status in _NOT_FOUND:
        case.agree(rule)
        if rule != _UNKNOWN:
            case.agree(_UNKNOWN)


def _judge_presence(case: Case, asked: Asked, living: Known) -> None:
    seen = case.memory.of(living)
    if asked.kind == "get" and case.exchange.ok and seen.missed:
        seen.missed = False
        expected = f"{living.id} is found whenever it is asked for"
        case.differ("get.response.same-as-add", expected, "it is there, and was not found before")
    if case.exchange.status not in _NOT_FOUND or case.is_limited or ANYTHING in living.uncertain:
        return
    if ((living.account, living.team), living.id) in case.memory.gone:
        return
    seen.missed = asked.kind == "get"
    if seen.refused:
        rule = "common.rejected-changes-nothing"
    elif asked.kind == "get":
        rule = "get.response.same-as-add"
    else:
        rule = "update.modify-route" if asked.modify else f"{asked.kind}.response.status"
    case.differ(rule, f"success, as {living.id} is there", case.exchange.outcome)


def _note_addition(case: Case, asked: Asked) -> None:
    sent = case.exchange.sent_json
    name = sent.get("name") if isinstance(sent, dict) else None
    if not isinstance(name, str) or asked.place is None:
        return
    if case.exchange.refused:
        there = case.find(asked.place, slug(name))
        if there is not None:
            case.memory.of(there).refused = True
    elif not case.exchange.succeeded:
        case.memory.lost.add((asked.place, slug(name)))


def _note_write(case: Case, asked: Asked, living: Known | None) -> None:
    if case.exchange.refused:
        # Wherever it lives: a write to another team's or account's may have reached it all the same.
        for known in case.session.model.everything:
            if known.id == asked.id:
                case.memory.of(known).refused = True
    elif asked.place is None or asked.id is None:
        return
    elif asked.kind == "delete":
        case.memory.deletions[asked.place] = case.memory.deletions.get(asked.place, 0) + 1
        if not case.exchange.succeeded:
            case.memory.gone.add((asked.place, asked.id))
    elif living is not None:
        _note_update(case, living)


def _note_update(case: Case, living: Known) -> None:
    seen, sent = case.memory.of(living), case.exchange.sent_json
    seen.updates += 1
    seen.given_times |= isinstance(sent, dict) and not {"createdAt", "updatedAt"}.isdisjoint(sent)
    given = {name: value for name, value in documented(sent).items() if name in UPDATABLE}
    leaves = set(_leaves(given)) if given else set()
    seen.changed |= leaves
    # Whether an update that changes nothing has to move the time of update is anybody's guess.
    changes = any(not same(value_at(given, leaf), value_at(living.expected, leaf)) for leaf in leaves)
    if case.exchange.succeeded and changes:
        seen.changes += 1
        seen.last_change = case.memory.now() - case.exchange.seconds


def _leaves(value: object, path: str = "") -> list[str]:
    if not isinstance(value, dict) or not value:
        return [path]
    return [leaf for name, inner in value.items() for leaf in _leaves(inner, f"{path}.{name}" if path else name)]
