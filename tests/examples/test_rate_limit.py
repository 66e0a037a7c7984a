"""The rate limit: the emulator's clock is moved on, so that nobody has to wait for an hour."""

from collections.abc import Iterator
from functools import partial

import pytest
from emulator import Emulator, Northflank

from registry_client import Registries
from retries import patiently


@pytest.fixture
def limited() -> Iterator[Emulator]:
    """An emulator of its own, which allows three requests an hour."""
    with Emulator(rate_limit="enforce", rate_limit_requests=3) as emulator:
        yield emulator


def test_the_client_waits_for_the_next_hour(limited: Emulator) -> None:
    limited.freeze("2026-01-01T12:00:00Z")
    registries = Registries(limited.token, limited.url)

    for number in range(5):
        patiently(partial(registries.add, f"registry-{number}", "ecr"), sleep=limited.advance)

    assert [request.status for request in limited.requests] == [200, 200, 200, 429, 200, 200]
    assert limited.clock.now.isoformat() == "2026-01-01T13:00:00+00:00"


def test_the_client_waits_as_long_as_it_is_told(
    northflank: Northflank, registries: Registries
) -> None:
    northflank.rate_limit_next("add-registry", times=2)
    waits: list[float] = []

    patiently(partial(registries.add, "My Registry", "ecr"), sleep=waits.append)

    told = [request.answer.headers["retry-after"] for request in northflank.find(status=429)]
    assert waits == [int(seconds) for seconds in told]
    assert len(waits) == 2
