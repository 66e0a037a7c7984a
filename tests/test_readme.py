"""What README.md shows is what happens."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from emulator import Emulator
from emulator.cli import cli
from tests import readme

DEFAULT_URL = "http://127.0.0.1:8080"


@pytest.mark.parametrize("name", readme.PARTS)
def test_the_tables_are_those_of_the_rulebook(name: str) -> None:
    shown = readme.part(readme.README.read_text("utf-8"), name)

    assert shown == readme.PARTS[name](), "run `python -m tests.readme`"


def test_the_two_commands_stand_at_the_top() -> None:
    top = readme.README.read_text("utf-8").splitlines()[:6]

    assert [line.split("#")[0].strip() for line in top if line.startswith("make ")] == ["make serve", "make test"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize(
    ("extra", "answer"),
    [
        pytest.param({}, "first-answer", id="the page's own example"),
        pytest.param({"provider": "dockerhub"}, "second-answer", id="with a provider"),
    ],
)
def test_the_first_request_is_answered_as_shown(live: Emulator, extra: dict[str, str], answer: str) -> None:
    command = shlex.split(readme.snippet("first-request").replace("\\\n", " "))
    body = command.index("--data") + 1
    command[body] = json.dumps({**json.loads(command[body]), **extra})
    command[-1] = command[-1].replace(DEFAULT_URL, live.url)

    answered = subprocess.run([*command, "--silent"], capture_output=True, check=True, text=True).stdout

    assert json.loads(answered) == json.loads(readme.snippet(answer))


def test_the_python_snippets_run(live: Emulator, fresh_token: str) -> None:
    sdk = readme.snippet("python-sdk").replace(DEFAULT_URL, live.url).replace("any-token", fresh_token)

    assert run(sdk) == "['my-registry']\n"
    assert run(readme.snippet("in-python")).startswith("http://127.0.0.1:")


def test_the_control_commands_run() -> None:
    with Emulator() as emulator:
        runner = CliRunner(env={"NORTHFLANK_EMULATOR_URL": emulator.url})
        for line in readme.snippet("control").splitlines():
            program, *arguments = shlex.split(line)
            done = runner.invoke(cli, arguments)

            assert (program, done.exit_code) == ("northflank-emulator", 0), done.output


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=readme.ROOT
    ).stdout
