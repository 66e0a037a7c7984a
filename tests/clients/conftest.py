"""Official clients, unmodified, against a running emulator and nothing else; a token, so a tenant, for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from northflank import ApiClient

from emulator import Emulator, Settings
from emulator.models import DeclaredToken, Permission

from . import processes, table
from .samples import FULL, READER

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
SDK_VARIABLES = ("NORTHFLANK_API_TOKEN", "NORTHFLANK_API_BASE_URL", "NF_API_TOKEN", "NF_API_HOST", "NF_HOST")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "client(name): the official client that a test runs; a column of the README's table"
    )
    config.addinivalue_line("markers", "operation(name): what the client does in it; a row of the README's table")
    config.pluginmanager.register(table.Recorder(), table.RECORDER)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if (cell := table.cell_of(item)) is not None:
            item.user_properties.append((table.PROPERTY, "/".join(cell)))
    # The table can be judged only when everything else has run.
    items.sort(key=lambda item: item.name == table.TABLE_TEST)


@pytest.fixture
def emulator_url(live: Emulator) -> str:
    """The host to give to a client."""
    return live.url


@pytest.fixture
def token(fresh_token: str) -> str:
    """What it stores is seen by no other test."""
    return fresh_token


@pytest.fixture(scope="session")
def strict_url() -> Iterator[str]:
    """The host of an emulator that knows one token only, `samples.READER`, which may list and nothing else."""
    reader = DeclaredToken(READER, "readers", frozenset({Permission.READ}))
    with Emulator(Settings(tokens=(reader,))) as emulator:
        yield emulator.url


@pytest.fixture(autouse=True)
def _no_configuration_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXY_VARIABLES, *SDK_VARIABLES):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def _npm_clients() -> None:
    try:
        processes.install()
    except processes.UnavailableError as error:
        processes.unavailable(str(error))


@pytest.fixture
def js_client(_npm_clients: None, emulator_url: str, token: str, tmp_path: Path) -> processes.JsClient:
    return processes.JsClient(emulator_url, token, tmp_path)


@pytest.fixture
def new_cli(_npm_clients: None, tmp_path: Path) -> processes.Cli:
    """The CLI before anybody has signed in."""
    return processes.Cli.fresh(tmp_path)


@pytest.fixture
def cli(new_cli: processes.Cli, emulator_url: str, token: str) -> processes.Cli:
    """The CLI, signed in with the token of this test."""
    done = new_cli.sign_in(host=emulator_url, token=token)
    assert "Successfully logged in" in done.stdout, done
    return new_cli


@pytest.fixture
def account(emulator_url: str, token: str) -> ApiClient:
    """The same tenant through the Python SDK, to prepare and to check what another client does."""
    return ApiClient(token, base_url=emulator_url)


@pytest.fixture
def stored(account: ApiClient) -> str:
    """The id of `samples.FULL`, which is there already."""
    return account.add.registry_credentials(data=FULL).data["id"]
