"""The servers under measurement, as child processes: started, placed, observed through /proc, ended."""

import contextlib
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.wire import HOST

_HERE: Final = Path(__file__).parent
ROOT: Final = _HERE.parents[1]
_CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")
_ALLOWED: Final = sorted(os.sched_getaffinity(0))

# Servers and load stay on CPUs of their own: the sides of a ratio must not differ by where the scheduler puts them.
# One connection is lockstep: nothing runs in parallel, so there the load shares the server's CPU. Across CPUs the time
# to wake an idle one, longer than the request itself on a virtual machine, would hide most of the difference.
SERVER_CPUS: Final = frozenset(_ALLOWED[-1:])
LOAD_CPUS: Final = frozenset(_ALLOWED[:-1] or _ALLOWED)


@dataclass(frozen=True)
class Program:
    """How to start a server: arguments, `{port}` standing for the port, and a path that answers 200.

    Peers also name their interpreter, the folder they run in, variables beyond ours, and how long a start may take.
    """

    name: str
    arguments: tuple[str, ...]
    ready_path: str
    executable: str = sys.executable
    folder: Path = ROOT
    variables: Mapping[str, str] = field(default_factory=dict)
    patience_seconds: float = 30


EMULATOR: Final = Program("emulator", ("-m", "emulator", "serve", "--port", "{port}"), "/v1/")
WITHOUT_JOURNAL: Final = Program("without journal", (*EMULATOR.arguments, "--journal", "0"), EMULATOR.ready_path)
PLAIN: Final = Program("plain aiohttp", (str(_HERE / "plain.py"), "{port}"), "/")
BARE: Final = Program("bare", (str(_HERE / "bare.py"), "{port}"), "/")


def bare_with_answer(answer: Path) -> Program:
    return Program("bare", (*BARE.arguments, str(answer)), "/")


@dataclass(frozen=True)
class Server:
    name: str
    pid: int
    port: int
    seconds_to_first_answer: float

    def cpu_seconds(self) -> float:
        """User and system time of all threads so far; the kernel counts in ticks of mostly 10 ms."""
        # The second field is the command in parentheses and may hold spaces, so fields are counted from its end.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS

    def resident_bytes(self) -> int:
        return self._memory("Rss")

    def proportional_bytes(self) -> int:
        """As resident, but each page that n processes share counts for one nth."""
        return self._memory("Pss")

    def _memory(self, key: str) -> int:
        found = re.search(rf"^{key}: +(\d+) kB$", Path(f"/proc/{self.pid}/smaps_rollup").read_text(), re.MULTILINE)
        if found is None:
            raise BenchmarkError(f"/proc/{self.pid}/smaps_rollup has no {key}: is this Linux 4.14 or newer?")
        return int(found[1]) * 1024


@contextlib.contextmanager
def on_cpus(cpus: frozenset[int]) -> Iterator[None]:
    """Whatever is started inside runs on these CPUs, from its first instruction on; so does the caller meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def running(program: Program) -> Iterator[Server]:
    """Start a server, wait for its first 200, and kill it at the end, whatever the end is."""
    port = _free_port()
    command = [program.executable, *(argument.format(port=port) for argument in program.arguments)]
    with tempfile.TemporaryFile() as output:
        with on_cpus(SERVER_CPUS):
            started = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=program.folder,
                env={**_environment(), **program.variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            answered = _wait_for_200(program, process, port, output)
            yield Server(program.name, process.pid, port, answered - started)
        finally:
            process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    """Ours without what would change the emulator, or have it compile its own modules anew at every start.

    An installed package has its byte code; a checkout gets it at the first start, unless the environment forbids that.
    """
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("NORTHFLANK_EMULATOR_") and key != "PYTHONDONTWRITEBYTECODE"
    }


def _free_port() -> int:
    # Below the ephemeral range (32768 and up): a client that keeps trying an ephemeral port while nobody listens can be
    # given that very port as its own, connect to itself, and so take the port away from the server.
    while True:
        port = 20_000 + secrets.randbelow(12_768)
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                candidate.bind((HOST, port))
                return port


def _wait_for_200(program: Program, process: subprocess.Popen[bytes], port: int, output: IO[bytes]) -> float:
    """Return when the first 200 was there, by time.perf_counter(), to about a millisecond."""
    question = f"GET {program.ready_path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
    deadline = time.perf_counter() + program.patience_seconds
    while time.perf_counter() < deadline and process.poll() is None:
        with (
            contextlib.suppress(ConnectionError, TimeoutError),
            socket.create_connection((HOST, port), timeout=30) as client,
        ):
            client.sendall(question)
            if client.recv(4096).startswith(b"HTTP/1.1 200 "):
                return time.perf_counter()
        time.sleep(0.001)
    output.seek(0)
    said = output.read().decode(errors="replace")[-2000:]
    raise BenchmarkError(f"{program.name} gave no 200 for {program.ready_path} on port {port}. It said:\n{said}")
