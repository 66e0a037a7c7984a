"""Load from Debian's `wrk`: one thread, a prepared request, a check of every status."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.processes import LOAD_CPUS, SERVER_CPUS, Server, on_cpus
from tests.benchmarks.wire import HOST, Connection

_SCRIPT: Final = Path(__file__).with_name("load.lua")
_PATIENCE: Final = "15s"  # an answer that takes longer counts as broken; some peers need more than wrk's own 2 s


@dataclass(frozen=True)
class Shot:
    """What to send over and over, and the status that every answer must have.

    With `after`, ten digits that never repeat in one run go between it and `before`; 0000000000 is left to others.
    """

    before: bytes
    after: bytes | None = None
    status: int = 200

    def first(self) -> bytes:
        return self.before if self.after is None else self.before + b"0" * 10 + self.after


@dataclass(frozen=True)
class Load:
    """One run against one server; times in microseconds."""

    requests: int
    throughput: float
    p50: float
    p99: float
    cpu_per_request: float


def is_installed() -> bool:
    return shutil.which("wrk") is not None


def version() -> str:
    said = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False).stdout
    return " ".join(said.split()[1:2])


def fire(server: Server, shot: Shot, connections: int, seconds: int) -> Load:
    """Send as fast as the server answers, for so long.

    Raises:
        BenchmarkError: an answer had another status, or a connection failed.
    """
    # wrk only tells statuses below 400 from the others; the exact one is looked at once, here.
    with Connection(server.port) as connection:
        connection.expect(shot.first(), shot.status)
    parts = [shot.before.decode(), *([] if shot.after is None else [shot.after.decode()])]
    cpu_before = server.cpu_seconds()
    result = _run(f"http://{HOST}:{server.port}", parts, connections, seconds)
    cpu = server.cpu_seconds() - cpu_before
    if result["broken"] or result["refused"] != (0 if shot.status < 400 else result["requests"]):
        raise BenchmarkError(f"{server.name} did not answer {shot.status} to every request of wrk: {result}")
    return Load(
        requests=int(result["requests"]),
        throughput=result["requests"] / result["microseconds"] * 1e6,
        p50=result["p50"],
        p99=result["p99"],
        cpu_per_request=cpu / result["requests"] * 1e6,
    )


def _run(url: str, parts: list[str], connections: int, seconds: int) -> dict[str, float]:
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", _PATIENCE, "-s", str(_SCRIPT)]
    with on_cpus(SERVER_CPUS if connections == 1 else LOAD_CPUS):
        process = subprocess.Popen(
            ["wrk", *options, url, "--", *parts], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    try:
        said, _ = process.communicate(timeout=seconds + 30)
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0 or not said.rstrip().endswith("}"):
        raise BenchmarkError(f"wrk failed with exit code {process.returncode}: {said}")
    result: dict[str, float] = json.loads(said.splitlines()[-1])
    if not result["requests"]:
        raise BenchmarkError(f"wrk got no answer at all: {said}")
    return result
