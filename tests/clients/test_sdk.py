"""PyPI `northflank`, sync and async: the same tests for both."""

import asyncio
from typing import Any, Protocol

import pytest
from northflank import ApiCallError, ApiClient, AsyncApiClient, ConfigurationError
from northflank.response import ApiCallResponse

from .proxy import losing
from .samples import FIVE, FULL, ID, READER


class Sdk(Protocol):
    """One way to call the SDK: `verb` is the first word of a call, `client.VERB.registry_credentials(...)`."""

    def __init__(self, token: str | None = None, **options: Any) -> None: ...

    def call(self, verb: str, **arguments: Any) -> ApiCallResponse[Any]: ...

    def all(self, **arguments: Any) -> ApiCallResponse[Any]: ...


class Sync:
    def __init__(self, token: str | None = None, **options: Any) -> None:
        self.client = ApiClient(token, **options)

    def call(self, verb: str, **arguments: Any) -> ApiCallResponse[Any]:
        response: ApiCallResponse[Any] = getattr(self.client, verb).registry_credentials(**arguments)
        return response

    def all(self, **arguments: Any) -> ApiCallResponse[Any]:
        return self.client.list.registry_credentials.all(**arguments)


class Async:
    def __init__(self, token: str | None = None, **options: Any) -> None:
        self.client = AsyncApiClient(token, **options)

    def call(self, verb: str, **arguments: Any) -> ApiCallResponse[Any]:
        response: ApiCallResponse[Any] = asyncio.run(getattr(self.client, verb).registry_credentials(**arguments))
        return response

    def all(self, **arguments: Any) -> ApiCallResponse[Any]:
        return asyncio.run(self.client.list.registry_credentials.all(**arguments))


@pytest.fixture(
    params=[
        pytest.param(Sync, id="sync", marks=pytest.mark.client("sdk")),
        pytest.param(Async, id="async", marks=pytest.mark.client("sdk-async")),
    ]
)
def sdk_class(request: pytest.FixtureRequest) -> type[Sdk]:
    chosen: type[Sdk] = request.param
    return chosen


@pytest.fixture
def sdk(sdk_class: type[Sdk], emulator_url: str, token: str) -> Sdk:
    return sdk_class(token, base_url=emulator_url)


def add_five(sdk: Sdk, **team: str) -> None:
    for name in FIVE:
        sdk.call("add", data={"name": name, "provider": "github"}, **team)


def ids(response: ApiCallResponse[Any]) -> list[str]:
    return [item["id"] for item in response.data["credentials"]]


@pytest.mark.operation("sign-in")
def test_token_and_host_come_from_the_environment(
    sdk_class: type[Sdk], emulator_url: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NORTHFLANK_API_TOKEN", token)
    monkeypatch.setenv("NORTHFLANK_API_BASE_URL", emulator_url)
    response = sdk_class().call("list")
    assert response.status == 200
    assert response.request.url.startswith(emulator_url)
    assert int({name.lower(): value for name, value in response.headers.items()}["x-ratelimit-remaining"]) >= 0


@pytest.mark.operation("sign-in")
def test_without_a_token_the_client_sends_nothing(sdk_class: type[Sdk], emulator_url: str) -> None:
    with pytest.raises(ConfigurationError):
        sdk_class(base_url=emulator_url).call("list")


@pytest.mark.operation("add")
def test_add_answers_what_was_stored_under_the_slug_of_its_name(sdk: Sdk) -> None:
    assert sdk.call("add", data=FULL).data == {"id": ID, **FULL}


@pytest.mark.operation("list")
def test_list_shows_items_in_order_without_their_secrets(sdk: Sdk) -> None:
    sdk.call("add", data=FULL)
    sdk.call("add", data={"name": "second", "provider": "github"})
    response = sdk.call("list")
    assert ids(response) == [ID, "second"]
    assert response.data["credentials"][0]["credentials"] == {"scope": FULL["credentials"]["scope"]}
    assert response.pagination is not None
    assert (response.pagination.has_next_page, response.pagination.count) == (False, 2)


@pytest.mark.operation("list")
def test_a_page_is_asked_for_by_number(sdk: Sdk) -> None:
    add_five(sdk)
    assert ids(sdk.call("list", per_page=2, page=3)) == FIVE[4:]


@pytest.mark.operation("all")
def test_all_walks_three_pages_and_sees_each_item_once(sdk: Sdk) -> None:
    add_five(sdk)
    page = sdk.call("list", per_page=2)
    assert ids(page) == FIVE[:2]
    assert page.pagination is not None
    assert page.pagination.has_next_page
    assert ids(sdk.all(per_page=2)) == FIVE


@pytest.mark.operation("all")
def test_all_of_nothing_is_nothing(sdk: Sdk) -> None:
    assert sdk.all().data == {"credentials": []}


@pytest.mark.operation("get")
def test_get_shows_the_secrets_and_when_it_was_stored(sdk: Sdk) -> None:
    sdk.call("add", data=FULL)
    data = dict(sdk.call("get", credential_id=ID).data)
    times = {data.pop("createdAt"), data.pop("updatedAt")}
    assert data == {"id": ID, **FULL}
    assert len(times) == 1


@pytest.mark.operation("update")
def test_update_changes_only_what_it_names(sdk: Sdk) -> None:
    sdk.call("add", data=FULL)
    change = {"restrictions": {"restricted": False, "projects": []}}
    assert sdk.call("update", credential_id=ID, data=change).data == {}
    data = sdk.call("get", credential_id=ID).data
    assert data["restrictions"] == change["restrictions"]
    assert data["credentials"] == FULL["credentials"]
    assert data["aws"] == FULL["aws"]


@pytest.mark.operation("update")
def test_an_update_that_names_nothing_changes_nothing_else(sdk: Sdk) -> None:
    sdk.call("add", data=FULL)
    assert sdk.call("update", credential_id=ID, data={}).data == {}
    assert FULL.items() <= sdk.call("get", credential_id=ID).data.items()


@pytest.mark.operation("delete")
def test_delete_is_final_and_frees_the_name(sdk: Sdk) -> None:
    sdk.call("add", data=FULL)
    assert sdk.call("delete", credential_id=ID).data == {}
    with pytest.raises(ApiCallError) as caught:
        sdk.call("get", credential_id=ID)
    assert caught.value.status == 404
    assert sdk.call("add", data=FULL).data["id"] == ID


@pytest.mark.operation("team")
def test_a_team_is_a_namespace_of_its_own_for_every_operation(sdk: Sdk) -> None:
    team = {"team_id": "my-team"}
    of_the_account = sdk.call("add", data=FULL).data
    add_five(sdk, **team)
    assert ids(sdk.call("list", **team)) == FIVE
    assert ids(sdk.all(per_page=2, **team)) == FIVE
    assert sdk.call("add", data=FULL, **team).data["id"] == of_the_account["id"]
    assert sdk.call("update", credential_id=ID, data={"restrictions": {"restricted": False}}, **team).data == {}
    assert sdk.call("get", credential_id=ID, **team).data["restrictions"]["restricted"] is False
    assert sdk.call("delete", credential_id=ID, **team).data == {}
    assert ids(sdk.call("list", **team)) == FIVE
    assert sdk.call("get", credential_id=ID).data["restrictions"]["restricted"] is True


REJECTED = [
    pytest.param("add", {"data": {"name": "images"}}, (400, "invalid-request", ["provider"]), id="incomplete"),
    # The SDK, of 2026, knows a provider that the emulated page, of 2025, does not.
    pytest.param(
        "add",
        {"data": {"name": "images", "provider": "dhi"}},
        (400, "invalid-request", ["provider"]),
        id="newer-provider",
    ),
    pytest.param("add", {"data": FULL}, (409, "name-taken", None), id="taken"),
    pytest.param("get", {"credential_id": "nobody"}, (404, "not-found", None), id="get-unknown"),
    pytest.param("delete", {"credential_id": "nobody"}, (404, "not-found", None), id="delete-unknown"),
    pytest.param("update", {"credential_id": "nobody", "data": {}}, (404, "not-found", None), id="update-unknown"),
    pytest.param("list", {"per_page": 101}, (400, "invalid-request", ["per_page"]), id="page-too-long"),
]


@pytest.mark.operation("errors")
@pytest.mark.parametrize(("verb", "arguments", "expected"), REJECTED)
def test_an_error_is_raised_with_status_id_message_and_details(
    sdk: Sdk, verb: str, arguments: dict[str, Any], expected: tuple[int, str, list[str] | None]
) -> None:
    sdk.call("add", data=FULL)
    with pytest.raises(ApiCallError) as caught:
        sdk.call(verb, **arguments)
    error = caught.value
    status, error_id, at_fault = expected
    assert (error.status, error.id) == (status, error_id)
    assert at_fault is None or list(error.details) == at_fault
    assert str(error) == error.message
    assert error.message


@pytest.mark.operation("errors")
def test_a_missing_permission_is_named(sdk_class: type[Sdk], strict_url: str) -> None:
    reader = sdk_class(READER, base_url=strict_url)
    assert reader.call("list").data == {"credentials": []}
    with pytest.raises(ApiCallError) as caught:
        reader.call("get", credential_id=ID)
    assert (caught.value.status, caught.value.id) == (403, "forbidden")
    assert "Account > Credentials > General > Read Encrypted" in caught.value.message


@pytest.mark.operation("errors")
def test_a_token_that_is_not_declared_is_refused(sdk_class: type[Sdk], strict_url: str, token: str) -> None:
    with pytest.raises(ApiCallError) as caught:
        sdk_class(token, base_url=strict_url).call("list")
    assert (caught.value.status, caught.value.id) == (401, "unauthorized")


@pytest.mark.operation("errors")
def test_an_error_is_handed_back_where_the_client_is_told_not_to_raise(
    sdk_class: type[Sdk], emulator_url: str, token: str
) -> None:
    response = sdk_class(token, base_url=emulator_url, throw_on_http_error=False).call("get", credential_id="nobody")
    assert response.error is not None
    assert response.error.status == response.status == 404


@pytest.mark.operation("retry")
def test_three_lost_requests_are_repeated_and_the_fourth_is_answered(
    sdk: Sdk, sdk_class: type[Sdk], emulator_url: str, token: str
) -> None:
    with losing(emulator_url, lose=3) as proxy:
        assert sdk_class(token, base_url=proxy.url).call("add", data=FULL).data["id"] == ID
    assert proxy.connections == 4
    assert ids(sdk.call("list")) == [ID]


@pytest.mark.operation("retry")
def test_a_lost_answer_makes_the_retry_meet_its_own_first_attempt(
    sdk: Sdk, sdk_class: type[Sdk], emulator_url: str, token: str
) -> None:
    with losing(emulator_url, lose=1, what="answer") as proxy, pytest.raises(ApiCallError) as caught:
        sdk_class(token, base_url=proxy.url).call("add", data=FULL)
    assert caught.value.status == 409
    assert proxy.connections == 2
    assert ids(sdk.call("list")) == [ID]
