"""Builds the distribution once, and an unprivileged user's empty environment to try it in."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
# How this machine reaches its package registry is its own affair; nothing else of the environment gets in.
REGISTRY_VARIABLES = ("PIP_", "SSL_", "REQUESTS_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_", "https_", "no_")


@dataclass(frozen=True)
class Unprivileged:
    """Runs commands with a clean environment in a folder of its own, never as root."""

    folder: Path
    python: str
    user: int | None  # None: we are not root, so everything is unprivileged already

    def environment(self, variables: Mapping[str, str] | None = None) -> dict[str, str]:
        return {"HOME": str(self.folder), "PATH": os.defpath, "LANG": "C.UTF-8", **(variables or {})}

    def start(
        self,
        command: list[str],
        cwd: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=cwd or self.folder,
            env=self.environment(variables),
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self,
        command: list[str],
        cwd: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end; the caller looks at returncode."""
        with self.start(command, cwd, variables) as process:
            stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)

    def install(self, command: list[str], cwd: Path | None = None) -> None:
        """Run a command that may ask the package registry, and insist that it succeeds."""
        registry = {name: value for name, value in os.environ.items() if name.startswith(REGISTRY_VARIABLES)}
        result = self.run(command, cwd, registry)
        assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"

    def give(self, *paths: str) -> None:
        """Copy files and folders of the checkout to the same place under this folder, owned by this user."""
        for path in paths:
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / path).is_dir():
                shutil.copytree(ROOT / path, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / path, target)
        self.own()

    def own(self) -> None:
        if self.user is not None:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, self.user, self.user, follow_symlinks=False)


def usable_python(unprivileged: Unprivileged) -> str | None:
    """An interpreter that this user may run: ours may lie in root's home."""
    candidates = [os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"]
    probe = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    for candidate in candidates:
        try:
            if unprivileged.run([candidate, "-c", probe]).returncode == 0:
                return candidate
        except OSError:
            continue
    return None


@contextmanager
def unprivileged_folder() -> Iterator[Unprivileged]:
    # Not below pytest's own temporary folder, which only its user may enter.
    with tempfile.TemporaryDirectory(prefix="northflank-emulator-") as name:
        user = NOBODY if hasattr(os, "getuid") and os.getuid() == 0 else None
        unprivileged = Unprivileged(Path(name), sys.executable, user)
        unprivileged.own()
        python = usable_python(unprivileged)
        if python is None:
            pytest.fail("no Python 3.11+ with venv that a user other than root may run")
        yield Unprivileged(unprivileged.folder, python, user)


@pytest.fixture(scope="session")
def unprivileged() -> Iterator[Unprivileged]:
    with unprivileged_folder() as unprivileged:
        yield unprivileged


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder
