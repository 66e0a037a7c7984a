"""What most tests need: an emulator over HTTP, as a client sees it."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from emulator import Emulator, Settings, create_app

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

    def __call__(
        self, method: str, path: str, *, token: str | None = TOKEN, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> Awaitable[Answer]: ...


Start = Callable[..., Awaitable[Ask]]


async def _answer(response: ClientResponse) -> Answer:
    text = await response.text()
    is_json = response.headers.get("Content-Type", "").startswith("application/json")
    return Answer(response.status, response.headers, text, await response.json() if is_json else None)


@pytest.fixture
def start(aiohttp_client: Any) -> Start:
    """Start an emulator with the given settings (or one from create_app) and return what asks it."""

    async def start(**settings: Any) -> Ask:
        client: TestClient[Any, Any] = await aiohttp_client(create_app(Settings(**settings)))

        async def ask(
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
            async with client.request(method, path, headers=sent, **rest) as response:
                return await _answer(response)

        return ask

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
