"""What nobody documented is assumed: does the client rely on it, and what if it is otherwise?"""

import pytest
from emulator import Northflank

from registry_client import Registries
from retries import add_once


@pytest.mark.northflank(assumptions="fail")
def test_adding_relies_on_nothing_but_what_is_documented(registries: Registries) -> None:
    assert registries.add("My Registry", "ecr")["id"] == "my-registry"


@pytest.mark.northflank(allow=["add.duplicate-name"])
def test_trying_again_relies_on_an_assumption(
    northflank: Northflank, registries: Registries
) -> None:
    northflank.lose_next("add-registry")

    add_once(registries, "My Registry", "ecr")

    # That a name is refused when it is taken, and that the status of that is 409.
    assert northflank.assumptions_used == {"add.duplicate-name", "common.error.statuses"}


@pytest.mark.northflank(assume={"duplicate-name": "suffix"})
def test_otherwise_trying_again_would_add_a_second_one(
    northflank: Northflank, registries: Registries
) -> None:
    northflank.lose_next("add-registry")

    add_once(registries, "My Registry", "ecr")

    assert [stored["id"] for stored in northflank.credentials] == ["my-registry", "my-registry-2"]
