"""Gets the peers into .peers/ at the root of the checkout: outside the project's environment, and ignored by git."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.options import progress
from tests.benchmarks.processes import ROOT

HOME: Final = ROOT / ".peers"
MODULES: Final = HOME / "node_modules"
VENV: Final = HOME / "venv"
_HERE: Final = Path(__file__).parent
_PYTHON: Final = str(VENV / "bin/python")
_PACKAGES: Final = "package.json"
_REQUIREMENTS: Final = _HERE / "requirements.txt"
# None of them needs what its dependencies' scripts would compile or fetch.
_NPM_INSTALL: Final = ("npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
_PIP_INSTALL: Final = (_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
_SECONDS: Final = 900


def install() -> list[str]:
    """Return what went wrong; what could be installed is installed all the same."""
    HOME.mkdir(exist_ok=True)
    return [problem for problem in (_from_npm(), _from_pypi()) if problem]


def _from_npm() -> str | None:
    if shutil.which("npm") is None:
        return "npm was not found: install Node.js for Mockoon, Prism, Specmatic and WireMock."
    progress(f"Installing what {_PACKAGES} names into {HOME.name}/ ...")
    shutil.copy(_HERE / _PACKAGES, HOME / _PACKAGES)
    return _run(_NPM_INSTALL)


def _from_pypi() -> str | None:
    progress(f"Installing what {_REQUIREMENTS.name} names into {HOME.name}/ ...")
    if not VENV.exists() and (problem := _run((sys.executable, "-m", "venv", str(VENV)))):
        shutil.rmtree(VENV, ignore_errors=True)
        return problem
    return _run((*_PIP_INSTALL, "--requirement", str(_REQUIREMENTS)))


def _run(command: Sequence[str]) -> str | None:
    """Return what a failed command said, in short."""
    try:
        done = subprocess.run(
            command, cwd=HOME, capture_output=True, text=True, check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return f"`{' '.join(command)}` did not end within {_SECONDS} seconds."
    return f"`{' '.join(command)}` failed:\n{(done.stderr or done.stdout)[-2000:]}" if done.returncode else None
