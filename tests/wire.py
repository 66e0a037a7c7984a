"""Requests to a live server, byte for byte or with the standard library's client."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from tests.conftest import Answer


def _answer(status: int, headers: Message[str, str], content: bytes) -> Answer:
    text = content.decode("utf-8")
    is_json = headers.get_content_type() == "application/json"
    return Answer(status, dict(headers.items()), text, json.loads(text) if is_json and text else None)


def _answered(response: http.client.HTTPResponse) -> Answer:
    return _answer(response.status, response.headers, response.read())


@contextlib.contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    """Connect to the server at `url`; each piece of what is sent goes out at once."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        yield connection


def receive(connection: socket.socket, method: str = "GET") -> Answer:
    """Read one answer from a connection."""
    with contextlib.closing(http.client.HTTPResponse(connection, method=method)) as response:
        response.begin()
        return _answered(response)


def receive_in_order(connection: socket.socket, count: int) -> list[Answer]:
    """Read some answers from a connection that more than one request was sent to."""
    with connection.makefile("rb") as file:
        return [_next(file) for _ in range(count)]


def _next(file: BinaryIO) -> Answer:
    _, status, _ = file.readline().split(maxsplit=2)
    headers = http.client.parse_headers(file)
    return _answer(int(status), headers, file.read(int(headers["Content-Length"])))


def say(url: str, data: bytes) -> Answer:
    """Send exactly these bytes and return the answer."""
    with connected(url) as connection:
        connection.sendall(data)
        return receive(connection)


class Client:
    """Asks a live server over one connection, for tests that ask hundreds of times."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        self._token = token

    def __call__(
        self, method: str, path: str, body: object = None, *, token: str | None = None, data: bytes | None = None
    ) -> Answer:
        """Send `body` as JSON, or `data` as it is; lone surrogates and the like are escaped."""
        headers: Mapping[str, str] = {"Authorization": f"Bearer {token or self._token}"}
        if body is not None:
            data = json.dumps(body).encode()
            headers = {**headers, "Content-Type": "application/json"}
        self._connection.request(method, path, data, dict(headers))
        return _answered(self._connection.getresponse())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
