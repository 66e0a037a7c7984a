"""The command as a process of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

PROGRAM = (sys.executable, "-m", "emulator")
READY = re.compile(r"Ready on (http://\S+)")
"""What whoever waits for the log of a container looks for."""


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without settings of the emulator, with `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NORTHFLANK_EMULATOR_")}
    return {**kept, **(extra or {})}


class Served:
    """A running server process; `banner` is what it printed up to the ready line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.banner: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            self.banner.append(line.rstrip("\n"))
            if READY.search(line):
                break
        else:
            assert process.stderr is not None
            raise AssertionError(f"It never became ready: {self.banner} {process.stderr.read()}")

    @property
    def url(self) -> str:
        """The URL of the ready line."""
        found = READY.search(self.banner[-1])
        assert found is not None
        return found[1]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal; return exit code, and what else went to stdout and to stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@contextlib.contextmanager
def serving(
    *options: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    program: Sequence[str] = PROGRAM,
) -> Iterator[Served]:
    """Run `serve` on a free port until the block ends."""
    command = [*program, "serve", "--port", "0", *options]
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=clean_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Served(process)
        finally:
            if process.poll() is None:
                process.kill()
