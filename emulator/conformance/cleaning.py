"""Deletes what a run left on the target, as its ledger tells, and nothing else.

What belongs to the run: an id that the target answered to one of its creations; a name or an id that carries the
prefix of the run; and, where an answer was lost, what is found under the slug of the name that was sent, with that
name and with traces of the run in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from emulator.conformance.asking import Answer, Asker, GaveUpError
from emulator.conformance.ledger import Entry, Header, Ledger, Place, digest, made_token
from emulator.conformance.options import Options, Token
from emulator.conformance.routes import path_of
from emulator.conformance.target import Target, is_local
from emulator.conformance.tokens import Tokens
from emulator.errors import InvalidSettingError
from emulator.slugs import slugify

_MOST_PAGES: Final = 100
_ROUNDS: Final = 3
_ABSENT: Final = 404
_REFUSED: Final = 401
_NO_SEGMENT: Final = frozenset({"", ".", ".."})
SETTING: Final = "--clean-up"
_NOBODYS: Final = (Token.WRONG, Token.NONE)


@dataclass
class CleanedUp:
    """What a clean-up did: what is gone by it, and what is left, with the reason in words; `requests` were sent."""

    ledger: Path
    url: str
    deleted: list[Entry] = field(default_factory=list)
    left: list[tuple[Entry, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    requests: int = 0

    @property
    def complete(self) -> bool:
        """Whether nothing of the run is left on the target."""
        return not self.left and not self.problems


async def clean_up(path: Path, options: Options) -> CleanedUp:
    """Delete what the run of a ledger left, and mark the ledger finished once nothing is left.

    Args:
        path: the ledger; the target is the one that it names.
        options: the tokens, and how long to wait for an answer.

    Raises:
        InvalidSettingError: there is no such ledger, its run is still going, or a token is not that of the run.
    """
    ledger = _read(path)
    try:
        return await clean(ledger, options)
    finally:
        ledger.close()


def header(path: Path) -> Header | None:
    """Return what a ledger tells of its run, None if the run left nothing.

    Raises:
        InvalidSettingError: there is no such ledger, or its run is still going.
    """
    ledger = _read(path)
    ledger.close()
    return None if ledger.finished else ledger.header


def _read(path: Path) -> Ledger:
    try:
        return Ledger.read(path)
    except FileNotFoundError:
        raise InvalidSettingError(SETTING, f"there is no ledger {path}") from None


async def clean(ledger: Ledger, options: Options) -> CleanedUp:
    """Delete what is left of a run whose ledger is open; see `clean_up`.

    What the target does is no error: `problems` and `left` have it.
    """
    done = CleanedUp(ledger.path, ledger.header.url)
    if ledger.finished:
        return done
    async with Target(ledger.header.url, _tokens(ledger, options), timeout=options.timeout) as target:
        asker = Asker(target)
        try:
            for place in ledger.places():
                await _Cleaner(ledger, place, asker, done).clean()
        except GaveUpError as error:
            done.problems.append(str(error))
            told = {entry for entry, _ in done.left}
            done.left += [(entry, "not looked for yet") for entry in ledger.left() if entry not in told]
    done.requests = asker.requests
    if done.complete:
        ledger.finish()
    return done


def _tokens(ledger: Ledger, options: Options) -> Tokens:
    """Return the tokens that the run used.

    Raises:
        InvalidSettingError: one is another, or is missing: an id of the run may be somebody else's there.
    """
    prefix, noted = ledger.header.prefix, ledger.header.tokens
    made = {token for token in Token if noted.get(token.value) == digest(prefix, made_token(prefix, token.value))}
    given = {
        Token.MAIN: None if Token.MAIN in made else options.token,
        Token.OTHER: None if Token.OTHER in made else options.other_token,
        Token.LIMITED: options.limited_token,
    }
    used = {place.account for place in ledger.places()}
    for token, text in given.items():
        if text is not None and noted.get(token.value, digest(prefix, text)) != digest(prefix, text):
            raise InvalidSettingError(_variable(token), "is not the token that the run of this ledger used")
        if text is None and token.value in noted.keys() & used and token not in made:
            raise InvalidSettingError(_variable(token), f"is missing; the run of {ledger.path} used it")
    options = replace(options, token=given[Token.MAIN], other_token=given[Token.OTHER])
    tokens = Tokens(options, prefix, local=is_local(ledger.header.url))
    tokens.open = True  # a run that was given no other token has made one, or has used none
    return tokens


def _variable(token: Token) -> str:
    return token.placeholder.removeprefix("$")


class _Cleaner:
    """Cleans one place."""

    def __init__(self, ledger: Ledger, place: Place, asker: Asker, done: CleanedUp) -> None:
        self._ledger, self._place, self._asker, self._done = ledger, place, asker, done
        self._token = Token(place.account)
        self._entries = [entry for entry in ledger.left() if entry.place == place]
        self._known = {entry.id for entry in self._entries if entry.id is not None}
        self._deleted: set[str] = set()
        self._failed: dict[str, tuple[Entry, str]] = {}

    async def clean(self) -> None:
        """Delete what is known, then what may be there, then what is found."""
        for entry in self._entries:
            if entry.id is None:
                await self._look_for(entry)
            elif self._ledger.carries_prefix(entry.id) or await self._is_still_ours(entry, entry.id):
                await self._delete(entry, entry.id)
        await self._delete_listed()
        self._done.left += self._failed.values()

    async def _is_still_ours(self, entry: Entry, identifier: str) -> bool:
        """Return whether an id without the prefix is the run's yet; else the ledger is told that it is gone.

        The run may have deleted it just before it was killed, and somebody else may use the id by now.
        """
        found = _credential(await self._ask("GET", identifier))
        if found is None or found.get("name") == entry.name:
            return True
        self._ledger.deleted(identifier, *self._place)
        self._known.discard(identifier)
        return False

    async def _look_for(self, entry: Entry) -> None:
        """Delete what came of a creation that was not answered, where it is under the slug of its name."""
        slug = slugify(entry.name or "")
        answer = await self._ask("GET", slug)
        found = _credential(answer)
        if found is not None and (self._carries_prefix(found, slug) or self._has_traces(found, entry)):
            await self._delete(Entry(slug, entry.name, self._place), slug)
        elif found is not None and found.get("name") == entry.name:
            reason = "it may be of this run, or somebody else's: its creation was not answered"
            self._failed[slug] = (Entry(slug, entry.name, self._place), reason)
            return
        elif found is None and not self._means_absent(answer):
            self._failed[slug] = (entry, str(answer))
            return
        self._ledger.refused(entry.name, *self._place)

    async def _delete_listed(self) -> None:
        """Delete what the target lists of this run, until it lists nothing more of it."""
        late: set[str] = set()
        found: list[Entry] = []
        for _ in range(_ROUNDS):
            found = [entry async for entry in self._listed() if entry.id not in self._failed.keys() | late]
            if not found:
                return
            for entry in found:
                identifier = str(entry.id)
                if identifier in self._deleted and self._means_absent(await self._ask("GET", identifier)):
                    late.add(identifier)  # only the list has it yet
                else:
                    await self._delete(entry, identifier)
        self._failed |= {
            str(entry.id): (entry, "it is there still, although its deletion succeeded") for entry in found
        }

    async def _listed(self) -> AsyncIterator[Entry]:
        """Yield what the target lists of the run."""
        query, seen = "?per_page=100", set[str]()
        for page in range(2, _MOST_PAGES + 2):
            answer = await self._asker.ask("GET", path_of(self._place.team) + query, self._token)
            items = _items(answer)
            if items is None:
                if self._entries and not self._means_absent(answer):
                    self._done.problems.append(f"{self._place} cannot be searched: {answer}")
                return
            for item in items:
                if item["id"] in self._known or self._is_surely_ours(item):
                    yield Entry(item["id"], _text(item.get("name")), self._place)
            cursor = _next_cursor(answer, str(page))
            ids = {item["id"] for item in items}
            if cursor is None or ids <= seen:
                return
            seen |= ids
            query = f"?per_page=100&{cursor}"

    async def _delete(self, entry: Entry, identifier: str) -> None:
        answer = await self._ask("DELETE", identifier)
        if answer.ok or self._means_absent(answer):
            self._ledger.deleted(identifier, *self._place)
            self._failed.pop(identifier, None)
            if answer.ok and identifier not in self._deleted:
                self._done.deleted.append(entry)
            self._deleted.add(identifier)
        else:
            self._failed[identifier] = (entry, str(answer))

    async def _ask(self, method: str, identifier: str) -> Answer:
        if identifier in _NO_SEGMENT:  # it would be another path
            return Answer(_ABSENT)
        return await self._asker.ask(method, path_of(self._place.team, identifier), self._token)

    def _means_absent(self, answer: Answer) -> bool:
        """Return whether nothing of the run can be there: also where its token, or none at all, was never let in."""
        return answer.status == _ABSENT or (answer.status == _REFUSED and self._token in _NOBODYS)

    def _is_surely_ours(self, item: Mapping[str, Any]) -> bool:
        unanswered = (entry for entry in self._entries if entry.id is None)
        return self._carries_prefix(item, item["id"]) or any(self._has_traces(item, entry) for entry in unanswered)

    def _carries_prefix(self, found: Mapping[str, Any], identifier: str) -> bool:
        return self._ledger.carries_prefix(identifier) or self._ledger.carries_prefix(found.get("name"))

    def _has_traces(self, found: Mapping[str, Any], entry: Entry) -> bool:
        """Return whether something has the name that was sent, and somewhere the prefix of the run."""
        return found.get("name") == entry.name and self._ledger.header.prefix in str(found)


def _credential(answer: Answer) -> Mapping[str, Any] | None:
    """Return the credential of an answer to get."""
    match answer:
        case Answer(ok=True, data={"data": dict(found)}):
            return found
    return None


def _items(answer: Answer) -> list[Mapping[str, Any]] | None:
    """Return the credentials of an answer to list, those that have an id."""
    match answer:
        case Answer(ok=True, data={"data": {"credentials": list(items)}}):
            return [item for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]
    return None


def _next_cursor(answer: Answer, page: str) -> str | None:
    """Return the parameter that asks for the next page: its cursor, or its number where the target gives none."""
    match answer.data:
        case {"pagination": {"cursor": str(cursor)}}:
            return f"cursor={quote(cursor, safe='')}"
        case {"pagination": {"hasNextPage": True}}:
            return f"page={page}"
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
