"""Mutants: providers, integration ids, and the demand for user name and password that comes with the latter."""

from __future__ import annotations

import re
from typing import Final

from tests.mutants.forms import INTEGRATION, SECRETS, Faults, Json
from tests.mutants.mutant import Catalogue
from tests.mutants.target import Target

catalogue: Final = Catalogue()
breaks = catalogue.breaks


@breaks("add.provider.required", "add.response.given-fields")
class ProviderByDefault(Target):
    """Who gives no provider gets dockerhub, as the page's example request suggests."""

    def new_faults(self, body: Json) -> Faults:
        if isinstance(body, dict):
            body.setdefault("provider", "dockerhub")
        return super().new_faults(body)


@breaks("add.provider.type", "add.provider.one-of")
class ProviderOfAnyType(Target):
    """Only a provider that is a text is looked up."""

    def is_text(self, where: str, value: Json) -> bool:
        return where == "add.provider" or super().is_text(where, value)


@breaks("add.provider.one-of")
class AnyProvider(Target):
    """Any text is a provider."""

    def provider_is_known(self, _provider: str) -> bool:
        return True


@breaks("add.provider.one-of", "add.response.provider.one-of")
class ProviderInAnyCase(Target):
    """Providers are compared without case and kept as given."""

    def provider_is_known(self, provider: str) -> bool:
        return super().provider_is_known(provider.lower())


@breaks("add.provider.one-of")
class ProviderLowered(Target):
    """A provider is lowered and trimmed before it is looked up."""

    def new_faults(self, body: Json) -> Faults:
        if isinstance(body, dict) and isinstance(body.get("provider"), str):
            body["provider"] = body["provider"].strip().lower()
        return super().new_faults(body)


@breaks("add.provider.one-of")
class NoLegacy(Target):
    """The provider legacy was forgotten."""

    def provider_is_known(self, provider: str) -> bool:
        return provider != "legacy" and super().provider_is_known(provider)


@breaks("add.provider.one-of")
class ProvidersOf2024(Target):
    """The providers that an older SDK lists are accepted besides."""

    def provider_is_known(self, provider: str) -> bool:
        return provider in {"gcr", "gcr-eu", "gcr-us"} or super().provider_is_known(provider)


@breaks("add.provider.one-of")
class StartOfProvider(Target):
    """The start of a provider's word is enough."""

    def provider_is_known(self, provider: str) -> bool:
        return re.match("acr|ecr|gar|dockerhub|github|gitlab|custom|legacy", provider) is not None


@breaks("add.integrationId.pattern")
class AnyIntegration(Target):
    """An integration id may be any text."""

    def integration_has_form(self, _integration: str) -> bool:
        return True


@breaks("add.integrationId.pattern")
class IntegrationWithNewline(Target):
    """`$` of Python's re.match also matches before a newline at the end of an integration id."""

    def integration_has_form(self, integration: str) -> bool:
        return re.match(f"{INTEGRATION.pattern}$", integration) is not None


@breaks("add.integrationId.pattern")
class IntegrationNotAnchored(Target):
    """An integration id only has to begin as it should."""

    def integration_has_form(self, integration: str) -> bool:
        return INTEGRATION.match(integration) is not None


@breaks("add.integrationId.pattern")
class PrefixUnknown(Target):
    """An integration id with org/ or team/ before it is refused."""

    def integration_has_form(self, integration: str) -> bool:
        return "/" not in integration and super().integration_has_form(integration)


@breaks("add.integrationId.pattern")
class AnyPrefix(Target):
    """Any word may stand before the slash."""

    def integration_has_form(self, integration: str) -> bool:
        return super().integration_has_form(re.sub("^[a-z]+/", "", integration))


@breaks("add.integrationId.pattern")
class IntegrationWithSpace(Target):
    """An integration id is judged by the pattern of names, which has spaces."""

    def integration_has_form(self, integration: str) -> bool:
        return self.name_has_form(re.sub("^(org|team)/", "", integration))


@breaks("add.integrationId.pattern")
class IntegrationWithUnderscore(Target):
    """An integration id may have underscores."""

    def integration_has_form(self, integration: str) -> bool:
        return super().integration_has_form(integration.replace("_", "x"))


@breaks("add.credentials.username.conditional")
class NoUsernameNeeded(Target):
    """With an integration only the password is required."""

    def required_secrets(self, body: Json) -> tuple[str, ...]:
        return tuple(key for key in super().required_secrets(body) if key != "username")


@breaks("add.credentials.password.conditional")
class NoPasswordNeeded(Target):
    """With an integration only the user name is required."""

    def required_secrets(self, body: Json) -> tuple[str, ...]:
        return tuple(key for key in super().required_secrets(body) if key != "password")


@breaks("add.credentials.username.conditional", "add.credentials.password.conditional")
class NeededInsideOnly(Target):
    """With an integration, credentials need both, but they can be left out as a whole."""

    def required_secrets(self, body: Json) -> tuple[str, ...]:
        return super().required_secrets(body) if "credentials" in body else ()


@breaks("add.credentials.username.conditional", "add.credentials.password.conditional")
class OneOfTheTwo(Target):
    """With an integration, one of user name and password is enough."""

    def required_secrets(self, body: Json) -> tuple[str, ...]:
        given = body.get("credentials")
        return (
            () if isinstance(given, dict) and any(key in given for key in SECRETS) else super().required_secrets(body)
        )


@breaks("add.credentials.username.conditional", "add.credentials.password.conditional")
class AlwaysNeeded(Target):
    """User name and password are required whatever else is given."""

    def required_secrets(self, _body: Json) -> tuple[str, ...]:
        return SECRETS


@breaks("add.credentials.username.conditional", "add.credentials.password.conditional")
class CredentialsNeeded(Target):
    """With an integration, credentials are required, but nothing in them."""

    def check_secrets(self, faults: Faults, body: Json) -> None:
        if self.required_secrets(body) and "credentials" not in body:
            self.blame(faults, "add.credentials", "is missing")


@breaks("add.integrationId.pattern", "add.response.given-fields")
class EmptyIntegrationDropped(Target):
    """An empty integration id counts as none."""

    def new_faults(self, body: Json) -> Faults:
        if isinstance(body, dict) and body.get("integrationId") == "":
            del body["integrationId"]
        return super().new_faults(body)


@breaks("add.response.given-fields")
class PrefixLost(Target):
    """An integration id is stored without org/ or team/."""

    def known(self, value: Json, shape: Json) -> Json:
        kept = super().known(value, shape)
        if isinstance(kept, dict) and "integrationId" in kept:
            kept["integrationId"] = kept["integrationId"].rpartition("/")[2]
        return kept
