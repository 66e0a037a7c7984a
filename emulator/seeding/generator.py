"""Makes credentials that look real, any number of them, the same ones for the same seed.

Faker makes the pools (companies, user names), once and from the seed, as it takes 0.25 ms for a company. All other
choices are drawn here with `random()`, the one method whose sequence Python promises to keep. With Faker 30.0 to 40.54
on Python 3.11 to 3.13 the same seed gave the same bytes (2026-11; a test holds a digest of them). A later Faker may
change its lists, so whoever tells of generated credentials tells `origin()` too.

No password looks like a token of a real service: secret scanners would raise an alarm wherever it turns up.
"""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final, TypeVar

from emulator.clock import parse_rfc3339, rfc3339

_T = TypeVar("_T")
_JSONObject = dict[str, object]

_COMPANIES: Final = 400
_USERS: Final = 200
_COMPANY_LENGTH: Final = 18
_BASE_LENGTH: Final = 31  # of a name: leaves room for a separator and a number of seven digits
_FIRST: Final = parse_rfc3339("2025-01-01T08:00:00Z")
_MINUTE: Final = 60_000
_WEEK: Final = 7 * 24 * 60 * _MINUTE
_PAIRS: Final = tuple(map("".join, itertools.product(string.ascii_letters + string.digits, repeat=2)))
"""What passwords are made of; two characters a draw, as draws are most of the work."""

# As often as they are here.
_PROVIDERS: Final = (
    *("ecr", "ecr", "ecr", "github", "github", "github", "dockerhub", "dockerhub", "gar", "gar"),
    *("acr", "acr", "gitlab", "gitlab", "custom", "custom", "legacy"),
)
_STAGES: Final = ("production", "staging", "preview", "dev", "sandbox", "release", "nightly", "shared")
_USES: Final = ("pull", "push", "CI", "deploy", "mirror", "cache", "base images", "builds", "backup", "registry")
_LABELS: Final = {"ecr": "ECR", "gar": "GAR", "acr": "ACR", "github": "GHCR", "gitlab": "GitLab", "dockerhub": "Hub"}
_SERVICES: Final = ("api", "web", "worker", "billing", "search", "auth", "reports", "media", "gateway", "jobs")
_AWS_REGIONS: Final = (
    *("eu-west-1", "eu-west-2", "eu-central-1", "eu-north-1", "us-east-1", "us-east-2", "us-west-2"),
    *("ca-central-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1"),
)
_GOOGLE_LOCATIONS: Final = (
    *("europe", "us", "asia", "europe-west1", "europe-west3", "europe-north1", "us-central1", "us-east4"),
    *("asia-northeast1", "australia-southeast1"),
)
_SCOPES: Final[tuple[dict[str, bool], ...]] = (
    {"pull": True, "push": False},
    {"pull": True, "push": True},
    {"pull": True},
    {},
)
_SCOPE_SHARES: Final = (0, 0, 0, 1, 1, 2, 3)


def generate(count: int, seed: int) -> Iterator[_JSONObject]:
    """Yield `count` valid bodies of Add registry, with times; the first ones of a larger count are the same.

    Names are unique: all ids differ. Times grow, half a minute apart on average, from January 2025 on.

    Args:
        count: how many, 10,000,000 at most.
        seed: any whole number; -1 is the same as 1.
    """
    return itertools.islice(_Maker(seed).endless(), count)


def origin() -> str:
    """Return what, beside count and seed, decides what is generated: the version of Faker."""
    import faker

    return f"Faker {faker.VERSION}"


def _two_words(company: str) -> str:
    """Return what a name can hold of a company's: `Jones, Smith and Brown` is `Jones Smith`."""
    words = [word for word in re.findall("[A-Za-z]+", company) if word != "and"]
    return " ".join(words[:2])[:_COMPANY_LENGTH].rstrip()


class _Maker:
    def __init__(self, seed: int) -> None:
        from faker import Faker  # takes a quarter of a second to import

        fake = Faker("en_US")
        fake.seed_instance(seed)
        self._companies = [_two_words(fake.company()) for _ in range(_COMPANIES)]
        self._users = [fake.user_name() for _ in range(_USERS)]
        self._random = Random(seed).random  # noqa: S311 - what is made is to be repeatable, and no secret
        self._used: dict[str, int] = {}
        self._now = _FIRST
        self._add_details: dict[str, Callable[[_JSONObject, str, str], str]] = {
            "acr": self._acr,
            "ecr": self._ecr,
            "gar": self._gar,
            "dockerhub": self._dockerhub,
            "github": self._github,
            "gitlab": self._gitlab,
            "custom": self._custom,
            "legacy": self._legacy,
        }

    def endless(self) -> Iterator[_JSONObject]:
        while True:
            yield self._body()

    def _body(self) -> _JSONObject:
        company = self._pick(self._companies)
        stage = self._pick(_STAGES)
        provider = self._pick(_PROVIDERS)
        slug = company.lower().replace(" ", "-")
        body: _JSONObject = {"name": self._name(company, stage, provider), "provider": provider}
        user = self._add_details[provider](body, slug, stage)
        integration = self._chance(0.15)
        if integration:
            owner = self._pick(("org/", "org/", "team/", ""))
            body["integrationId"] = f"{owner}{slug}-{provider}"
        if integration or self._chance(0.9):
            secrets = {"username": user, "password": self._password()} if integration or self._chance(0.95) else {}
            body["credentials"] = {**secrets, "scope": _SCOPES[self._pick(_SCOPE_SHARES)]}
        if self._chance(0.6):
            body["restrictions"] = self._restrictions(slug)
        self._now += int(self._random() * _MINUTE)
        body["createdAt"] = body["updatedAt"] = rfc3339(self._now)
        if self._chance(0.4):
            body["updatedAt"] = rfc3339(self._now + int(self._random() * _WEEK))
        return body

    def _name(self, company: str, stage: str, provider: str) -> str:
        """Return a name that was not given yet; those without a number hold none, so numbered ones differ too."""
        what = self._pick(_USES) if self._chance(0.7) else _LABELS.get(provider, "registry")
        name = f"{company} {stage} {what}"
        if len(name) > _BASE_LENGTH:
            name = f"{company} {what}"[:_BASE_LENGTH].rstrip()
        if self._chance(0.3):
            name = name.lower().replace(" ", "-")
        slug = name.lower().replace(" ", "-")
        number = self._used[slug] = self._used.get(slug, 0) + 1
        if number == 1:
            return name
        return f"{name}{'-' if '-' in name else ' '}{number}"

    def _restrictions(self, slug: str) -> _JSONObject:
        if self._chance(0.4):
            return {"restricted": False}
        count = 1 + int(self._random() * 4)
        return {"restricted": True, "projects": [f"{slug}-{service}" for service in self._some(_SERVICES, count)]}

    # One method for each provider: adds what goes with it to the body and returns a user name.

    def _ecr(self, body: _JSONObject, _slug: str, _stage: str) -> str:
        region = self._pick(_AWS_REGIONS)
        body["registryUrl"] = f"https://{self._digits(12)}.dkr.ecr.{region}.amazonaws.com"
        body["aws"] = {"region": region}
        return "AWS"

    def _gar(self, body: _JSONObject, slug: str, stage: str) -> str:
        project = f"{slug}-{self._digits(6)}"
        body["registryUrl"] = f"https://{self._pick(_GOOGLE_LOCATIONS)}-docker.pkg.dev/{project}/{stage}"
        body["gcp"] = {"projectId": project}
        return "_json_key_base64"

    def _acr(self, body: _JSONObject, slug: str, stage: str) -> str:
        registry = slug.replace("-", "") + stage
        body["registryUrl"] = f"https://{registry}.azurecr.io"
        body["azure"] = {"resourceGroup": f"rg-{slug}-{stage}"}
        return registry

    def _dockerhub(self, body: _JSONObject, _slug: str, _stage: str) -> str:
        body["registryUrl"] = "https://docker.io"
        return self._pick(self._users)

    def _github(self, body: _JSONObject, _slug: str, _stage: str) -> str:
        body["registryUrl"] = "https://ghcr.io"
        return self._pick(self._users)

    def _gitlab(self, body: _JSONObject, slug: str, _stage: str) -> str:
        own = self._chance(0.25)
        body["registryUrl"] = f"https://registry.{slug}.example" if own else "https://registry.gitlab.com"
        return f"gitlab+deploy-token-{self._digits(6)}"

    def _custom(self, body: _JSONObject, slug: str, stage: str) -> str:
        body["registryUrl"] = f"https://{self._pick(('harbor', 'registry', 'quay'))}.{slug}.example:5000/{stage}"
        return self._pick(self._users)

    def _legacy(self, body: _JSONObject, slug: str, _stage: str) -> str:
        if self._chance(0.8):
            body["registryUrl"] = f"https://docker.{slug}.example/v2/"
        return self._pick(self._users)

    def _pick(self, choices: Sequence[_T]) -> _T:
        return choices[int(self._random() * len(choices))]

    def _some(self, choices: Sequence[_T], count: int) -> list[_T]:
        """Return `count` different ones that follow each other, from any place."""
        start = int(self._random() * len(choices))
        return [choices[(start + step) % len(choices)] for step in range(count)]

    def _chance(self, probability: float) -> bool:
        return self._random() < probability

    def _digits(self, count: int) -> str:
        return f"{int(self._random() * 10**count):0{count}}"

    def _password(self) -> str:
        random, pairs = self._random, len(_PAIRS)
        return "".join([_PAIRS[int(random() * pairs)] for _ in range(12)])
