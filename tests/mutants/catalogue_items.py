"""Mutants: what the items of a list show."""

from __future__ import annotations

from typing import Final

from tests.mutants.forms import Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Item
from tests.mutants.reshaping import gone, put
from tests.mutants.target import Target

catalogue: Final = Catalogue()
breaks = catalogue.breaks


class Itemising(Target):
    """A target whose listed items are wrong in one member."""

    def show_listed(self, item: Item) -> dict[str, Json]:
        shown = super().show_listed(item)
        self.reshow(shown, item)
        return shown

    def reshow(self, shown: dict[str, Json], item: Item) -> None:
        raise NotImplementedError


@breaks("list.response.item.fields")
class ItemsWithoutProvider(Itemising):
    """Listed items have no provider."""

    def reshow(self, shown: dict[str, Json], _item: Item) -> None:
        put(shown, "provider", gone)


@breaks("list.response.item.fields")
class ItemsWithoutName(Itemising):
    """Listed items have an id only, to be read one by one."""

    def reshow(self, shown: dict[str, Json], _item: Item) -> None:
        put(shown, "name", gone)


@breaks("list.response.item.fields")
class ItemsWithoutUrl(Itemising):
    """Listed items have no registry URL."""

    def reshow(self, shown: dict[str, Json], _item: Item) -> None:
        put(shown, "registryUrl", gone)


@breaks("list.response.item.fields", "list.response.every-item-once")
class ItemsWithOtherIds(Itemising):
    """Listed items have a number as their id."""

    def reshow(self, shown: dict[str, Json], item: Item) -> None:
        shown["id"] = str(item.number)


@breaks("list.response.item.no-secrets")
class SecretsListed(Itemising):
    """Listed items have user names and passwords."""

    def reshow(self, shown: dict[str, Json], item: Item) -> None:
        put(shown, "credentials", lambda _: item.fields["credentials"])


@breaks("list.response.item.no-secrets")
class UsernamesListed(Itemising):
    """Listed items have user names."""

    def reshow(self, shown: dict[str, Json], item: Item) -> None:
        username = item.fields.get("credentials", {}).get("username")
        if username is not None:
            shown["credentials"]["username"] = username


@breaks("list.response.item.no-secrets")
class PasswordUnderAnotherName(Itemising):
    """Listed items have the password in a member of the store's."""

    def reshow(self, shown: dict[str, Json], item: Item) -> None:
        password = item.fields.get("credentials", {}).get("password")
        if password is not None:
            shown["_secret"] = {"value": f"plain:{password}"}


@breaks("list.response.item.no-secrets")
class SecretsOfUpdatedListed(Itemising):
    """Listed items have the password once they were updated."""

    def reshow(self, shown: dict[str, Json], item: Item) -> None:
        if item.updated != item.created:
            put(shown, "credentials", lambda _: item.fields["credentials"])


@breaks("list.response.item.no-secrets")
class EmptyPasswordsListed(Itemising):
    """Listed items have asterisks for the password."""

    def reshow(self, shown: dict[str, Json], item: Item) -> None:
        if "password" in item.fields.get("credentials", {}):
            shown["credentials"]["password"] = "******"


@breaks("list.response.item.no-restrictions")
class RestrictionsListed(Itemising):
    """Listed items have restrictions."""

    def reshow(self, shown: dict[str, Json], item: Item) -> None:
        if "restrictions" in item.fields:
            shown["restrictions"] = item.fields["restrictions"]


@breaks("list.response.item.no-restrictions")
class RestrictedListed(Itemising):
    """Listed items say whether they are restricted, without the projects."""

    def reshow(self, shown: dict[str, Json], item: Item) -> None:
        if "restrictions" in item.fields:
            shown["restrictions"] = {"restricted": item.fields["restrictions"]["restricted"]}
