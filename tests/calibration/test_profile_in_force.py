"""An emulator that follows a profile: what it does, and what it says that it rests on."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import DEFAULT
from emulator.conformance import rulebook
from emulator.profile import parse
from emulator.profiletext import document, toml
from emulator.remote import Remote, RemoteError
from tests.calibration.profiles import CONTENT, profile
from tests.conftest import REGISTRIES
from tests.processes import serving
from tests.wire import Client

BODY: Final = {"name": "abc", "provider": "ecr"}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(Settings(profile=profile())) as running:
        yield running


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    with Client(emulator.url, emulator.token) as client:
        yield client


def control(emulator: Emulator, method: str, path: str, body: object = None) -> Any:
    return Remote(emulator.url).ask(method, path, body)


def rule(emulator: Emulator, identifier: str) -> dict[str, Any]:
    rules: list[dict[str, Any]] = control(emulator, "GET", "/rules")["rules"]
    return next(entry for entry in rules if entry["id"] == identifier)


def test_it_does_as_the_profile_says(client: Client) -> None:
    assert [client("POST", REGISTRIES, BODY).json["data"]["id"] for _ in range(2)] == ["abc", "abc-2"]
    listed = client("GET", REGISTRIES).json["data"]["credentials"]
    assert [item["id"] for item in listed] == ["abc-2", "abc"]


def test_failures_are_told_as_was_learnt(client: Client) -> None:
    broken = client("POST", REGISTRIES, {"name": "a_b"})
    assert broken.status == 422
    error = broken.json["error"]
    assert (error["status"], error["id"], error["message"]) == (422, "VALIDATION", "Wrong: name, provider.")
    assert {entry["field"] for entry in error["details"]} == {"name", "provider"}
    assert all(entry.keys() == {"field", "message"} for entry in error["details"])
    gone = client("GET", f"{REGISTRIES}/nobody")
    assert (gone.status, gone.json["error"]) == (410, {"status": 410, "id": "GONE", "message": "No nobody here."})
    method = client("DELETE", REGISTRIES)
    assert method.json["error"]["message"] == "Use GET, POST."
    assert method.json["error"]["id"] == "method-not-allowed"


def test_rules_that_it_settles_have_the_basis_live_verified_with_day_and_target(emulator: Emulator) -> None:
    settled = rule(emulator, "add.duplicate-name")
    assert settled["basis"] == "live-verified"
    assert settled["value"] == "suffix"
    assert settled["verified"] == {
        "choice": "suffix",
        "date": "2026-03-01",
        "target": "api.example.com",
        "evidence": f"sha256:{'0' * 64}",
    }
    assert rule(emulator, "update.partial")["basis"] == "assumed"
    assert "verified" not in rule(emulator, "update.partial")


def test_the_header_says_what_a_refusal_rests_on(emulator: Emulator) -> None:
    control(emulator, "PUT", "/profile", {"profile": {**CONTENT, "rules": taken("reject")}})
    with Client(emulator.url, emulator.token) as client:
        client("POST", REGISTRIES, BODY)
        refused = client("POST", REGISTRIES, BODY)
        assert refused.headers["x-emulator-rule"] == "add.duplicate-name"
        basis = "live-verified; date=2026-03-01; target=api.example.com; rules=add.duplicate-name"
        assert refused.headers["x-emulator-basis"] == basis
        assert "x-emulator-basis" not in client("POST", REGISTRIES, {"name": "a"}).headers


def taken(choice: str) -> dict[str, Any]:
    return {"add.duplicate-name": {"choice": choice, "date": "2026-03-01"}}


def test_the_journal_and_the_handle_tell_what_is_verified_apart_from_what_is_assumed(emulator: Emulator) -> None:
    with Client(emulator.url, emulator.token) as client:
        for _ in range(2):
            client("POST", REGISTRIES, {**BODY, "colour": "red"})
    last = emulator.requests[-1]
    assert last.verified == ("add.duplicate-name",)
    assert last.assumptions == ("common.unknown-fields",)
    assert emulator.assumptions_used == {"common.unknown-fields"}
    assert emulator.verified_used == {"add.duplicate-name": "live-verified, api.example.com, 2026-03-01"}


def test_a_switch_overrules_it_and_then_the_rule_is_assumed_again(emulator: Emulator, client: Client) -> None:
    control(emulator, "PUT", "/assumptions", {"duplicate-name": "reject", "constraint-status": "400"})
    assert control(emulator, "GET", "/profile")["overruled"] == ["duplicate-name", "constraint-status"]
    assert rule(emulator, "add.duplicate-name")["basis"] == "assumed"
    client("POST", REGISTRIES, BODY)
    assert client("POST", REGISTRIES, BODY).status == 409
    assert client("POST", REGISTRIES, {}).status == 400


def test_the_control_route_reads_and_replaces_it_and_a_reset_undoes_that(emulator: Emulator) -> None:
    at_start = control(emulator, "GET", "/profile")
    assert at_start == {"profile": document(profile()), "overruled": []}
    other = {**CONTENT, "target": "other.example.com", "rules": taken("reject"), "errors": {}}
    assert control(emulator, "PUT", "/profile", {"profile": other})["profile"] == other
    switches = control(emulator, "GET", "/assumptions")
    assert switches["duplicate-name"]["value"] == "reject"
    assert switches["list-order"]["value"] == "newest-first", "what it says nothing of stays"
    assert control(emulator, "PUT", "/profile", {"profile": None}) == {"profile": None, "overruled": []}
    values = {name: entry["value"] for name, entry in control(emulator, "GET", "/assumptions").items()}
    assert values == DEFAULT.choices()
    control(emulator, "POST", "/reset")
    assert control(emulator, "GET", "/profile") == at_start


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "body"),
        ({"profile": 5}, "profile"),
        ({"profile": {**CONTENT, "format": 9}}, "profile.format"),
        ({"profile": {**CONTENT, "rules": taken("maybe")}}, "profile.rules.add.duplicate-name.choice"),
    ],
)
def test_what_is_no_profile_changes_nothing(emulator: Emulator, body: object, place: str) -> None:
    before = control(emulator, "GET", "/profile")
    with pytest.raises(RemoteError) as raised:
        control(emulator, "PUT", "/profile", body)
    assert raised.value.status == 400
    assert place in str(raised.value)
    assert control(emulator, "GET", "/profile") == before


def test_a_handle_follows_a_file_and_puts_everything_back(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(toml(profile()), "utf-8")
    with Emulator() as emulator:
        emulator.assume(secrets="omit")
        emulator.follow(path)
        assert emulator.profile == document(profile())
        with Client(emulator.url, emulator.token) as client:
            assert client("POST", REGISTRIES, {"name": "a"}).status == 422
        emulator.restore()
        assert control(emulator, "GET", "/profile")["profile"] is None
        values = {name: entry["value"] for name, entry in control(emulator, "GET", "/assumptions").items()}
        assert values == DEFAULT.choices()


def test_the_command_says_once_at_the_start_whom_it_does_as_and_what_overrules_that(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(toml(profile()), "utf-8")
    with serving("--profile", str(path), "--assume", "duplicate-name=reject") as served:
        told = [line for line in served.banner if "api.example.com" in line]
        words = "Does as api.example.com did on 2026-03-01: 4 rules, but --assume overrules duplicate-name"
        assert told == [words]
        assert served.banner[-1].startswith("Ready on ")
    with serving(environment={"NORTHFLANK_EMULATOR_PROFILE": str(path)}) as served:
        assert any(line == "Does as api.example.com did on 2026-03-01: 4 rules" for line in served.banner)


def test_every_rule_of_the_profile_is_one_of_the_rulebook() -> None:
    assert set(profile().rules) <= set(rulebook.load().rules)


def test_what_is_no_well_formed_http_is_told_as_was_learnt() -> None:
    telling = {"malformed": {"status": 400, "id": "BAD_HTTP", "message": "Not like this."}}
    learnt = parse("profile", {**CONTENT, "errors": telling})
    with (
        Emulator(Settings(profile=learnt)) as emulator,
        closing(http.client.HTTPConnection(emulator.url.removeprefix("http://"))) as connection,
    ):
        connection.request("GET", REGISTRIES, headers={"Content-Length": "none"})
        answer = connection.getresponse()
        error = json.loads(answer.read())["error"]
    assert (answer.status, error) == (400, {"status": 400, "id": "BAD_HTTP", "message": "Not like this."})
