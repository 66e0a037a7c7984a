"""The command `schemathesis run` finds nothing between the contract and a running emulator, and has really looked.

The links have runs of their own, as the stateful phase starts only from operations that it takes to succeed with
generated data, and those of a team are not among them as long as there are others.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import DEFAULT
from emulator.models import DeclaredToken
from tests.contract_checker import operation_ids, place, resolve
from tests.http_client import CheckedClient, registries
from tests.schemathesis_run import PHASES, Run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TOKEN: Final = "the-token-of-schemathesis"
CONFIGURATION: Final = Path(__file__).with_name("schemathesis.toml")
SEEDS: Final = 5
"""Runs until every link has to be followed; the first mostly follows them all, and which ones depends on its seed."""


# Schemathesis tries other tokens, so this one is declared.
TOKENS: Final = (DeclaredToken(TOKEN, "schemathesis"),)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator that holds what the configuration names."""
    names = tomllib.loads(CONFIGURATION.read_text("utf-8"))["dictionaries"]["stored"]["values"]
    with Emulator(Settings(tokens=TOKENS)) as emulator, CheckedClient(emulator.url) as client:
        for team in (None, "example-team"):
            for name in names:
                body = {"name": name, "provider": "legacy"}
                assert client.ask("POST", registries(team), token=TOKEN, body=body).status == 200
        yield emulator


@pytest.fixture
def forgiving_emulator() -> Iterator[Emulator]:
    """An emulator on which adding always succeeds.

    Where the same request is answered 200 once and 409 or 404 later, as what is stored decides, hypothesis takes
    it for flaky, and schemathesis then ends the stateful phase early without a word.
    """
    with Emulator(Settings(tokens=TOKENS, assume=DEFAULT.choose({"duplicate-name": "suffix"}))) as emulator:
        yield emulator


def finished(url: str, folder: Path, *options: str) -> Run:
    return Run("openapi.yaml", CONFIGURATION, url, TOKEN, folder, *options)


def links(tag: str) -> set[str]:
    """Return the links of the contract from operations with this tag, as schemathesis names them."""
    labels = {identifier: f"{method} {template}" for identifier, method, template in operation_ids()}
    stated = set()
    for _, method, template in operation_ids():
        operation = ("paths", template, method.lower())
        answer = resolve((*operation, "responses", "200"))
        if tag in place(operation)["tags"]:
            for name in place(answer).get("links", {}):
                target = labels[place(resolve((*answer, "links", name)))["operationId"]]
                stated.add(f"{method} {template} -> [200] {name} -> {target}")
    return stated


def test_schemathesis_finds_nothing(emulator: Emulator, tmp_path: Path) -> None:
    run = finished(emulator.url, tmp_path)
    assert run.exit_code == 0, run.output
    report = run.report
    assert (report["failures"], report["errors"]) == ([], [])
    assert {name: found for name, found in report["warnings"].items() if found} == {}
    assert report["stop_reason"] == "completed"
    assert {name: phase["status"] for name, phase in report["phases"].items()} == dict.fromkeys(PHASES, "success")
    # It has really looked: at every operation, with requests that were accepted, and along the links.
    labels = {f"{method} {template}" for _, method, template in operation_ids()}
    assert report["operations"]["tested"] == report["operations"]["total"] == len(labels)
    assert {label for label, accepted in run.accepted.items() if accepted} == labels
    assert run.links


@pytest.mark.parametrize("tag", ["account", "team"])
def test_schemathesis_finds_nothing_along_the_links(forgiving_emulator: Emulator, tmp_path: Path, tag: str) -> None:
    followed: set[str] = set()
    for seed in range(1, SEEDS + 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        run = finished(
            forgiving_emulator.url, folder, "--include-tag", tag, "--phases", "stateful", "--seed", str(seed)
        )
        assert run.exit_code == 0, run.output
        assert run.report["phases"]["stateful"]["status"] == "success"
        followed |= run.links
        if followed == links(tag):
            break
    assert followed == links(tag)


def test_both_runs_together_follow_every_link_of_the_contract() -> None:
    stated = 0
    for _, method, template in operation_ids():
        stated += len(place(resolve(("paths", template, method.lower(), "responses", "200"))).get("links", {}))
    assert len(links("account") | links("team")) == stated > 10
