"""`Emulator`: the emulator in a thread of the own process."""

from __future__ import annotations

import gc
import threading
import time

import pytest

from emulator import Emulator, Settings
from emulator.errors import InvalidSettingError
from emulator.tenancy import account_name
from tests.conftest import REGISTRIES
from tests.samples import SMALLEST
from tests.wire import Client, connected


def test_it_serves_on_a_free_port_from_start_to_stop() -> None:
    with Emulator() as one, Emulator() as two:
        assert one.url != two.url
        with Client(one.url, "t") as first, Client(two.url, "t") as second:
            assert first("POST", REGISTRIES, SMALLEST).status == 200
            assert second("GET", f"{REGISTRIES}/abc").status == 404
        url = one.url
    with pytest.raises(ConnectionRefusedError), Client(url, "t") as client:
        client("GET", "/v1/")


def test_it_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    with Emulator():
        assert [thread.name for thread in set(threading.enumerate()) - before] == ["northflank-emulator"]
    assert set(threading.enumerate()) == before


def test_it_takes_settings() -> None:
    with Emulator(Settings(max_body=10)) as running, Client(running.url, "t") as client:
        assert client("POST", REGISTRIES, SMALLEST).status == 413


def test_the_port_of_the_settings_is_that_of_the_command_not_of_a_thread() -> None:
    with Emulator(Settings(port=1)) as running:
        assert not running.url.endswith(":1")


def test_its_url_is_known_only_while_it_runs() -> None:
    emulator = Emulator()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="not running"):
            _ = emulator.url
        emulator.start()
        assert emulator.url.startswith("http://127.0.0.1:")
        emulator.stop()
    emulator.stop()


def test_it_cannot_be_started_twice() -> None:
    with Emulator() as running:
        with pytest.raises(RuntimeError, match="running already"):
            running.start()
        with Client(running.url, "t") as client:
            assert client("GET", "/v1/").status == 200


def test_a_port_that_is_taken_is_said_and_leaves_it_stopped() -> None:
    with Emulator() as running:
        port = int(running.url.rpartition(":")[2])
        second = Emulator(port=port)
        threads = threading.active_count()
        with pytest.raises(InvalidSettingError, match=f"--port: 127.0.0.1:{port}: .*choose another port"):
            second.start()
        assert threading.active_count() == threads
    with second:
        assert second.url.endswith(f":{port}")


def test_an_ipv6_address_is_in_brackets() -> None:
    try:
        with Emulator(host="::1") as running, Client(running.url, "t") as client:
            assert running.url.startswith("http://[::1]:")
            assert client("GET", "/v1/").status == 200
    except InvalidSettingError as error:
        pytest.skip(str(error))


def test_a_reset_forgets_everything_or_what_belongs_to_one_account() -> None:
    with Emulator() as running, Client(running.url, "unused") as client:
        for token in ("one", "two"):
            client("POST", REGISTRIES, SMALLEST, token=token)
        running.reset(account_name("one"))
        assert client("GET", f"{REGISTRIES}/abc", token="one").status == 404
        assert client("GET", f"{REGISTRIES}/abc", token="two").status == 200
        running.reset()
        assert client("GET", f"{REGISTRIES}/abc", token="two").status == 404


def test_it_leaves_no_task_and_no_thread_behind_whatever_was_under_way(caplog: pytest.LogCaptureFixture) -> None:
    before = set(threading.enumerate())
    unread = f"POST {REGISTRIES} HTTP/1.1\r\nHost: x\r\nExpect: nothing\r\nContent-Length: 2\r\n\r\n".encode()
    with Emulator() as running, connected(running.url) as first, connected(running.url) as second:
        first.sendall(unread)  # answered, with a body that never comes
        assert first.recv(12) == b"HTTP/1.1 417"
        second.sendall(_seed(1_000_000))
        with Client(running.url, "t") as client:
            while not client("GET", "/_emulator/ready").json.get("seeded"):
                pass
            started = time.monotonic()
            running.stop()
    assert time.monotonic() - started < 3
    gc.collect()
    assert set(threading.enumerate()) == before
    assert caplog.text == ""


def _seed(count: int) -> bytes:
    body = f'{{"count": {count}}}'
    head = "POST /_emulator/seed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
    return f"{head}{len(body)}\r\n\r\n{body}".encode()
