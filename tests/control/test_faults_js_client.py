"""The official JS client, whose retry of a POST that a fault lost meets its own first attempt.

Measures nothing for the README's table: what the client does with a lost answer is told there already, by a proxy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

import pytest

from emulator import Emulator
from tests.clients.processes import JsClient, UnavailableError, install, unavailable
from tests.conftest import REGISTRIES

pytestmark = pytest.mark.slow

BODY: Final = {"name": "Production Images", "provider": "github"}
ADD: Final = {"verb": "add", "argument": {"parameters": {}, "data": BODY}}
LIST: Final = {"verb": "list", "argument": {}}


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(running: Emulator, fresh_token: str, tmp_path: Path) -> JsClient:
    """The client, installed: a skip without Node, and a failure where CI wants all of it."""
    try:
        install()
    except UnavailableError as error:
        unavailable(str(error))
    running.reset()
    return JsClient(running.url, fresh_token, tmp_path)


def control(client: JsClient, method: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = Request(f"{client.url}/_emulator{path}", data, {"Content-Type": "application/json"}, method=method)
    with urlopen(asked, timeout=10) as answer:
        return json.load(answer)


@pytest.mark.parametrize("effect", ["reset", "empty"])
def test_the_retry_of_a_post_whose_answer_was_lost_meets_its_own_409(client: JsClient, effect: str) -> None:
    fault = {"operation": "add-registry", "effect": effect, "phase": "after", "times": 1, "token": client.token}
    armed = control(client, "POST", "/faults", fault)

    added, listed = client.calls(ADD, LIST)

    assert (added["error"]["status"], added["error"]["id"]) == (409, "name-taken")
    assert [item["id"] for item in listed["data"]["credentials"]] == ["production-images"]
    first, retry, _ = control(client, "GET", "/requests")["requests"]
    assert (first["path"], first["status"], first["fault"]) == (REGISTRIES, 200, effect)
    assert (retry["path"], retry["status"], retry["fault"]) == (REGISTRIES, 409, None)
    assert first["body"] == retry["body"] == BODY
    assert control(client, "GET", "/faults")["faults"] == [{**armed, "seen": 1, "hits": 1, "spent": True}]


@pytest.mark.parametrize("effect", ["reset", "empty"])
def test_the_retry_of_a_post_that_never_arrived_succeeds(client: JsClient, effect: str) -> None:
    fault = {"operation": "add-registry", "effect": effect, "phase": "before", "times": 1, "token": client.token}
    control(client, "POST", "/faults", fault)

    added, listed = client.calls(ADD, LIST)

    assert added["data"]["id"] == "production-images"
    assert [item["id"] for item in listed["data"]["credentials"]] == ["production-images"]
    assert [call["fault"] for call in control(client, "GET", "/requests")["requests"]] == [effect, None, None]
