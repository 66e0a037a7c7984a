"""Paging: 103 registries are three pages of the default size."""

import pytest
from emulator import Northflank

from registry_client import Registries


@pytest.mark.northflank(fixture="three-pages")
@pytest.mark.parametrize(("per_page", "pages"), [(1, 103), (50, 3), (100, 2)])
def test_every_registry_is_read_once(
    northflank: Northflank, registries: Registries, per_page: int, pages: int
) -> None:
    listed = [registry["id"] for registry in registries.all(per_page)]

    assert listed == [stored["id"] for stored in northflank.credentials]
    northflank.verify(operation="list-registries", times=pages)


@pytest.mark.northflank(count=100)
def test_a_page_that_is_just_full_is_the_only_one(
    northflank: Northflank, registries: Registries
) -> None:
    assert len(list(registries.all(per_page=100))) == 100

    northflank.verify(operation="list-registries", times=1)


@pytest.mark.northflank(fixture="three-pages")
def test_nothing_is_missed_that_is_added_while_reading(
    northflank: Northflank, registries: Registries
) -> None:
    reading = registries.all(per_page=50)
    first = next(reading)
    registries.add("Added Meanwhile", "ecr")

    assert len({registry["id"] for registry in [first, *reading]}) == 104
