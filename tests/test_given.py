"""Settings in Python: keywords of `Emulator` and `create_app`, checked as the command checks its options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator, Settings, create_app
from emulator.behaviour import DEFAULT
from emulator.errors import InvalidSettingError
from emulator.given import KNOWN, settings_of
from emulator.models import DeclaredToken, Permission
from emulator.settings import OPTIONS
from tests.conftest import REGISTRIES
from tests.samples import SMALLEST
from tests.wire import Client

READ = Permission.READ
SUFFIX = DEFAULT.choose({"duplicate-name": "suffix"})


def test_an_emulator_takes_settings_as_keywords() -> None:
    with (
        Emulator(
            rate_limit="enforce", rate_limit_requests=3, assume={"duplicate-name": "suffix"}, fixture="teams"
        ) as running,
        Client(running.url, running.token) as client,
    ):
        stored = len(running.credentials)
        assert stored > 0
        ids = [client("POST", REGISTRIES, SMALLEST).json["data"]["id"] for _ in range(3)]
        assert ids == ["abc", "abc-2", "abc-3"]
        assert client("GET", REGISTRIES).status == 429


def test_a_declared_token_of_the_keywords_is_the_emulators_own() -> None:
    with Emulator(tokens=[{"token": "owner", "account": "acme"}]) as running:
        assert (running.token, running.account) == ("owner", "acme")
        with Client(running.url, "owner") as client:
            assert client("GET", REGISTRIES).status == 200
            assert client("GET", REGISTRIES, token="other").status == 401


async def test_an_application_takes_them_too(aiohttp_client: Any) -> None:
    client = await aiohttp_client(create_app(rate_limit="off", assume={"constraint_status": "422"}))
    answer = await client.post(REGISTRIES, json={}, headers={"Authorization": "Bearer t"})
    assert (answer.status, "x-ratelimit-limit" in answer.headers) == (422, False)


@pytest.mark.parametrize("make", [Emulator, create_app])
def test_settings_are_given_in_one_way_or_the_other(make: Any) -> None:
    with pytest.raises(TypeError, match=r"^rate_limit, journal: .* not both"):
        make(Settings(), rate_limit="off", journal=5)


def test_every_setting_that_is_not_the_commands_alone_can_be_given() -> None:
    of_the_command = {"port_file", "log_format"}
    assert list(KNOWN) == [option.name for option in OPTIONS if option.name not in of_the_command]


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        pytest.param("assume", {"duplicate-name": "suffix"}, SUFFIX, id="mapping"),
        pytest.param("assume", {"duplicate_name": "suffix"}, SUFFIX, id="mapping with underscores"),
        pytest.param("assume", "duplicate-name=suffix", SUFFIX, id="text of the command line"),
        pytest.param("assume", SUFFIX, SUFFIX, id="behaviour"),
        pytest.param("assume", {}, DEFAULT, id="no choice"),
        pytest.param("tokens", [DeclaredToken("t", "a")], (DeclaredToken("t", "a"),), id="declared tokens"),
        pytest.param(
            "tokens",
            ({"token": "t", "account": "a", "permissions": [READ]},),
            (DeclaredToken("t", "a", frozenset({READ})),),
            id="entries of a file",
        ),
        pytest.param("tokens", {"tokens": [{"token": "t", "account": "a"}]}, (DeclaredToken("t", "a"),), id="file"),
        pytest.param("tokens", [], (), id="no tokens"),
        pytest.param("fixture", Path("a") / "b.json", str(Path("a") / "b.json"), id="path"),
        pytest.param("known_projects", ["a", "b"], frozenset({"a", "b"}), id="list"),
        pytest.param("known_projects", (name for name in "ab"), frozenset({"a", "b"}), id="iterator"),
        pytest.param("known_integrations", "org/a,org/b", frozenset({"org/a", "org/b"}), id="text"),
        pytest.param("rate_limit", "off", "off", id="choice"),
        pytest.param("rate_limit", 0, "off", id="nothing is off"),
        pytest.param("journal", 0, 0, id="number"),
        pytest.param("log_requests", True, True, id="yes"),
        pytest.param("log_requests", False, False, id="no"),
        pytest.param("admin_token", None, None, id="none"),
        pytest.param("fixture", None, "", id="none is not given"),
    ],
)
def test_a_value_is_read_as_python_has_it(name: str, value: object, meant: object) -> None:
    assert getattr(settings_of({name: value}), name) == meant


def test_tokens_can_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text('{"tokens": [{"token": "t", "account": "a"}]}', "utf-8")
    for value in (file, str(file)):
        assert settings_of({"tokens": value}).tokens == (DeclaredToken("t", "a"),)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        pytest.param("rate_limit", "enforced", "'enforced' is not known; use headers, enforce, off", id="choice"),
        pytest.param("rate_limits", "off", "is no setting; there are host, port, assume, ", id="no setting"),
        pytest.param("port_file", "port", "is no setting; there are host, port, assume, ", id="of the command"),
        pytest.param("rate_limit_requests", -1, "'-1' is not a number; use 0 or more", id="negative"),
        pytest.param("rate_limit_requests", 1.5, "'1.5' is not a number; use 0 or more", id="fraction"),
        pytest.param("rate_limit_requests", True, "'True' is not a number; use 0 or more", id="yes, where a number is"),
        pytest.param("log_requests", "maybe", "'maybe' is not known; use 1, 0, true, false", id="neither yes nor no"),
        pytest.param("assume", {"duplicates": "suffix"}, "there are duplicate-name, ", id="no assumption"),
        pytest.param("assume", {"duplicate-name": "x"}, "use reject or suffix", id="no choice"),
        pytest.param("assume", ["x"], 'no mapping, such as {"duplicate-name": "suffix"}', id="no mapping"),
        pytest.param("tokens", 5, 'must be {"tokens": [...]}', id="no tokens"),
        pytest.param("tokens", [{"token": "t"}], "tokens[0].account: must be", id="no account"),
        pytest.param("tokens", "no/such/file", "cannot read 'no/such/file'", id="no file"),
        pytest.param("known_projects", 5, 'are no names, such as ["web", "api"]', id="no names"),
        pytest.param("known_projects", [{}], 'are no names, such as ["web", "api"]', id="no text"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_what_can(name: str, value: object, told: str) -> None:
    given: Any = {name: value}
    with pytest.raises(InvalidSettingError) as raised:
        Emulator(**given)
    assert str(raised.value).startswith(f"{name}: ")
    assert told in str(raised.value)


def test_an_address_that_others_reach_needs_a_decision_about_control() -> None:
    with pytest.raises(InvalidSettingError, match="reached from other machines"):
        Emulator(host="0.0.0.0")
    Emulator(host="0.0.0.0", admin_token="word")
    Emulator(host="0.0.0.0", insecure_control=True)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        pytest.param("rate_limit", "enforced", "use headers, enforce, off", id="choice"),
        pytest.param("rate_limit", 0, "0 has to be 'off'", id="other word"),
        pytest.param("control", "no", "use on, off, with-token", id="other choice"),
        pytest.param("port", 65536, "use 0 to 65535", id="too high"),
        pytest.param("journal", -1, "use 0 or more", id="negative"),
        pytest.param("max_body", "5", "'5' has to be 5", id="text"),
        pytest.param("assume", {"duplicate-name": "suffix"}, "Emulator(assume=...)", id="mapping"),
    ],
)
def test_settings_that_are_made_directly_are_checked_too(name: str, value: object, told: str) -> None:
    given: Any = {name: value}
    with pytest.raises(InvalidSettingError) as raised:
        Settings(**given)
    assert str(raised.value).startswith(f"{name}: ")
    assert told in str(raised.value)
