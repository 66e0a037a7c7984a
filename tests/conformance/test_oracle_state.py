"""The oracle and what is stored: what a request did, and did not, is named by its rule when it shows."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.conftest import talk
from tests.conformance.living import Spoiled, broken_by, kind_of
from tests.mutants.forms import Json
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, serving

GOT = "get.response.same-as-add"
LISTED = "list.response.item.fields"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(str.upper, id="capitals"),
        pytest.param(lambda text: text.replace("-", "_"), id="underscores"),
        pytest.param(lambda text: f"{text}-{zlib.crc32(text.encode()):08x}", id="random"),
    ],
)
async def test_the_id_is_the_slug_of_the_name(change: Callable[[str], str]) -> None:
    class Other(Target):
        def slug(self, name: str) -> str:
            return change(super().slug(name))

    found = set(await broken_by(Other()))
    assert found - {"add.response.id.pattern"} == {"add.response.id.slug"}


async def test_new_credentials_with_the_id_of_others_are_found() -> None:
    class Overwriting(Target):
        def free_id(self, _shelf: Any, wanted: str) -> str:
            return wanted

    async with serving(Overwriting()) as url, talk(url) as session:
        first = session.usual_body()
        await session.add(first)
        await session.add({**session.usual_body(), "name": first["name"]})
        assert {finding.rule for finding in session.verdicts.findings} == {GOT}
        assert "New credentials get the id" in session.verdicts.of("add.duplicate-name").chosen


class Deaf(Target):
    """A target that answers updates and does nothing."""

    def change(self, _item: Any, _changes: dict[str, Json]) -> None:
        return


class Clearing(Target):
    """A target whose updates lose what they do not name."""

    def change(self, item: Any, changes: dict[str, Json]) -> None:
        super().change(item, changes)
        item.fields.pop("registryUrl", None)


class Writing(Target):
    """A target that does some of an update before it refuses it."""

    def judge(self, faults: Any) -> None:
        if faults:
            for items in self.shelves.values():
                for item in items.values():
                    item.fields["provider"] = "legacy"
        super().judge(faults)


class Undying(Target):
    """A target that answers deletions and does nothing."""

    def remove(self, _shelf: Any, _item: Any) -> None:
        return


class Hiding(Target):
    """A target that still lists what was deleted."""

    def in_order(self, shelf: Any) -> list[Any]:
        self.all = {**getattr(self, "all", {}), **{item.id: item for item in super().in_order(shelf)}}
        return list(self.all.values())


class Recreated(Target):
    """A target that sets the time of creation with every update."""

    def change(self, item: Any, changes: dict[str, Json]) -> None:
        super().change(item, changes)
        item.created = "2030-01-01T00:00:00.000Z"


class Touching(Target):
    """A target that sets the time of update when it is read."""

    def find(self, shelf: Any, wanted: str) -> Any:
        item = super().find(shelf, wanted)
        item.updated = f"2030-01-01T00:00:00.{self.calls:03}Z"
        return item


@pytest.mark.parametrize(
    ("made", "rules"),
    [
        (Deaf, {GOT, "update.updatedAt.moves"}),
        (Clearing, {"update.touches-only-named"}),
        (Writing, {"common.rejected-changes-nothing"}),
        (Undying, {"delete.final"}),
        (Hiding, {"delete.final"}),
        (Recreated, {"update.updatedAt.moves"}),
        (Touching, {GOT, "update.touches-only-named", "update.updatedAt.moves", "common.rejected-changes-nothing"}),
    ],
)
async def test_what_requests_do_to_what_is_stored_is_named_by_its_rule(made: type[Target], rules: set[str]) -> None:
    found = set(await broken_by(made()))
    assert found & rules
    assert found <= rules | {LISTED}


async def test_a_time_of_update_that_stays_is_found() -> None:
    class Still(Target):
        def change(self, item: Any, changes: dict[str, Json]) -> None:
            before = item.updated
            super().change(item, changes)
            item.updated = before

    async with serving(Still()) as url, talk(url) as session:
        known = await session.living()
        await session.get(known)
        await session.get(await session.living(session.usual_body()))
        started = time.monotonic()
        restricted = True
        while not session.verdicts.of("update.updatedAt.moves").differences and time.monotonic() - started < 5:
            await session.update(known, {"restrictions": {"restricted": restricted, "projects": []}})
            await session.get(known)
            restricted = not restricted
        assert {finding.rule for finding in session.verdicts.findings} == {"update.updatedAt.moves"}


async def test_what_is_in_one_team_or_account_is_found_in_another() -> None:
    class Leaking(Target):
        def shelf_of(self, holder: Any, _team: str | None) -> Any:
            return super().shelf_of(holder, None)

    async with serving(Leaking()) as url, talk(url) as session:
        known = await session.living()
        team = session.names.team()
        await session.get(known, team=team)
        await session.list(team=team)
        assert {finding.rule for finding in session.verdicts.findings} == {"common.teams"}
        assert session.verdicts.of("common.teams").differences == 2


async def test_a_wrong_body_that_is_accepted_is_not_held_against_the_answer() -> None:
    class Lenient(Target):
        def judge(self, _faults: Any) -> None:
            return

    async with serving(Lenient()) as url, talk(url) as session:
        await session.add({**session.usual_body(), "provider": "ECR", "registryUrl": 5})
        await session.list()
        assert session.verdicts.findings == []


async def test_of_a_key_given_twice_nobody_knows_which_counts() -> None:
    class First(Target):
        def parse(self, raw: bytes) -> Json:
            value = super().parse(raw)
            return {**value, "provider": "acr"}

    async with serving(First()) as url, talk(url) as session:
        name = session.names.fresh()
        exchange = await session.add(raw=b'{"provider":"acr","name":"%b","provider":"ecr"}' % name.encode())
        known = session.model.of(exchange)
        assert known is not None
        await session.get(known)
        await session.list()
        assert session.verdicts.findings == []


async def test_half_of_a_surrogate_pair_that_comes_back_is_json_all_the_same() -> None:
    async with serving(Target()) as url, talk(url) as session:
        body = json.dumps({**session.usual_body(), "registryUrl": "half a pair: \ud800"}).encode()
        exchange = await session.add(raw=body)
        assert exchange.status == 200
        assert session.verdicts.findings == []


@pytest.mark.parametrize("kind", ["add", "delete"])
async def test_what_an_answer_did_not_tell_is_not_held_against_later_ones(kind: str) -> None:
    def fail(call: Call, answer: Answer) -> None:
        if kind_of(call) == kind:
            answer.status, answer.content = 500, {"error": {"status": 500, "id": "oops", "message": "No."}}

    async with serving(Spoiled(fail)) as url, talk(url) as session:
        body = session.usual_body()
        exchange = await session.add(body)
        known = session.model.of(exchange)
        if known is not None:
            await session.delete(known)
        await session.list()
        await session.get(known or body["name"])
        assert {finding.rule for finding in session.verdicts.findings} == {"common.error.client-side"}


@pytest.mark.parametrize("kind", ["get", "update", "delete"])
async def test_credentials_that_live_and_are_not_found_are_told(kind: str) -> None:
    def deny(call: Call, answer: Answer) -> None:
        if kind_of(call) == kind and session.model.living():
            answer.status, answer.content = 404, {"error": {"status": 404, "id": "unknown", "message": "No."}}

    async with serving(Spoiled(deny)) as url, talk(url) as session:
        known = await session.living()
        await session.get(known)
        await session.update(known, {"restrictions": {"restricted": True, "projects": []}})
        await session.delete(known)
        rules = {"get": GOT, "update": "update.response.status", "delete": "delete.response.status"}
        assert {finding.rule for finding in session.verdicts.findings} == {rules[kind]}
