"""The official Python SDK: `northflank.env` has the variables that it reads."""

import pytest
from emulator import Northflank
from northflank import ApiCallError, ApiClient


@pytest.fixture
def client(northflank: Northflank, monkeypatch: pytest.MonkeyPatch) -> ApiClient:
    for name, value in northflank.env.items():
        monkeypatch.setenv(name, value)
    return ApiClient()


def test_a_registry_that_is_added_is_stored(northflank: Northflank, client: ApiClient) -> None:
    client.add.registry_credentials(data={"name": "My Registry", "provider": "ecr"})

    assert [stored["id"] for stored in northflank.credentials] == ["my-registry"]
    northflank.verify(operation="add-registry", times=1)


def test_a_retry_meets_what_the_attempt_before_it_has_done(
    northflank: Northflank, client: ApiClient
) -> None:
    northflank.lose_next("add-registry")  # it is added, but nobody gets to know

    with northflank.expect_rejections("add.duplicate-name"), pytest.raises(ApiCallError):
        client.add.registry_credentials(data={"name": "My Registry", "provider": "ecr"})

    assert [stored["id"] for stored in northflank.credentials] == ["my-registry"]


@pytest.mark.northflank(fixture="three-pages")
def test_every_page_is_read(client: ApiClient) -> None:
    assert len(client.list.registry_credentials.all().data["credentials"]) == 103
