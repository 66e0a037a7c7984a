"""One browser for all flows of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser import processes


@pytest.fixture(scope="session")
def browser() -> Iterator[processes.Browser]:
    """A running browser."""
    with processes.browser() as running:
        yield running
