"""A profile: what was learnt of a target, for the emulator to do the same.

A file in TOML, small enough to be read in a review: for each rule that was settled its choice, when that was seen and
a digest of the exchange that shows it; and how the target words its errors, by kind of failure.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from emulator import contract
from emulator.behaviour import DEFAULT, Behaviour
from emulator.errors import InvalidSettingError

FORMAT: Final = 1
KEPT: Final = "kept"
"""The choice of a rule without alternatives that the target keeps."""
LEARNT: Final = "learnt"
"""The choice of a rule on how failures are told, where the target has other words or statuses: `errors` has them."""
TOLD_BY_ERRORS: Final = frozenset(
    {
        *("common.error.statuses", "common.error.ids", "common.error.details", "common.constraint-status"),
        *("common.route.unknown", "common.route.method", "common.body.size"),
    }
)
"""Rules that can be `learnt`."""

KINDS: Final = (
    *("constraint", "parameter", "page-range", "repeated-parameter", "page-and-cursor", "page-beyond-last", "cursor"),
    *("empty-update", "json", "duplicate-key", "content-type", "no-content-type", "too-large"),
    *("token", "permission", "unknown-id", "unknown-route", "method", "name-taken", "malformed"),
)
"""The kinds of failure whose telling can be learnt."""
OF_CONSTRAINTS: Final = frozenset(KINDS[:8])
"""Those that have the status of failed constraints, unless they were learnt to have another."""
DETAILS: Final = ("absent", "lists", "texts", "entries")
"""The forms of error.details: none; path to messages; path to one message; a list of objects, one a message."""
PLACEHOLDERS: Final = ("field", "fields", "id", "methods")
"""What a message can have filled in: a field at fault, all of them, the id that was asked for, the methods."""

_WORD: Final = re.compile(r"[!-~]{1,80}")
_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_PATH: Final = re.compile(r"[A-Za-z_][A-Za-z_.-]{0,60}")
_MESSAGE: Final = re.compile(rf"(?:[^{{}}\x00-\x1f\x7f-\x9f\u2028\u2029]|\{{(?:{'|'.join(PLACEHOLDERS)})\}}){{1,500}}")


@dataclass(frozen=True, slots=True)
class Settled:
    """What was learnt of one rule: its choice, the day, and a digest of the exchange that shows it."""

    choice: str
    date: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """How one kind of failure is told; None is what was not learnt, and told as without a profile.

    Attributes:
        status: the HTTP status.
        id: the word `error.id`.
        message: `error.message`, with placeholders such as `{fields}`.
        details: one of DETAILS.
        entries: in the form `entries`, the members that hold the path and the message; None is field and message.
        fields: the paths in the details, where they are the same for every such failure.
    """

    status: int | None = None
    id: str | None = None
    message: str | None = None
    details: str | None = None
    entries: tuple[str, str] | None = None
    fields: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What was learnt of one target, `target` being its host; rules by id, errors by kind of failure."""

    target: str
    date: str
    version: str = ""
    rules: Mapping[str, Settled] = field(default_factory=lambda: MappingProxyType({}))
    errors: Mapping[str, ErrorShape] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def choices(self) -> dict[str, str]:
        """The switches that it settles."""
        switches = switch_of()
        return {switches[rule]: settled.choice for rule, settled in self.rules.items() if rule in switches}

    @property
    def choices_in_force(self) -> dict[str, str]:
        """The switches as the emulator can have them: what is learnt of failures only, `errors` has."""
        return {name: choice for name, choice in self.choices.items() if choice != LEARNT}

    @property
    def behaviour(self) -> Behaviour:
        """What the emulator does if it does as the target."""
        return DEFAULT.choose(self.choices_in_force)

    def in_force(self, behaviour: Behaviour) -> dict[str, Settled]:
        """Return the rules that it settles where `behaviour` does as it says: a switch may overrule it."""
        present, switches = behaviour.choices(), switch_of()
        return {
            rule: settled
            for rule, settled in self.rules.items()
            if rule not in switches or settled.choice in (LEARNT, present[switches[rule]])
        }

    def overruled(self, behaviour: Behaviour) -> list[str]:
        """Return the switches that stand otherwise in `behaviour`."""
        present = behaviour.choices()
        return [name for name, choice in self.choices.items() if choice not in (LEARNT, present[name])]


def read(setting: str, path: str) -> Profile:
    """Return the profile of a file.

    Raises:
        InvalidSettingError: it cannot be read, or is no profile; the message names the line or the key.
    """
    try:
        text = Path(path).read_text("utf-8")
    except OSError as error:
        raise InvalidSettingError(setting, f"cannot read {path!r}: {error.strerror}") from None
    except ValueError:
        raise InvalidSettingError(setting, f"{path!r} is not UTF-8") from None
    import tomllib  # a profile as JSON does without

    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettingError(setting, f"{path!r} is not TOML: {error}") from None
    found = parse(f"{setting}: {path}", content)
    for rule, settled in found.rules.items():
        switch = switch_of().get(rule)
        if switch is not None and found.choices[switch] != settled.choice:
            place = f"{setting}: {path}: rules.{rule}.choice"
            raise InvalidSettingError(place, f"is not that of the other rule of the switch {switch}")
    return found


def parse(source: str, content: object) -> Profile:
    """Return the profile of a document as TOML or JSON has it; `source` is what messages call it.

    Raises:
        InvalidSettingError: an unknown key, rule or choice, or a value of another kind.
    """
    top = _table(source, content, ("format", "target", "date", "version", "rules", "errors"))
    if top.get("format") != FORMAT or isinstance(top.get("format"), bool):
        raise InvalidSettingError(f"{source}: format", f"must be {FORMAT}, the one that this version reads")
    rules = _table(f"{source}: rules", top.get("rules", {}), tuple(settleable()))
    errors = _table(f"{source}: errors", top.get("errors", {}), KINDS)
    return Profile(
        target=_text(f"{source}: target", top.get("target"), _WORD, "the host that was asked, such as api.example.com"),
        date=_day(f"{source}: date", top.get("date")),
        version=_text(f"{source}: version", top.get("version", "-"), _WORD, "one word").removeprefix("-"),
        rules={rule: _settled(f"{source}: rules.{rule}", rule, entry) for rule, entry in sorted(rules.items())},
        errors={kind: _shape(f"{source}: errors.{kind}", entry) for kind, entry in sorted(errors.items())},
    )


def _settled(place: str, rule: str, entry: object) -> Settled:
    table = _table(place, entry, ("choice", "date", "evidence"))
    choice, known = table.get("choice"), settleable()[rule]
    if choice not in known:
        raise InvalidSettingError(f"{place}.choice", f"{choice!r} is not known; use {' or '.join(known)}")
    evidence = table.get("evidence")
    return Settled(
        choice,
        _day(f"{place}.date", table.get("date")),
        "" if "evidence" not in table else _text(f"{place}.evidence", evidence, _DIGEST, "sha256: and 64 digits"),
    )


def _day(place: str, value: object) -> str:
    what = "a day, such as 2026-11-24"
    day = _text(place, value, _DATE, what)
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise InvalidSettingError(place, f"must be {what}") from None


def _shape(place: str, entry: object) -> ErrorShape:
    table = _table(place, entry, tuple(ErrorShape.__slots__))
    for member, value in table.items():
        if value is None:
            raise InvalidSettingError(f"{place}.{member}", "must have a value; leave it out where nothing was learnt")
    status, details, message = table.get("status"), table.get("details"), table.get("message")
    if status is not None:
        status = _status(f"{place}.status", status)
    if details not in (None, *DETAILS):
        raise InvalidSettingError(f"{place}.details", f"{details!r} is not known; use {' or '.join(DETAILS)}")
    if message is not None:
        what = f"a text of one line; the braces there are: {', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}"
        message = _text(f"{place}.message", message, _MESSAGE, what)
    word = table.get("id")
    entries = _names(f"{place}.entries", table.get("entries"), 2) if "entries" in table else None
    return ErrorShape(
        status,
        None if word is None else _text(f"{place}.id", word, _WORD, "one word"),
        message,
        details,
        None if entries is None else (entries[0], entries[1]),
        _names(f"{place}.fields", table.get("fields")) if "fields" in table else None,
    )


def _status(place: str, value: object) -> int:
    """Return a status; JSON knows no difference between 404 and 404.0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 400 <= value <= 499 or value != int(value):
        raise InvalidSettingError(place, "must be a status from 400 to 499")
    return int(value)


def _names(place: str, value: object, length: int | None = None) -> tuple[str, ...]:
    fits = isinstance(value, list) and all(isinstance(name, str) and _PATH.fullmatch(name) for name in value)
    if not fits or not isinstance(value, list) or (length is not None and len(value) != length) or not value:
        raise InvalidSettingError(place, f"must be a list of {length or 'one or more'} names")
    return tuple(value)


def _text(place: str, value: object, pattern: re.Pattern[str], what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InvalidSettingError(place, f"must be {what}")
    return value


def _table(place: str, value: object, known: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidSettingError(place, "must be a table")
    for key in value:
        if key not in known:
            import difflib

            near = difflib.get_close_matches(str(key), known, n=3, cutoff=0.5) or list(known)[:6]
            raise InvalidSettingError(place, f"{str(key)[:80]!r} is not known; did you mean {' or '.join(near)}?")
    return value


@functools.cache
def settleable() -> Mapping[str, tuple[str, ...]]:
    """Return the rules that a profile may settle, with what each can be."""
    found: dict[str, tuple[str, ...]] = {}
    for rule in contract.load("contracts/rules.yaml")["rules"]:
        learnt = (LEARNT,) if rule["id"] in TOLD_BY_ERRORS else ()
        if "assumption" in rule:
            found[rule["id"]] = (*rule["alternatives"], *learnt)
        elif rule["basis"] == "assumed":
            found[rule["id"]] = (KEPT, *learnt)
    return found


@functools.cache
def switch_of() -> Mapping[str, str]:
    """Return the switches by the rules that carry them."""
    rules = contract.load("contracts/rules.yaml")["rules"]
    return {rule["id"]: rule["assumption"] for rule in rules if "assumption" in rule}
