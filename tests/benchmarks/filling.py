"""Many credentials stored through HTTP, fast: pipelined requests on a few connections."""

import re
import socket
import time
from typing import Final

from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.options import progress
from tests.benchmarks.wire import HOST, REGISTRIES, credential, request

_CONNECTIONS: Final = 4  # the server works on the other three while one is read and filled again
_BATCH: Final = 64
_REPORT_EVERY: Final = 100_000
_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d+) ")


def name_of(number: int) -> str:
    """The name, and the id too: a name without capitals and spaces is its own slug."""
    return f"stored-{number:010d}"


def fill(port: int, numbers: range) -> None:
    """Store one credential a number, all fields set.

    Raises:
        BenchmarkError: an answer was not 200.
    """
    started = time.perf_counter()
    sockets = [socket.create_connection((HOST, port), timeout=60) for _ in range(_CONNECTIONS)]
    waiting: list[tuple[socket.socket, int]] = []
    try:
        for done in range(0, len(numbers), _BATCH):
            if len(waiting) == _CONNECTIONS:
                connection, sent = waiting.pop(0)
                _receive(connection, sent)
            else:
                connection = sockets[len(waiting)]
            batch = numbers[done : done + _BATCH]
            connection.sendall(b"".join(request("POST", REGISTRIES, credential(name_of(number))) for number in batch))
            waiting.append((connection, len(batch)))
            if done and done % _REPORT_EVERY < _BATCH:
                progress(f"  {done:,} of {len(numbers):,} stored, {done / (time.perf_counter() - started):,.0f}/s")
        for connection, sent in waiting:
            _receive(connection, sent)
    finally:
        for connection in sockets:
            connection.close()


def _receive(connection: socket.socket, answers: int) -> None:
    """Wait for that many status lines; the rest of the last answer may still come, before the next one's status."""
    received = bytearray()
    while len(statuses := _STATUS.findall(received)) < answers:
        chunk = connection.recv(1 << 20)
        if not chunk:
            raise BenchmarkError(f"The emulator closed a connection after {bytes(received[-300:])!r}.")
        received += chunk
    if set(statuses) != {b"200"}:
        raise BenchmarkError(f"Not every credential was stored: {bytes(received[:600])!r}")
