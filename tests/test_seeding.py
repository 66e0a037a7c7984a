"""Fixture files of one's own: kept as they are written, or refused at the start with all that is wrong with them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Settings, behaviour, create_app, seeding
from emulator.clock import Clock
from emulator.errors import InvalidFixtureError, InvalidSettingError
from emulator.seeding.places import lines_of
from emulator.store import Store
from tests.conftest import Start
from tests.contract_checker import CONTRACT
from tests.http_client import registries
from tests.processes import PROGRAM, clean_environment

CREATE: Final[dict[str, Any]] = CONTRACT["components"]["schemas"]["RegistryCreate"]
SECRET: Final = "canary-5f1e"

BROKEN: Final = f"""{{
  "credentials": [
    {{"name": "Docker Hub", "provider": "dockerhub"}},
    {{
      "name": "docker-hub",
      "provider": "Ecr",
      "registryURL": "{SECRET}",
      "integrationId": "org/{SECRET}!",
      "credentials": {{"password": "{SECRET}",
        "scope": {{"pull": "{SECRET}",
          "pus": "{SECRET}"}}}}
    }},
    "{SECRET}",
    {{"provider": "gar", "createdAt": "{SECRET}",
     "restrictions": {{"restricted": true, "projects": [
       "a",
       1]}}}}
  ],
  "teams": {{"platform": [
    {{"name": "{SECRET} ", "provider": "ecr"}}]}}
}}
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write a fixture file; return its path."""

    def write(content: str | bytes) -> str:
        path = tmp_path / "mine.json"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return str(path)

    return write


def refused(path: str, **more: Any) -> str:
    """Return what is said of a fixture that the emulator does not start with."""
    with pytest.raises(InvalidFixtureError) as caught:
        create_app(Settings(fixture=path, **more))
    return str(caught.value)


def test_a_broken_fixture_refuses_to_start_and_says_file_line_field_and_rule_of_everything(write: Any) -> None:
    path = write(BROKEN)

    ended = subprocess.run(
        [*PROGRAM, "serve", "--port", "0", "--fixture", path],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    head, *lines = ended.stderr.splitlines()
    assert head == f"northflank-emulator: --fixture: {path} has {len(lines)} problems:"
    told = [re.fullmatch(r"  line (\d+): ([^ ]+): .+ \(rule: ([a-zA-Z. -]+)\)", line) for line in lines]
    assert sorted(match.groups() for match in told if match) == sorted(
        [
            ("5", "credentials[1].name", "add.duplicate-name"),
            ("6", "credentials[1].provider", "add.provider.one-of"),
            ("7", "credentials[1].registryURL", "common.unknown-fields"),
            ("8", "credentials[1].integrationId", "add.integrationId.pattern"),
            ("9", "credentials[1].credentials.username", "add.credentials.username.conditional"),
            ("10", "credentials[1].credentials.scope.pull", "add.credentials.scope.pull.type"),
            ("11", "credentials[1].credentials.scope.pus", "common.unknown-fields"),
            ("13", "credentials[2]", "add.body.type"),
            ("14", "credentials[3].name", "add.name.required"),
            ("14", "credentials[3].createdAt", "format of fixture files"),
            ("17", "credentials[3].restrictions.projects[1]", "add.restrictions.projects.item-type"),
            ("20", "teams.platform[0].name", "add.name.pattern"),
        ]
    )
    assert len(told) == 12
    assert SECRET not in ended.stderr
    assert "Did you mean registryUrl?" in ended.stderr
    assert "there are pull, push. Did you mean push?" in ended.stderr


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        pytest.param('{"credentials": [\n  {"name": "x"\n}}', 3, "Not JSON", id="syntax"),
        pytest.param("", 1, "Not JSON", id="empty-file"),
        pytest.param(b'{"credentials":\n ["\xff"]}', 2, "Not UTF-8", id="other-encoding"),
        pytest.param('{"credentials": [NaN]}', 1, "NaN", id="not-a-number"),
        pytest.param('{"credentials": ["\\ud800"]}', 1, "surrogate", id="half-a-surrogate-pair"),
        pytest.param("[" * 100_000, 1, "too deep", id="too-deep"),
        pytest.param("\n[]", 2, "Must be an object", id="no-object"),
        pytest.param('{\n"credential": []}', 2, "there are credentials, teams", id="unknown-key"),
        pytest.param('{\n"credentials": {}}', 2, "Must be an array", id="no-array"),
        pytest.param('{\n"teams": []}', 2, "Must be an object of arrays", id="teams-no-object"),
        pytest.param('{\n"teams": {"a": [],\n"b": 1}}', 3, "teams.b: Must be an array", id="team-no-array"),
        pytest.param('{\n"teams": {"": []}}', 2, "at least one character", id="team-without-id"),
    ],
)
def test_a_file_that_is_no_fixture_is_said_with_its_line(
    write: Any, content: str | bytes, line: int, said: str
) -> None:
    path = write(content)

    message = refused(path)

    assert f"{path} has 1 problem:\n  line {line}: " in message
    assert said in message


@pytest.mark.parametrize(
    ("times", "problem"),
    [
        pytest.param({"createdAt": "2026-01-31T08:30:00Z"}, None, id="created-alone"),
        pytest.param({"updatedAt": "2026-01-31T08:30:00Z"}, None, id="updated-alone"),
        pytest.param(dict.fromkeys(("createdAt", "updatedAt"), "2026-01-31T08:30:00Z"), None, id="both-the-same"),
        pytest.param({"createdAt": "2026-01-31"}, "createdAt", id="no-time"),
        pytest.param({"createdAt": "2026-01-31T08:30:00"}, "createdAt", id="no-offset"),
        pytest.param({"createdAt": "1969-12-31T23:59:59Z"}, "createdAt", id="before-1970"),
        pytest.param({"updatedAt": "2026-02-30T00:00:00Z"}, "updatedAt", id="no-such-day"),
        pytest.param(
            {"createdAt": "2026-01-31T08:30:00.001Z", "updatedAt": "2026-01-31T08:30:00Z"}, "updatedAt", id="backwards"
        ),
    ],
)
async def test_times_of_a_fixture_are_kept_and_have_to_be_rfc_3339_times_in_order(
    start: Start, write: Any, times: dict[str, str], problem: str | None
) -> None:
    path = write(json.dumps({"credentials": [{"name": "abc", "provider": "ecr", **times}]}))

    if problem:
        assert f"credentials[0].{problem}: " in refused(path)
        return
    ask = await start(fixture=path)
    credential = (await ask("GET", registries(None, "abc"))).json["data"]
    assert credential["createdAt"] == credential["updatedAt"] == "2026-01-31T08:30:00.000Z"


@pytest.mark.parametrize(
    ("given_time", "kept"),
    [
        pytest.param("2026-01-31T10:30:00.1234567+02:00", "2026-01-31T08:30:00.123Z", id="offset-and-fraction"),
        pytest.param("2026-01-31t08:30:00z", "2026-01-31T08:30:00.000Z", id="lower-case"),
    ],
)
async def test_times_of_a_fixture_are_told_in_utc_with_milliseconds(
    start: Start, write: Any, given_time: str, kept: str
) -> None:
    path = write(json.dumps({"credentials": [{"name": "abc", "provider": "ecr", "createdAt": given_time}]}))

    ask = await start(fixture=path)

    assert (await ask("GET", registries(None, "abc"))).json["data"]["createdAt"] == kept


async def test_a_file_of_ones_own_is_loaded_even_with_a_byte_order_mark(start: Start, write: Any) -> None:
    path = write(b'\xef\xbb\xbf{"teams": {"a/b c": [{"name": "abc", "provider": "ecr"}]}}')

    ask = await start(fixture=path)

    assert (await ask("GET", registries("a/b c", "abc"))).status == 200


def test_many_problems_are_counted_where_they_are_too_many_to_tell(write: Any) -> None:
    message = refused(write(json.dumps({"credentials": [1] * 250})))

    assert "has 250 problems:" in message
    assert message.count("\n") == 101
    assert message.endswith("and 150 more")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("three-page", "did you mean three-pages?", id="slip"),
        pytest.param("nowhere/mine.json", "No such file", id="no-file"),
        pytest.param(".", "named fixtures are empty, one-of-each-provider", id="folder"),
    ],
)
def test_a_fixture_that_is_not_there_is_said_with_those_that_are(name: str, said: str) -> None:
    with pytest.raises(InvalidSettingError) as caught:
        create_app(Settings(fixture=name))

    assert str(caught.value).startswith("--fixture: ")
    assert said in str(caught.value)


def test_by_name_only_no_file_is_read(write: Any) -> None:
    path = write("{}")

    with pytest.raises(InvalidSettingError, match="is no fixture; there are empty"):
        seeding.load_named(path, Store(Clock()))


@pytest.mark.parametrize("reading", ["without-integration", "never"])
def test_a_fixture_may_hold_what_the_reading_in_force_would_let_a_client_add(write: Any, reading: str) -> None:
    path = write('{"credentials": [{"name": "abc", "provider": "ecr", "integrationId": "a"}]}')
    chosen = behaviour.DEFAULT.choose({"credentials-required": reading, "unknown-project": "reject"})

    assert create_app(Settings(fixture=path, assume=chosen)) is not None
    assert "add.credentials.username.conditional" in refused(path)
    for name in seeding.available():
        assert create_app(Settings(fixture=name, assume=chosen)) is not None


def labelled(value: Any, path: str) -> Any:
    """Return `value` with each of its leaves replaced by the path that leads there."""
    if isinstance(value, list):
        return [labelled(inner, f"{path}[{index}]") for index, inner in enumerate(value)]
    if isinstance(value, dict):
        return {key: labelled(inner, f"{path}.{key}") for key, inner in value.items()}
    return path


def leaves(value: Any) -> list[str]:
    """Return the leaves of a value, in order."""
    if isinstance(value, str):
        return [value]
    return [leaf for inner in (value.values() if isinstance(value, dict) else value) for leaf in leaves(inner)]


@given(
    value=st.recursive(
        st.none(),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text('ab"\\\n{}:,é ', max_size=3), inner, max_size=4)
        ),
    ),
    indent=st.integers(0, 2),
    escaped=st.booleans(),
)
def test_the_line_of_a_value_is_the_one_it_stands_on(value: Any, indent: int, escaped: bool) -> None:
    content = {"top": labelled(value, "top")}
    text = json.dumps(content, indent=indent, ensure_ascii=escaped)
    rows = text.split("\n")

    lines = lines_of(text)

    assert (lines[""], lines["top"]) == (1, 2)
    for leaf in leaves(content):
        assert rows[lines[leaf] - 1].rstrip(",").endswith(json.dumps(leaf, ensure_ascii=escaped))
