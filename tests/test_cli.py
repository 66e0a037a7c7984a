"""The command line: options, what wrong ones say, help that fits a screen, and the health command."""

from __future__ import annotations

import re
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

import emulator
from emulator import Emulator, cli
from emulator.settings import OPTIONS

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with arguments and environment; return exit code, stdout and stderr."""

    def run(*arguments: str, environment: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["northflank-emulator", *arguments])
        for name, value in {"COLUMNS": "100", "LINES": "24", **(environment or {})}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as raised:
            cli.main()
        out, err = capsys.readouterr()
        return int(raised.value.code or 0), out, err

    return run


SCREEN: Final = (24, 100)


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["serve", "--help"], ["health", "--help"]], ids=" ".join)
def test_help_fits_a_screen_of_24_lines_and_100_columns(run: Run, arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    # The shell's prompt is the last line of the screen.
    assert len(lines) < SCREEN[0]
    assert max(map(len, lines)) <= SCREEN[1]


def test_help_names_every_option_and_how_to_say_it_by_environment(run: Run) -> None:
    _, out, _ = run("serve", "--help")
    for option in OPTIONS:
        assert f"{option.flag} {option.metavar}" in out
    assert "--rate-limit is NORTHFLANK_EMULATOR_RATE_LIMIT" in re.sub(r"\s+", " ", out)


def test_the_version_is_that_of_the_package(run: Run) -> None:
    code, out, _ = run("--version")
    assert (code, out.strip()) == (0, f"northflank-emulator, version {emulator.__version__}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["serve", "--port", "eighty"], ["--port: 'eighty' is not a port; use 0 to 65535"], id="port"),
        pytest.param(["serve", "--port", "65536"], ["--port: '65536'", "0 to 65535"], id="port-too-high"),
        pytest.param(["serve", "--port", "-1"], ["--port: '-1'", "0 to 65535"], id="port-below-0"),
        pytest.param(["serve", "--rate-limit", "hard"], ["--rate-limit: 'hard'", "headers, enforce, off"], id="mode"),
        pytest.param(["serve", "--rate-limit-requests", "1.5"], ["--rate-limit-requests: '1.5'"], id="number"),
        pytest.param(["serve", "--max-body", "1MB"], ["--max-body: '1MB'", "number of bytes"], id="bytes"),
        pytest.param(
            ["serve", "--log-requests", "maybe"], ["--log-requests: 'maybe'", "1, 0, true, false"], id="yes-no"
        ),
        pytest.param(["serve", "--log-format", "xml"], ["--log-format: 'xml'", "text, json"], id="format"),
        pytest.param(
            ["serve", "--assume", "duplicate-name"], ["--assume: 'duplicate-name'", "NAME=VALUE"], id="assume"
        ),
        pytest.param(["serve", "--assume", "x=y"], ["--assume: 'x'", "duplicate-name, unknown-fields"], id="switch"),
        pytest.param(["serve", "--assume", "secrets=x"], ["--assume: secrets=x", "return or omit"], id="choice"),
        pytest.param(["serve", "--tokens", "no/such/file"], ["--tokens: cannot read 'no/such/file'"], id="tokens"),
        pytest.param(["serve", "--host", "0.0.0.0"], ["--host: 0.0.0.0", "--admin-token", "--control off"], id="open"),
        pytest.param(["health", "--url", "localhost"], ["--url: 'localhost'", "http://127.0.0.1:8080"], id="no-url"),
        pytest.param(["health", "--url", "https://x"], ["--url: 'https://x'", "http://127.0.0.1:8080"], id="https"),
        pytest.param(
            ["health", "--url", "http://x:y"], ["--url: 'http://x:y'", "http://127.0.0.1:8080"], id="bad-port"
        ),
        pytest.param(["health", "--url", "http://["], ["--url: 'http://['", "http://127.0.0.1:8080"], id="bad-host"),
    ],
)
def test_a_wrong_value_is_told_with_setting_value_and_remedy(run: Run, arguments: list[str], words: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("northflank-emulator: ")
    assert err.count("\n") == 1
    for word in words:
        assert word in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["serve", "--prot", "1"], "--port"), (["serv"], "No such command"), (["serve", "extra"], "extra")],
)
def test_what_is_no_option_or_command_is_said(run: Run, arguments: list[str], words: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["serve", "health"])
def test_a_variable_that_is_no_setting_is_refused_naming_those_there_are(run: Run, command: str) -> None:
    code, _, err = run(command, environment={"NORTHFLANK_EMULATOR_PROT": "1"})
    assert code == 2
    assert "NORTHFLANK_EMULATOR_PROT: is no setting" in err
    assert "NORTHFLANK_EMULATOR_PORT," in err


@pytest.mark.parametrize(("name", "value"), [("PORT", "x"), ("ASSUME", "secrets=x"), ("TOKENS", "none")])
def test_a_wrong_variable_is_told_by_its_own_name(run: Run, name: str, value: str) -> None:
    code, _, err = run("serve", environment={f"NORTHFLANK_EMULATOR_{name}": value})
    assert code == 2
    assert err.startswith(f"northflank-emulator: NORTHFLANK_EMULATOR_{name}: ")
    assert "--" not in err


def test_a_wrong_url_of_the_environment_is_told_by_its_variable(run: Run) -> None:
    code, _, err = run("health", environment={"NORTHFLANK_EMULATOR_URL": "localhost:8080"})
    assert code == 2
    assert err.startswith("northflank-emulator: NORTHFLANK_EMULATOR_URL: 'localhost:8080' is not a base URL")


def test_health_is_0_if_the_emulator_answers(run: Run, live: Emulator) -> None:
    assert run("health", "--url", live.url) == (0, f"{live.url} is healthy\n", "")
    assert run("health", "--url", f"{live.url}/")[0] == 0


def test_health_asks_the_port_or_the_url_of_the_environment(run: Run, live: Emulator) -> None:
    port = live.url.rpartition(":")[2]
    assert run("health", environment={"NORTHFLANK_EMULATOR_PORT": port})[0] == 0
    environment = {"NORTHFLANK_EMULATOR_PORT": "1", "NORTHFLANK_EMULATOR_URL": live.url}
    assert run("health", environment=environment)[0] == 0


def test_health_is_1_if_nothing_answers(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    code, out, err = run("health", "--url", url)
    assert (code, out) == (1, "")
    assert err == f"{url} does not answer: Connection refused\n"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "answers 503", id="another-status"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", "does not answer", id="no-http"),
        pytest.param(b"", "does not answer", id="nothing"),
    ],
)
def test_health_is_1_if_something_else_answers(run: Run, answer: bytes, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        code, out, err = run("health", "--url", url)
        thread.join()
    assert (code, out) == (1, "")
    assert err.startswith(f"{url} {said}")
    assert err.count("\n") == 1


def test_a_wrong_tokens_file_is_told_by_place_and_never_shows_a_token(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text('{"tokens": [{"token": "secret-1", "account": "a", "permission": []}]}')
    code, _, err = run("serve", "--tokens", str(file))
    assert code == 2
    assert f"--tokens: {file}: tokens[0]: unknown key 'permission'" in err
    assert "secret-1" not in err
