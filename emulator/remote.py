"""Asks a running emulator's control routes, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from emulator.errors import InvalidSettingError

CONTROL: Final = "/_emulator"
_NOT_READY: Final = http.HTTPStatus.SERVICE_UNAVAILABLE
_PATIENCE: Final = 60.0
"""Seconds: a large state takes some."""


class RemoteError(Exception):
    """A running emulator does not answer, or refuses; `status` is None where nothing answered."""

    def __init__(self, message: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)


def address(setting: str, url: str) -> tuple[str, int]:
    """Return host and port of a base URL.

    Args:
        setting: what the message calls the place that the URL is from.
        url: such as `http://127.0.0.1:8080`.

    Raises:
        InvalidSettingError: it is no URL of plain HTTP.
    """
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port or 80
    except ValueError:  # brackets that do not close, a port that is no number
        scheme, host, port = "", None, 0
    if scheme != "http" or not host:
        raise InvalidSettingError(setting, f"{url!r} is not a base URL; write it like http://127.0.0.1:8080")
    return host, port


class Remote:
    """The control routes of the emulator at a base URL.

    Args:
        url: the base URL.
        admin_token: where the emulator wants one.
        setting: what messages call the place that the URL is from.
    """

    def __init__(self, url: str, *, admin_token: str | None = None, setting: str = "--url") -> None:
        self.url = url
        self._address = address(setting, url)
        self._headers = {"Authorization": f"Bearer {admin_token}"} if admin_token else {}

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """Return what a control route answers.

        Args:
            method: the HTTP method.
            path: below `/_emulator`, such as `/state`.
            body: sent as JSON; bytes are sent as they are.
            query: parameters; None is left out.

        Raises:
            RemoteError: nothing answers, or the answer is an error; the message is the emulator's own.
        """
        target = _target(path, query)
        with self._connected(_PATIENCE) as connection:
            return json.loads(self._answer(connection, method, target, body).read())

    def stream(self, path: str) -> Iterator[str]:
        """Yield the lines of an answer that goes on, until the server ends it.

        Raises:
            RemoteError: as `ask`.
        """
        with self._connected(None) as connection:
            for line in self._answer(connection, "GET", path, None):
                yield line.decode("utf-8").rstrip("\n")

    @contextmanager
    def _connected(self, patience: float | None) -> Iterator[http.client.HTTPConnection]:
        with closing(http.client.HTTPConnection(*self._address, timeout=patience)) as connection:
            yield connection

    def _answer(
        self, connection: http.client.HTTPConnection, method: str, target: str, body: object
    ) -> http.client.HTTPResponse:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode("utf-8")
        headers = self._headers if data is None else {**self._headers, "Content-Type": "application/json"}
        try:
            connection.request(method, CONTROL + target, data, headers)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            hint = "is `northflank-emulator serve` running?"
            raise RemoteError(f"{self.url} does not answer ({reason}); {hint}") from None
        # Being not ready is an answer, not a failure.
        if response.status != http.HTTPStatus.OK and not (response.status == _NOT_READY and target == "/ready"):
            raise RemoteError(_message(response.status, response.read()), response.status)
        return response


class KeptRemote(Remote):
    """`Remote` for those who ask again and again: over one connection that stays open; threads take turns."""

    _owed = False
    """Whether an answer is to come that nobody waits for."""

    def __init__(self, url: str, *, admin_token: str | None = None, setting: str = "--url") -> None:
        super().__init__(url, admin_token=admin_token, setting=setting)
        self._connection = http.client.HTTPConnection(*self._address, timeout=_PATIENCE)
        self._turn = threading.Lock()

    def tell(self, method: str, path: str, **query: object) -> None:
        """Ask without waiting for the answer, whatever it is: for what nobody misses if it fails."""
        with self._turn:
            self._settle()
            try:
                self._connection.request(method, CONTROL + _target(path, query), headers=self._headers)
                self._owed = True
            except (OSError, http.client.HTTPException):
                self._connection.close()

    def close(self) -> None:
        """Close the connection; another question would open it again."""
        with self._turn:
            self._settle()
            self._connection.close()

    def _settle(self) -> None:
        """Read the answer that nobody waited for, and close a connection that can no longer be used."""
        if self._owed:
            self._owed = False
            try:
                self._connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                self._connection.close()
        if self._connection.sock is not None and _is_over(self._connection.sock):
            self._connection.close()

    @contextmanager
    def _connected(self, patience: float | None) -> Iterator[http.client.HTTPConnection]:
        if patience is None:  # an answer that goes on
            with super()._connected(patience) as connection:
                yield connection
            return
        with self._turn:
            self._settle()
            try:
                yield self._connection
            except RemoteError as error:
                if error.status is None:
                    self._connection.close()
                raise
            except BaseException:
                self._connection.close()
                raise


def _is_over(connection: socket.socket) -> bool:
    """Return whether the server has closed an idle connection: then, and only then, there is something to read."""
    connection.settimeout(0)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(_PATIENCE)
    return True


def _target(path: str, query: Mapping[str, object]) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return path + (f"?{urlencode(given)}" if given else "")


def _message(status: int, text: bytes) -> str:
    try:
        message = json.loads(text)["error"]["message"]
    except (ValueError, TypeError, KeyError):
        return f"The answer is {status}, and not from an emulator's control routes."
    return str(message)
