"""Mutants: demands that no page has, so that what is good is refused."""

from __future__ import annotations

from typing import Final

from tests.mutants.forms import SECRETS, Faults, Json
from tests.mutants.mutant import Catalogue
from tests.mutants.target import Target

catalogue: Final = Catalogue()
breaks = catalogue.breaks


class Demanding(Target):
    """A target that wants more of a body of add than it should."""

    def new_faults(self, body: Json) -> Faults:
        faults = super().new_faults(body)
        if not faults:
            self.demand(faults, body)
        return faults

    def demand(self, faults: Faults, body: Json) -> None:
        raise NotImplementedError


@breaks("add.provider.one-of", "add.registryUrl.type")
class UrlForCustom(Demanding):
    """The provider custom needs a registry URL."""

    def demand(self, faults: Faults, body: Json) -> None:
        if body["provider"] == "custom" and "registryUrl" not in body:
            self.blame(faults, "add.registryUrl", "is missing")


@breaks("add.provider.one-of", "add.aws.type", "add.aws.region.type")
class RegionForEcr(Demanding):
    """The provider ecr needs a region."""

    def demand(self, faults: Faults, body: Json) -> None:
        if body["provider"] == "ecr" and "region" not in body.get("aws", {}):
            self.blame(faults, "add.aws.region", "is missing")


@breaks("add.aws.type", "add.aws.region.type", "add.provider.one-of")
class AwsForEcrOnly(Demanding):
    """aws can be given with the provider ecr only."""

    def demand(self, faults: Faults, body: Json) -> None:
        if body["provider"] != "ecr" and "aws" in body:
            self.blame(faults, "add.aws", "does not go with this provider")


@breaks("add.aws.region.type", "add.aws.type")
class RegionInAws(Demanding):
    """aws, where it is given, needs a region."""

    def demand(self, faults: Faults, body: Json) -> None:
        if "aws" in body and "region" not in body["aws"]:
            self.blame(faults, "add.aws.region", "is missing")


# The second rule fits as well: seen from outside, good credentials are refused, for whatever is in them.
@breaks("add.credentials.password.type", "add.credentials.type")
class PasswordOfForty(Demanding):
    """A password has at least 40 characters, as a token has."""

    def demand(self, faults: Faults, body: Json) -> None:
        if 0 < len(body.get("credentials", {}).get("password", "")) < 40:
            self.blame(faults, "add.credentials.password", "is too short")


@breaks("add.credentials.username.conditional", "add.credentials.password.conditional", "add.credentials.type")
class BothInCredentials(Demanding):
    """Credentials, where they are given, need user name and password, with an integration or without."""

    def demand(self, faults: Faults, body: Json) -> None:
        for key in SECRETS if "credentials" in body else ():
            self.present(faults, "add.credentials", body["credentials"], key)


@breaks("add.credentials.scope.type", "add.credentials.scope.pull.type", "add.credentials.scope.push.type")
class ScopeOfSomething(Demanding):
    """A scope must allow something."""

    def demand(self, faults: Faults, body: Json) -> None:
        if "credentials" in body and not any(body["credentials"]["scope"].values()):
            self.blame(faults, "add.credentials.scope", "allows nothing")


@breaks("add.credentials.scope.type", "add.credentials.scope.pull.type", "add.credentials.scope.push.type")
class ScopeOfBoth(Demanding):
    """A scope needs both of its members."""

    def demand(self, faults: Faults, body: Json) -> None:
        for key in ("pull", "push") if "credentials" in body else ():
            self.present(faults, "add.credentials.scope", body["credentials"]["scope"], key)


@breaks("add.restrictions.type", "add.restrictions.restricted.type", "add.restrictions.projects.type")
class ProjectsWithRestricted(Demanding):
    """Restrictions need projects, restricted or not."""

    def demand(self, faults: Faults, body: Json) -> None:
        if "restrictions" in body:
            self.present(faults, "add.restrictions", body["restrictions"], "projects")


@breaks("update.credentials.type", "update.credentials.username.type", "update.credentials.password.type")
class UpdateOfBothOnly(Target):
    """An update of credentials needs user name and password."""

    def change_faults(self, body: Json) -> Faults:
        faults = super().change_faults(body)
        for key in SECRETS if not faults and "credentials" in body else ():
            self.present(faults, "update.credentials", body["credentials"], key)
        return faults


@breaks("update.credentials.type", "update.restrictions.type", "update.touches-only-named")
class UpdateOfAllOnly(Target):
    """An update needs credentials and restrictions, as PUT would."""

    def change_faults(self, body: Json) -> Faults:
        faults = super().change_faults(body)
        for key in ("credentials", "restrictions") if not faults and body else ():
            self.present(faults, "update", body, key)
        return faults
