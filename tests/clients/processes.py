"""Clients that run as processes of their own. The two npm clients are installed once and may reach loopback only."""

import fcntl
import hashlib
import json
import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn, Self

import pytest

FOLDER: Final = Path(__file__).parent / "js"
LOCK_FILE: Final = FOLDER / "package-lock.json"
MODULES: Final = FOLDER / "node_modules"
# Inside node_modules, because `npm ci` empties that folder: the stamp can never outlive what it stands for.
STAMP: Final = MODULES / ".lock-digest"
LIMIT_S: Final = 60.0


class UnavailableError(Exception):
    """Node is missing, or the clients cannot be installed."""


def unavailable(reason: str) -> NoReturn:
    """In CI a client that cannot run is a failure; elsewhere its tests are skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Finished(NamedTuple):
    code: int
    stdout: str
    stderr: str


def install() -> None:
    """Install what package-lock.json locks, unless that is there already; of several processes only one does it.

    Raises:
        UnavailableError: says what is missing or what npm answered.
    """
    for command in ("node", "npm"):
        if shutil.which(command) is None:
            raise UnavailableError(f"{command} is not installed; the JS client and the CLI need Node.js 18 or newer")
    with one_process_at_a_time(LOCK_FILE):
        digest = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
        if STAMP.exists() and STAMP.read_text() == digest:
            return
        done = subprocess.run(["npm", "ci"], cwd=FOLDER, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnavailableError(f"`npm ci` in {FOLDER} failed:\n{done.stderr[-2000:]}")
        STAMP.write_text(digest)


@contextmanager
def one_process_at_a_time(path: Path) -> Iterator[None]:
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def environment(home: Path) -> dict[str, str]:
    """What a client's process gets to see: nothing of the developer's own configuration, tokens or proxies."""
    guard = json.dumps(str(FOLDER / "loopback-only.cjs"))
    return {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm", "NODE_OPTIONS": f"--require {guard}"}


class JsClient(NamedTuple):
    """`@northflank/js-client`; calls.mjs makes the calls and says what comes back."""

    url: str
    token: str
    home: Path

    def calls(self, *calls: Mapping[str, Any], throws: bool = False) -> list[dict[str, Any]]:
        """Make calls, `{"verb": "add", "all": false, "argument": {...}}` each, with one client and in one process."""
        program = {"host": self.url, "token": self.token, "throws": throws, "calls": calls}
        done = subprocess.run(
            ["node", "calls.mjs"],
            cwd=FOLDER,
            env=environment(self.home),
            input=json.dumps(program),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        assert len(answers) == len(calls)
        return answers

    def call(self, verb: str, *, throws: bool = False, **argument: Any) -> dict[str, Any]:
        """One call; its argument is what the client documents: `parameters`, `options`, `data`."""
        return self.calls({"verb": verb, "argument": argument}, throws=throws)[0]

    def all(self, **argument: Any) -> dict[str, Any]:
        return self.calls({"verb": "list", "all": True, "argument": argument})[0]


class Cli(NamedTuple):
    """`@northflank/cli`, with a home folder of its own for the contexts that it stores."""

    home: Path

    @classmethod
    def fresh(cls, home: Path) -> Self:
        """A home in which the CLI has just looked for a newer version of itself, so that it does not want to again.

        The time is written as a number: given the text that it writes itself, this version looks before every command.
        """
        config = home / ".northflank" / "config.json"
        config.parent.mkdir()
        config.write_text(json.dumps({"contexts": [], "lastUpdateCheck": int(time.time() * 1000)}))
        return cls(home)

    @property
    def program(self) -> str:
        return str(MODULES / ".bin" / "northflank")

    def sign_in(self, *, host: str, token: str) -> Finished:
        """Also makes this the context that later commands use."""
        return self.run("login", "-n", "emulator", "-t", token, "--host", host, "--override")

    def run(self, *arguments: str) -> Finished:
        done = subprocess.run(
            [self.program, *arguments],
            env=environment(self.home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str) -> Any:
        """What a command prints with `-o json`; the command must succeed."""
        done = self.run(*arguments, "-o", "json")
        assert done.code == 0, done.stderr
        return json.loads(done.stdout)

    def at_terminal(self, *arguments: str, prompt: str, answer: str) -> str:
        """Run a command on a terminal, type the answer once the prompt stands there, and return all that was shown."""
        keyboard, terminal = pty.openpty()
        process = subprocess.Popen(
            [self.program, *arguments],
            env=environment(self.home),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        try:
            return converse(keyboard, prompt, answer)
        finally:
            os.close(keyboard)
            process.kill()
            process.wait()


def converse(keyboard: int, prompt: str, answer: str) -> str:
    """Read a terminal until its program ends, answering once."""
    shown, answered = b"", False
    deadline = time.monotonic() + LIMIT_S
    while chunk := read_until(keyboard, deadline):
        shown += chunk
        if not answered and prompt.encode() in shown:
            os.write(keyboard, answer.encode())
            answered = True
    assert answered, f"{prompt!r} was never asked: {shown!r}"
    return shown.decode(errors="replace")


def read_until(keyboard: int, deadline: float) -> bytes:
    """The next bytes; none when the program has ended.

    Raises:
        TimeoutError: the program neither ended nor said anything more before the deadline.
    """
    ready, _, _ = select.select([keyboard], [], [], max(0.0, deadline - time.monotonic()))
    if not ready:
        raise TimeoutError("the program still waits for something")
    try:
        return os.read(keyboard, 65_536)
    except OSError:  # how Linux says that the program's end of a pseudo-terminal is closed
        return b""
