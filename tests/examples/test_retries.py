"""Retries: a fault of `phase="after"` lets a change be made, and loses its answer."""

import pytest
from emulator import Northflank

from registry_client import ApiError, Registries
from retries import add_once


@pytest.mark.northflank(allow=["add.duplicate-name"])
@pytest.mark.parametrize("effect", ["reset", "empty", "truncate", "malformed", "error"])
def test_what_was_done_is_not_done_again(
    northflank: Northflank, registries: Registries, effect: str
) -> None:
    northflank.arm(effect, "add-registry", phase="after")

    assert add_once(registries, "My Registry", "ecr")["id"] == "my-registry"

    assert [stored["name"] for stored in northflank.credentials] == ["My Registry"]
    northflank.verify(operation="add-registry", fault=effect, times=1)
    northflank.verify(operation="add-registry", status=409, times=1)


def test_what_was_not_done_is_tried_again(northflank: Northflank, registries: Registries) -> None:
    northflank.reset_next("add-registry", times=2)

    assert add_once(registries, "My Registry", "ecr")["id"] == "my-registry"

    northflank.verify(operation="add-registry", times=3)


def test_what_others_did_is_not_taken_for_ours(
    northflank: Northflank, registries: Registries
) -> None:
    northflank.seed(credentials=[{"name": "My Registry", "provider": "gar"}])
    northflank.reset_next("add-registry")

    with northflank.expect_rejections(409), pytest.raises(ApiError) as refused:
        add_once(registries, "My Registry", "ecr")

    assert refused.value.status == 409


def test_it_gives_up_at_some_point(northflank: Northflank, registries: Registries) -> None:
    northflank.fail_next("add-registry", status=503, times=None)

    with pytest.raises(TimeoutError):
        add_once(registries, "My Registry", "ecr", attempts=3)

    northflank.verify(operation="add-registry", status=503, times=3)
