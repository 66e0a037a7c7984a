"""What README.md shows is what happens."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from emulator import Emulator
from emulator.cli import cli
from tests import readme

DEFAULT_URL = "http://127.0.0.1:8080"
EXAMPLES = [
    path
    for pattern in ("test_*.py", "js/*.test.mjs")
    for path in sorted((readme.ROOT / "tests/examples").glob(pattern))
]


@pytest.mark.parametrize("name", readme.PARTS)
def test_the_tables_are_those_of_the_rulebook(name: str) -> None:
    shown = readme.part(readme.README.read_text("utf-8"), name)

    assert shown == readme.PARTS[name](), "run `python -m tests.readme`"


def test_the_examples_are_what_their_files_have() -> None:
    text = readme.README.read_text("utf-8")

    assert readme.references(text), "README.md has no example"
    assert readme.with_examples(text) == text, "run `python -m tests.readme`"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_told_of(path: Path) -> None:
    assert f"({path.relative_to(readme.ROOT).as_posix()})" in readme.README.read_text("utf-8")


@pytest.mark.parametrize("before", ["", "```\n```", "```python\nold = '```'\n```"])
def test_an_example_is_put_behind_its_mark(before: str) -> None:
    mark = "<!-- example: tests/examples/test_rate_limit.py::limited::test_the_client_waits_for_the_next_hour -->\n"

    begin, shown, after = readme.with_examples(f"Before.\n{mark}{before}\nAfter.\n").partition("```python\n")

    assert begin == f"Before.\n{mark}"
    assert shown
    assert after.startswith("@pytest.fixture\ndef limited() -> ")
    assert "\n\n\ndef test_the_client_waits_for_the_next_hour(" in after
    assert "test_the_client_waits_as_long" not in after
    assert after.endswith("\n```\nAfter.\n")


def test_a_whole_file_is_an_example_and_a_name_that_it_lacks_is_none() -> None:
    path = "tests/examples/test_sdk.py"

    assert readme.example(path) == (readme.ROOT / path).read_text("utf-8")
    with pytest.raises(AssertionError, match=f"{path} defines no nothing; it defines client, "):
        readme.example(f"{path}::nothing")


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
