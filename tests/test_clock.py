"""The one source of time: running, frozen, set and advanced."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.clock import Clock, rfc3339


class Source:
    """A machine's time that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock(source: Source) -> Clock:
    return Clock(source)


def test_running_time_is_the_machine_s_in_milliseconds(clock: Clock, source: Source) -> None:
    assert (clock.frozen, clock.now()) == (False, 1_000_000)
    source.seconds += 0.0015
    assert clock.now() == 1_000_001


def test_frozen_time_stands_still_until_it_is_advanced_or_set(clock: Clock, source: Source) -> None:
    clock.freeze()
    source.seconds += 60
    assert (clock.frozen, clock.now()) == (True, 1_000_000)
    clock.advance(5)
    assert clock.now() == 1_000_005
    clock.freeze(7)
    assert clock.now() == 7
    clock.freeze(0)
    assert clock.now() == 0


def test_running_time_that_was_advanced_runs_on(clock: Clock, source: Source) -> None:
    clock.advance(3_600_000)
    source.seconds += 1
    assert clock.now() == 1_000_000 + 3_600_000 + 1_000
    clock.freeze()
    clock.advance(-1)
    assert clock.now() == 1_000_000 + 3_600_000 + 999


def test_after_a_reset_time_is_the_machine_s_again(clock: Clock, source: Source) -> None:
    clock.advance(5)
    clock.freeze(7)
    clock.reset()
    assert (clock.frozen, clock.now()) == (False, 1_000_000)


def test_a_change_is_later_than_what_it_changes_unless_time_is_frozen(clock: Clock, source: Source) -> None:
    assert clock.after(1_000_000) == 1_000_001
    assert clock.after(1_000_500) == 1_000_501
    assert clock.after(5) == 1_000_000
    clock.freeze()
    assert clock.after(1_000_000) == 1_000_000


def test_time_comes_from_the_machine_if_nothing_else_is_said() -> None:
    before = datetime.now(UTC).timestamp() * 1000
    assert int(before) <= Clock().now() <= datetime.now(UTC).timestamp() * 1000


@given(st.integers(0, 253_402_300_799_999))
def test_an_instant_is_written_so_that_it_reads_back(milliseconds: int) -> None:
    text = rfc3339(milliseconds)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    assert round(datetime.fromisoformat(text).timestamp() * 1000) == milliseconds


def test_nothing_else_in_the_package_reads_the_time() -> None:
    from pathlib import Path

    import emulator

    # How long a call took is no time of the emulated world: perf_counter may be read anywhere. A check of a target has
    # nothing to do with that world, and a handle measures how long a clock ran that it has to put back.
    package = Path(inspect.getfile(emulator)).parent
    reading = re.compile(r"time\.time\(|datetime\.now|time\.monotonic|utcnow|\bsleep_until")
    files = {file.relative_to(package) for file in package.rglob("*.py") if reading.search(file.read_text("utf-8"))}
    assert {str(file) for file in files if file.parts[0] not in {"conformance", "handle"}} == {"clock.py"}
