"""What most tests need: an emulator over HTTP, as a client sees it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import hypothesis
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from emulator import Emulator, Settings, create_app

# For tests/plugin; pytest wants it said here.
pytest_plugins = ["pytester"]

# A user's project, with a configuration of its own: tests/test_examples.py runs it.
collect_ignore = ["examples"]

# The same examples in every run, and none kept between runs. A nightly run looks at others, and at many more:
# HYPOTHESIS_PROFILE=nightly make test ARGS='--timeout 0'
hypothesis.settings.register_profile("ci", derandomize=True, database=None, deadline=None, print_blob=True)
hypothesis.settings.register_profile(
    "nightly", hypothesis.settings.get_profile("ci"), derandomize=False, max_examples=2000
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

REGISTRIES = "/v1/integrations/registries"
TOKEN = "test-token"

EVERY_FIELD: Mapping[str, Any] = {
    "name": "Every Field",
    "provider": "ecr",
    "registryUrl": "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    "aws": {"region": "eu-west-1"},
    "gcp": {"projectId": "project-1"},
    "azure": {"resourceGroup": "group-1"},
    "integrationId": "org/my-integration",
    "credentials": {"username": "robot", "password": "pass-word-1", "scope": {"pull": True, "push": False}},
    "restrictions": {"restricted": True, "projects": ["project-a", "project-b"]},
}
"""A body of Add registry with every documented member that an answer holds."""


@dataclass(frozen=True)
class Answer:
    """What came back; `json` is None where the body is no JSON."""

    status: int
    headers: Mapping[str, str]
    text: str
    json: Any

    @property
    def error(self) -> Any:
        """The member `error` of an error answer."""
        return self.json["error"]

    @property
    def details(self) -> dict[str, list[str]]:
        """The messages of an error answer by field path."""
        details: dict[str, list[str]] = self.json["error"].get("details", {})
        return details

    @property
    def rules(self) -> list[str]:
        """The ids in `x-emulator-rule`."""
        return self.headers.get("x-emulator-rule", "").split(", ")


class Ask(Protocol):
    """Sends one request; `token=None` sends none."""

    app: web.Application
    """The application that answers, for its clock and the like: never to look behind an answer."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        token: str | None = TOKEN,
        headers: Mapping[str, str] | None = None,
        **rest: Any,
    ) -> Awaitable[Answer]: ...


Start = Callable[..., Awaitable[Ask]]


async def _answer(response: ClientResponse) -> Answer:
    text = await response.text(errors="replace")
    is_json = response.headers.get("Content-Type", "").startswith("application/json")
    return Answer(response.status, response.headers, text, await response.json() if is_json else None)


class _Ask:
    def __init__(self, client: TestClient[Any, Any], app: web.Application) -> None:
        self._client = client
        self.app = app

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        token: str | None = TOKEN,
        headers: Mapping[str, str] | None = None,
        **rest: Any,
    ) -> Answer:
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token}")
        async with self._client.request(method, path, headers=sent, **rest) as response:
            return await _answer(response)


@pytest.fixture
def start(aiohttp_client: Any) -> Start:
    """Start an emulator with the given settings and return what asks it."""

    async def start(**settings: Any) -> Ask:
        app = create_app(Settings(**settings))
        return _Ask(await aiohttp_client(app), app)

    return start


@pytest.fixture
async def ask(start: Start) -> Ask:
    """Ask a fresh emulator with default settings."""
    return await start()


@pytest.fixture(scope="session")
def live() -> Iterator[Emulator]:
    """A running emulator, one for the whole session: use a token of your own (`fresh_token`)."""
    with Emulator() as emulator:
        yield emulator


_numbers = itertools.count(1)


@pytest.fixture
def fresh_token() -> str:
    """A token that no other test uses, and so an account of its own."""
    return f"token-{next(_numbers)}"
