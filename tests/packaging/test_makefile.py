"""The two commands of the README rest on the Makefile: what it says when it cannot do its work, and what it offers."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

pytestmark = [
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell"),
]

TEXT = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(" ".join(re.findall(r"^\.PHONY: (.+)$", TEXT, flags=re.MULTILINE)).split())


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in a folder that holds nothing but the Makefile and what its targets compare ages with."""
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "requirements").mkdir()
    for name in ("pyproject.toml", "requirements/dev.txt", "requirements/runtime.txt"):
        (folder / name).touch()
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_python_that_is_too_old_is_refused_with_the_cure(tmp_path: Path) -> None:
    # Answers the question for its version as an old one does.
    old = script(tmp_path / "python3.9", "exit 1")

    result = make(tmp_path, "serve", f"PYTHON={old}")

    assert result.returncode != 0
    assert "Python 3.11 or newer is needed" in result.stderr
    assert "make serve PYTHON=" in result.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_python_without_venv_is_refused_with_the_cure(tmp_path: Path) -> None:
    bare = script(tmp_path / "python3", 'case "$*" in *venv*) exit 1;; *version*) exit 0;; esac')

    result = make(tmp_path, "test", f"PYTHON={bare}")

    assert result.returncode != 0
    assert "python3-venv" in result.stderr


def test_help_names_every_target(tmp_path: Path) -> None:
    result = make(tmp_path, "help")
    listed = set(re.findall(r"^  make (\S+)", result.stdout, flags=re.MULTILINE))

    assert listed | {"help"} == TARGETS
    assert {"serve", "test", "check", "bench"} <= TARGETS


def test_without_a_target_make_prints_the_help(tmp_path: Path) -> None:
    assert "make serve" in make(tmp_path).stdout
