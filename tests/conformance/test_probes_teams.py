"""The probes of namespaces: the account, its teams, other accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from emulator import Emulator
from emulator.conformance.probes import target, teams
from emulator.conformance.run import Report
from tests.conformance.probed import broken, probe_url, probed
from tests.mutants.access import READ, Holder
from tests.mutants.lawful import LAWFUL, KnownTeams
from tests.mutants.mutant import TOKEN_OPTIONS, TOKENS
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError, serving

# The probes of the target find out whether every token has an account of its own.
MODULES: Final = (target, teams)
DECLARED: Final[Mapping[str, Any]] = TOKEN_OPTIONS
TEAMS, ISOLATION = "common.teams", "common.isolation"


@pytest.mark.parametrize("seed", range(4))
async def test_the_emulator_keeps_both_rules_whatever_the_seed(seed: int) -> None:
    with Emulator() as emulator:
        report = await probe_url(emulator.url, *MODULES, seed=seed)
    assert broken(report) == set()
    assert report.verdicts.of(TEAMS).outcome == report.verdicts.of(ISOLATION).outcome == "conforms"
    assert report.created == report.deleted == 4
    assert report.used <= 48


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_so_does_a_target_that_does_the_same_in_another_way(made: type[Target]) -> None:
    assert broken(await probed(made(), *MODULES)) == set()


async def test_accounts_are_compared_with_the_token_that_was_given_for_that() -> None:
    report = await probed(Target(tokens=TOKENS), *MODULES, **DECLARED)
    assert broken(report) == set()
    assert report.verdicts.of(ISOLATION).outcome == "conforms"


async def test_without_another_token_or_team_the_reason_is_told() -> None:
    alone = await probed(Target(tokens=TOKENS), *MODULES, token="token-of-ours")
    assert broken(alone) == set()
    assert not alone.verdicts.observed(ISOLATION)
    assert "--team" in str((await probed(KnownTeams(), *MODULES)).verdicts.of(TEAMS).why)
    told = await probed(KnownTeams(), *MODULES, teams=("team-one", "team-two"))
    assert broken(told) == set()
    assert told.verdicts.of(TEAMS).outcome == "conforms"


class TeamsAreTheAccount(Target):
    def shelf_of(self, holder: Holder, _team: str | None) -> Shelf:
        return holder.account, None


class OneTeam(Target):
    def shelf_of(self, holder: Holder, team: str | None) -> Shelf:
        return holder.account, team and "all"


class TeamsHaveNoRoutes(Target):
    def shelf_of(self, holder: Holder, team: str | None) -> Shelf:
        if team is not None:
            raise RefusedError(409, "team.none", "There are no teams here.")
        return holder.account, None


class NoRoutesForTeams(Target):
    def registries(self, call: Call, team: str | None, rest: list[str], holder: list[Holder]) -> Answer:
        if team is not None:
            raise RefusedError(404, "path.unknown", "There is nothing at this path.")
        return super().registries(call, team, rest, holder)


class NoRouteOfOldClientsForTeams(Target):
    def registries(self, call: Call, team: str | None, rest: list[str], holder: list[Holder]) -> Answer:
        if team is not None and len(rest) > 1:
            raise RefusedError(404, "path.unknown", "There is nothing at this path.")
        return super().registries(call, team, rest, holder)


class TeamsReadEachOther(Target):
    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        teams = [at for at in self.shelves if at[1] is not None and wanted in self.shelves[at]]
        there = wanted in self.stored(shelf) or shelf[1] is None or not teams
        return super().get(call, shelf if there else teams[0], wanted)


class Reaching(Target):
    """What is done to one team is done to the account as well."""

    def others(self, shelf: Shelf, wanted: str) -> list[Item]:
        here = self.stored(shelf).get(wanted)
        found = (items.get(wanted) for at, items in self.shelves.items() if at[0] == shelf[0])
        return [item for item in found if item is not None and item is not here and shelf[1] is not None]


class UpdatesReachTheAccount(Reaching):
    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        for item in self.others(shelf, wanted):
            self.change(item, self.read_change(call))
        return super().update(call, shelf, wanted)


class DeletionsReachTheAccount(Reaching):
    def remove(self, shelf: Shelf, item: Item) -> None:
        super().remove(shelf, item)
        if shelf[1] is not None:
            self.stored((shelf[0], None)).pop(item.id, None)


class TeamsListTheAccount(Target):
    def in_order(self, shelf: Shelf) -> list[Item]:
        own = super().in_order((shelf[0], None)) if shelf[1] else []
        return sorted([*own, *super().in_order(shelf)], key=lambda item: item.number)


class TheAccountListsTeams(Target):
    def in_order(self, shelf: Shelf) -> list[Item]:
        shelves = [at for at in self.shelves if at[0] == shelf[0]] if shelf[1] is None else [shelf]
        return [item for at in shelves for item in self.stored(at).values()]


class TheAccountIsReadInATeam(Target):
    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        there = wanted in self.stored(shelf)
        return super().get(call, shelf if there else (shelf[0], None), wanted)


class TeamsAreOpen(Target):
    def registries(self, call: Call, team: str | None, rest: list[str], holder: list[Holder]) -> Answer:
        if team is not None and call.method == "GET" and self.token_of(call) is None:
            return super().registries(call, team, rest, holder) if rest else self.list_page(call, ("nobody", team), "")
        return super().registries(call, team, rest, holder)


class TeamsTakeEverything(Target):
    """What is sent to a team is put right instead of judged."""

    team: str | None = None

    def shelf_of(self, holder: Holder, team: str | None) -> Shelf:
        self.team = team
        return super().shelf_of(holder, team)

    def judge(self, faults: Mapping[str, Any]) -> None:
        if self.team is None:
            super().judge(dict(faults))


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (TeamsAreTheAccount, TEAMS),
        (OneTeam, TEAMS),
        (TeamsHaveNoRoutes, TEAMS),
        (UpdatesReachTheAccount, TEAMS),
        (DeletionsReachTheAccount, TEAMS),
        (TeamsListTheAccount, TEAMS),
        (TheAccountListsTeams, TEAMS),
        (TheAccountIsReadInATeam, TEAMS),
        (NoRoutesForTeams, TEAMS),
        (TeamsReadEachOther, TEAMS),
        (NoRouteOfOldClientsForTeams, "update.modify-route"),
        (TeamsAreOpen, "common.auth.token"),
        (TeamsTakeEverything, "add.provider.one-of"),
        (TeamsTakeEverything, "add.credentials.scope.required"),
        (TeamsTakeEverything, "update.restrictions.restricted.required"),
    ],
)
async def test_a_defect_of_teams_is_found_and_its_rule_named(made: type[Target], rule: str) -> None:
    assert rule in broken(await probed_with_slips(made()))


async def probed_with_slips(made: Target, **options: Any) -> Report:
    """Run the probes against a target that may be unable to delete."""
    async with serving(made) as url:
        return await probe_url(url, *MODULES, **options)


class Reads(Target):
    """Every token does one kind of thing in the account of ours."""

    method = "GET"
    by_modify = False

    def registries(self, call: Call, team: str | None, rest: list[str], holder: list[Holder]) -> Answer:
        if rest and call.method == self.method and (len(rest) > 1) is self.by_modify:
            self.authenticate(call, READ)
            holder.append(Holder("ours"))
            return self.operations(rest)[call.method][1](call, ("ours", team), rest[0])
        return super().registries(call, team, rest, holder)


class Updates(Reads):
    method = "PATCH"


class Modifies(Reads):
    method, by_modify = "POST", True


class Deletes(Reads):
    method = "DELETE"


class Lists(Target):
    def in_order(self, shelf: Shelf) -> list[Item]:
        return super().in_order(("ours", shelf[1]))


class NamesOnce(Target):
    """A name is taken in all accounts once it is in one."""

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        if any(wanted in items for at, items in self.shelves.items() if at[1] == shelf[1]):
            raise RefusedError(409, "name.taken", "There are credentials with such a name already.")
        return wanted


class TeamsOfAllAccounts(Target):
    def shelf_of(self, holder: Holder, team: str | None) -> Shelf:
        return ("everybody" if team else holder.account), team


class OneShelf(Target):
    def stored(self, shelf: Shelf) -> dict[str, Item]:
        return super().stored(("everybody", shelf[1]))


@pytest.mark.parametrize("made", [Reads, Updates, Modifies, Deletes, Lists, NamesOnce, TeamsOfAllAccounts, OneShelf])
async def test_a_defect_of_accounts_is_found(made: type[Target]) -> None:
    assert ISOLATION in broken(await probed_with_slips(made(tokens=TOKENS), **DECLARED))
