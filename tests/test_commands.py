"""The control verbs on the command line, against a running emulator."""

from __future__ import annotations

import json
import stat
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from emulator import Emulator
from emulator.cli import cli
from emulator.remote import Remote, RemoteError
from tests.conftest import REGISTRIES

Run = Callable[..., Any]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def invoke(emulator: Emulator, *arguments: str) -> Result:
    return CliRunner(env={"NORTHFLANK_EMULATOR_URL": emulator.url}).invoke(cli, arguments)


@pytest.fixture
def run(emulator: Emulator) -> Run:
    """Run a command that has to succeed, and return the JSON that it prints."""

    def run(*arguments: str) -> Any:
        result = invoke(emulator, *arguments)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


def call(emulator: Emulator, method: str = "GET", body: object = None, token: str = "t") -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(emulator.url + REGISTRIES, data, headers, method=method)
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def test_a_seed_is_seen_by_clients_until_a_reset(emulator: Emulator, run: Run) -> None:
    assert run("seed", "--count", "3", "--seed", "7")["added"] == 3
    first = call(emulator)["data"]["credentials"]
    assert len(first) == 3

    run("reset")
    assert call(emulator)["data"]["credentials"] == []

    run("seed", "--count", "3", "--seed", "7")
    assert [item["id"] for item in call(emulator)["data"]["credentials"]] == [item["id"] for item in first]


def test_a_fixture_can_be_for_the_account_of_one_token(emulator: Emulator, run: Run) -> None:
    run("seed", "--fixture", "one-of-each-provider", "--token", "one")

    assert len(call(emulator, token="one")["data"]["credentials"]) == 8
    assert call(emulator, token="other")["data"]["credentials"] == []
    assert {account["credentials"] for account in run("accounts")["accounts"]} == {0, 8}


def test_a_saved_state_can_be_loaded_again(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    body = {"name": "Kept", "provider": "ecr", "credentials": {"password": "pass-word", "scope": {}}}
    call(emulator, "POST", body)

    assert invoke(emulator, "state", "save", str(file)).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    run("reset")
    assert run("state", "load", str(file)) == {"credentials": 1}

    assert [item["id"] for item in call(emulator)["data"]["credentials"]] == ["kept"]
    assert json.loads(invoke(emulator, "state", "save").stdout) == json.loads(file.read_text())


def test_calls_are_listed_found_counted_and_forgotten(emulator: Emulator, run: Run) -> None:
    call(emulator, "POST", {"name": "abc", "provider": "ecr"})
    call(emulator)

    assert [entry["operation"] for entry in run("requests", "list")["requests"]] == ["add-registry", "list-registries"]
    assert run("requests", "list", "--limit", "1")["count"] == 1
    assert run("requests", "list", "--unmatched")["count"] == 0
    assert run("requests", "find", '{"body": {"name": "abc"}}')["count"] == 1
    assert run("requests", "count", '{"method": "GET"}')["count"] == 1
    run("requests", "forget")
    assert run("requests", "list")["count"] == 0


def test_verify_tells_by_its_exit_code(emulator: Emulator) -> None:
    call(emulator)
    pattern = '{"operation": "list-registries"}'

    assert invoke(emulator, "requests", "verify", pattern).exit_code == 0
    missed = invoke(emulator, "requests", "verify", pattern, "--at-least", "2")
    assert missed.exit_code == 1
    assert json.loads(missed.stdout)["count"] == 1
    assert invoke(emulator, "requests", "verify", pattern, "--at-most", "0").exit_code == 1


def test_a_pattern_can_come_from_a_file_or_from_standard_input(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    call(emulator)
    file = tmp_path / "pattern.json"
    file.write_text('{"method": "GET"}')

    assert run("requests", "count", f"@{file}")["count"] == 1
    piped = CliRunner(env={"NORTHFLANK_EMULATOR_URL": emulator.url}).invoke(
        cli, ["requests", "count", "-"], input='{"method": "GET"}'
    )
    assert json.loads(piped.stdout)["count"] == 1


def test_faults_are_armed_listed_and_disarmed(emulator: Emulator, run: Run) -> None:
    armed = run("faults", "arm", "error", "--status", "503", "--times", "1", "--operation", "list-registries")
    assert (armed["effect"], armed["times"]) == ("error", 1)
    with pytest.raises(urllib.error.HTTPError, match="503"):
        call(emulator)

    assert [fault["hits"] for fault in run("faults", "list")["faults"]] == [1]
    run("faults", "disarm", str(armed["id"]))
    assert run("faults", "list")["faults"] == []


def test_the_clock_is_set_frozen_and_advanced(run: Run) -> None:
    run("clock", "--now", "2030-01-01T00:00:00Z", "--freeze")
    run("clock", "--advance-ms", "1500")

    assert run("clock") == {"now": "2030-01-01T00:00:01.500Z", "frozen": True}
    assert run("clock", "--run")["frozen"] is False


def test_assumptions_and_tokens_are_switched(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    switched = run("assumptions", "duplicate-name=suffix")
    assert run("assumptions") == switched
    call(emulator, "POST", {"name": "abc", "provider": "ecr"})
    assert call(emulator, "POST", {"name": "abc", "provider": "ecr"})["data"]["id"] == "abc-2"

    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({"tokens": [{"token": "known", "account": "acme"}]}))
    assert [entry["account"] for entry in run("tokens", str(file))["tokens"]] == ["acme"]
    assert run("tokens")["tokens"][0]["account"] == "acme"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        call(emulator, token="unknown")


def test_events_are_lines_of_json(emulator: Emulator) -> None:
    lines = Remote(emulator.url).stream("/events")
    assert next(lines).startswith(":")
    caller = threading.Thread(target=call, args=(emulator,))
    caller.start()

    while not (line := next(lines)).startswith("data: "):
        pass
    caller.join()
    lines.close()  # type: ignore[attr-defined]  # a generator

    assert json.loads(line.removeprefix("data: "))["operation"] == "list-registries"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["requests", "find", "{"], "is not JSON", id="no JSON"),
        pytest.param(["requests", "find", "@/no/such/file"], "cannot read", id="no file"),
        pytest.param(["assumptions", "duplicate-name=maybe"], "reject or suffix", id="no such choice"),
        pytest.param(["seed", "--fixture", "three-pags"], "three-pages", id="no such fixture"),
        pytest.param(["faults", "arm", "explode"], "truncate", id="no such effect"),
        pytest.param(["clock", "--now", "noon"], "RFC 3339", id="no time"),
        pytest.param(["faults", "disarm", "99"], "No fault", id="no such fault"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(emulator: Emulator, arguments: list[str], words: str) -> None:
    result = invoke(emulator, *arguments)

    assert result.exit_code == 1
    assert words in str(result.exception)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("http://127.0.0.1:1", "northflank-emulator serve", id="nobody there"),
        pytest.param("https://127.0.0.1", "not a base URL", id="not plain HTTP"),
    ],
)
def test_an_emulator_that_does_not_answer_is_told(url: str, words: str) -> None:
    result = CliRunner().invoke(cli, ["accounts", "--url", url])

    assert words in str(result.exception)


def test_an_answer_of_something_else_is_told() -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.handle_request, daemon=True).start()

        with pytest.raises(RemoteError, match="501, and not from an emulator"):
            Remote(f"http://127.0.0.1:{other.server_port}").ask("GET", "/accounts")
