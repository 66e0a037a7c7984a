"""Bodies that the documentation allows, and ways to have them accepted together.

A creation costs a deletion too, so one body carries as many allowed oddities as can be told apart afterwards: only if
it is refused are they sent one by one.
"""

from __future__ import annotations

import functools
import random
import string
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from emulator.conformance.exchange import Exchange
from emulator.conformance.model import Known
from emulator.conformance.probing import Skip
from emulator.conformance.session import Session

PROVIDERS: Final = ("acr", "ecr", "gar", "dockerhub", "github", "gitlab", "custom", "legacy")
UNKNOWN_INTEGRATION: Final = "add.unknown-integration"
OPTIONAL: Final = ("registryUrl", "aws", "gcp", "azure", "credentials", "restrictions")
"""The optional members of a plain body."""
LEFT_OUT: Final = object()
"""As a value in `changed`: the member is not there."""
_OWN: Final = {"acr": "azure", "ecr": "aws", "gar": "gcp", "custom": "registryUrl"}
"""By provider, the member that it may be thought to need, though nothing says so: it is tried without."""

_ALPHANUMERIC: Final = string.ascii_lowercase + string.digits
_Case = TypeVar("_Case")
_Asking = Coroutine[Any, Any, object]
_TRIED: Final[WeakKeyDictionary[Session, set[str]]] = WeakKeyDictionary()
_OTHERS: Final[WeakKeyDictionary[Session, list[Callable[[], _Asking]]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a body of add may have.

    Attributes:
        rule: what allows it.
        what: it, as the subject of `... is accepted`.
        changes: it, as values by dotted path in a plain body.
        unless: an assumed rule whose alternative `reject` lets a target refuse it all the same.
    """

    rule: str
    what: str
    changes: Mapping[str, Any]
    unless: str | None = None


def changed(body: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of `body` with other values at dotted paths; objects on the way are made."""
    copy = deepcopy(dict(body))
    for path, value in changes.items():
        *parents, last = path.split(".")
        inner = copy
        for parent in parents:
            inner = inner.setdefault(parent, {})
        if value is LEFT_OUT:
            inner.pop(last, None)
        else:
            inner[last] = value
    return copy


def plain(session: Session, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a body that every reading accepts: user name and password in it, no integration, no projects."""
    body = {
        "name": session.names.fresh(),
        "provider": _good_provider(session),
        "registryUrl": "https://registry.example.com:443/Path/",
        "aws": {"region": "EU-west-1"},
        "gcp": {"projectId": "Project-1"},
        "azure": {"resourceGroup": "Group_1"},
        "credentials": {
            "username": session.names.secret("user"),
            "password": session.names.secret("pass"),
            "scope": {"pull": True, "push": False},
        },
        "restrictions": {"restricted": False, "projects": []},
    }
    return changed(body, changes or {})


def _good_provider(session: Session) -> str:
    """Return a provider that was accepted already, if there is one."""
    used = (known.body.get("provider") for known in session.model.living())
    return next((name for name in used if name in PROVIDERS), PROVIDERS[0])


def word(session: Session, length: int) -> str:
    """Return a random text of small letters and digits that starts with a letter."""
    first = session.random.choice(string.ascii_lowercase)
    return first + "".join(session.random.choices(_ALPHANUMERIC, k=length - 1))


async def each(session: Session, groups: Iterable[Sequence[_Case]], ask: Callable[[Session, _Case], _Asking]) -> None:
    """Ask for the first case of each group, and keep the others for `others`."""
    others = _OTHERS.setdefault(session, [])
    for first, *rest in groups:
        await ask(session, first)
        others += [functools.partial(ask, session, case) for case in rest]


async def others(session: Session) -> AsyncIterator[None]:
    """Ask for what `each` has kept, one by one in random order; stop asking for more when it is enough."""
    kept = _OTHERS.pop(session, [])
    session.random.shuffle(kept)
    for ask in kept:
        await ask()
        yield


def untried_providers(session: Session) -> list[str]:
    """Return the providers that `provider` has not returned and no body was accepted with, in an order of the run's.

    What a provider may be thought to need must not have been in that body.
    """
    tried = set(_TRIED.setdefault(session, set()))
    for exchange in session.exchanges:
        sent = exchange.sent_json
        if exchange.operation == "add-registry" and exchange.succeeded and isinstance(sent, dict):
            name = str(sent.get("provider"))
            if _OWN.get(name) not in sent:
                tried.add(name)
    mixed = random.Random(session.names.prefix).sample(PROVIDERS, len(PROVIDERS))  # noqa: S311 - no secret
    return [name for name in mixed if name not in tried]


def next_provider(session: Session, *, bare: bool) -> str:
    """Return the name of the provider that `provider` would return now."""
    untried = sorted(untried_providers(session), key=lambda name: (name in _OWN) is not bare)
    return next(iter(untried), _good_provider(session))


def provider(session: Session, *, bare: bool = False) -> Part:
    """Return a provider that was not tried yet, if there is one.

    Args:
        bare: one that may be thought to need a member comes first, and without it: nothing else gives it to the body.
    """
    name = next_provider(session, bare=bare)
    if not bare or name not in _OWN:
        if name not in _OWN:
            _TRIED[session].add(name)
        return Part("add.provider.one-of", f"the provider {name}", {"provider": name})
    _TRIED[session].add(name)
    changes = {"provider": name, _OWN[name]: LEFT_OUT}
    return Part("add.provider.one-of", f"the provider {name} without {_OWN[name]}", changes)


def integration(session: Session, form: int) -> Part:
    """Return an integration id of one of three forms, 0 to 2."""
    letter = session.random.choice(string.ascii_letters)
    what, identifier = (
        ("org/ and one letter", f"org/{letter}"),
        ("an integration id without org/ or team/", f"{letter}-{word(session, 5).upper()}-{word(session, 60)}"),
        ("team/ and an integration id", f"team/{letter}{word(session, 4)}-9"),
    )[form]
    changes = {"integrationId": identifier}
    return Part("add.integrationId.pattern", f"{what} as integrationId", changes, unless=UNKNOWN_INTEGRATION)


async def control(session: Session) -> Known:
    """Return credentials whose body was a plain one: without, a refusal of one that is nearly so says nothing.

    Raises:
        Skip: the target refuses it.
    """
    for known in session.model.everything:
        if known.reusable and {"aws", "gcp", "azure", "credentials", "restrictions"} <= known.body.keys():
            return known
    known = await session.living(plain(session))
    known.reusable = True
    return known


async def accept(session: Session, parts: Sequence[Part], together: Mapping[str, Any] | None = None) -> Known | None:
    """Add a plain body with all `parts`; if it is refused, find out which of them it was.

    Args:
        together: what the body has instead of its parts' own values: one name, where several have one.

    Returns:
        What was created, None if the body was refused.

    Raises:
        Skip: a plain body is refused too.
    """
    exchange = await add_parts(session, parts, together)
    if accepted(exchange):
        return session.model.of(exchange)
    await control(session)
    if all([await _accepts_alone(session, part) for part in parts]):
        what = " together with ".join(part.what for part in parts)
        session.verdicts.differ(parts[0].rule, exchange, expected=f"{what} is accepted", got=exchange.outcome)
    return None


async def add_parts(session: Session, parts: Sequence[Part], together: Mapping[str, Any] | None = None) -> Exchange:
    """Add a plain body with all `parts`, as `accept` does, and note what follows from its being accepted."""
    changes = {path: value for part in parts for path, value in part.changes.items()}
    exchange = await session.add(plain(session, {**changes, **(together or {})}))
    if accepted(exchange):
        for part in parts:
            _note_accepted(session, part, exchange)
    return exchange


async def add_with_provider(session: Session, body: Mapping[str, Any]) -> Exchange:
    """Add a body with another provider; if it is refused, with its own, to judge the rest for itself."""
    part = provider(session, bare=True)
    exchange = await session.add(changed(body, part.changes))
    if accepted(exchange):
        session.verdicts.agree(part.rule, exchange)
        return exchange
    again = await session.add(body)
    if accepted(again):
        session.verdicts.differ(part.rule, exchange, expected=f"{part.what} is accepted", got=exchange.outcome)
    return again


async def _accepts_alone(session: Session, part: Part) -> bool:
    body = plain(session, part.changes)
    if part.unless is None:
        return await session.accepts(part.rule, body, what=part.what) is not None
    exchange = await session.add(body)
    if accepted(exchange):
        _note_accepted(session, part, exchange)
        return True
    if "accept" in session.verdicts.of(part.unless).choices:
        session.verdicts.differ(part.rule, exchange, expected=f"{part.what} is accepted", got=exchange.outcome)
    else:
        session.verdicts.choose(part.unless, "reject", exchange)
    return False


def _note_accepted(session: Session, part: Part, exchange: Exchange) -> None:
    session.verdicts.agree(part.rule, exchange)
    if part.unless is not None:
        session.verdicts.choose(part.unless, "accept", exchange)


def accepted(exchange: Exchange) -> bool:
    """Return whether the body was accepted, rather than refused for what it is.

    Raises:
        Skip: the answer says nothing about the body.
    """
    if exchange.succeeded:
        return True
    if not exchange.refused:
        raise Skip(f"a body was not judged: {exchange.outcome}")
    return False


def refuses_every(session: Session, rule: str) -> bool:
    """Return whether the target is known to have the alternative `reject` of an assumed rule."""
    return "reject" in session.verdicts.of(rule).choices
