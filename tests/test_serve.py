"""`python -m emulator serve` as a real process: ready line, signals, and what a port that is taken says."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

import emulator
from emulator import contract
from tests.conftest import REGISTRIES
from tests.processes import PROGRAM, Served, clean_environment, serving
from tests.wire import Client, connected, receive

SIGNALS: Final = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["sigterm", "sigint"])
# The interim answer of 100 says that the handler is about to run.
HEAD: Final = "Host: x\r\nAuthorization: Bearer t\r\nExpect: 100-continue\r\n"
SLOW: Final = f"GET {REGISTRIES} HTTP/1.1\r\n{HEAD}Prefer: delay=300\r\n\r\n".encode()
ENDLESS: Final = f"POST {REGISTRIES} HTTP/1.1\r\n{HEAD}Content-Length: 10\r\n\r\n".encode()
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


def test_it_starts_in_any_folder_and_its_last_line_says_where(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as served:
        assert re.fullmatch(r"Ready on http://127\.0\.0\.1:[1-9]\d* \(Ctrl-C stops it\)", served.banner[-1])
        assert len(served.banner) <= 3
        first = served.banner[0]
        assert f"northflank-emulator {emulator.__version__}," in first
        assert contract.contract_date() in first
        assert "nothing stored" in first
        with Client(served.url, "t") as client:
            assert client("GET", "/v1/").text == "success"
            assert client("GET", "/v1/swagger-json").json["openapi"].startswith("3.1")
            assert client("POST", REGISTRIES, {"name": "abc", "provider": "ecr"}).status == 200
    assert list(tmp_path.iterdir()) == []


@SIGNALS
def test_a_signal_ends_it_within_a_second_with_exit_code_0(number: int) -> None:
    with serving() as served, connected(served.url) as idle:
        idle.sendall(b"GET /v1/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert receive(idle).status == 200  # and the connection stays open, idle
        started = time.monotonic()
        code, out, err = served.end(number)
        assert time.monotonic() - started < 1
        assert (code, out, err) == (0, "", "")


@SIGNALS
def test_a_request_under_way_is_answered_before_it_ends(number: int) -> None:
    with serving() as served, connected(served.url) as connection:
        connection.sendall(SLOW)
        assert connection.recv(1000) == CONTINUE
        started = time.monotonic()
        served.process.send_signal(number)
        answer = receive(connection)
        assert (answer.status, answer.json["pagination"]["count"]) == (200, 0)
        assert time.monotonic() - started > 0.2  # so the signal came first
        assert served.process.wait(timeout=30) == 0


def test_a_request_that_never_ends_does_not_keep_it_from_ending() -> None:
    with serving() as served, connected(served.url) as connection:
        connection.sendall(ENDLESS)
        assert connection.recv(1000) == CONTINUE
        started = time.monotonic()
        code, out, _ = served.end()
        assert (code, out) == (0, "")
        assert time.monotonic() - started < 5


def test_a_port_that_is_taken_is_said_with_the_remedy_on_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [*PROGRAM, "serve", "--port", str(port)]
        ended = subprocess.run(
            command, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"northflank-emulator: --port: 127.0.0.1:{port}: ")
    assert "in use" in ended.stderr.lower()
    assert "0 for a free one" in ended.stderr
    assert ended.stderr.count("\n") == 1


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


NEEDS_IPV6: Final = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")


def _status(url: str) -> int:
    with Client(url, "t") as client:
        return client("GET", "/v1/").status


def _port(served: Served) -> int:
    return int(served.url.rpartition(":")[2])


@NEEDS_IPV6
def test_it_listens_on_both_loopback_addresses_on_one_port_even_if_that_is_a_free_one() -> None:
    with serving() as served:
        assert served.url.startswith("http://127.0.0.1:")
        assert [_status(f"http://{host}:{_port(served)}") for host in ("127.0.0.1", "[::1]")] == [200, 200]


@NEEDS_IPV6
@pytest.mark.parametrize(("host", "other"), [("127.0.0.1", "[::1]"), ("::1", "127.0.0.1")])
@pytest.mark.parametrize("by_variable", [False, True], ids=["flag", "variable"])
def test_a_host_that_is_given_is_the_only_one(host: str, other: str, by_variable: bool) -> None:
    options = [] if by_variable else ["--host", host]
    environment = {"NORTHFLANK_EMULATOR_HOST": host} if by_variable else {}
    with serving(*options, environment=environment) as served:
        assert _status(served.url) == 200
        with pytest.raises(ConnectionRefusedError):
            _status(f"http://{other}:{_port(served)}")


@NEEDS_IPV6
def test_control_is_open_on_both_loopback_addresses() -> None:
    with serving() as served:
        for host in ("127.0.0.1", "[::1]", "localhost"):
            with Client(f"http://{host}:{_port(served)}", "t") as client:
                assert client("GET", "/_emulator/state").status == 200


@NEEDS_IPV6
def test_a_port_that_another_program_has_on_the_second_address_is_said_too() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        command = [*PROGRAM, "serve", "--port", str(port)]
        ended = subprocess.run(
            command, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False
        )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"northflank-emulator: --port: [::1]:{port}: ")
    assert "0 for a free one" in ended.stderr
    assert ended.stderr.count("\n") == 1


# Runs the rest of its command line in a network of its own, with a loopback device alone. Its first argument is
# `ipv4` for one without IPv6; or `taken` for one with eight free ports, of which one is taken on ::1.
_OWN_NETWORK: Final = """
import fcntl, os, socket, struct, sys
from pathlib import Path

kind, *command = sys.argv[1:]
if kind == "ipv4":
    Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
if kind == "taken":
    Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("40000 40007")
    taken = socket.create_server(("::1", 40001), family=socket.AF_INET6)
    os.set_inheritable(taken.fileno(), True)
os.execv(command[0], command)
"""
_UNSHARE: Final = ["unshare", "--net"] if os.name == "posix" and os.getuid() == 0 else ["unshare", "-r", "-n"]


def _may_make_networks() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_UNSHARE, "true"], check=False, capture_output=True).returncode == 0


OWN_NETWORK: Final = pytest.mark.skipif(not _may_make_networks(), reason="may not make networks")


def _apart(kind: str, *command: str) -> list[str]:
    return [*_UNSHARE, sys.executable, "-c", _OWN_NETWORK, kind, *command]


@OWN_NETWORK
def test_a_machine_without_ipv6_is_no_matter_for_a_word() -> None:
    with serving(program=_apart("ipv4", *PROGRAM)) as served:
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*", served.url)
        assert len(served.banner) == 2
        assert served.end() == (0, "", "")


@OWN_NETWORK
def test_a_free_port_is_free_on_both_addresses() -> None:
    # The system offers 40001 or 40003 by chance, so some of these starts have to try again.
    for _ in range(5):
        with serving(program=_apart("taken", *PROGRAM)) as served:
            assert _port(served) == 40003
            assert served.end() == (0, "", "")


def test_an_address_that_is_not_of_this_machine_is_said_with_the_remedy() -> None:
    command = [*PROGRAM, "serve", "--port", "0", "--host", "192.0.2.1", "--control", "off"]
    ended = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "192.0.2.1" in ended.stderr
    assert "choose another" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_settings_come_from_the_environment_and_flags_go_before_them() -> None:
    environment = {
        "NORTHFLANK_EMULATOR_ASSUME": "secrets=omit,duplicate-name=suffix",
        "NORTHFLANK_EMULATOR_MAX_BODY": "50",
    }
    with serving("--max-body", "200", environment=environment) as served, Client(served.url, "t") as client:
        ids = [client("POST", REGISTRIES, {"name": "abc", "provider": "ecr"}).json["data"]["id"] for _ in range(2)]
        assert ids == ["abc", "abc-2"]
        assert client("POST", REGISTRIES, {"name": "a" * 200}).status == 413


def test_requests_are_logged_only_if_asked_for_and_without_the_token() -> None:
    logs = []
    for flag in ("1", "0"):
        with serving("--log-requests", flag) as served:
            with Client(served.url, "secret-token") as client:
                client("GET", f"{REGISTRIES}/some-id")
            code, out, err = served.end()
            assert code == 0
            logs.append(out + err)
    assert "/v1/integrations/registries/some-id" in logs[0]
    assert "404" in logs[0]
    assert "secret-token" not in logs[0]
    assert logs[1] == ""
