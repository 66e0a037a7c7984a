"""The browser and what drives it, as processes: Chromium, Node, and Playwright's core package."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

FOLDER: Final = Path(__file__).parent
SCREENSHOTS: Final = FOLDER / ".screenshots"
_LOCK_FILE: Final = FOLDER / "package-lock.json"
_STAMP: Final = FOLDER / "node_modules" / ".lock-digest"
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def unavailable(reason: str) -> NoReturn:
    """In CI a browser that cannot run is a failure; elsewhere its tests are skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def browser_path() -> str:
    """Return the browser that is installed; none is downloaded."""
    for name in _BROWSERS:
        path = shutil.which(name)
        if path is not None:
            return path
    unavailable("no Chromium is installed; on Debian: apt-get install chromium")


def install() -> None:
    """Install what package-lock.json locks, unless that is there already; of several processes only one does it."""
    for command in ("node", "npm"):
        if shutil.which(command) is None:
            unavailable(f"{command} is not installed; the browser is driven with Node.js 18 or newer")
    with _LOCK_FILE.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        digest = hashlib.sha256(_LOCK_FILE.read_bytes()).hexdigest()
        if _STAMP.exists() and _STAMP.read_text() == digest:
            return
        done = subprocess.run(["npm", "ci"], cwd=FOLDER, capture_output=True, text=True, check=False)
        if done.returncode:
            unavailable(f"`npm ci` in tests/browser failed:\n{done.stderr[-2000:]}")
        _STAMP.write_text(digest)


class Browser:
    """A running browser."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, flow: str, told: Mapping[str, Any], does: Mapping[str, Callable[[], None]]) -> None:
        """Run a flow to its end; `does` is what it may ask for meanwhile."""
        self._tell(json.dumps({"flow": flow, "screenshots": str(SCREENSHOTS), **told}))
        while "do" in (answer := self.hear()):
            does[answer["do"]]()
            self._tell("done")
        assert answer.get("passed"), answer.get("error", "it ended without a word")

    def hear(self) -> dict[str, Any]:
        """Return what it says next; nothing when it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        told: dict[str, Any] = json.loads(line) if line else {}
        return told

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Run a browser until the block ends."""
    path = browser_path()
    install()
    SCREENSHOTS.mkdir(exist_ok=True)
    command = ["node", "run.mjs", path]
    with subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        running = Browser(process)
        if "ready" not in running.hear():
            unavailable(f"{path} did not start; what it says is above")
        try:
            yield running
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
