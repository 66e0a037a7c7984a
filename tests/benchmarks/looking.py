"""What a browser asks that opens the inspector's page, looks for a moment, and closes it."""

import socket
from pathlib import Path
from typing import Final

import emulator.inspector
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.wire import HOST, REGISTRIES, Connection, credential, request

_PAGE: Final = "/_emulator"
_FILES: Final = Path(emulator.inspector.__file__).with_name("page")
_READ: Final = ("requests?limit=1000", "requests/verify", "faults", "assumptions", "clock", "rules", "rules/decided")


def look(port: int) -> None:
    """Load the page, read what it reads at its start, hear of a call, and go.

    Raises:
        BenchmarkError: something was not answered, or the call was not told of.
    """
    with Connection(port) as connection, socket.create_connection((HOST, port), timeout=30) as stream:
        connection.expect(request("GET", f"{_PAGE}/"))
        for file in _FILES.iterdir():
            if file.suffix != ".html":
                connection.expect(request("GET", f"{_PAGE}/inspector/{file.name}"))
        stream.sendall(request("GET", f"{_PAGE}/events"))
        _until(stream, b": listening")
        for path in _READ:
            connection.expect(request("GET", f"{_PAGE}/{path}"))
        connection.expect(request("POST", REGISTRIES, credential("seen-by-somebody")))
        _until(stream, b"event: request")


def _until(stream: socket.socket, wanted: bytes) -> None:
    received = b""
    while wanted not in received:
        piece = stream.recv(65_536)
        if not piece:
            raise BenchmarkError(f"The stream of events ended before {wanted!r}.")
        received += piece
