"""The command `schemathesis run` finds nothing between the contract of control and a running emulator.

Declaring tokens has a run of its own: what it declares would decide what other routes answer to a token. The stream of
events never ends, and schemathesis reads an answer to its end; it is held to the contract by hand below.
"""

from __future__ import annotations

import contextlib
import http.client
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.contract_checker import Contract, Exchange
from tests.http_client import CheckedClient, registries
from tests.processes import Served, serving
from tests.schemathesis_run import PHASES, Run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CONTROL: Final = Contract("contracts/control.yaml")
CONFIGURATION: Final = Path(__file__).with_name("schemathesis.toml")
HOOKS: Final = Path(__file__).with_name("schemathesis_hooks.py")
ADMIN: Final = "the-admin-token"
TOKEN: Final = "the-token-of-a-test"
MOST: Final = 1_000_000
MIB: Final = 1024 * 1024
# By what the document calls them.
TOKENS: Final = ("get-tokens", "put-tokens")
BY_HAND: Final = "events"


@pytest.fixture
def served() -> Iterator[Served]:
    with serving("--admin-token", ADMIN) as served:
        yield served
        exit_code, _, errors = served.end()
        assert (exit_code, errors) == (0, "")


@pytest.fixture
def control(served: Served) -> Iterator[CheckedClient]:
    """A client that holds every answer to the contract of control."""
    with CheckedClient(served.url, CONTROL) as client:
        yield client


def finished(url: str, folder: Path, *options: str) -> Run:
    """Return a run of which everything but the operations is as it has to be."""
    run = Run("control.yaml", CONFIGURATION, url, ADMIN, folder, *options, hooks=HOOKS)
    assert run.exit_code == 0, run.output
    assert (run.report["failures"], run.report["errors"]) == ([], [])
    assert {name: found for name, found in run.report["warnings"].items() if found} == {}
    assert run.report["stop_reason"] == "completed"
    return run


def labels(*identifiers: str) -> set[str]:
    return {f"{method} {path}" for identifier, method, path in CONTROL.operation_ids() if identifier in identifiers}


ALL: Final = [identifier for identifier, _, _ in CONTROL.operation_ids()]


def test_schemathesis_finds_nothing(served: Served, tmp_path: Path) -> None:
    left_out = {"put-tokens", BY_HAND}
    options = [option for name in sorted(left_out) for option in ("--exclude-operation-id", name)]
    run = finished(served.url, tmp_path, *options)
    assert {name: phase["status"] for name, phase in run.report["phases"].items()} == dict.fromkeys(PHASES, "success")
    tested = labels(*(name for name in ALL if name not in left_out))
    assert run.report["operations"]["tested"] == len(tested) == len(ALL) - len(left_out)
    assert {label for label, accepted in run.accepted.items() if accepted} == tested
    assert run.links == {
        "GET /_emulator/state -> [200] putBack -> PUT /_emulator/state",
        "POST /_emulator/faults -> [200] disarm -> DELETE /_emulator/faults/{faultId}",
    }


def test_schemathesis_finds_nothing_with_tokens(served: Served, tmp_path: Path) -> None:
    phases = [phase for phase in PHASES if phase != "stateful"]  # no link leads to these
    options = [option for name in TOKENS for option in ("--include-operation-id", name)]
    run = finished(served.url, tmp_path, *options, "--phases", ",".join(phases))
    assert all(run.report["phases"][phase]["status"] == "success" for phase in phases)
    assert run.report["operations"]["tested"] == len(TOKENS)
    assert {label for label, accepted in run.accepted.items() if accepted} == labels(*TOKENS)


def test_only_what_the_contract_leaves_open_may_be_answered_otherwise() -> None:
    configuration = tomllib.loads(CONFIGURATION.read_text("utf-8"))
    assert {name: check["expected-statuses"] for name, check in configuration["checks"].items()} == {
        "positive_data_acceptance": [200],
        "negative_data_rejection": [400],
        "missing_required_header": [401],
    }
    widened = {name for entry in configuration["operations"] for name in entry["include-operation-id"]}
    assert widened == {
        *("reset", "seed", "put-clock"),
        *("open-credential", "forget-credential", "disarm-fault"),
    }


def test_the_stream_of_events_is_as_the_contract_has_it(served: Served, control: CheckedClient) -> None:
    with connection(served.url) as stream:
        stream.request("GET", "/_emulator/events", headers={"Authorization": f"Bearer {ADMIN}"})
        response = stream.getresponse()
        started = b"".join(response.readline() for _ in range(2))
        CONTROL.check(Exchange("GET", "/_emulator/events", response.status, response.headers, started))
        assert response.status == 200
        # It starts as the contract has it, and then tells what happens.
        assert control.ask("POST", "/_emulator/reset", token=ADMIN, body={"account": "acme"}).status == 200
        told = [response.readline() for _ in range(3)]
        assert told == [b"event: change\n", b'data: {"what":"reset","account":"acme"}\n', b"\n"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        pytest.param("GET", "/events?since=1", {}, None, 400, id="unknown-parameter"),
        pytest.param("GET", "/events", {"Content-Type": "application/json"}, b"{", 400, id="no-json"),
        pytest.param("GET", "/events", {"Content-Type": "application/json"}, b'{"since": 1}', 400, id="unknown-member"),
        pytest.param("GET", "/events", {"Authorization": "Bearer another"}, None, 401, id="another-token"),
        pytest.param("GET", "/events", {"Origin": "http://elsewhere.example"}, None, 403, id="foreign-origin"),
        pytest.param("POST", "/events", {}, None, 405, id="other-method"),
        pytest.param("HEAD", "/events", {}, None, 405, id="head"),
        pytest.param("GET", "/events", {"Content-Type": "text/plain"}, b"a", 415, id="no-json-type"),
        pytest.param("GET", "/events", {"Content-Type": "application/json"}, b" " * (MIB + 1), 413, id="too-large"),
        pytest.param("GET", "/event", {}, None, 404, id="no-such-path"),
        pytest.param("GET", "/health", {"Origin": "http://elsewhere.example"}, None, 403, id="foreign-origin-health"),
        pytest.param("PUT", "/state", {"Content-Type": "application/json"}, b"{}", 400, id="no-state"),
    ],
)
def test_what_is_refused_is_refused_as_the_contract_has_it(
    served: Served, method: str, path: str, headers: dict[str, str], body: bytes | None, status: int
) -> None:
    with connection(served.url) as refused:
        refused.request(method, f"/_emulator{path}", body, {"Authorization": f"Bearer {ADMIN}", **headers})
        response = refused.getresponse()
        assert response.status == status
        exchange = Exchange(method, f"/_emulator{path}", response.status, response.headers, response.read())
    if method != "HEAD":  # which has no body
        CONTROL.check(exchange)


def test_a_million_credentials_may_be_made_and_one_more_may_not(served: Served, control: CheckedClient) -> None:
    assert control.ask("POST", "/_emulator/seed", token=ADMIN, body={"count": MOST + 1}).status == 400
    with ThreadPoolExecutor(1) as aside, CheckedClient(served.url, CONTROL) as other:
        seeding = aside.submit(other.ask, "POST", "/_emulator/seed", token=ADMIN, body={"count": MOST})
        ready = control.ask("GET", "/_emulator/ready", token=None)
        while ready.status == 200 and not seeding.done():
            ready = control.ask("GET", "/_emulator/ready", token=None)
        assert (ready.status, ready.json["of"]) == (503, MOST)
        assert control.ask("POST", "/_emulator/seed", token=ADMIN, body={"count": 1}).status == 409
        # Called off, as they would take ten seconds.
        assert control.ask("POST", "/_emulator/reset", token=ADMIN).status == 200
        assert seeding.result().json["error"]["id"] == "conflict"
    assert control.ask("GET", "/_emulator/ready", token=None).status == 200


def test_whole_numbers_may_have_a_point(control: CheckedClient) -> None:
    armed = control.ask("POST", "/_emulator/faults", token=ADMIN, body={"status": 500.0, "times": 1.0, "skip": 2.0})
    assert (armed.status, armed.json["status"], armed.json["times"], armed.json["skip"]) == (200, 500, 1, 2)
    assert control.ask("PUT", "/_emulator/clock", token=ADMIN, body={"advanceMs": 5.0}).status == 200
    assert control.ask("POST", "/_emulator/requests/count", token=ADMIN, body={"status": 200.0}).status == 200
    for body in ({"status": 500.5}, {"times": 0.5}, {"seed": "1.0"}):
        assert control.ask("POST", "/_emulator/faults", token=ADMIN, body=body).status == 400
    assert control.ask("PUT", "/_emulator/clock", token=ADMIN, body={"advanceMs": 0.5}).status == 400


@pytest.mark.parametrize("token", ["two words", " before", "behind ", " "])
def test_a_token_is_one_word(control: CheckedClient, token: str) -> None:
    answer = control.ask("POST", "/_emulator/requests/find", token=ADMIN, body={"token": token})
    assert answer.status == 400
    assert list(answer.json["error"]["details"]) == ["token"]


def test_the_account_to_reset_is_named_once(control: CheckedClient) -> None:
    reset = ("POST", "/_emulator/reset")
    assert control.ask(*reset, token=ADMIN, query={"account": "acme"}).json == {"account": "acme"}
    assert control.ask(*reset, token=ADMIN, query={"account": "acme"}, body={"account": "acme"}).status == 400
    assert control.ask(*reset, token=ADMIN, query={"account": "acme"}, body={"token": TOKEN}).status == 400


def test_calls_of_every_kind_are_shown_as_the_contract_has_it(served: Served, control: CheckedClient) -> None:
    body = {"name": "Example Registry", "provider": "ecr", "credentials": {"password": "secret", "scope": {}}}
    assert control.ask("POST", "/_emulator/faults", token=ADMIN, body={"operation": "login", "times": 1}).status == 200
    with CheckedClient(served.url) as client:
        assert client.ask("POST", registries(), token=TOKEN, body=body).status == 200
        assert client.ask("POST", registries("example-team"), token=TOKEN, body={**body, "name": "a_b"}).status == 400
        assert client.ask("GET", registries(), token=TOKEN, query={"per_page": 5, "other": "a"}).status == 200
        assert client.ask("GET", registries(), token=None).status == 401
        assert client.ask("GET", "/v1/", token=None).status == 200
        assert client.ask("GET", "/v1/nowhere", token=TOKEN).status == 404
    with connection(served.url) as emulated:
        emulated.request("GET", "/v1/login", headers={"Authorization": f"Bearer {TOKEN}"})
        assert emulated.getresponse().status == 503
    listed = control.ask("GET", "/_emulator/requests", token=ADMIN).json
    assert (listed["count"], listed["dropped"]) == (7, 0)
    shown = [(call["operation"], call["status"], call["fault"]) for call in listed["requests"]]
    assert shown == [
        ("add-registry", 200, None),
        ("add-team-registry", 400, None),
        ("list-registries", 200, None),
        ("list-registries", 401, None),
        ("health", 200, None),
        (None, 404, None),
        ("login", 503, "error"),
    ]
    for pattern, verdict in (({"rule": "add.name.pattern"}, "passed"), ({"operation": "get-registry"}, "failed")):
        told = control.ask("POST", "/_emulator/requests/verify", token=ADMIN, body={"request": pattern}).json
        assert told["verdict"] == verdict
        assert len(told.get("nearMisses", [])) == (3 if verdict == "failed" else 0)
    for path in ("/faults", "/accounts", "/state", "/rules", "/tokens", "/assumptions"):
        assert control.ask("GET", f"/_emulator{path}", token=ADMIN).status == 200


def test_everything_that_a_credential_can_have_can_be_put_back(control: CheckedClient) -> None:
    for fixture in CONTROL.place(("components", "schemas", "SeedFixture", "properties", "fixture", "enum")):
        body = {"fixture": fixture, "account": f"account-{fixture}"}
        assert control.ask("POST", "/_emulator/seed", token=ADMIN, body=body).status == 200
    assert control.ask("POST", "/_emulator/seed", token=ADMIN, body={"fixture": "teams"}).status == 409
    assert control.ask("POST", "/_emulator/seed", token=ADMIN, body={"count": 100, "account": "made"}).status == 200
    state = control.ask("GET", "/_emulator/state", token=ADMIN)
    assert control.ask("POST", "/_emulator/reset", token=ADMIN).status == 200
    restored = control.ask("PUT", "/_emulator/state", token=ADMIN, body=state.json)
    assert restored.status == 200
    assert restored.json["credentials"] > 200
    assert control.ask("GET", "/_emulator/state", token=ADMIN).body == state.body


def connection(url: str) -> contextlib.closing[http.client.HTTPConnection]:
    address = urlsplit(url)
    return contextlib.closing(http.client.HTTPConnection(str(address.hostname), address.port, timeout=20))
