"""The examples run as a user would run them: in processes of their own, with the installed plugin and command."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

import emulator
from emulator import Emulator
from tests.clients import processes

FOLDER = Path(__file__).parent / "examples"
PYTHON_FILES = sorted(FOLDER.glob("*.py"))
TEST_FILES = {path.stem for path in FOLDER.glob("test_*.py")}
JS = FOLDER / "js"
FROM_OUTSIDE = ("NORTHFLANK_", "NF_", "PYTEST_")
"""What the names of variables start with that would make a difference to the examples."""


@pytest.fixture(params=["started by the tests", "running already"])
def given(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The variable by which tests are given an emulator; nothing, where they start one."""
    if request.param == "started by the tests":
        yield {}
        return
    with Emulator() as running:
        yield {"NORTHFLANK_EMULATOR_URL": running.url}
        with urlopen(Request(f"{running.url}/v1/login", headers={"Authorization": f"Bearer {running.token}"})):
            assert running.requests[-1].id > 1, "nobody else asked it anything"


@pytest.mark.slow
def test_the_examples_pass_under_pytest(given: Mapping[str, str]) -> None:
    done = run([sys.executable, "-m", "pytest", "-rA", "--color=no", "-p", "no:cacheprovider"], given)

    assert done.returncode == 0, done.stdout
    assert re.fullmatch(r"=+ \d+ passed in .*", done.stdout.splitlines()[-1]), "skipped is not passed"
    assert set(re.findall(r"^PASSED (\w+)\.py::", done.stdout, re.MULTILINE)) == TEST_FILES


def test_the_example_for_unittest_passes_under_it() -> None:
    done = run([sys.executable, "-W", "error", "-m", "unittest", "test_with_unittest"])

    assert done.returncode == 0, done.stderr
    assert "Ran 2 tests" in done.stderr


@pytest.mark.slow
def test_the_example_in_javascript_passes_under_node(given: Mapping[str, str], tmp_path: Path) -> None:
    try:
        processes.install()
    except processes.UnavailableError as error:
        processes.unavailable(str(error))
    project = tmp_path / "project"
    shutil.copytree(JS, project, ignore=shutil.ignore_patterns("node_modules"))
    # Instead of an installation of its own, which would be the same.
    (project / "node_modules").symlink_to(processes.MODULES)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**processes.environment(tmp_path), **given, "PATH": path}

    done = subprocess.run(
        ["node", "--test"], cwd=project, env=environment, capture_output=True, text=True, timeout=100, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 4\n" in done.stdout


def test_both_installations_of_the_javascript_client_would_be_the_same() -> None:
    ours, theirs = (json.loads((folder / "package.json").read_text("utf-8")) for folder in (processes.FOLDER, JS))

    assert theirs["dependencies"].items() <= ours["dependencies"].items()


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: path.stem)
def test_the_examples_use_nothing_of_ours_but_what_is_public(path: Path) -> None:
    names = {path.stem for path in PYTHON_FILES}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ImportFrom(module="emulator"):
                assert {alias.name for alias in node.names} <= set(emulator.__all__)
            case ast.ImportFrom(module=str(module)):
                assert module in names or module.split(".")[0] not in {"emulator", "tests"}
            case ast.Import():
                assert not {alias.name.split(".")[0] for alias in node.names} & {"emulator", "tests"}


def run(command: Sequence[str], extra: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder of the examples, without what would change how they run."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FROM_OUTSIDE) and not name.lower().endswith("_proxy")
    }
    return subprocess.run(
        command, cwd=FOLDER, env={**kept, **(extra or {})}, capture_output=True, text=True, timeout=100, check=False
    )
