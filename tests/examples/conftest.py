import pytest
from emulator import Northflank

from registry_client import Registries


@pytest.fixture
def registries(northflank: Northflank) -> Registries:
    return Registries(northflank.token, northflank.url)
