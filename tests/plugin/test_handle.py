"""The handle of an account: what it shows and does, apart from pytest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NoReturn

import pytest

from emulator import Emulator, Northflank, Settings
from emulator.remote import RemoteError
from tests.conftest import EVERY_FIELD, REGISTRIES
from tests.plugin.asking import add, call
from tests.samples import SMALLEST


def test_it_shows_what_is_stored_with_secrets_and_times(account: Northflank) -> None:
    call(account, "POST", body=EVERY_FIELD)
    call(account, "POST", "/v1/teams/acme/integrations/registries", body={**SMALLEST, "name": "Of A Team"})

    (stored,) = account.credentials
    assert {name: stored[name] for name in EVERY_FIELD} == EVERY_FIELD
    assert stored["id"] == "every-field"
    assert stored["createdAt"] == stored["updatedAt"]
    assert [stored["id"] for stored in account.team("acme").credentials] == ["of-a-team"]
    assert account.team("nobody").credentials == []


def test_an_account_shows_what_it_starts_with_before_it_is_used() -> None:
    with Emulator(Settings(fixture="one-of-each-provider")) as emulator:
        assert len(emulator.credentials) == 8
        assert len(call(emulator).json["data"]["credentials"]) == 8


def test_the_state_of_one_account_has_no_other(account: Northflank, live: Emulator) -> None:
    other = live.fresh()
    for handle in (account, other):
        add(handle)
    assert account.remote.ask("GET", "/state", account=account.account)["accounts"].keys() == {account.account}
    assert account.remote.ask("GET", "/state")["accounts"].keys() >= {account.account, other.account}
    assert account.remote.ask("GET", "/state", account="nobody")["accounts"] == {}


def test_it_seeds_its_own_account_only(account: Northflank, live: Emulator) -> None:
    assert account.seed("one-of-each-provider") == 8
    assert account.seed(count=3, seed=7) == 3
    assert account.team("acme").seed(2) == 2
    assert account.seed(content={"credentials": [{"name": "Mine", "provider": "ecr"}]}) == 1

    ids = [stored["id"] for stored in account.credentials]
    assert len(ids) == 12
    assert ids[-1] == "mine"
    assert len(account.team("acme").credentials) == 2
    assert live.fresh().credentials == []


def test_credentials_that_are_given_are_stored_as_they_are(account: Northflank) -> None:
    assert account.seed(credentials=[EVERY_FIELD, SMALLEST]) == 2
    assert account.team("acme").seed(credentials=(body for body in [{**SMALLEST, "name": "Of A Team"}])) == 1

    first, second = account.credentials
    assert {name: first[name] for name in EVERY_FIELD} == EVERY_FIELD
    assert second["id"] == "abc"
    assert [stored["id"] for stored in account.team("acme").credentials] == ["of-a-team"]


def test_credentials_that_cannot_be_are_told_by_field(account: Northflank) -> None:
    with pytest.raises(RemoteError, match=r"credentials\[1\]\.provider"):
        account.seed(credentials=[SMALLEST, {"name": "No Provider"}])
    assert account.credentials == []
    with pytest.raises(ValueError, match="not both"):
        account.seed(credentials=[SMALLEST], content={})


def test_an_unknown_fixture_is_told_with_those_there_are(account: Northflank) -> None:
    with pytest.raises(RemoteError, match="three-pages"):
        account.seed("three-pags")


def test_it_forgets_its_own_account_only(account: Northflank, live: Emulator) -> None:
    other = live.fresh()
    for handle in (account, other):
        add(handle)
        handle.fail_next("get-registry")

    account.reset()

    assert (account.credentials, account.requests, account.faults) == ([], [], [])
    assert (len(other.credentials), len(other.requests), len(other.faults)) == (1, 1, 1)


def test_its_requests_are_objects(account: Northflank) -> None:
    account.freeze("2030-01-01T00:00:00Z")
    add(account)
    account.restore()
    call(account, path=f"{REGISTRIES}?per_page=x&token=secret")

    first, second = account.requests
    assert (first.method, first.path, first.operation, first.status) == ("POST", REGISTRIES, "add-registry", 200)
    assert (first.account, first.rules, first.fault, first.rejected) == (account.account, (), None, False)
    assert first.at == datetime(2030, 1, 1, tzinfo=UTC)
    assert 0 < first.duration < 5
    assert first.body == SMALLEST
    assert first.answer.body["data"]["id"] == "abc"
    assert first.headers["authorization"] == "[redacted]"
    assert first.answer.headers["content-type"].startswith("application/json")
    assert second.id > first.id
    assert (second.status, second.rules, second.rejected) == (400, ("list.per_page.type",), True)
    assert second.query["token"] == "[redacted]"
    assert "secret" not in repr(second)


def test_calls_are_found_by_what_they_have_in_common(account: Northflank, live: Emulator) -> None:
    for name in ("abc", "abc", "abd"):
        add(account, name)
    add(live.fresh(), "abc")

    assert [found.status for found in account.find(operation="add-registry", body={"name": "abc"})] == [200, 409]
    assert len(account.find(rule="add.duplicate-name")) == 1


def test_verify_passes_where_calls_are_as_expected(account: Northflank) -> None:
    add(account)
    add(account)

    account.verify()
    account.verify(operation="add-registry", times=2)
    account.verify(status=409, at_least=1, at_most=1)
    account.verify(operation="delete-registry", times=0)


def test_verify_explains_near_misses_of_this_account(account: Northflank, live: Emulator) -> None:
    for _ in range(5):
        add(live.fresh(), "abd")
    add(account, "abc")

    with pytest.raises(AssertionError) as failure:
        account.verify(operation="add-registry", body={"name": "abd"})

    message = str(failure.value)
    assert "at least 1 expected" in message
    assert "operation='add-registry', body={'name': 'abd'}" in message
    assert f"POST {REGISTRIES} -> 200\n    body.name: 'abc', not 'abd'" in message
    assert message.count("->") == 1  # and nothing of the other account


def test_verify_says_where_there_was_no_call_at_all(account: Northflank) -> None:
    with pytest.raises(AssertionError, match="no other call of this account"):
        account.verify(operation="add-registry")


def test_verify_fails_where_there_were_too_many(account: Northflank) -> None:
    add(account)
    with pytest.raises(AssertionError, match=r"1 of .* at most 0 expected"):
        account.verify(times=0)


def test_verify_does_not_pass_for_calls_that_the_journal_dropped() -> None:
    with Emulator(Settings(journal=1)) as emulator:
        add(emulator)
        call(emulator)
        with pytest.raises(AssertionError, match="--journal"):
            emulator.verify(operation="add-registry", times=0)


def test_a_misspelt_pattern_is_refused(account: Northflank) -> None:
    with pytest.raises(RemoteError, match="add-team-registry"):
        account.verify(operation="add-registy")
    with pytest.raises(RemoteError, match="operation, method, path"):
        account.find(operatoin="add-registry")  # type: ignore[call-arg]


def test_expected_rejections_are_told_and_others_are_not_forgiven(account: Northflank) -> None:
    with account.expect_rejections(400) as rejected:
        add(account, "x")
        add(account, "ok-then")
    assert [request.rules for request in rejected] == [("add.name.min-length",)]

    with account.expect_rejections("add.name.*", 404):
        add(account, "y")
    add(account, "z")
    call(account, path=f"{REGISTRIES}/nothing")

    assert [request.status for request in account.unexpected()] == [400, 404]
    account.allow("add.name.min-length", 404)
    assert account.unexpected() == []


def test_a_rejection_that_does_not_come_is_told_with_what_came(account: Northflank) -> None:
    with (
        pytest.raises(AssertionError, match=r"expected \(409\)(.|\n)*add\.name\.min-length"),
        account.expect_rejections(409),
    ):
        add(account, "x")
    with pytest.raises(AssertionError, match="nothing"), account.expect_rejections():
        pass


def test_what_a_client_raises_comes_out_of_the_block(account: Northflank) -> None:
    def rejected() -> NoReturn:
        with account.expect_rejections():
            add(account, "x")
            raise KeyError

    with pytest.raises(KeyError):
        rejected()
    assert account.unexpected() == []
