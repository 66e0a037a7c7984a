"""`check` of what is no target: one sentence each, with the remedy."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from emulator.remote import Remote
from tests.conformance.command import CANARY, closed_port, ledgers, run_command

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `check` in this process; return exit code, stdout and stderr. No token is given, and there is no terminal."""
    return run_command(monkeypatch, capfd, tmp_path)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@contextlib.contextmanager
def listening(answer: bytes) -> Iterator[str]:
    """Serve the same bytes to whoever connects, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(5)
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)


def http(status: str, kind: str, body: str, *headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", body]).encode()


NO_TARGETS = [
    pytest.param(http("200 OK", "text/html", f"<html>Log in {CANARY}</html>"), ["a web page", "URL"], id="login-page"),
    pytest.param(
        http("302 Found", "text/html", "", "Location: https://login.example/?" + CANARY),
        ["redirects to https://login.example"],
        id="redirect",
    ),
    pytest.param(http("404 Not Found", "text/plain", "nothing here"), ["status 404", "URL"], id="404-everywhere"),
    pytest.param(
        http("302 Found", "text/html", "", "Location: https://x.example/\x1b[31mred"),
        ["redirects to https://x.example/\\u001b[31mred"],
        id="escape-sequence",
    ),
    pytest.param(
        http("401 Unauthorized", "application/json", '{"error":{"status":401,"message":"no","id":"no"}}'),
        ["does not know the token", "NORTHFLANK_API_TOKEN"],
        id="wrong-token",
    ),
    pytest.param(http("503 Busy", "text/html", "<h1>Busy</h1>"), ["status 503"], id="out-of-order"),
    pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", ["not HTTP"], id="ssh"),
    pytest.param(b"", ["does not answer", "URL"], id="closes"),
]


@pytest.mark.parametrize(("answer", "words"), NO_TARGETS)
def test_what_is_no_target_is_told_in_one_sentence(run: Run, answer: bytes, words: list[str], tmp_path: Path) -> None:
    with listening(answer) as url:
        code, out, err = run("check", url, "--quiet")

    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("northflank-emulator: ")
    for word in words:
        assert word in err
    assert CANARY not in err
    assert ledgers(tmp_path) == []


def test_a_closed_port_is_told(run: Run, tmp_path: Path) -> None:
    url = closed_port()
    code, out, err = run("check", url, "--quiet")

    assert (code, out) == (2, "")
    assert err.startswith(f"northflank-emulator: Nobody answers at {url} (")
    assert err.count("\n") == 1
    assert ledgers(tmp_path) == []


def test_https_to_a_port_that_speaks_plain_http_is_told(run: Run, emulator: Emulator) -> None:
    code, out, err = run("check", emulator.url.replace("http:", "https:"), "--quiet")

    assert (code, out) == (2, "")
    assert "does not speak TLS" in err
    assert "http:// address?" in err
    assert err.count("\n") == 1


def test_plain_http_to_a_port_that_speaks_tls_is_told(run: Run, certificate: Path) -> None:
    with tls_server(certificate) as url:
        code, out, err = run("check", url.replace("https:", "http:"), "--quiet")

    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "https://" in err or "does not answer" in err


def test_a_certificate_that_nobody_trusts_is_told(run: Run, certificate: Path) -> None:
    with tls_server(certificate) as url:
        code, out, err = run("check", url, "--quiet")

    assert (code, out) == (2, "")
    assert "is not trusted (self-signed certificate" in err.replace("self signed", "self-signed")
    assert "SSL_CERT_FILE" in err
    assert err.count("\n") == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate with its key."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    key = file.with_name("key.pem")
    options = [
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ]
    try:
        command = ["openssl", "req", "-x509", *options, "-keyout", str(key), "-out", str(file)]
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no openssl to make a certificate with")
    file.write_bytes(file.read_bytes() + key.read_bytes())
    return file


@contextlib.contextmanager
def tls_server(certificate: Path) -> Iterator[str]:
    class Quiet(HTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that goes away during the handshake is what is tested."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Quiet(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_host_without_an_address_is_told(run: Run) -> None:
    environment = {"NORTHFLANK_API_TOKEN": "t"}
    code, out, err = run("check", "https://no-such-host.invalid", "--read-only", "--quiet", environment=environment)

    assert (code, out) == (2, "")
    assert "no address for the host no-such-host.invalid" in err
    assert err.count("\n") == 1


def test_a_declared_token_that_is_another_is_told(run: Run) -> None:
    declared = {"tokens": [{"token": "the-right-one", "account": "a"}]}
    with Emulator() as emulator:
        Remote(emulator.url).ask("PUT", "/tokens", declared)
        environment = {"NORTHFLANK_API_TOKEN": f"wrong-{CANARY}"}
        code, out, err = run("check", emulator.url, "--quiet", environment=environment)

    assert (code, out) == (2, "")
    assert "does not know the token (status 401)" in err
    assert CANARY not in err
