"""Fixture files: the credentials of one account and of its teams, as JSON.

    {"credentials": [BODY, ...], "teams": {"team-id": [BODY, ...]}}

A BODY is one of Add registry and has to meet its constraints; its `createdAt` and `updatedAt`, if given, are kept.
"""

from __future__ import annotations

import codecs
import difflib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from emulator import codec, contract
from emulator.behaviour import DEFAULT, Behaviour
from emulator.clock import parse_rfc3339
from emulator.errors import (
    FixtureProblem,
    InvalidFixtureError,
    InvalidJSONError,
    InvalidRequestError,
    InvalidSettingError,
    Violation,
)
from emulator.namespace import Namespace
from emulator.schemas import BodyReader, RegistryCreateSchema
from emulator.seeding.filling import put
from emulator.seeding.places import line_of, lines_of
from emulator.slugs import slugify
from emulator.store import Account, Store

FIXTURES: Final = (
    "empty",
    "one-of-each-provider",
    "every-field",
    "three-pages",
    "restricted-projects",
    "teams",
    "unicode-names",
)
"""The named fixtures; each is `fixtures/NAME.json`."""

_FORMAT: Final = "format of fixture files"
_KEYS: Final = ("credentials", "teams")


def available() -> list[str]:
    """Return the names of the fixtures that come with the program."""
    return list(FIXTURES)


def load_account(
    name_or_path: str, store: Store, *, behaviour: Behaviour = DEFAULT, setting: str = "--fixture"
) -> Account:
    """Return an account that holds a named fixture or what a file holds, and is not in the store yet.

    Args:
        name_or_path: one of `available()`, else the path of a file.
        store: its clock gives the times that the fixture leaves open.
        behaviour: the reading in force; see `read_account`.
        setting: who asked for it, for messages.

    Raises:
        InvalidFixtureError: the file is broken; names everything that is wrong with it.
        InvalidSettingError: there is neither a fixture nor a file of that name, or it cannot be read.
    """
    if name_or_path in FIXTURES:
        return load_named(name_or_path, store, behaviour=behaviour, setting=setting)
    try:
        data = Path(name_or_path).read_bytes()
    except OSError as error:
        problem = f"cannot read {name_or_path!r}: {error.strerror}; named fixtures are {_listed(name_or_path)}"
        raise InvalidSettingError(setting, problem) from None
    return _parse(name_or_path, data, store, behaviour, setting)


def load_named(name: str, store: Store, *, behaviour: Behaviour = DEFAULT, setting: str = "fixture") -> Account:
    """Return an account that holds a named fixture; for callers that may not read files. Else as `load_account`."""
    if name not in FIXTURES:
        raise InvalidSettingError(setting, f"{name!r} is no fixture; there are {_listed(name)}")
    data = contract.find(f"fixtures/{name}.json").read_bytes()
    return _parse(f"fixtures/{name}.json", data, store, behaviour, setting)


def read_account(
    source: str, content: object, store: Store, *, behaviour: Behaviour = DEFAULT, setting: str = "--fixture"
) -> Account:
    """Return an account that holds what a fixture file with this JSON would.

    Args:
        source: where `content` is from, for messages.
        content: a JSON value of any kind.
        store: its clock gives the times that are left open.
        behaviour: the reading in force. Stored credentials have to meet what is documented; of the readings only
            `credentials-required` counts, as the documentation contradicts itself there.
        setting: who asked for it, for messages.

    Raises:
        InvalidFixtureError: names everything that is wrong, by path; it never repeats a value.
    """
    account = store.new_account()
    # Refused here, whatever a request may do: an unknown key in a file is a slip of the pen.
    strict = replace(DEFAULT, unknown_fields="reject")
    if behaviour.credentials_required != DEFAULT.credentials_required:
        strict = replace(strict, credentials_required="never")
    problems = list(_read(account, content, BodyReader(RegistryCreateSchema(strict))))
    if problems:
        raise InvalidFixtureError(setting, source, problems)
    return account


def _parse(source: str, data: bytes, store: Store, behaviour: Behaviour, setting: str) -> Account:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        content = codec.loads(data)
    except InvalidJSONError:
        raise InvalidFixtureError(setting, source, [_syntax_problem(data)]) from None
    try:
        return read_account(source, content, store, behaviour=behaviour, setting=setting)
    except InvalidFixtureError as error:
        lines = lines_of(data.decode("utf-8"))
        problems = [problem._replace(line=line_of(problem.path, lines)) for problem in error.problems]
        problems.sort(key=lambda problem: problem.line or 0)
        raise InvalidFixtureError(setting, source, problems) from None


def _syntax_problem(data: bytes) -> FixtureProblem:
    line, message = 1, "Nested too deep, or not JSON: NaN, Infinity and half surrogate pairs are none."
    try:
        json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line, message = data.count(b"\n", 0, error.start) + 1, "Not UTF-8; save it as UTF-8."
    except json.JSONDecodeError as error:
        line, message = error.lineno, f"Not JSON: {error.msg} (column {error.colno})."
    except RecursionError:
        pass
    return FixtureProblem("", _FORMAT, message, line)


def _read(account: Account, content: object, reader: BodyReader) -> Iterator[FixtureProblem]:
    """Fill `account` and yield what is wrong."""
    if not isinstance(content, dict):
        yield FixtureProblem("", _FORMAT, 'Must be an object, such as {"credentials": [...], "teams": {...}}.')
        return
    for key in content:
        if key not in _KEYS:
            yield FixtureProblem(key, _FORMAT, _unknown_key(key, _KEYS))
    yield from _read_list(account.own, content.get("credentials", []), "credentials", reader)
    teams = content.get("teams", {})
    if not isinstance(teams, dict):
        yield FixtureProblem("teams", _FORMAT, 'Must be an object of arrays, such as {"team-id": [...]}.')
        return
    for team, bodies in teams.items():
        if not team:
            yield FixtureProblem("teams", _FORMAT, "A team id has at least one character.")
        yield from _read_list(account.namespace(team, create=True), bodies, f"teams.{team}", reader)


def _read_list(namespace: Namespace, bodies: object, path: str, reader: BodyReader) -> Iterator[FixtureProblem]:
    if not isinstance(bodies, list):
        yield FixtureProblem(path, _FORMAT, "Must be an array of bodies of Add registry.")
        return
    places: dict[str, str] = {}
    for index, body in enumerate(bodies):
        here = f"{path}[{index}]"
        problems = [*_body_problems(body, here, reader), *_time_problems(body, here)]
        if isinstance(body, dict) and all(problem.path not in {here, f"{here}.name"} for problem in problems):
            first = places.setdefault(slugify(body["name"]), here)
            if first != here:
                message = f"Its id, the slug of the name, is that of {first}."
                problems.append(FixtureProblem(f"{here}.name", "add.duplicate-name", message))
        if not problems:
            put(namespace, body)
        yield from problems


def _body_problems(body: object, here: str, reader: BodyReader) -> Iterator[FixtureProblem]:
    try:
        reader.read(body)
    except InvalidRequestError as error:
        for violation in error.violations:
            path = here if violation.rule == "add.body.type" else f"{here}.{violation.path}"
            yield FixtureProblem(path, violation.rule, _message(violation, reader.members))


def _time_problems(body: object, here: str) -> Iterator[FixtureProblem]:
    if not isinstance(body, dict):
        return
    times = {}
    for member in ("createdAt", "updatedAt"):
        if isinstance(body.get(member), str):
            try:
                times[member] = parse_rfc3339(body[member])
            except ValueError:
                message = "Must be an RFC 3339 time of the years 1970 to 9999, such as 2026-01-31T08:30:00Z."
                yield FixtureProblem(f"{here}.{member}", _FORMAT, message)
    if len(times) == 2 and times["updatedAt"] < times["createdAt"]:
        yield FixtureProblem(f"{here}.updatedAt", _FORMAT, "Must not be before createdAt.")


def _message(violation: Violation, members: Mapping[str, Any]) -> str:
    if violation.rule != "common.unknown-fields":
        return violation.message
    *parents, key = violation.path.split(".")
    for parent in parents:
        inner = members.get(parent)
        members = inner if isinstance(inner, Mapping) else members
    return _unknown_key(key, members)


def _unknown_key(key: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"Unknown key; there are {', '.join(known)}." + (f" Did you mean {close[0]}?" if close else "")


def _listed(name: str) -> str:
    close = difflib.get_close_matches(name, FIXTURES, n=1)
    return ", ".join(FIXTURES) + (f" (did you mean {close[0]}?)" if close else "")
