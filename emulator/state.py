"""Everything that is stored as one JSON document, out and in.

    {"format": "northflank-emulator-state", "version": 1, "template": ACCOUNT, "accounts": {"name": ACCOUNT, ...}}

An ACCOUNT is `{"credentials": [...], "teams": {"team-id": [...], ...}}`, and each credential is what get answers: id,
fields, `createdAt`, `updatedAt`. The template is what an account starts as on its first use. Secrets are in it, since
it has to put back exactly what was there: nothing here logs or shows any part of it.

Where ids of deleted credentials are remembered (assumptions deleted-name and repeated-delete), the account has them
too, as `"deleted": {"credentials": ["id", ...], "teams": {"team-id": ["id", ...]}}`; else there is no such member.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeAlias

from emulator import codec, patterns
from emulator.behaviour import DEFAULT
from emulator.clock import parse_rfc3339
from emulator.errors import InvalidRequestError, InvalidStateError
from emulator.models import Document
from emulator.namespace import Namespace
from emulator.records import Times, full
from emulator.schemas import BodyReader, RegistryCreateSchema
from emulator.slugs import MAX_ID_LENGTH
from emulator.store import Account, Store

MIN_ID_LENGTH: Final = 3
FORMAT: Final = "northflank-emulator-state"
VERSION: Final = 1

_MEMBERS: Final = ("format", "version", "template", "accounts")
_ACCOUNT_MEMBERS: Final = ("credentials", "teams")
_DELETED: Final = "deleted"
_MISSING: Final = object()
_TIME: Final = "a time in RFC 3339, such as 2026-11-24T12:00:00Z"
_ROWS_A_CHUNK: Final = 500
_TOLD: Final = 20
"""Problems that an error spells out; the others are counted."""

# A state is put back under any reading, and may have come about under any: an update can leave an integrationId without
# a password, for one. So only what no switch can change is asked.
_AS_STORED: Final = replace(DEFAULT, credentials_required="never")


_Deleted: TypeAlias = tuple[Collection[str], Sequence[tuple[str, Collection[str]]]]
_Rows: TypeAlias = tuple[list[bytes], Sequence[tuple[str, list[bytes]]], _Deleted | None]
"""Rows of an account's own, and of its teams by name, and the remembered ids in the same way, if there are any; plain,
because there may be 100,000 accounts."""


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot:
    """What a store holds at one moment: lists of rows, which never change, so that a thread can render it."""

    template: _Rows
    accounts: list[tuple[str, _Rows]]


class Content(NamedTuple):
    """What a state document says: the arguments of `Store.replace`."""

    template: Account
    accounts: dict[str, Account]


def snapshot(store: Store, account: str | None = None) -> Snapshot:
    """Return what is stored now, or of the accounts only one, if it is in use.

    100,000 credentials take 3 ms in one account, 20 in 1,000, 200 in 100,000.
    """
    accounts = store.accounts
    if account is not None:
        accounts = {account: accounts[account]} if account in accounts else {}
    return Snapshot(_rows(store.template), [(name, _rows(held)) for name, held in accounts.items()])


def render(moment: Snapshot) -> Iterator[bytes]:
    """Yield the state document in pieces, one credential a line; 100,000 take 70 ms, 1,000,000 take 0.8 s."""
    yield b'{"format":"%s","version":%d,\n"template":' % (FORMAT.encode("ascii"), VERSION)
    yield from _account_text(moment.template)
    yield b',\n"accounts":{'
    separator = b"\n"
    for name, rows in moment.accounts:
        yield separator + _name(name)
        yield from _account_text(rows)
        separator = b",\n"
    yield b"}}\n"


def restore(store: Store, content: object) -> None:
    """Put what a state document says in place of everything that is stored; all of it or, if it raises, nothing.

    Args:
        store: where to.
        content: the parsed document, as `codec.loads` gives it. 100,000 credentials take 1.2 s, 1,000,000 take 12 s.

    Raises:
        InvalidStateError: names the place, field and rule of what is wrong.
    """
    store.replace(*read(store, content))


def read(store: Store, content: object) -> Content:
    """Return accounts with what a state document says, none of them stored yet; may run in a thread.

    Raises:
        InvalidStateError: as `restore`.
    """
    return _Reader(store).read(content)


def _rows(account: Account) -> _Rows:
    teams = [(name, team.rows()) for name, team in account.teams.items()] if account.teams else ()
    return account.own.rows(), teams, _deleted(account)


def _deleted(account: Account) -> _Deleted | None:
    own = account.own.remembered()
    teams = [(name, ids) for name, team in account.teams.items() if (ids := team.remembered())]
    return (own, teams) if own or teams else None


def _account_text(rows: _Rows) -> Iterator[bytes]:
    yield b'{"credentials":['
    own, teams, deleted = rows
    yield from _list_text(own)
    yield b'],"teams":{'
    separator = b""
    for name, team in teams:
        yield separator + _name(name) + b"["
        yield from _list_text(team)
        yield b"]"
        separator = b","
    yield b"}"
    if deleted is not None:
        ids, by_team = deleted
        yield b',"deleted":{"credentials":' + codec.dumps(sorted(ids)) + b',"teams":{'
        yield b",".join(_name(name) + codec.dumps(sorted(gone)) for name, gone in by_team)
        yield b"}}"
    yield b"}"


def _list_text(rows: list[bytes]) -> Iterator[bytes]:
    separator = b"\n"
    for first in range(0, len(rows), _ROWS_A_CHUNK):
        yield separator + b",\n".join(map(full, rows[first : first + _ROWS_A_CHUNK]))
        separator = b",\n"


def _name(name: str) -> bytes:
    # UTF-8 cannot write half a surrogate pair, which no name should have: better a `?` than no state at all.
    return codec.dumps(name.encode("utf-8", "replace").decode("utf-8")) + b":"


class _Reader:
    """Reads one document, and goes on where something is wrong, to tell all of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._body = BodyReader(RegistryCreateSchema(_AS_STORED))
        self._problems: dict[str, list[str]] = {}
        self._count = 0

    def read(self, content: object) -> Content:
        result = Content(self._store.new_account(), {})
        if self._is_state(content):
            whole = self._object("state", content, _MEMBERS)
            result = Content(
                self._account("template", whole.get("template", _MISSING)),
                self._accounts(whole.get("accounts", _MISSING)),
            )
        if self._count:
            raise InvalidStateError(self._problems, self._count)
        return result

    def _is_state(self, content: object) -> bool:
        # Of something else altogether, only that is told.
        if type(content) is not dict or content.get("format") != FORMAT:
            self._tell("format", f'This is no state of this emulator, which has "format": "{FORMAT}".')
            return False
        version = content.get("version")
        if type(version) is int and version > VERSION:
            self._tell("version", f"This is {version}, from a newer emulator; this one reads {VERSION}.")
        elif type(version) is not int or version != VERSION:
            self._tell("version", f"Must be {VERSION}.")
        return not self._count

    def _accounts(self, content: object) -> dict[str, Account]:
        accounts = self._mapping("accounts", content)
        return {name: self._account(_below("accounts", name), account) for name, account in accounts.items()}

    def _account(self, place: str, content: object) -> Account:
        account = self._store.new_account()
        whole = self._object(place, content, _ACCOUNT_MEMBERS, optional=_DELETED)
        self._credentials(f"{place}.credentials", whole.get("credentials", _MISSING), account.own)
        teams = f"{place}.teams"
        for name, credentials in self._mapping(teams, whole.get("teams", _MISSING)).items():
            self._credentials(_below(teams, name), credentials, account.namespace(name, create=True))
        if _DELETED in whole:
            self._deleted(f"{place}.{_DELETED}", whole[_DELETED], account)
        return account

    def _deleted(self, place: str, content: object, account: Account) -> None:
        """Read the ids that are remembered: of the account's own credentials and, by name, of its teams'."""
        whole = self._object(place, content, _ACCOUNT_MEMBERS)
        self._gone(f"{place}.credentials", whole.get("credentials", _MISSING), account.own)
        teams = f"{place}.teams"
        for name, ids in self._mapping(teams, whole.get("teams", _MISSING)).items():
            self._gone(_below(teams, name), ids, account.namespace(name, create=True))

    def _gone(self, place: str, content: object, namespace: Namespace) -> None:
        if type(content) is list:
            for index, entry in enumerate(content):
                namespace.remember(self._form_of_id(f"{place}[{index}]", entry))
        elif content is not _MISSING:  # that is told already
            self._tell(place, "Must be an array of ids.")

    def _credentials(self, place: str, content: object, namespace: Namespace) -> None:
        if type(content) is list:
            for index, entry in enumerate(content):
                self._credential(f"{place}[{index}]", entry, namespace)
        elif content is not _MISSING:  # that is told already
            self._tell(place, "Must be an array of credentials.")

    def _credential(self, place: str, entry: object, namespace: Namespace) -> None:
        if type(entry) is not dict:
            self._tell(place, "Must be an object, such as get answers (add.body.type).")
            return
        before = self._count
        registry_id = self._id(f"{place}.id", entry.get("id", _MISSING), namespace)
        document = self._document(place, entry)
        times = Times(self._time(place, "createdAt", entry), self._time(place, "updatedAt", entry))
        if self._count == before:
            namespace.restore(registry_id, document, times)

    def _id(self, place: str, value: object, namespace: Namespace) -> str:
        if value is _MISSING:
            self._tell(place, "Missing, and required: the id of the credential (add.response.id.required).")
            return ""
        if type(value) is str and value in namespace:
            self._tell(place, "Is the id of an earlier credential too.")
            return ""
        return self._form_of_id(place, value)

    def _form_of_id(self, place: str, value: object) -> str:
        """Return an id if it has the form of one; tell what is wrong with it if not."""
        if type(value) is not str:
            self._tell(place, "Must be a string (add.response.id.type).")
        elif not MIN_ID_LENGTH <= len(value) <= MAX_ID_LENGTH:
            rule = f"add.response.id.{'min' if len(value) < MIN_ID_LENGTH else 'max'}-length"
            self._tell(place, f"Has {len(value)} characters, not {MIN_ID_LENGTH} to {MAX_ID_LENGTH} ({rule}).")
        elif not patterns.REGISTRY_ID.search(value):
            self._tell(place, f"Does not match {patterns.REGISTRY_ID_SOURCE} (add.response.id.pattern).")
        else:
            return value
        return ""

    def _document(self, place: str, entry: dict[str, Any]) -> Document:
        body = dict(entry)
        body.pop("id", None)
        try:
            document: Document = self._body.read(body)
        except InvalidRequestError as error:
            for path, rule, message in error.violations:
                self._tell(f"{place}.{path}", f"{message.removesuffix('.')} ({rule}).")
            document = {}
        if document is not body:  # something is left out or wrong
            self._refuse_unknown(place, entry, {"id": None, **self._body.members})
        return document

    def _time(self, place: str, member: str, entry: dict[str, Any]) -> int:
        value = entry.get(member, _MISSING)
        try:
            if type(value) is str:
                return parse_rfc3339(value)
            if value is _MISSING:
                self._tell(f"{place}.{member}", f"Missing, and required: {_TIME}.")
        except ValueError as error:
            self._tell(f"{place}.{member}", f"Must be {_TIME}: {error}.")
        return 0  # of another type: the schema has told

    def _refuse_unknown(self, place: str, entry: dict[str, Any], members: dict[str, Any]) -> None:
        for name, value in entry.items():
            if name not in members:
                self._tell(_below(place, name), f"Unknown key; there are {', '.join(members)}.")
            elif members[name] is not None and type(value) is dict:
                self._refuse_unknown(f"{place}.{name}", value, members[name])

    def _object(self, place: str, value: object, known: tuple[str, ...], optional: str = "") -> dict[str, Any]:
        """Return an object that has to have exactly the members `known`, save an optional one, or what is there."""
        if type(value) is not dict:
            if value is not _MISSING:
                self._tell(place, f"Must be an object with {' and '.join(known)}.")
            return {}
        for name in value:
            if name not in known and name != optional:
                every = (*known, optional) if optional else known
                self._tell(_below(place, name), f"Unknown key; there are {', '.join(every)}.")
        for name in known:
            if name not in value:
                self._tell(f"{place}.{name}", "Missing, and required.")
        return value

    def _mapping(self, place: str, value: object) -> dict[str, Any]:
        if type(value) is dict:
            return value
        if value is not _MISSING:
            self._tell(place, "Must be an object with a member for each name.")
        return {}

    def _tell(self, place: str, message: str) -> None:
        self._count += 1
        if self._count <= _TOLD:
            self._problems.setdefault(place, []).append(message)


def _below(place: str, name: str) -> str:
    return f"{place}[{json.dumps(name[:40])}]"
