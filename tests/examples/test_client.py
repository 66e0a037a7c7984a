"""A client, tested with pytest: `northflank` is an account of this test alone."""

import pytest
from emulator import Northflank

from registry_client import ApiError, Registries

WITH_SECRETS = {
    "name": "My Registry",
    "provider": "dockerhub",
    "credentials": {"username": "robot", "password": "secret", "scope": {"pull": True}},
}


def test_a_registry_that_is_added_is_stored(northflank: Northflank, registries: Registries) -> None:
    added = registries.add("My Registry", "ecr", aws={"region": "eu-west-1"})

    assert added["id"] == "my-registry"
    assert [stored["aws"] for stored in northflank.credentials] == [{"region": "eu-west-1"}]
    northflank.verify(operation="add-registry", body={"provider": "ecr"}, times=1)


def test_registries_are_listed_without_their_secrets(
    northflank: Northflank, registries: Registries
) -> None:
    northflank.seed(credentials=[WITH_SECRETS])

    assert [listed["credentials"] for listed in registries.all()] == [{"scope": {"pull": True}}]
    assert registries.get("my-registry")["credentials"]["password"] == "secret"


def test_what_is_wrong_is_told_by_field(northflank: Northflank, registries: Registries) -> None:
    with northflank.expect_rejections("add.provider.one-of"), pytest.raises(ApiError) as refused:
        registries.add("My Registry", "docker")

    assert refused.value.status == 400
    assert list(refused.value.fields) == ["provider"]
    assert northflank.credentials == []


def test_a_failure_of_the_api_is_an_error_too(
    northflank: Northflank, registries: Registries
) -> None:
    northflank.fail_next("add-registry", status=503)

    with pytest.raises(ApiError) as failed:
        registries.add("My Registry", "ecr")

    assert failed.value.status == 503
