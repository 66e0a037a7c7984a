"""npm `@northflank/cli`; it has no commands for the registry credentials of a team."""

import json

import pytest
from northflank import ApiCallError, ApiClient

from .processes import Cli
from .proxy import losing
from .samples import FIVE, FULL, ID, READER

pytestmark = pytest.mark.client("cli")


@pytest.mark.operation("sign-in")
def test_login_with_token_and_host_stores_a_context(new_cli: Cli, emulator_url: str, token: str) -> None:
    done = new_cli.sign_in(host=emulator_url, token=token)
    assert done.code == 0
    assert emulator_url in done.stdout
    config = json.loads((new_cli.home / ".northflank" / "config.json").read_text())
    assert config["contexts"] == [{"host": emulator_url, "name": "emulator", "token": token}]


@pytest.mark.operation("sign-in")
def test_login_with_a_token_that_is_not_declared_is_refused(new_cli: Cli, strict_url: str, token: str) -> None:
    refused = new_cli.sign_in(host=strict_url, token=token)
    assert "Failed to login with the provided token" in refused.stderr
    assert "Successfully logged in" in new_cli.sign_in(host=strict_url, token=READER).stdout


@pytest.mark.operation("sign-in")
def test_the_guard_stops_a_client_that_wants_to_reach_more_than_the_emulator(new_cli: Cli) -> None:
    (new_cli.home / ".northflank" / "config.json").unlink()
    done = new_cli.run("--version")  # without a configuration it looks for a newer version of itself
    assert done.code == 99
    assert "loopback-only" in done.stderr


@pytest.mark.operation("add")
def test_add_takes_json_and_prints_what_was_stored(cli: Cli) -> None:
    assert cli.json("add", "registry-credentials", "--noDefaults", "-i", json.dumps(FULL)) == {"id": ID, **FULL}


@pytest.mark.operation("list")
def test_list_prints_items_without_their_secrets(cli: Cli, stored: str) -> None:
    (item,) = cli.json("list", "registry-credentials")["credentials"]
    assert item["id"] == stored
    assert item["credentials"] == {"scope": FULL["credentials"]["scope"]}


@pytest.mark.operation("all")
def test_load_all_walks_three_pages(cli: Cli, account: ApiClient) -> None:
    for name in FIVE:
        account.add.registry_credentials(data={"name": name, "provider": "github"})
    printed = cli.json("list", "registry-credentials", "--per_page", "2", "--loadAll")
    assert [item["id"] for item in printed["credentials"]] == FIVE


@pytest.mark.operation("get")
def test_get_prints_the_secrets(cli: Cli, stored: str) -> None:
    printed = cli.json("get", "registry-credentials", "--credential", stored)
    assert {"id": ID, **FULL}.items() <= printed.items()


@pytest.mark.operation("update")
def test_update_changes_only_what_it_names(cli: Cli, stored: str, account: ApiClient) -> None:
    change = {"restrictions": {"restricted": False, "projects": []}}
    assert cli.json("update", "registry-credentials", "--credential", stored, "-i", json.dumps(change)) == {}
    data = account.get.registry_credentials(credential_id=stored).data
    assert data["restrictions"] == change["restrictions"]
    assert data["credentials"] == FULL["credentials"]


@pytest.mark.operation("delete")
def test_delete_answered_with_yes_deletes(cli: Cli, stored: str, account: ApiClient) -> None:
    command = ("delete", "registry-credentials", "--credential", stored)
    shown = cli.at_terminal(*command, prompt="(y/N)", answer="y\r")
    assert "completed successfully" in shown
    with pytest.raises(ApiCallError) as caught:
        account.get.registry_credentials(credential_id=stored)
    assert caught.value.status == 404


@pytest.mark.operation("delete")
def test_delete_answered_with_no_deletes_nothing(cli: Cli, stored: str, account: ApiClient) -> None:
    shown = cli.at_terminal("delete", "registry-credentials", "--credential", stored, prompt="(y/N)", answer="n\r")
    assert "not deleted" in shown
    assert account.get.registry_credentials(credential_id=stored).data["id"] == stored


@pytest.mark.operation("delete")
def test_delete_with_force_asks_nobody(cli: Cli, stored: str, account: ApiClient) -> None:
    assert cli.json("delete", "registry-credentials", "--credential", stored, "--force") == {}
    assert account.list.registry_credentials().data["credentials"] == []


@pytest.mark.operation("errors")
def test_a_rejected_add_prints_status_id_and_details_and_fails(cli: Cli) -> None:
    done = cli.run("add", "registry-credentials", "--noDefaults", "-i", '{"name": "Production Images"}', "-o", "json")
    assert done.code == 1
    assert "HTTP status code: 400" in done.stderr
    assert "invalid-request" in done.stderr
    assert '{"provider":[' in done.stderr


@pytest.mark.operation("errors")
def test_an_unknown_id_prints_404_and_fails(cli: Cli) -> None:
    done = cli.run("get", "registry-credentials", "--credential", "nobody", "-o", "json")
    assert done.code == 1
    assert "HTTP status code: 404" in done.stderr
    assert "not-found" in done.stderr


@pytest.mark.operation("retry")
def test_three_lost_requests_are_repeated_and_the_fourth_is_answered(
    new_cli: Cli, emulator_url: str, token: str, stored: str
) -> None:
    with losing(emulator_url) as proxy:
        new_cli.sign_in(host=proxy.url, token=token)
        before, proxy.to_lose = proxy.connections, 3
        assert new_cli.json("get", "registry-credentials", "--credential", stored)["id"] == stored
    assert proxy.connections == before + 4
