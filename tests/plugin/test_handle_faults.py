"""The faults of a handle: each meets its own account only."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import Literal

import pytest

from emulator import Emulator, Northflank
from emulator.faults import MAX_DELAY
from emulator.remote import RemoteError
from emulator.server import SHUTDOWN_SECONDS
from tests.conftest import REGISTRIES
from tests.plugin.asking import add, call
from tests.samples import SMALLEST
from tests.wire import connected

LOST = (http.client.RemoteDisconnected, ConnectionResetError)


@pytest.mark.parametrize(
    ("arm", "meets"),
    [
        pytest.param(lambda it: it.fail_next("add-registry"), 503, id="fail"),
        pytest.param(lambda it: it.fail_next(status=418), 418, id="fail with a status"),
        pytest.param(lambda it: it.rate_limit_next("add-registry"), 429, id="rate limit"),
        pytest.param(lambda it: it.reset_next("add-registry"), LOST, id="reset"),
        pytest.param(lambda it: it.lose_next("add-registry"), LOST, id="lose"),
        pytest.param(lambda it: it.empty_next("add-registry"), LOST, id="empty"),
        pytest.param(lambda it: it.truncate_next("add-registry"), http.client.IncompleteRead, id="truncate"),
        pytest.param(lambda it: it.malform_next("add-registry"), json.JSONDecodeError, id="malform"),
    ],
)
def test_a_fault_meets_the_next_call_and_no_other(
    account: Northflank, live: Emulator, arm: Callable[[Northflank], object], meets: int | type[Exception]
) -> None:
    arm(account)
    assert add(live.fresh()).status == 200

    if isinstance(meets, int):
        assert add(account).status == meets
    else:
        with pytest.raises(meets):
            add(account)

    (met,) = account.faults
    assert (met.seen, met.hits, met.spent) == (1, 1, True)
    (request,) = account.requests
    assert request.fault == met.effect
    assert not request.rejected
    # Only what is lost afterwards has happened.
    assert [stored["id"] for stored in account.credentials] == (["abc"] if met.phase == "after" else [])
    assert add(account).status == (409 if met.phase == "after" else 200)


def test_a_fault_can_wait_for_its_call_and_meet_some(account: Northflank) -> None:
    armed = account.fail_next("list-registries", after=1, times=2)
    assert (armed.after, armed.times, armed.hits) == (1, 2, 0)
    assert [call(account).status for _ in range(4)] == [200, 503, 503, 200]


def test_a_slow_answer_takes_its_time(account: Northflank) -> None:
    account.slow_next("list-registries", seconds=0.05)
    assert call(account).status == 200
    assert account.requests[0].duration >= 0.05
    assert account.requests[0].fault == "delay"


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_call_whose_client_gave_up_is_seen_at_once(account: Northflank, phase: Literal["before", "after"]) -> None:
    account.slow_next("add-registry", seconds=MAX_DELAY / 1000, phase=phase, times=None)
    for number in range(1, 20):
        with connected(account.url) as connection:
            connection.sendall(as_sent(account, f"name-{number}"))
            while account.faults[0].hits < number:
                pass
        # The emulator may find the farewell and this question in one look.
        account.verify(operation="add-registry", fault="delay", times=number)
        assert len(account.credentials) == number


def test_an_emulator_stops_without_waiting_for_what_nobody_waits_for() -> None:
    with Emulator() as emulator:
        emulator.slow_next(seconds=MAX_DELAY / 1000)
        with connected(emulator.url) as connection:
            connection.sendall(as_sent(emulator))
            while not emulator.faults[0].hits:
                pass
        started = time.monotonic()
    assert time.monotonic() - started < SHUTDOWN_SECONDS


def as_sent(handle: Northflank, name: str = "abc") -> bytes:
    """Return a whole request that adds a registry."""
    body = json.dumps({**SMALLEST, "name": name})
    lines = [
        f"POST {REGISTRIES} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {handle.token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", body]).encode()


def test_faults_can_be_taken_back(account: Northflank, live: Emulator) -> None:
    other = live.fresh()
    other.fail_next(times=None)
    account.fail_next(times=None)
    account.clear_faults()
    assert account.faults == []
    assert len(other.faults) == 1
    assert call(account).status == 200
    other.clear_faults()


def test_a_fault_that_cannot_be_is_refused(account: Northflank) -> None:
    with pytest.raises(RemoteError, match="400 to 599"):
        account.fail_next(status=200)
