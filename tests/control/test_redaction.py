"""Which values the journal shows as they were sent: those that have the form of what belongs there."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

import pytest

from emulator.namespace import Namespace
from emulator.schemas import PROVIDERS
from tests.conftest import EVERY_FIELD, REGISTRIES, Ask, Start
from tests.control.conftest import told
from tests.samples import SMALLEST, put

SECRET: Final = "C4n4ry$ecret"
REDACTED: Final = "[redacted]"


async def kept(ask: Ask, body: object) -> Any:
    """Send a body, and return what the journal has of it."""
    await ask("POST", REGISTRIES, json=body)
    (call,) = (await told(ask, "GET", "/requests?limit=1"))["requests"]
    assert SECRET not in str(call)
    return call["body"]


async def test_a_body_as_documented_is_shown_but_for_user_name_and_password(ask: Ask) -> None:
    times = {"createdAt": "2026-11-24T12:00:00.000Z", "updatedAt": "2026-11-24T13:00:00+01:00"}
    shown = put(put({**EVERY_FIELD, **times}, "credentials.username", REDACTED), "credentials.password", REDACTED)
    assert await kept(ask, {**EVERY_FIELD, **times}) == shown


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_every_provider_is_shown(ask: Ask, provider: str) -> None:
    assert (await kept(ask, {**SMALLEST, "provider": provider}))["provider"] == provider


@pytest.mark.parametrize("value", [SECRET, f"ecr{SECRET}", [SECRET], ["ecr"], {"ecr": SECRET}, 12345678])
async def test_what_is_no_provider_is_not(ask: Ask, value: object) -> None:
    shown = (await kept(ask, {**SMALLEST, "provider": value}))["provider"]
    assert shown in (REDACTED, {"ecr": REDACTED})


@pytest.mark.parametrize("member", ["createdAt", "updatedAt"])
@pytest.mark.parametrize("value", [SECRET, f"2026-11-24T12:00:00Z{SECRET}", [SECRET], 12345678])
async def test_what_is_no_time_is_not_shown(ask: Ask, member: str, value: object) -> None:
    assert (await kept(ask, {**SMALLEST, member: value}))[member] == REDACTED


@pytest.mark.parametrize(
    ("projects", "shown"),
    [
        pytest.param(["project-a", SECRET, "b2"], ["project-a", REDACTED, "b2"], id="among ids"),
        pytest.param(SECRET, REDACTED, id="no array"),
        pytest.param("project-a", REDACTED, id="no array, though an id"),
        pytest.param([[SECRET], {"name": SECRET}, 12345678], [REDACTED, {"name": REDACTED}, REDACTED], id="nested"),
    ],
)
async def test_projects_are_shown_as_far_as_they_are_ids(ask: Ask, projects: object, shown: object) -> None:
    body = put(EVERY_FIELD, "restrictions.projects", projects)
    assert (await kept(ask, body))["restrictions"]["projects"] == shown


@pytest.mark.parametrize("path", ["name", "registryUrl", "integrationId", "aws.region", "azure.resourceGroup"])
async def test_an_array_in_place_of_a_text_is_not_shown(ask: Ask, path: str) -> None:
    assert await kept(ask, put(SMALLEST, path, [SECRET])) == put(SMALLEST, path, REDACTED)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://robot:{SECRET}@example.com/v2", "https://[redacted]@example.com/v2"),
        (f"robot:{SECRET}@example.com", "[redacted]@example.com"),
        (f"https://robot:a@b/c?d#{SECRET}@example.com", "https://[redacted]@example.com"),
        (f"https://example.com/v2?token={SECRET}", "https://example.com/v2?[redacted]"),
        (f"https://example.com/v2#token={SECRET}", "https://example.com/v2#[redacted]"),
        ("https://example.com/v2", "https://example.com/v2"),
    ],
)
async def test_a_url_is_shown_without_user_query_and_fragment(ask: Ask, url: str, shown: str) -> None:
    assert (await kept(ask, {**SMALLEST, "registryUrl": url}))["registryUrl"] == shown


async def test_a_bug_is_logged_with_its_frames_and_without_its_message(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object, _name: str, text: bytes, **__: object) -> None:
        password = json.loads(text)["credentials"]["password"]
        try:
            int(password)
        except ValueError as error:
            raise KeyError(password) from error

    monkeypatch.setattr(Namespace, "add", broken)
    ask = await start()
    with caplog.at_level(logging.DEBUG):
        answer = await ask("POST", REGISTRIES, json=put(EVERY_FIELD, "credentials.password", SECRET))

    assert (answer.status, answer.error["id"]) == (500, "internal-error")
    assert "builtins.ValueError" in caplog.text
    assert "builtins.KeyError" in caplog.text
    assert "in broken" in caplog.text
    assert SECRET not in caplog.text + answer.text
