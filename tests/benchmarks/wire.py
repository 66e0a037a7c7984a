"""The requests that are measured, ready to send, and a client that adds as little as possible to their time."""

import json
import re
import socket
from typing import Any, Final, NamedTuple, Self

from tests.benchmarks.errors import BenchmarkError

HOST: Final = "127.0.0.1"
REGISTRIES: Final = "/v1/integrations/registries"
_CONTENT_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Answer(NamedTuple):
    status: int
    body: bytes


def credential(name: str) -> dict[str, Any]:
    """Every field that the request body of add-registry has; valid when the name is."""
    return {
        "name": name,
        "provider": "ecr",
        "registryUrl": "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "aws": {"region": "eu-west-1"},
        "gcp": {"projectId": "example-project-428613"},
        "azure": {"resourceGroup": "example-resource-group"},
        "integrationId": "team/example-integration",
        **update(),
        "updatedAt": "2025-11-03T09:41:27.000Z",
        "createdAt": "2025-11-03T09:41:27.000Z",
    }


def update(username: str = "AWS") -> dict[str, Any]:
    """What an update may change, every field set."""
    return {
        "credentials": {
            "username": username,
            "password": "correct-horse-battery-staple-and-a-few-more",
            "scope": {"pull": True, "push": False},
        },
        "restrictions": {"restricted": True, "projects": ["example-project", "another-project"]},
    }


REJECTED: Final[dict[str, Any]] = {
    **credential("a!"),
    "provider": "ECR",
    "credentials": {"username": "AWS", "scope": {"pull": "yes"}},
}


def request(method: str, path: str, body: object = None) -> bytes:
    """One HTTP/1.1 request with a bearer token; the body, when there is one, as compact JSON."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer benchmark\r\n"
    if body is None:
        return f"{head}\r\n".encode()
    content = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


class Connection:
    """One keep-alive connection, one request at a time, blocking: its own cost is two system calls and a search."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def exchange(self, sent: bytes) -> bytes:
        """The whole answer, head and body. Only answers with Content-Length are understood."""
        self._socket.sendall(sent)
        received = self._receive()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        length = _CONTENT_LENGTH.search(received, 0, end)
        if length is None:
            raise BenchmarkError(f"An answer without Content-Length cannot be measured: {received[:200]!r}")
        while len(received) < end + 4 + int(length[1]):
            received += self._receive()
        return received

    def ask(self, sent: bytes) -> Answer:
        head, _, body = self.exchange(sent).partition(b"\r\n\r\n")
        return Answer(int(head[9:12]), body)

    def expect(self, sent: bytes, status: int = 200) -> bytes:
        """Return the body of an answer with exactly this status; anything else is a BenchmarkError."""
        answer = self.ask(sent)
        if answer.status != status:
            raise BenchmarkError(f"Expected {status}, got {answer.status} {answer.body[:300]!r} for {sent[:120]!r}")
        return answer.body

    def _receive(self) -> bytes:
        received = self._socket.recv(262_144)
        if not received:
            raise BenchmarkError("The server closed a connection in the middle of a measurement.")
        return received
