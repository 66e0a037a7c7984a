"""Handles of emulators: in a thread of this process, elsewhere, stopped, with declared tokens, and in unittest."""

from __future__ import annotations

import asyncio
import threading
import unittest

import pytest

from emulator import Emulator, Northflank, Settings
from emulator.models import DeclaredToken, Permission
from emulator.remote import RemoteError
from tests.plugin.asking import add


def test_the_connection_to_the_control_routes_is_kept_and_opened_again_where_the_server_closed_it() -> None:
    with Emulator() as emulator:
        _ = emulator.clock
        port = emulator.url.rpartition(":")[2]
        emulator.stop()
        with Emulator(port=int(port)) as other:
            remote = other.remote
            remote.ask("GET", "/clock")
            other.stop()
            with Emulator(port=int(port)):
                assert remote.ask("GET", "/health")["status"] == "alive"
                remote.close()


def test_threads_can_share_a_handle(account: Northflank) -> None:
    problems: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(20):
                assert account.find() == []
        except BaseException as error:  # noqa: BLE001 - shown below
            problems.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_an_emulator_is_a_handle_of_an_account_too() -> None:
    with Emulator() as emulator:
        assert add(emulator).status == 200
        emulator.verify(operation="add-registry", times=1)
        assert [stored["id"] for stored in emulator.credentials] == ["abc"]
        assert emulator.env["NORTHFLANK_API_TOKEN"] == emulator.token
        assert emulator.env["NORTHFLANK_API_BASE_URL"] == emulator.url
        assert emulator.fresh().credentials == []
        emulator.freeze("2030-01-01T00:00:00Z")
    assert "not running" in repr(emulator)


def test_no_repr_has_the_token() -> None:
    with Emulator() as emulator:
        handle = emulator.fresh()
        assert handle.account in repr(handle)
        for shown in (emulator, handle, handle.team("acme")):
            assert emulator.token not in repr(shown)
            assert handle.token not in repr(shown)


async def test_an_emulator_starts_and_stops_in_an_async_block() -> None:
    before = set(threading.enumerate())
    async with Emulator() as emulator:
        started = await asyncio.to_thread(add, emulator)
        assert started.status == 200
        assert len(emulator.credentials) == 1
    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert all(name.startswith("asyncio_") for name in left)  # of the loop of this test


def test_a_handle_of_an_emulator_elsewhere_is_the_same() -> None:
    with (
        Emulator(Settings(admin_token="admin")) as emulator,
        Northflank(f"{emulator.url}/", admin_token="admin") as handle,
    ):
        assert add(handle).status == 200
        assert [stored["id"] for stored in handle.credentials] == ["abc"]
        handle.freeze()
        frozen = [emulator.clock.frozen]
        handle.close()
        frozen.append(emulator.clock.frozen)
        assert frozen == [True, False]
        with Northflank(emulator.url) as stranger, pytest.raises(RemoteError, match="admin token"):
            _ = stranger.clock


def test_where_tokens_are_declared_the_first_is_the_emulators_own() -> None:
    reader = DeclaredToken("reader", "acme", frozenset({Permission.READ}))
    with Emulator(Settings(tokens=(DeclaredToken("owner", "acme"), reader))) as emulator:
        assert add(emulator).status == 200
        assert emulator.account == "acme"
        limited = emulator.for_token("reader")
        assert add(limited, "abd").status == 403
        assert [stored["id"] for stored in limited.credentials] == ["abc"]
        with pytest.raises(RuntimeError, match="declared"):
            emulator.fresh()


class InUnittest(unittest.TestCase):
    """As a test suite without pytest has it; pytest runs it too."""

    emulator: Emulator

    @classmethod
    def setUpClass(cls) -> None:
        cls.emulator = cls.enterClassContext(Emulator())

    def setUp(self) -> None:
        self.account = self.emulator.fresh()

    def test_it_works_in_unittest(self) -> None:
        add(self.account)
        self.assertEqual(len(self.account.credentials), 1)  # noqa: PT009 - unittest is the subject
        self.account.verify(operation="add-registry", times=1)


def test_what_is_told_without_waiting_is_done_before_the_next_question_and_may_fail() -> None:
    with Emulator() as emulator:
        add(emulator)
        emulator.remote.tell("POST", "/reset", account=emulator.account)
        emulator.remote.tell("POST", "/nowhere")
        assert emulator.credentials == []

        with Northflank(emulator.url) as stranger:
            add(stranger)
            stranger.remote.tell("POST", "/reset", account=stranger.account)
        assert emulator.remote.ask("GET", "/accounts")["accounts"] == []

        with Northflank(emulator.url) as late:
            assert late.credentials == []
            late.remote.tell("GET", "/clock")
            emulator.stop()
            late.remote.tell("GET", "/clock")
            with pytest.raises(RemoteError, match="does not answer"):
                _ = late.clock
