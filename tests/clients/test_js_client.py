"""npm `@northflank/js-client`."""

from typing import Any

import pytest
from northflank import ApiClient

from .processes import JsClient
from .proxy import losing
from .samples import FIVE, FULL, ID, READER

pytestmark = pytest.mark.client("js-client")


def add(name: str, **parameters: str) -> dict[str, Any]:
    return {"verb": "add", "argument": {"parameters": parameters, "data": {"name": name, "provider": "github"}}}


@pytest.mark.operation("sign-in")
def test_only_the_host_of_its_context_changes(js_client: JsClient) -> None:
    answer = js_client.call("list")
    assert answer["status"] == 200
    assert answer["data"] == {"credentials": []}
    assert int(answer["rateLimitRemaining"]) >= 0


@pytest.mark.operation("sign-in")
def test_an_empty_token_is_told_so(js_client: JsClient) -> None:
    answer = js_client._replace(token="").call("list")
    assert answer["error"]["status"] == 401
    assert answer["error"]["id"] == "unauthorized"


@pytest.mark.operation("add")
def test_add_answers_what_was_stored_under_the_slug_of_its_name(js_client: JsClient) -> None:
    answer = js_client.call("add", data=FULL)
    assert "error" not in answer
    assert answer["data"] == {"id": ID, **FULL}


@pytest.mark.operation("list")
def test_list_shows_items_in_order_without_their_secrets(js_client: JsClient) -> None:
    *_, answer = js_client.calls(
        {"verb": "add", "argument": {"data": FULL}}, add("second"), {"verb": "list", "argument": {}}
    )
    first, second = answer["data"]["credentials"]
    assert (first["id"], second["id"]) == (ID, "second")
    assert first["credentials"] == {"scope": FULL["credentials"]["scope"]}
    assert "restrictions" not in first
    assert answer["pagination"] == {"hasNextPage": False, "count": 2}


@pytest.mark.operation("all")
def test_all_walks_three_pages_and_sees_each_item_once(js_client: JsClient) -> None:
    two = {"options": {"per_page": 2}}
    walk = {"verb": "list", "all": True, "argument": two}
    *_, page, everything = js_client.calls(*map(add, FIVE), {"verb": "list", "argument": two}, walk)
    assert page["pagination"]["hasNextPage"] is True
    assert page["pagination"]["count"] == 2
    assert [item["id"] for item in everything["data"]["credentials"]] == FIVE


@pytest.mark.operation("all")
def test_all_of_nothing_is_nothing(js_client: JsClient) -> None:
    assert js_client.all()["data"] == {"credentials": []}


@pytest.mark.operation("get")
@pytest.mark.usefixtures("stored")
def test_get_shows_the_secrets_and_when_it_was_stored(js_client: JsClient) -> None:
    data = js_client.call("get", parameters={"credentialId": ID})["data"]
    times = {data.pop("createdAt"), data.pop("updatedAt")}
    assert data == {"id": ID, **FULL}
    assert len(times) == 1


@pytest.mark.operation("update")
@pytest.mark.usefixtures("stored")
def test_update_changes_only_what_it_names(js_client: JsClient, account: ApiClient) -> None:
    change = {"restrictions": {"restricted": False, "projects": []}}
    assert js_client.call("update", parameters={"credentialId": ID}, data=change)["data"] == {}
    stored = account.get.registry_credentials(credential_id=ID).data
    assert stored["restrictions"] == change["restrictions"]
    assert stored["credentials"] == FULL["credentials"]


@pytest.mark.operation("update")
@pytest.mark.usefixtures("stored")
def test_an_update_without_data_sends_no_body_and_changes_nothing(js_client: JsClient, account: ApiClient) -> None:
    assert js_client.call("update", parameters={"credentialId": ID})["data"] == {}
    assert account.get.registry_credentials(credential_id=ID).data["credentials"] == FULL["credentials"]


@pytest.mark.operation("delete")
def test_delete_is_final(js_client: JsClient) -> None:
    named = {"parameters": {"credentialId": "images-0"}}
    calls = [add("images-0"), {"verb": "delete", "argument": named}, {"verb": "get", "argument": named}]
    _, deleted, got = js_client.calls(*calls)
    assert deleted["data"] == {}
    assert got["error"]["status"] == 404


@pytest.mark.operation("team")
def test_a_team_is_a_namespace_of_its_own_for_every_operation(js_client: JsClient) -> None:
    team = {"teamId": "my-team"}
    named = {**team, "credentialId": "images-0"}
    calls = [
        add("images-0"),
        *(add(name, **team) for name in FIVE),
        {"verb": "list", "all": True, "argument": {"parameters": team, "options": {"per_page": 2}}},
        {"verb": "update", "argument": {"parameters": named, "data": {"restrictions": {"restricted": True}}}},
        {"verb": "get", "argument": {"parameters": named}},
        {"verb": "delete", "argument": {"parameters": named}},
        {"verb": "get", "argument": {"parameters": named}},
        {"verb": "get", "argument": {"parameters": {"credentialId": "images-0"}}},
    ]
    *added, listed, updated, got, deleted, gone, of_the_account = js_client.calls(*calls)
    assert [answer["data"]["id"] for answer in added] == ["images-0", *FIVE]
    assert [item["id"] for item in listed["data"]["credentials"]] == FIVE
    assert updated["data"] == deleted["data"] == {}
    assert got["data"]["restrictions"] == {"restricted": True}
    assert gone["error"]["status"] == 404
    assert "restrictions" not in of_the_account["data"]


@pytest.mark.operation("errors")
def test_an_error_is_handed_back_with_status_id_message_and_details(js_client: JsClient) -> None:
    error = js_client.call("add", data={"name": "Production Images"})["error"]
    assert (error["status"], error["id"]) == (400, "invalid-request")
    assert list(error["details"]) == ["provider"]
    assert error["message"]


@pytest.mark.operation("errors")
def test_a_missing_permission_is_named(js_client: JsClient, strict_url: str) -> None:
    reader = js_client._replace(url=strict_url, token=READER)
    listed, added = reader.calls({"verb": "list", "argument": {}}, add("images-0"))
    assert listed["status"] == 200
    assert (added["error"]["status"], added["error"]["id"]) == (403, "forbidden")
    assert "Account > Credentials > General > Create" in added["error"]["message"]


@pytest.mark.operation("errors")
def test_an_error_is_thrown_where_the_client_is_told_to_throw(js_client: JsClient) -> None:
    calls = [add("images-0"), add("images-0"), {"verb": "get", "argument": {"parameters": {"credentialId": "nobody"}}}]
    _, taken, unknown = (answer.get("thrown") for answer in js_client.calls(*calls, throws=True))
    assert taken
    assert unknown
    assert (taken["name"], taken["status"], taken["id"]) == ("NorthflankApiCallError", 409, "name-taken")
    assert (unknown["name"], unknown["status"], unknown["id"]) == ("NorthflankApiCallError", 404, "not-found")
    assert "nobody" in unknown["message"]


@pytest.mark.operation("retry")
def test_three_lost_requests_are_repeated_and_the_fourth_is_answered(js_client: JsClient, account: ApiClient) -> None:
    with losing(js_client.url, lose=3) as proxy:
        answer = js_client._replace(url=proxy.url).call("add", data=FULL)
    assert answer["data"]["id"] == ID
    assert proxy.connections == 4
    assert [item["id"] for item in account.list.registry_credentials().data["credentials"]] == [ID]


@pytest.mark.operation("retry")
def test_after_three_retries_the_client_gives_up(js_client: JsClient, account: ApiClient) -> None:
    with losing(js_client.url, lose=5) as proxy:
        answer = js_client._replace(url=proxy.url).call("add", data=FULL)
    assert answer["thrown"]["code"] == "ECONNRESET"
    assert proxy.connections == 4
    assert account.list.registry_credentials().data["credentials"] == []


@pytest.mark.operation("retry")
def test_a_lost_answer_makes_the_retry_meet_its_own_first_attempt(js_client: JsClient, account: ApiClient) -> None:
    with losing(js_client.url, lose=1, what="answer") as proxy:
        answer = js_client._replace(url=proxy.url).call("add", data=FULL)
    assert answer["error"]["status"] == 409
    assert proxy.connections == 2
    assert [item["id"] for item in account.list.registry_credentials().data["credentials"]] == [ID]
