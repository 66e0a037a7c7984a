"""The probes of the target itself and of the life of credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from emulator import Emulator
from emulator.conformance.probes import basics, target
from emulator.conformance.run import Report
from tests.conformance.probed import broken, probe_url, probed, told
from tests.mutants.access import CREATE, UPDATE, Holder
from tests.mutants.lawful import LAWFUL, KeepsNames
from tests.mutants.mutant import TOKEN_OPTIONS, TOKENS
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError, serving

MODULES: Final = (target, basics)
DECLARED: Final[Mapping[str, Any]] = TOKEN_OPTIONS
RULES: Final = (
    *("common.health", "common.login", "common.specification", "common.specification-page", "common.auth.token"),
    *("delete.final", "update.modify-route", "update.touches-only-named", "get.response.same-as-add"),
)


@pytest.mark.parametrize("seed", range(4))
async def test_the_emulator_keeps_every_rule_whatever_the_seed(seed: int) -> None:
    with Emulator() as emulator:
        report = await probe_url(emulator.url, *MODULES, seed=seed)
    assert broken(report) == set()
    assert [rule for rule in RULES if not report.verdicts.observed(rule)] == []
    assert report.created == report.deleted > 3
    assert report.used <= 34


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_so_does_a_target_that_does_the_same_in_another_way(made: type[Target]) -> None:
    assert broken(await probed(made(), *MODULES)) == set()


async def test_a_read_only_run_asks_what_can_be_asked_without_writing() -> None:
    report = await probed(Target(), *MODULES, read_only=True)
    assert {exchange.method for exchange in report.exchanges} == {"GET"}
    assert report.verdicts.of("common.auth.token").outcome == "conforms"
    assert report.verdicts.of("delete.final").why == "the run was read-only"


async def test_a_target_that_takes_any_token_is_told_as_such() -> None:
    assert target.OPEN_TO_ALL in (await probed(Target(), *MODULES)).notes
    closed = await probed(Target(tokens=TOKENS), *MODULES, **DECLARED)
    assert closed.notes == []
    assert broken(closed) == set()


async def test_what_a_token_lacks_is_observed_with_a_token_that_lacks_something() -> None:
    report = await probed(Target(tokens=TOKENS), *MODULES, **DECLARED)
    assert report.verdicts.of("common.auth.permission").observations >= 5
    without = await probed(Target(), *MODULES)
    assert "NORTHFLANK_API_LIMITED_TOKEN" in str(without.verdicts.of("common.auth.permission").why)
    mighty = await probed(Target(tokens={"t0ken": Holder("ours")}), *MODULES, token="t0ken", limited_token="t0ken")
    assert "common.auth.permission" in broken(mighty)


async def test_a_name_that_is_not_free_after_deletion_is_a_choice() -> None:
    report = await probed(KeepsNames(), *MODULES)
    assert broken(report) == set()
    assert "stays taken" in told(report, "delete.name-free")


class DeletesNothing(Target):
    def remove(self, shelf: Shelf, item: Item) -> None:
        """Leave it where it is."""


class DeletesWhatBeginsAlike(Target):
    def remove(self, shelf: Shelf, item: Item) -> None:
        stored = self.stored(shelf)
        for identifier in [name for name in stored if name.startswith(item.id)]:
            del stored[identifier]


class DeletesTwice(Target):
    def delete(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        return super().delete(call, shelf, wanted) if wanted in self.stored(shelf) else Answer(200, {"data": {}})


class UpdatesTheDead(Target):
    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        return super().update(call, shelf, wanted) if wanted in self.stored(shelf) else Answer(200, {"data": {}})


class ListsTheDead(Target):
    def __init__(self) -> None:
        super().__init__()
        self.dead: list[Item] = []

    def remove(self, shelf: Shelf, item: Item) -> None:
        super().remove(shelf, item)
        self.dead.append(item)

    def in_order(self, shelf: Shelf) -> list[Item]:
        return [*self.dead, *super().in_order(shelf)]


class RemembersTheDead(DeletesNothing):
    """What is deleted is marked as such; its fields are there again when the name is."""

    def __init__(self) -> None:
        super().__init__()
        self.dead: dict[str, Item] = {}

    def remove(self, shelf: Shelf, item: Item) -> None:
        self.dead[item.id] = self.stored(shelf).pop(item.id)

    def show_got(self, item: Item) -> dict[str, Any]:
        old = self.dead.get(item.id)
        return {**(old.fields if old else {}), **super().show_got(item)}


class UpdatesWhatBeginsAlike(Target):
    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        others = [name for name in self.stored(shelf) if name.startswith(wanted) and name != wanted]
        for other in others:
            super().update(call, shelf, other)
        return super().update(call, shelf, wanted)


class UpdatesNothing(Target):
    def change(self, item: Item, changes: dict[str, Any]) -> None:
        """Leave it as it is."""


class ModifiesNothing(Target):
    def modify(self, _call: Call, shelf: Shelf, wanted: str) -> Answer:
        return self.updated(self.find(shelf, wanted))


class NoRouteOfOldClients(Target):
    def modify(self, _call: Call, _shelf: Shelf, _wanted: str) -> Answer:
        raise RefusedError(404, "path.unknown", "There is nothing at this path.")


class HidesTheNeighbour(Target):
    def in_order(self, shelf: Shelf) -> list[Item]:
        return [item for item in super().in_order(shelf) if not item.id.endswith("-2")]


class SaysOk(Target):
    def health(self) -> Answer:
        return Answer(200, "ok", kind="text/plain")


class HealthNotFound(Target):
    def health(self) -> Answer:
        raise RefusedError(404, "path.unknown", "There is nothing at this path.")


class LogsInInHtml(Target):
    def login(self, call: Call, holder: list[Holder]) -> Answer:
        super().login(call, holder)
        return Answer(200, "<p>Welcome</p>", kind="text/html")


class NoPaths(Target):
    def specification(self) -> Answer:
        return Answer(200, {"openapi": "3.1.0"})


class NoPage(Target):
    def specification_page(self) -> Answer:
        return self.specification()


class AnyScheme(Target):
    def token_of(self, call: Call) -> str | None:
        return call.headers.get("Authorization", "").rpartition(" ")[2] or None


class NoScheme(Target):
    def token_of(self, call: Call) -> str | None:
        return call.headers.get("Authorization", "").removeprefix("Bearer").strip() or None


class EmptyToken(Target):
    def token_of(self, call: Call) -> str | None:
        words = call.headers.get("Authorization", "").split()
        return "nobody" if words == ["Bearer"] else super().token_of(call)


class OpenToAdd(Target):
    def authenticate(self, call: Call, permission: str | None) -> Holder:
        is_open = permission == CREATE and self.token_of(call) is None
        return Holder("nobody") if is_open else super().authenticate(call, permission)


class ForbidsInstead(Target):
    def authenticate(self, call: Call, permission: str | None) -> Holder:
        try:
            return super().authenticate(call, permission)
        except RefusedError:
            raise RefusedError(403, "access.token", "Send a token.") from None


class OneAccount(Target):
    def holder_of(self, _token: str) -> Holder:
        return Holder("everybody")


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (DeletesNothing, "delete.final"),
        (DeletesWhatBeginsAlike, "delete.final"),
        (DeletesTwice, "delete.final"),
        (UpdatesTheDead, "delete.final"),
        (ListsTheDead, "delete.final"),
        (RemembersTheDead, "get.response.same-as-add"),
        (UpdatesWhatBeginsAlike, "update.touches-only-named"),
        (UpdatesNothing, "get.response.same-as-add"),
        (ModifiesNothing, "update.modify-route"),
        (NoRouteOfOldClients, "update.modify-route"),
        (HidesTheNeighbour, "list.response.every-item-once"),
        (SaysOk, "common.health"),
        (HealthNotFound, "common.health"),
        (LogsInInHtml, "common.login"),
        (NoPaths, "common.specification"),
        (NoPage, "common.specification-page"),
        (AnyScheme, "common.auth.token"),
        (NoScheme, "common.auth.token"),
        (EmptyToken, "common.auth.token"),
        (OpenToAdd, "common.auth.token"),
        (ForbidsInstead, "common.auth.token"),
        (OneAccount, "common.auth.token"),
    ],
)
async def test_a_defect_is_found_and_its_rule_named(made: type[Target], rule: str) -> None:
    assert rule in broken(await probed_even_if_something_stays(made()))


async def probed_even_if_something_stays(made: Target, **options: Any) -> Report:
    """Run the probes against a target that may be unable to delete."""
    async with serving(made) as url:
        return await probe_url(url, *MODULES, **options)


class HidesWhatIsForbidden(Target):
    def permit(self, holder: Holder, permission: str) -> None:
        if permission not in holder.may:
            raise RefusedError(404, "path.unknown", "There is nothing at this path.")


class ForbidsTooLate(Target):
    """Who may not update is told so once the update is made."""

    may_update = True

    def permit(self, holder: Holder, permission: str) -> None:
        self.may_update = UPDATE in holder.may
        if permission != UPDATE:
            super().permit(holder, permission)

    def change(self, item: Item, changes: dict[str, Any]) -> None:
        super().change(item, changes)
        if not self.may_update:
            raise RefusedError(403, "access.permission", "This token may not update.")


@pytest.mark.parametrize(
    ("made", "rule"),
    [(HidesWhatIsForbidden, "common.auth.permission"), (ForbidsTooLate, "common.rejected-changes-nothing")],
)
async def test_a_defect_in_permissions_is_found(made: type[Target], rule: str) -> None:
    report = await probed_even_if_something_stays(made(tokens=TOKENS), **DECLARED)
    assert rule in broken(report)
