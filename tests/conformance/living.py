"""The life of some credentials, as a probe would lead it, on targets whose answers are spoiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from emulator.conformance.model import Known
from emulator.conformance.session import Session
from tests.conformance.conftest import talk
from tests.mutants.forms import Json
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, serving

Spoil = Callable[[Call, Answer], None]
"""Changes an answer on its way out, in place."""

SCOPE: Final = {"pull": False, "push": True}
LIFE: Final = 18
"""Requests of a life."""


class Spoiled(Target):
    """A target that keeps the contract, but for what is done to its answers."""

    def __init__(self, spoil: Spoil) -> None:
        super().__init__()
        self.spoil = spoil

    def finish(self, call: Call, answer: Answer) -> Answer:
        self.spoil(call, answer)
        return answer


def kind_of(call: Call) -> str:
    """Return `add`, `list`, `get`, `update`, `delete`, or `other` for what is not the resource."""
    if "registries" not in call.parts:
        return "other"
    is_item = call.parts[-1] != "registries"
    kinds = {"POST": "update" if is_item else "add", "GET": "get" if is_item else "list", "PATCH": "update"}
    return kinds.get(call.method, call.method.lower())


def on(kind: str, change: Callable[[Json], object], *, status: int = 200) -> Spoil:
    """Return what changes the JSON of answers of one kind and status; "*" is every kind."""

    def spoil(call: Call, answer: Answer) -> None:
        if kind in ("*", kind_of(call)) and answer.status == status:
            change(answer.content)

    return spoil


def member(path: str, change: Callable[[Json], Json]) -> Callable[[Json], None]:
    """Return what changes the member at a dotted path, where there is one; a number is a place in an array."""

    def spoil(content: Json) -> None:
        *above, last = path.split(".")
        for part in above:
            content = _inside(content, part)
        if isinstance(content, dict) and last in content:
            content[last] = change(content[last])

    return spoil


def without(path: str) -> Callable[[Json], None]:
    """Return what takes out the member at a dotted path, where there is one."""

    def spoil(content: Json) -> None:
        *above, last = path.split(".")
        for part in above:
            content = _inside(content, part)
        if isinstance(content, dict):
            content.pop(last, None)

    return spoil


def _inside(content: Json, part: str) -> Json:
    if isinstance(content, list) and content:
        return content[int(part)]
    return content.get(part) if isinstance(content, dict) else None


def rich(session: Session, hint: str) -> dict[str, Any]:
    """Return a body with every kind of value in which programs get something wrong."""
    return {
        "name": session.names.fresh(hint, separator="\u00a0").replace("nfc", "Nfc"),
        "provider": "acr",
        "registryUrl": "  https://Registry.example.com/\u00c5 ",
        "aws": {"region": ""},
        "azure": {"resourceGroup": "group"},
        "integrationId": "Org-1",
        "credentials": {"username": session.names.secret("user"), "password": session.names.secret(), "scope": SCOPE},
        "restrictions": {"restricted": False, "projects": []},
    }


async def live(session: Session) -> Known | None:
    """Add, read, list, change and delete; what is judged is left to the oracle."""
    known = session.model.of(await session.add(rich(session, "one")))
    other = session.model.of(await session.add(session.usual_body("other")))
    if known is None or other is None:
        return None
    await session.get(known)
    await session.get(other)
    await session.list(per_page="1")
    await session.list(per_page="100")
    await session.update(known, {"credentials": {"username": session.names.secret(), "password": "", "scope": {}}})
    await session.get(known)
    await session.update(known, {"restrictions": {"restricted": True, "projects": []}}, by="modify")
    await session.get(known)
    await session.list()
    await session.update(known, {"restrictions": {}})
    await session.add({**known.body, "provider": "none"})
    await session.get(known)
    await session.get(session.names.fresh("never"))
    await session.delete(other)
    await session.get(other)
    await session.list(per_page="100")
    return known


async def broken_by(target: Target, seed: int = 1, **options: Any) -> dict[str, str]:
    """Return the rules that a life shows to be broken, each with what was got first."""
    async with serving(target) as url, talk(url, seed=seed, **options) as session:
        await live(session)
        assert session.budget.used >= 2
        return {finding.rule: finding.got for finding in reversed(session.verdicts.findings)}
