"""Sends requests to the target exactly as they are asked for, and never raises for what comes back."""

from __future__ import annotations

import io
import ipaddress
import os
import ssl
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Final, NamedTuple, Self
from urllib.request import getproxies, proxy_bypass

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

import emulator
from emulator.conformance.exchange import NO_HEADERS, Exchange
from emulator.conformance.options import Token
from emulator.conformance.tokens import Tokens
from emulator.errors import InvalidSettingError

_AT_ONCE: Final = 20
_KEEP_ALIVE: Final = 1.0
"""Seconds that an idle connection is kept: shorter than servers keep it, as one that the server is just closing would
look like a lost answer."""
_LARGE: Final = 1 << 19


class UnreachableError(Exception):
    """The very first request found no API; the message is a sentence with the remedy."""


class _Trouble(NamedTuple):
    """What went wrong in words; `remedy` is a sentence about the host that is set where nobody is there at all."""

    problem: str
    remedy: str | None = None


def base_url(url: str) -> str:
    """Return the base URL of a target, without a `/` or `/v1` at its end.

    Raises:
        InvalidSettingError: it is no base URL.
    """
    try:
        parsed = URL(url)
    except ValueError:
        parsed = URL()
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InvalidSettingError("URL", f"{url!r} is no http or https URL; an example is http://127.0.0.1:8080")
    if parsed.user is not None or parsed.password is not None:
        raise InvalidSettingError("URL", "it holds a user or a password; the token is given by NORTHFLANK_API_TOKEN")
    if parsed.query_string or parsed.fragment:
        raise InvalidSettingError("URL", f"{url!r} has a query or a fragment; give the base URL only")
    return str(parsed).rstrip("/").removesuffix("/v1").rstrip("/")


def is_local(url: str) -> bool:
    """Return whether a URL is on this machine."""
    host = (URL(url).host or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Target:
    """The target at a base URL; counts what was sent.

    Args:
        base: as `base_url` returns it.
        tokens: whose texts are put into the requests, and kept out of the exchanges.
        timeout: seconds to wait for one answer.
    """

    def __init__(self, base: str, tokens: Tokens, *, timeout: float = 30.0) -> None:
        self.base = base
        self.sent = 0
        self._tokens = tokens
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_AT_ONCE, keepalive_timeout=_KEEP_ALIVE),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout or None),
            skip_auto_headers=("Content-Type", "User-Agent"),
            trust_env=not is_local(self.base),
        )
        # Else aiohttp sends GET and DELETE a second time when the connection is lost, and nobody would ever see that it
        # was. There is no public switch for it; tests/conformance/test_target.py notices if this one goes.
        self._session._retry_connection = False  # noqa: SLF001
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    @property
    def is_behind_proxy(self) -> bool:
        """Whether a proxy that the environment names reads the requests, as it does where they are not encrypted."""
        url = URL(self.base)
        if url.scheme != "http" or is_local(self.base):
            return False
        return "http" in getproxies() and not proxy_bypass(url.host or "")

    async def send(  # noqa: PLR0913 - what a request is made of
        self,
        method: str,
        target: str,
        *,
        token: Token = Token.MAIN,
        headers: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
        purpose: str = "",
        operation: str | None = None,
    ) -> Exchange:
        """Send one request; redirects are not followed, nothing is sent twice.

        Args:
            target: path and query, percent-encoded.
            headers: over the usual ones; None takes one away.

        Raises:
            UnreachableError: it is the first request, and nobody is there.
        """
        self.sent += 1
        number, sent_headers = self.sent, self._headers(token, headers, body)
        status, received, content, trouble = 0, NO_HEADERS, b"", None
        started = time.perf_counter()
        try:
            status, received, content = await self._request(method, target, sent_headers, body)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            trouble = self._explained(error)
            if number == 1 and trouble.remedy:
                raise UnreachableError(trouble.remedy) from None
        return Exchange(
            number=number,
            purpose=purpose,
            operation=operation,
            method=method,
            target=target,
            sent_headers={name: self._tokens.conceal(value) for name, value in sent_headers.items()},
            sent=body,
            status=status,
            headers=received,
            content=content,
            seconds=time.perf_counter() - started,
            problem=trouble.problem if trouble else None,
        )

    async def _request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, CIMultiDictProxy[str], bytes]:
        # aiohttp warns of long bytes, and sends a file piece by piece.
        data = io.BytesIO(body) if body is not None and len(body) > _LARGE else body
        url = URL(self.base + target, encoded=True)
        async with self._session.request(method, url, headers=headers, data=data, allow_redirects=False) as response:
            return response.status, response.headers, await response.read()

    def _headers(self, token: Token, headers: Mapping[str, str | None] | None, body: bytes | None) -> dict[str, str]:
        usual: dict[str, str | None] = {
            "Accept": "application/json",
            "User-Agent": f"northflank-emulator/{emulator.__version__} check",
        }
        text = self._tokens.text(token)
        if text is not None:
            usual["Authorization"] = f"Bearer {text}"
        if body is not None:
            usual["Content-Type"] = "application/json"
        given = dict(headers or {})
        over = {name.lower() for name in given}
        both = {name: value for name, value in usual.items() if name.lower() not in over} | given
        return {name: value for name, value in both.items() if value is not None}

    def _explained(self, error: Exception) -> _Trouble:  # noqa: PLR0911 - one a kind
        """Say what went wrong: on the way to the target, or, without a remedy, with the answer."""
        base, host = self.base, URL(self.base).host
        match error:
            case aiohttp.ClientConnectorCertificateError():
                why = _reason(error.certificate_error)
                remedy = (
                    f"The TLS certificate of {base} is not trusted ({why}). Is that the right host? If it is, let "
                    "SSL_CERT_FILE name the certificate of the authority that signed it."
                )
                return _Trouble(f"its TLS certificate is not trusted ({why})", remedy)
            case aiohttp.ClientSSLError():
                why = _reason(error.os_error)
                return _Trouble("TLS failed", f"{base} does not speak TLS ({why}). Is it an http:// address?")
            case aiohttp.ClientConnectorDNSError():
                remedy = f"There is no address for the host {host}. Is the URL spelt right, and is the network up?"
                return _Trouble(f"no address for {host}", remedy)
            case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
                remedy = f"The proxy on the way to {base} refuses it; see HTTPS_PROXY, HTTP_PROXY and NO_PROXY."
                return _Trouble("the proxy refused the connection", remedy)
            case aiohttp.ClientConnectorError():
                why = os.strerror(error.os_error.errno).lower() if error.os_error.errno else str(error.os_error)
                remedy = f"Nobody answers at {base} ({why}). Is the target running, and is the port right?"
                return _Trouble(f"no connection ({why})", remedy)
            case TimeoutError():
                remedy = f"{base} did not answer within {self._timeout:g} s. Is the URL right, and the target healthy?"
                return _Trouble(f"no answer within {self._timeout:g} s", remedy)
            case aiohttp.ClientResponseError():
                remedy = f"What {base} answers is not HTTP. Is the port right, or should the URL begin with https://?"
                return _Trouble("an answer that is not HTTP", remedy)
        return _Trouble(_lost(error))


def _lost(error: Exception) -> str:
    """Say how an answer was lost that had been on its way, or could have been."""
    text = f"{error} {error.__cause__!r}"
    if isinstance(error, aiohttp.ClientPayloadError):
        if "ContentLength" in text:
            return "body shorter than Content-Length"
        return "a body that cannot be decompressed" if "ContentEncoding" in text else "a body that breaks off"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "connection closed without an answer"
    if isinstance(error, ConnectionResetError) or "reset" in text.lower():
        return "connection reset"
    return f"connection lost ({type(error).__name__})"


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return (error.reason or "unknown").replace("_", " ").lower()
    return str(error)
