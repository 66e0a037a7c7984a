"""What a run creates on the target, kept in a file: with it, what a killed run left behind can be deleted.

The file is one JSON object a line. The first tells the run, and nothing that is secret:

    {"ledger": 1, "url": ..., "prefix": ..., "started": ..., "version": ..., "tokens": {"main": "3fa9"}}

Each of the others is one event: `creating` (a name, and its slug) is on the disk before the request is sent;
`created` (an id) or `refused` (the name) tells what came of it; `deleted` (an id) ends it; `finished` says that
nothing is left.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import emulator
from emulator.conformance.ledger_file import SETTING, LedgerFile, problem
from emulator.errors import InvalidSettingError
from emulator.slugs import slugify

MAIN: Final = "main"
_FORMAT: Final = 1


class Place(NamedTuple):
    """Where a credential is: in the account of a token (`main`, `other`, ...), or in a team of that account."""

    team: str | None = None
    account: str = MAIN

    def __str__(self) -> str:
        account = "the account" if self.account == MAIN else f"the {self.account} account"
        return account if self.team is None else f"team {self.team} of {account}"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the run created and did not delete; `id` is None where no answer told whether it was created."""

    id: str | None
    name: str | None
    place: Place


class Header(NamedTuple):
    """The run that a ledger belongs to; `tokens` has a short digest for each account whose token is known."""

    url: str
    prefix: str
    started: str
    version: str
    tokens: Mapping[str, str]


def default_path(prefix: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the ledger of a run is kept if nothing else is asked for: in the user's folder for state.

    Raises:
        InvalidSettingError: the user has no such folder.
    """
    state = Path(environ.get("XDG_STATE_HOME", ""))
    try:
        # A relative path counts as unset, as the XDG specification has it.
        base = state if state.is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:
        raise InvalidSettingError(SETTING, "there is no home folder to keep the ledger in; name a file") from None
    return base / "northflank-emulator" / "ledgers" / f"{prefix}.jsonl"


def made_token(prefix: str, account: str = MAIN) -> str:
    """Return a token for a target that takes any: a clean-up makes it again, so that no token has to be kept."""
    return f"{prefix}-{account}"


def digest(prefix: str, token: str) -> str:
    """Return what tells a wrong token from the right one, and is too short to tell anything else."""
    return hashlib.sha256(f"{prefix}:{token}".encode()).hexdigest()[:4]


class Ledger:
    """The ledger of one run, locked while it is open; made by `open` (a new one) or `read` (one that is there)."""

    def __init__(self, file: LedgerFile, header: Header) -> None:
        self.path = file.path
        self.header = header
        self.finished = False
        self._file = file
        self._pending: Counter[tuple[str | None, Place]] = Counter()
        self._held: dict[tuple[str, Place], str | None] = {}
        self._places: set[Place] = set()

    @classmethod
    def open(cls, path: Path, *, url: str, prefix: str, tokens: Mapping[str, str] | None = None) -> Self:
        """Make the ledger of a new run; one that is there is replaced only if it is finished.

        Args:
            path: the file; missing folders are made.
            url: the target's base URL.
            prefix: what the names of all that the run creates start with.
            tokens: the tokens by account; only digests of them are kept.

        Raises:
            InvalidSettingError: the file cannot be made, or is that of a run that is not finished.
        """
        cls.make_way(path)
        digests = {account: digest(prefix, token) for account, token in (tokens or {}).items()}
        header = Header(url, prefix, _now(), emulator.__version__, digests)
        file = LedgerFile.new(path)
        file.append({"ledger": _FORMAT, **header._asdict()}, sync=True)
        return cls(file, header)

    @classmethod
    def make_way(cls, path: Path) -> None:
        """Remove the ledger of an earlier run, if there is one.

        Raises:
            InvalidSettingError: it is not finished, or is no ledger.
        """
        try:
            there = cls.read(path)
        except FileNotFoundError:
            return
        there.close(remove=there.finished)
        if not there.finished:
            remedy = f"run `northflank-emulator check --clean-up {path}` first, or name another file"
            raise problem(path, f"is the ledger of a run that may have left something; {remedy}")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open the ledger of an earlier run.

        Raises:
            FileNotFoundError: there is no such file.
            InvalidSettingError: it cannot be read, is no ledger, or its run is still going.
        """
        file = LedgerFile.existing(path)
        with contextlib.ExitStack() as if_refused:
            if_refused.callback(file.close)
            opened = cls(file, _header(path, file.lines))
            for number, event in enumerate(file.lines[1:], 2):
                if not opened._apply(event):
                    raise problem(path, f"is no ledger: line {number} is no event")
            if_refused.pop_all()
        # Killed before the first line was written, the run had created nothing.
        opened.finished |= not file.lines
        return opened

    def created_soon(self, name: object, team: str | None = None, account: str = MAIN) -> None:
        """Note a creation that is about to be sent; returns once the note is on the disk.

        Args:
            name: what the body has for a name: a text, or whatever a probe puts in its place.
            team: the team that it is created in, None for none.
            account: whose token is used.

        Raises:
            InvalidSettingError: the file cannot be written: then nothing may be created.
        """
        slug = slugify(name) if isinstance(name, str) else None
        self._note({"creating": _text(name), "slug": slug, "team": team, "account": account}, sync=True)

    def refused(self, name: object, team: str | None = None, account: str = MAIN) -> None:
        """Note that the target refused a creation: nothing came of it."""
        self._note({"refused": _text(name), "team": team, "account": account})

    def created(self, identifier: str, name: object, team: str | None = None, account: str = MAIN) -> None:
        """Note the id of what was created."""
        event = {"created": identifier, "name": _text(name), "team": team, "account": account}
        # Where the id does not carry the prefix, this line alone says that it belongs to the run.
        self._note(event, sync=not self.carries_prefix(identifier))

    def deleted(self, identifier: str, team: str | None = None, account: str = MAIN) -> None:
        """Note that something is gone."""
        self._note({"deleted": identifier, "team": team, "account": account})

    def uses(self, account: str, token: str) -> None:
        """Note the token of an account that came into play after the start, by its digest."""
        self._note({"token": digest(self.header.prefix, token), "account": account})

    def finish(self) -> None:
        """Note that nothing is left: what was uncertain has been looked for."""
        self._note({"finished": _now()}, sync=True)

    def left(self) -> list[Entry]:
        """Return what is not deleted, newest first, and then what may have been created and was not answered."""
        known = [Entry(identifier, name, place) for (identifier, place), name in reversed(self._held.items())]
        return known + [Entry(None, name, place) for name, place in self._pending.elements()]

    def places(self) -> list[Place]:
        """Return every place that something was created in, or may have been."""
        return sorted(self._places, key=str)

    def carries_prefix(self, text: object) -> bool:
        """Return whether a name or an id starts with the prefix of the run, in small letters or capitals."""
        prefix = self.header.prefix.lower()
        return bool(prefix) and isinstance(text, str) and text.lower().startswith(prefix)

    def close(self, *, remove: bool = False) -> None:
        """Let go of the file; `remove` deletes it too."""
        self._file.close(remove=remove)

    def _note(self, event: Mapping[str, Any], *, sync: bool = False) -> None:
        self._file.append(event, sync=sync)
        self._apply(event)

    def _apply(self, event: Any) -> bool:
        """Take one event into account; return whether it is one."""
        match event:
            case {"finished": str()}:
                self.finished = True
                self._pending.clear()
                self._held.clear()
            case {"token": str(token), "account": str(account)}:
                self.header = self.header._replace(tokens={**self.header.tokens, account: token})
            case {"team": str() | None as team, "account": str(account), **what}:
                self._places.add(Place(team, account))
                return self._apply_at(Place(team, account), what)
            case _:
                return False
        return True

    def _apply_at(self, place: Place, event: Mapping[Any, Any]) -> bool:
        match event:
            case {"creating": str() | None as name}:
                self._pending[name, place] += 1
            case {"refused": str() | None as name}:
                self._settle(name, place)
            case {"created": str(identifier), "name": str() | None as name}:
                self._settle(name, place)
                self._held[identifier, place] = name
            case {"deleted": str(identifier)}:
                self._held.pop((identifier, place), None)
            case _:
                return False
        return True

    def _settle(self, name: str | None, place: Place) -> None:
        self._pending -= Counter([(name, place)])


def _header(path: Path, lines: list[Any]) -> Header:
    match lines:
        case []:
            return Header("", "", "", "", {})
        case [{"ledger": int(form), "url": str(url), "prefix": str(prefix), **rest}, *_] if len(prefix) >= 3:
            if form != _FORMAT:
                raise problem(path, f"has format {form}, and this version knows {_FORMAT}; use the one that wrote it")
            tokens = rest.get("tokens")
            known = tokens if isinstance(tokens, dict) else {}
            return Header(url, prefix, str(rest.get("started")), str(rest.get("version")), known)
    raise problem(path, "is no ledger of a check")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _text(name: object) -> str | None:
    return name if isinstance(name, str) else None
