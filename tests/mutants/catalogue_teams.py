"""Mutants: teams that are no namespaces of their own."""

from __future__ import annotations

from typing import Final

from tests.mutants.access import CREATE, Holder
from tests.mutants.catalogue_permissions import Finding
from tests.mutants.forms import Faults, Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item, Page, Shelf, Wish
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks


@breaks("common.teams")
class TeamsIgnored(Target):
    """A team is the account itself."""

    def shelf_of(self, holder: Holder, _team: str | None) -> Shelf:
        return holder.account, None


@breaks("common.teams")
class OneTeam(Target):
    """All teams of an account share one namespace."""

    def shelf_of(self, holder: Holder, team: str | None) -> Shelf:
        return holder.account, None if team is None else "all"


@breaks("common.teams", "common.isolation")
class TeamsOfAll(Target):
    """A team's id is a namespace by itself, whosever token comes with it."""

    def shelf_of(self, holder: Holder, team: str | None) -> Shelf:
        return ("teams", team) if team else (holder.account, None)


@breaks("common.teams")
class TeamListsAccount(Target):
    """The list of a team has the credentials of the account as well."""

    def in_order(self, shelf: Shelf) -> list[Item]:
        items = super().in_order(shelf)
        if shelf[1] is not None:
            items += super().in_order((shelf[0], None))
        return sorted(items, key=lambda item: item.number)


@breaks("common.teams")
class AccountListsTeams(Target):
    """The list of an account has the credentials of its teams as well."""

    def in_order(self, shelf: Shelf) -> list[Item]:
        items = super().in_order(shelf)
        for place in self.shelves if shelf[1] is None else ():
            if place[0] == shelf[0] and place[1] is not None:
                items += super().in_order(place)
        return sorted(items, key=lambda item: item.number)


@breaks("common.teams")
class TeamFindsAccount(Finding):
    """What a team does not have is looked for in the account."""

    def near(self, shelf: Shelf, place: Shelf) -> bool:
        return place == (shelf[0], None)


@breaks("common.teams")
class TeamFindsTeams(Finding):
    """A team's credentials are found through any team's path."""

    def near(self, shelf: Shelf, place: Shelf) -> bool:
        return place[0] == shelf[0] and None not in {place[1], shelf[1]}


@breaks("common.teams", "add.response.status")
class NamesOfAccount(Target):
    """A name that the account or another team has is taken."""

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        for place in self.shelves:
            if place[0] == shelf[0]:
                super().free_id(place, wanted)
        return super().free_id(shelf, wanted)


@breaks("common.teams", "delete.final")
class TeamDeletesInAccount(Target):
    """A team's deletion takes the account's credentials of the same id."""

    def remove(self, shelf: Shelf, item: Item) -> None:
        account = self.stored((shelf[0], None))
        if shelf[1] is None or item.id not in account:
            return super().remove(shelf, item)
        del account[item.id]
        return None


@breaks("common.teams", "update.touches-only-named")
class UpdatesBoth(Target):
    """An update goes to the credentials of this id in the account and in all its teams."""

    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        answer = super().update(call, shelf, wanted)
        for place in self.shelves:
            if place != shelf and place[0] == shelf[0] and wanted in self.stored(place):
                super().update(call, place, wanted)
        return answer


@breaks("common.teams", teams=("team-one", "team-two"))
class NoTeams(Target):
    """The paths of teams do not exist."""

    def route(self, call: Call, holder: list[Holder]) -> Answer:
        if "teams" in call.parts[:2]:
            raise RefusedError(404, "path.unknown", "There is nothing at this path.")
        return super().route(call, holder)


@breaks("common.teams", "update.modify-route")
class NoModifyForTeams(Target):
    """Teams have no route for older clients."""

    def modify(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        if shelf[1] is not None:
            raise RefusedError(404, "path.unknown", "There is nothing at this path.")
        return super().modify(call, shelf, wanted)


@breaks("list.response.item.no-secrets", "common.teams")
class SecretsListedForTeams(Target):
    """The list of a team has user names and passwords, that of the account has not."""

    def list_page(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        answer = super().list_page(call, shelf, wanted)
        if shelf[1] is not None:
            for shown in answer.content["data"]["credentials"]:
                item = self.stored(shelf)[shown["id"]]
                shown.update({key: item.fields[key] for key in ("credentials",) if key in item.fields})
        return answer


class OfTeams(Target):
    """A target whose handlers for teams are others than those for accounts."""

    team: str | None = None

    def registries(self, call: Call, team: str | None, rest: list[str], holder: list[Holder]) -> Answer:
        self.team = team
        return super().registries(call, team, rest, holder)


@breaks("add.name.type", "add.name.min-length", "add.name.pattern", "add.provider.one-of", "common.teams")
class TeamAddsUnchecked(OfTeams):
    """What is added to a team needs a name and is not looked at otherwise."""

    def new_faults(self, body: Json) -> Faults:
        if self.team is None or not isinstance(body, dict) or not isinstance(body.get("name"), str):
            return super().new_faults(body)
        return {}


@breaks("get.response.same-as-add", "update.touches-only-named", "common.teams")
class TeamUpdatesLost(OfTeams):
    """An update in a team is answered and not done."""

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        super().change(item, {} if self.team else changes)


@breaks("delete.final", "common.teams")
class TeamsDeleteNothing(OfTeams):
    """A deletion in a team is answered and not done."""

    def remove(self, shelf: Shelf, item: Item) -> None:
        if self.team is None:
            super().remove(shelf, item)


@breaks("list.response.page-size", "common.teams")
class TeamListsAll(OfTeams):
    """The list of a team knows no pages."""

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        return super().choose(shelf, wish._replace(per_page=1000, page=1, after=0) if self.team else wish)


@breaks("common.auth.permission", tokens=True)
class AnyoneAddsToTeams(OfTeams):
    """Adding to a team needs no permission."""

    def permit(self, holder: Holder, permission: str) -> None:
        if self.team is None or permission != CREATE:
            super().permit(holder, permission)
