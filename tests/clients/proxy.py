"""A TCP proxy that loses its first connections half-way, so that a client's retries are seen at work."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Literal
from urllib.parse import urlsplit

CHUNK: Final = 65_536


class LosingProxy(socketserver.ThreadingTCPServer):
    """Passes connections on to the emulator, except the next `to_lose`.

    What is lost of these: with "request" the client is cut off before anything reaches the emulator; with "answer" the
    emulator gets the whole request and does what it says, and the client is cut off before the answer begins.
    """

    daemon_threads = True
    request_queue_size = 16

    def __init__(self, target: str, *, lose: int, what: Literal["request", "answer"]) -> None:
        parts = urlsplit(target)
        self.target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.what = what
        self.connections = 0
        self.to_lose = lose
        self._counting = threading.Lock()
        super().__init__(("127.0.0.1", 0), Connection)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def loses_next(self) -> bool:
        """Count one more connection and tell whether it is one of those to lose."""
        with self._counting:
            self.connections += 1
            self.to_lose -= 1
            return self.to_lose >= 0


class Connection(socketserver.BaseRequestHandler):
    server: LosingProxy
    request: socket.socket

    def handle(self) -> None:
        lost = self.server.loses_next()
        if lost and self.server.what == "request":
            self.request.recv(1)
            return
        with socket.create_connection(self.server.target) as upstream:
            threading.Thread(target=copy, args=(self.request, upstream), daemon=True).start()
            if lost:
                upstream.recv(1)
            else:
                copy(upstream, self.request)


def copy(source: socket.socket, sink: socket.socket) -> None:
    """Pass bytes on until one side hangs up, and then pass that on too."""
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def losing(target: str, *, lose: int = 0, what: Literal["request", "answer"] = "request") -> Iterator[LosingProxy]:
    with LosingProxy(target, lose=lose, what=what) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
