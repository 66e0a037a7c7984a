"""Clock and assumptions of a handle, which are those of the whole emulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from emulator import Northflank
from emulator.remote import RemoteError


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(2030, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), id="with a zone"),
        pytest.param("2030-01-01T00:00:00Z", id="text"),
    ],
)
def test_the_clock_stops_where_it_is_told(account: Northflank, at: datetime | str) -> None:
    midnight = datetime(2030, 1, 1, tzinfo=UTC)
    assert account.freeze(at).now == midnight
    assert account.advance(timedelta(minutes=1)).now == midnight + timedelta(minutes=1)
    assert account.advance(1.5, hours=1).now == midnight + timedelta(hours=1, minutes=1, seconds=1.5)
    assert account.clock.frozen


def test_a_clock_that_runs_can_be_advanced_and_comes_back(account: Northflank) -> None:
    before = datetime.now(UTC)
    assert account.advance(hours=1).now >= before + timedelta(minutes=59)
    assert not account.clock.frozen
    account.restore()
    assert abs(account.clock.now - datetime.now(UTC)) < timedelta(seconds=2)


def test_a_time_without_a_zone_is_refused(account: Northflank) -> None:
    with pytest.raises(ValueError, match="time zone"):
        account.freeze(datetime(2030, 1, 1))  # noqa: DTZ001 - that is the point


def test_an_unknown_assumption_is_told_with_those_there_are(account: Northflank) -> None:
    with pytest.raises(RemoteError, match="duplicate-name"):
        account.assume(duplicates="suffix")
    assert account.remote.ask("GET", "/assumptions")["duplicate-name"]["value"] == "reject"
