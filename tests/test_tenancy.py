"""The bearer token is the tenant; a tokens file declares tokens, their accounts and their permissions."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Final

import pytest

from emulator import Settings
from emulator.api.emulation import EMULATION
from emulator.models import DeclaredToken, Permission
from emulator.settings import load
from tests.conftest import EVERY_FIELD, REGISTRIES, Answer, Ask, Start
from tests.samples import SMALLEST

ONE: Final = f"{REGISTRIES}/abc"
TEAM: Final = "/v1/teams/a/integrations/registries"

# Operation -> a call of it that succeeds for one stored credential `abc`, and the permission that its page names.
CALLS: Final[dict[str, tuple[str, str, Any, str]]] = {
    "add": ("POST", "", {"name": "new", "provider": "ecr"}, "Create"),
    "list": ("GET", "", None, "Read"),
    "get": ("GET", "/abc", None, "Read Encrypted"),
    "update": ("PATCH", "/abc", {}, "Update"),
    "modify": ("POST", "/abc/modify", {}, "Update"),
    "delete": ("DELETE", "/abc", None, "Delete"),
}


@pytest.mark.rule("common.isolation", "common.auth.token")
async def test_each_token_owns_an_account_of_its_own_from_its_first_use(ask: Ask) -> None:
    assert (await ask("POST", REGISTRIES, token="one", json=SMALLEST)).status == 200
    assert (await ask("GET", REGISTRIES, token="two")).json["data"]["credentials"] == []
    for method, path, body in (("GET", ONE, None), ("PATCH", ONE, {}), ("DELETE", ONE, None)):
        assert (await ask(method, path, token="two", json=body)).status == 404
    assert (await ask("POST", REGISTRIES, token="two", json={**SMALLEST, "provider": "gar"})).status == 200
    assert (await ask("GET", ONE, token="one")).json["data"]["provider"] == "ecr"
    assert (await ask("GET", ONE, token="two")).json["data"]["provider"] == "gar"


@pytest.mark.rule("common.isolation")
@pytest.mark.parametrize("other", ["Token", "token-", "toke", "token2"])
async def test_tokens_that_look_alike_are_different_tenants(ask: Ask, other: str) -> None:
    await ask("POST", REGISTRIES, token="token", json=SMALLEST)
    assert (await ask("GET", ONE, token=other)).status == 404


@pytest.mark.rule("common.auth.token")
@pytest.mark.parametrize(
    "header",
    ["Bearer word", "bearer word", "BEARER word", "Bearer  word", "Bearer word ", "Bearer nf-eyJ.a_b-c.d~+/=="],
)
async def test_any_bearer_token_is_accepted(ask: Ask, header: str) -> None:
    assert (await ask("GET", REGISTRIES, token=None, headers={"Authorization": header})).status == 200


async def test_the_spelling_of_the_scheme_does_not_change_the_tenant(ask: Ask) -> None:
    await ask("POST", REGISTRIES, token="word", json=SMALLEST)
    assert (await ask("GET", ONE, token=None, headers={"Authorization": "bearer  word"})).status == 200


REFUSED: Final = [
    pytest.param(None, id="no-header"),
    pytest.param("", id="empty"),
    pytest.param("Bearer", id="no-token"),
    pytest.param("Bearer ", id="empty-token"),
    pytest.param("Bearer   ", id="spaces-as-a-token"),
    pytest.param("Bearer two words", id="two-words"),
    pytest.param("Basic dXNlcjpwYXNz", id="basic"),
    pytest.param("Token word", id="another-scheme"),
    pytest.param("word", id="the-token-alone"),
    pytest.param("Bearerword", id="no-space"),
    pytest.param("Bearer: word", id="colon"),
    pytest.param("Bearer\tword", id="tab"),
]


@pytest.mark.rule("common.auth.token")
@pytest.mark.parametrize("header", REFUSED)
async def test_without_a_well_formed_bearer_token_the_answer_is_401(ask: Ask, header: str | None) -> None:
    answer = await ask("GET", REGISTRIES, token=None, headers={} if header is None else {"Authorization": header})
    assert answer.status == 401
    assert answer.error["id"] == "unauthorized"
    assert answer.rules == ["common.auth.token"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "`Authorization: Bearer TOKEN`" in answer.error["message"]


@pytest.mark.rule("common.auth.token")
@pytest.mark.parametrize("base", [REGISTRIES, TEAM])
@pytest.mark.parametrize("operation", CALLS)
async def test_every_operation_needs_a_token(ask: Ask, base: str, operation: str) -> None:
    method, path, body, _ = CALLS[operation]
    assert (await ask(method, base + path, token=None, json=body)).status == 401
    assert (await ask("GET", "/v1/login", token=None)).status == 401


async def test_who_asks_is_checked_before_what_is_sent(ask: Ask) -> None:
    assert (await ask("POST", REGISTRIES, token=None, data=b"{", headers={"Content-Type": "text/plain"})).status == 401


def declare(folder: Path, *entries: dict[str, Any]) -> dict[str, Any]:
    """Write a tokens file and return the settings that it makes."""
    file = folder / "tokens.json"
    file.write_text(json.dumps({"tokens": entries}), "utf-8")
    return {"tokens": load({"tokens": str(file)}, {}).tokens}


@pytest.mark.rule("common.auth.token")
async def test_once_a_token_is_declared_others_are_answered_401(start: Start, tmp_path: Path) -> None:
    ask = await start(**declare(tmp_path, {"token": "known", "account": "acme"}))
    assert (await ask("GET", REGISTRIES, token="known")).status == 200
    for token in ("unknown", "acme", "Known", "known2"):
        answer = await ask("GET", REGISTRIES, token=token)
        assert answer.status == 401
        assert answer.rules == ["common.auth.token"]
        assert "not declared" in answer.error["message"]
        assert token not in answer.error["message"]


@pytest.mark.rule("common.isolation")
async def test_declared_tokens_share_the_account_that_they_name(start: Start, tmp_path: Path) -> None:
    ask = await start(
        **declare(
            tmp_path,
            {"token": "one", "account": "acme"},
            {"token": "two", "account": "acme"},
            {"token": "three", "account": "other"},
        )
    )
    await ask("POST", REGISTRIES, token="one", json=SMALLEST)
    assert (await ask("GET", ONE, token="two")).status == 200
    assert (await ask("GET", ONE, token="three")).status == 404


ALL: Final = ("Create", "Read", "Read Encrypted", "Update", "Delete")


def permission(name: str) -> str:
    return f"Account > Credentials > General > {name}"


def test_the_permissions_are_those_of_the_documentation() -> None:
    assert sorted(Permission) == sorted(map(permission, ALL))


async def call(ask: Ask, base: str, operation: str, token: str) -> Answer:
    method, path, body, _ = CALLS[operation]
    return await ask(method, base + path, token=token, json=body)


@pytest.mark.rule("common.auth.permission", "common.rejected-changes-nothing")
@pytest.mark.parametrize("base", [REGISTRIES, TEAM], ids=["account", "team"])
@pytest.mark.parametrize("operation", CALLS)
async def test_an_operation_needs_its_permission_and_names_it_if_it_is_missing(
    start: Start, tmp_path: Path, base: str, operation: str
) -> None:
    needed = CALLS[operation][3]
    others = [permission(name) for name in ALL if name != needed]
    ask = await start(
        **declare(
            tmp_path,
            {"token": "owner", "account": "acme"},
            {"token": "lacking", "account": "acme", "permissions": others},
            {"token": "sufficient", "account": "acme", "permissions": [permission(needed)]},
            {"token": "nothing", "account": "acme", "permissions": []},
        )
    )
    await ask("POST", base, token="owner", json=SMALLEST)
    before = await ask("GET", base, token="owner")

    for token in ("lacking", "nothing"):
        answer = await call(ask, base, operation, token)
        assert answer.status == 403
        assert answer.error["id"] == "forbidden"
        assert answer.rules == ["common.auth.permission"]
        assert f"`{permission(needed)}`" in answer.error["message"]

    assert (await ask("GET", base, token="owner")).json == before.json
    assert (await call(ask, base, operation, "sufficient")).status == 200


async def test_a_token_without_permissions_can_still_log_in(start: Start, tmp_path: Path) -> None:
    ask = await start(**declare(tmp_path, {"token": "nothing", "account": "acme", "permissions": []}))
    assert (await ask("GET", "/v1/login", token="nothing")).status == 200
    assert (await ask("GET", "/v1/login", token="unknown")).status == 401


async def test_the_permission_is_checked_before_the_body_and_the_id(start: Start, tmp_path: Path) -> None:
    ask = await start(**declare(tmp_path, {"token": "nothing", "account": "acme", "permissions": []}))
    assert (await ask("POST", REGISTRIES, token="nothing", data=b"{")).status == 403
    assert (await ask("GET", f"{REGISTRIES}/unknown", token="nothing")).status == 403


async def test_no_token_and_no_password_is_in_a_log_line_or_a_repr(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    declared = DeclaredToken("very-secret-token", "acme")
    settings = Settings(tokens=(declared,), log_requests=True)
    caplog.set_level(logging.DEBUG)
    ask = await start(tokens=(declared,), log_requests=True)
    answers = [
        await ask("POST", REGISTRIES, token="very-secret-token", json=EVERY_FIELD),
        await ask("GET", REGISTRIES, token="very-secret-token"),
        await ask("GET", REGISTRIES, token="another-secret-token"),
    ]
    emulation = ask.app[EMULATION]
    assert [answer.status for answer in answers] == [200, 200, 401]
    shown = [
        *(caplog.text, repr(declared), repr(settings), repr(emulation), repr(emulation.tenants), repr(emulation.store)),
        *(repr(vars(emulation)), answers[2].text, str(answers[2].headers)),
    ]
    for text in shown:
        assert "secret-token" not in text
        assert "pass-word-1" not in text
