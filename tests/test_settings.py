"""Settings: flag, else environment variable, else default; every problem names setting, value and remedy."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from emulator import Settings
from emulator.behaviour import DEFAULT
from emulator.errors import InvalidSettingError
from emulator.models import ALL_PERMISSIONS, DeclaredToken, Permission
from emulator.settings import OPTIONS, load

PREFIX = "NORTHFLANK_EMULATOR_"


def problem(flags: dict[str, Any], environ: dict[str, str]) -> str:
    with pytest.raises(InvalidSettingError) as raised:
        load(flags, environ)
    return str(raised.value)


def test_without_flags_and_variables_settings_have_their_defaults() -> None:
    assert load({}, {}) == Settings()
    assert load({option.name: () if option.many else None for option in OPTIONS}, {"PATH": "x"}) == Settings()
    assert (Settings().host, Settings().port, Settings().max_body) == ("", 8080, 1_048_576)


def test_every_setting_is_an_option_and_the_other_way_round() -> None:
    assert [option.name for option in OPTIONS] == [field.name for field in fields(Settings)]


VALUES: list[tuple[str, str, object]] = [
    ("host", "::1", "::1"),
    ("host", "localhost", "localhost"),
    ("port", "0", 0),
    ("port", "65535", 65535),
    ("port_file", "a b/port", "a b/port"),
    ("assume", "secrets=omit", DEFAULT.choose({"secrets": "omit"})),
    ("rate_limit", "enforce", "enforce"),
    ("rate_limit", "headers", "headers"),
    ("rate_limit", "off", "off"),
    ("rate_limit", "0", "off"),
    ("rate_limit_requests", "0", 0),
    ("rate_limit_requests", "999999999", 999_999_999),
    ("known_projects", "a, b,,a", frozenset({"a", "b"})),
    ("known_integrations", "org/a", frozenset({"org/a"})),
    ("max_body", "1", 1),
    ("journal", "0", 0),
    ("control", "off", "off"),
    ("admin_token", "word", "word"),
    ("log_format", "text", "text"),
    ("log_format", "json", "json"),
    ("log_requests", "1", True),
    ("log_requests", "true", True),
    ("log_requests", "TRUE", True),
    ("log_requests", "0", False),
    ("log_requests", "false", False),
]


@pytest.mark.parametrize(("name", "text", "value"), VALUES)
def test_a_setting_is_read_alike_from_flag_and_variable(name: str, text: str, value: object) -> None:
    assert getattr(load({name: text}, {}), name) == value
    assert getattr(load({}, {PREFIX + name.upper(): text}), name) == value


def test_a_flag_goes_before_a_variable_and_a_variable_before_the_default() -> None:
    environ = {f"{PREFIX}PORT": "1", f"{PREFIX}MAX_BODY": "2"}
    settings = load({"port": "3"}, environ)
    assert (settings.port, settings.max_body, settings.host) == (3, 2, "")


def test_an_empty_variable_counts_as_not_given() -> None:
    assert load({}, {f"{PREFIX}PORT": "", f"{PREFIX}ASSUME": ""}) == Settings()


def test_a_wrong_variable_behind_a_flag_does_not_matter() -> None:
    assert load({"port": "1"}, {f"{PREFIX}PORT": "x"}).port == 1


def test_choices_add_up_whether_repeated_or_in_a_list() -> None:
    wanted = DEFAULT.choose({"secrets": "omit", "page-range": "clamp"})
    assert load({"assume": ("secrets=omit", "page-range=clamp")}, {}).assume == wanted
    assert load({"assume": ("secrets=omit, page-range = clamp,",)}, {}).assume == wanted
    assert load({}, {f"{PREFIX}ASSUME": "secrets=omit,page-range=clamp"}).assume == wanted


@pytest.mark.parametrize("variable", ["PROT", "", "port", "ASSUME_SECRETS"])
def test_a_variable_with_the_prefix_that_is_no_setting_is_refused(variable: str) -> None:
    told = problem({}, {PREFIX + variable: "1"})
    assert told.startswith(f"{PREFIX}{variable}: is no setting")
    for option in OPTIONS:
        assert option.variable in told


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("port", text) for text in ("x", "-1", "65536", "1.0", "٣", "8080 ", "1" * 40)),
        *(("max_body", text) for text in ("x", "-1", "1k", "9" * 19)),
        ("rate_limit_requests", "many"),
        *(("rate_limit", text) for text in ("on", "Enforce", "1")),
        *(("log_requests", text) for text in ("2", "yes")),
        ("control", "maybe"),
        *(("log_format", text) for text in ("JSON", "xml")),
        ("journal", "-1"),
        *(("assume", text) for text in ("secrets", "secrets=", "=omit", "secret=omit", "secrets:omit")),
        *(("admin_token", text) for text in ("two words", "line\nend")),
        *(("host", text) for text in ("0.0.0.0", "::", "example.org")),
        *(("tokens", text) for text in ("no/such/file", ".")),
    ],
)
def test_a_value_that_cannot_be_used_is_told_by_the_name_it_was_given_under(name: str, text: str) -> None:
    flag = f"--{name.replace('_', '-')}"
    assert problem({name: text}, {}).startswith(f"{flag}: ")
    if name != "host":  # that is a matter of several settings together
        assert problem({}, {PREFIX + name.upper(): text}).startswith(f"{PREFIX}{name.upper()}: ")


def test_an_address_that_others_reach_needs_a_decision_about_control() -> None:
    for others in ({"admin_token": "word"}, {"control": "off"}, {"control": "with-token"}, {"insecure_control": "1"}):
        assert load({"host": "0.0.0.0", **others}, {}).host == "0.0.0.0"
    for host in ("127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST"):
        assert load({"host": host}, {}).host == host


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def test_a_tokens_file_declares_tokens_with_account_and_permissions(file: Path) -> None:
    read = "Account > Credentials > General > Read"
    entries = [{"token": "one", "account": "acme"}, {"token": "two", "account": "acme", "permissions": [read]}]
    file.write_text(json.dumps({"tokens": entries}), "utf-8")
    assert load({"tokens": str(file)}, {}).tokens == (
        DeclaredToken("one", "acme", ALL_PERMISSIONS),
        DeclaredToken("two", "acme", frozenset({Permission.READ})),
    )


GOOD = {"token": "secret-1", "account": "acme"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("", "is not JSON in UTF-8 (line 1)", id="empty"),
        pytest.param('{\n"tokens": oops}', "is not JSON in UTF-8 (line 2)", id="no-json"),
        pytest.param([], 'must be {"tokens": [...]}', id="list"),
        pytest.param({}, 'must be {"tokens": [...]}', id="no-tokens"),
        pytest.param({"tokens": []}, "one entry or more", id="no-entry"),
        pytest.param({"tokens": {}}, 'must be {"tokens": [...]}', id="object"),
        pytest.param({"tokens": [GOOD], "x": 1}, 'must be {"tokens": [...]}', id="more-than-tokens"),
        pytest.param({"tokens": [GOOD, "secret-2"]}, "tokens[1]: must be an object", id="entry"),
        pytest.param({"tokens": [{**GOOD, "scope": 1}]}, "tokens[0]: unknown key 'scope'", id="unknown-key"),
        pytest.param({"tokens": [{"account": "a"}]}, "tokens[0].token: must be a string", id="no-token"),
        pytest.param({"tokens": [{"token": "secret-1"}]}, "tokens[0].account: must be a string", id="no-account"),
        pytest.param({"tokens": [{**GOOD, "token": ""}]}, "tokens[0].token: must be", id="empty-token"),
        pytest.param({"tokens": [{**GOOD, "token": "secret 1"}]}, "tokens[0].token: must be", id="two-words"),
        pytest.param({"tokens": [{**GOOD, "token": 1}]}, "tokens[0].token: must be", id="number"),
        pytest.param({"tokens": [GOOD, GOOD]}, "tokens[1].token: is declared twice", id="twice"),
        pytest.param({"tokens": [{**GOOD, "permissions": "Read"}]}, "tokens[0].permissions: must be a list", id="text"),
        pytest.param({"tokens": [{**GOOD, "permissions": ["Read"]}]}, "General > Read Encrypted", id="short-form"),
        pytest.param({"tokens": [{**GOOD, "permissions": [1]}]}, "tokens[0].permissions: must be", id="no-text"),
        pytest.param({"tokens": [{**GOOD, "permissions": None}]}, "tokens[0].permissions: must be", id="null"),
    ],
)
def test_a_tokens_file_of_another_shape_is_told_by_place_without_a_token(file: Path, content: Any, told: str) -> None:
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    message = problem({"tokens": str(file)}, {})
    assert message.startswith("--tokens: ")
    assert str(file) in message
    assert told in message
    assert "secret" not in message


def test_a_tokens_file_that_is_no_utf_8_is_told(file: Path) -> None:
    file.write_bytes(b'{"tokens": "\xff"}')
    assert "is not JSON in UTF-8" in problem({"tokens": str(file)}, {})
