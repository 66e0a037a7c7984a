"""`check` at a terminal: what it asks before it writes to another machine, and how its progress looks."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from emulator import Emulator
from emulator.conformance.names import Names
from emulator.remote import Remote
from emulator.tenancy import account_name
from tests.conformance.checking import SEED, TOKEN
from tests.conformance.command import VARIABLES, held
from tests.processes import PROGRAM, clean_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has other terminals")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


CTRL_C: Final = "\x03"
AGAIN: Final = 5.0
"""Seconds until who pressed Ctrl-C does it again: one that comes just before Python waits for input is overlooked."""


class Terminal:
    """A command at a terminal; `shown` is what it shows there, and `typed` is typed once it asks for something."""

    def __init__(self, command: list[str], environment: Mapping[str, str], typed: Mapping[str, str]) -> None:
        import pty

        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            command,
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.PIPE,
            env=clean_environment(environment),
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""
        waiting = dict(typed)
        pressed = False
        while True:
            while pressed and not select.select([ours], [], [], AGAIN)[0]:
                process.send_signal(signal.SIGINT)
            try:
                some = os.read(ours, 65536)
            except OSError:
                break
            if not some:
                break
            self.shown += some.decode()
            for question, answer in list(waiting.items()):
                if question in self.shown:
                    del waiting[question]
                    if answer == CTRL_C:  # only of the terminal that controls a process it is a signal
                        process.send_signal(signal.SIGINT)
                        pressed = True
                    else:
                        os.write(ours, answer.encode())
        os.close(ours)
        out, _ = process.communicate(timeout=30)
        self.out = out.decode()
        self.code = process.returncode
        assert not waiting, f"never asked: {waiting}, but: {self.shown}"


ELSEWHERE: Final = "http://api.example"
ASKED: Final = "Go on? [y/N]"


def at_terminal(emulator: Emulator, folder: Path, typed: Mapping[str, str], *options: str, token: str = "") -> Terminal:
    """Check a host that is not this machine: the emulator plays the proxy on the way there."""
    given = dict.fromkeys(VARIABLES, "") | {"NORTHFLANK_API_TOKEN": token}
    environment = {"XDG_STATE_HOME": str(folder), "HTTP_PROXY": emulator.url, "http_proxy": emulator.url, **given}
    few = ["--insecure-http", "--only", "add.name.min-length", "--budget", "60", "--seed", str(SEED)]
    return Terminal([*PROGRAM, "check", ELSEWHERE, *few, *options], environment, typed)


def asked(emulator: Emulator) -> int:
    return len(Remote(emulator.url).ask("GET", "/requests")["requests"])


def test_before_the_first_write_elsewhere_the_user_is_told_and_asked(emulator: Emulator, tmp_path: Path) -> None:
    done = at_terminal(emulator, tmp_path, {ASKED: "y\n"}, token=TOKEN)

    assert done.code == 0, done.shown
    before, _, after = done.shown.partition(ASKED)
    assert f"writes to {ELSEWHERE}" in before
    assert "60 requests at most" in before
    assert f"names start with {Names(SEED).prefix}" in before
    assert str(tmp_path / "northflank-emulator" / "ledgers") in before
    assert re.search("[0-9]+ of 60 requests, [0-9]+ of [0-9]+ rules decided", after)
    assert "Exit 0" in done.out
    assert TOKEN not in done.shown + done.out
    assert asked(emulator) > 0
    assert held(emulator) == {}


@pytest.mark.parametrize("answer", ["n\n", "\n", CTRL_C, "\x04"], ids=["no", "return", "ctrl-c", "end-of-file"])
def test_who_does_not_agree_sends_nothing(emulator: Emulator, tmp_path: Path, answer: str) -> None:
    done = at_terminal(emulator, tmp_path, {ASKED: answer}, token=TOKEN)

    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.shown
    assert asked(emulator) == 0
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_the_token_is_asked_for_and_not_shown(emulator: Emulator, tmp_path: Path) -> None:
    done = at_terminal(emulator, tmp_path, {"Token for": f"{TOKEN}\n"}, "--yes")

    assert done.code == 0, done.shown
    assert f"Token for {ELSEWHERE}" in done.shown
    assert TOKEN not in done.shown + done.out
    assert account_name(TOKEN) in {each["account"] for each in Remote(emulator.url).ask("GET", "/requests")["requests"]}


def test_who_types_no_token_is_told_what_to_do(emulator: Emulator, tmp_path: Path) -> None:
    done = at_terminal(emulator, tmp_path, {"Token for": "\x04"}, "--yes")

    assert (done.code, done.out) == (2, "")
    assert "NORTHFLANK_API_TOKEN" in done.shown
    assert "Traceback" not in done.shown
    assert asked(emulator) == 0


def test_at_a_terminal_the_progress_is_one_line(emulator: Emulator, tmp_path: Path) -> None:
    done = at_terminal(emulator, tmp_path, {}, "--yes", token=TOKEN)

    assert done.shown.count("\n") == 2, "the first and the last"
    assert done.shown.count("\r\x1b[K") > 5


def test_quiet_shows_nothing_at_a_terminal_either(emulator: Emulator, tmp_path: Path) -> None:
    done = at_terminal(emulator, tmp_path, {}, "--yes", "--quiet", token=TOKEN)

    assert (done.code, done.shown) == (0, "")
