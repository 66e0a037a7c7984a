"""`clean_up`: deletes what a ledger tells to be of its run, whatever the target answers, and never anything else."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from emulator import Emulator, Settings
from emulator.behaviour import Behaviour
from emulator.conformance.cleaning import CleanedUp, clean_up
from emulator.conformance.ledger import Ledger, Place, made_token
from emulator.conformance.options import Options
from emulator.errors import InvalidSettingError
from emulator.remote import Remote
from tests.wire import Client

HERE = Place()
PREFIX = "nfc-k3x9q2"
TOKEN = "token-canary-main"
OTHER = "token-canary-other"
OPTIONS = Options(token=TOKEN, other_token=OTHER, timeout=5)
TOKENS = {"main": TOKEN, "other": OTHER, "wrong": made_token(PREFIX, "wrong")}


def path_of(place: Place, identifier: str = "") -> str:
    team = f"/teams/{place.team}" if place.team else ""
    return f"/v1{team}/integrations/registries{identifier and '/'}{identifier}"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def add(emulator: Emulator, name: str, place: Place = HERE, **fields: Any) -> str:
    """Add a credential behind the ledger's back."""
    with Client(emulator.url, TOKENS[place.account]) as client:
        answer = client("POST", path_of(place), {"name": name, "provider": "ecr", **fields})
        assert answer.status == 200, answer
        identifier: str = answer.json["data"]["id"]
        return identifier


def held(emulator: Emulator) -> dict[str, list[str]]:
    """Return the ids that the emulator holds, by account and team, without empty places."""
    state = Remote(emulator.url).ask("GET", "/state")
    places = {
        (account, team): [item["id"] for item in items]
        for account, content in state["accounts"].items()
        for team, items in [("", content["credentials"]), *content["teams"].items()]
    }
    return {f"{account} {team}": ids for (account, team), ids in places.items() if ids}


class Run:
    """A run that was killed: what it noted, and what the target did of it."""

    def __init__(self, emulator: Emulator, path: Path) -> None:
        self.emulator = emulator
        self.path = path
        self.ledger = Ledger.open(path, url=emulator.url, prefix=PREFIX, tokens={"main": TOKEN, "other": OTHER})

    def creates(self, name: str, place: Place = HERE, *, answered: bool = True, **fields: Any) -> str:
        self.ledger.created_soon(name, *place)
        identifier = add(self.emulator, name, place, **fields)
        if answered:
            self.ledger.created(identifier, name, *place)
        return identifier

    async def clean_up(self, options: Options = OPTIONS) -> CleanedUp:
        self.ledger.close()
        return await clean_up(self.path, options)


@pytest.fixture
def run(emulator: Emulator, tmp_path: Path) -> Iterator[Run]:
    run = Run(emulator, tmp_path / "ledger.jsonl")
    yield run
    run.ledger.close()


NEIGHBOURS = ["nfc-k3x9q", "nfc-k3x9q3", "my-nfc-k3x9q2", "abc", "abd", "Nfc K3x9", "other", "x-nfc-k3x9q2-000"]
PLACES = [Place(), Place("team-1"), Place("team-2"), Place(None, "other"), Place("team-1", "other")]


def neighbours(emulator: Emulator) -> dict[str, list[str]]:
    for place in PLACES:
        for name in NEIGHBOURS:
            add(emulator, name, place)
    return held(emulator)


async def test_what_was_created_is_deleted_in_every_place_and_nothing_else(run: Run) -> None:
    before = neighbours(run.emulator)
    for place in PLACES:
        for number in range(3):
            run.creates(f"nfc-k3x9q2 {number:03}", place)
    done = await run.clean_up()

    assert held(run.emulator) == before
    assert done.complete
    assert (len(done.deleted), done.left, done.problems) == (15, [], [])
    assert {entry.place for entry in done.deleted} == set(PLACES)


async def test_what_was_created_and_not_answered_is_deleted_too(run: Run) -> None:
    before = neighbours(run.emulator)
    for place in PLACES:
        run.creates("nfc-k3x9q2 lost", place, answered=False)
        run.ledger.created_soon("nfc-k3x9q2 never sent", *place)
    done = await run.clean_up()

    assert held(run.emulator) == before
    assert done.complete
    assert len(done.deleted) == 5


async def test_what_no_line_tells_is_found_by_the_prefix_in_a_long_list(run: Run) -> None:
    before = neighbours(run.emulator)
    Remote(run.emulator.url).ask("POST", "/seed", {"count": 350, "seed": 1, "token": TOKEN})
    run.creates("nfc-k3x9q2 told")
    before = held(run.emulator)
    for name in ("nfc-k3x9q2 untold", "NFC-K3X9Q2 loud"):
        add(run.emulator, name)
    done = await run.clean_up()

    kept = {place: [each for each in ids if not each.startswith(PREFIX)] for place, ids in before.items()}
    assert held(run.emulator) == kept
    assert len(done.deleted) == 3


async def test_ids_with_a_number_behind_them_are_found(tmp_path: Path) -> None:
    settings = Settings(assume=Behaviour(duplicate_name="suffix"))
    with Emulator(settings) as emulator:
        run = Run(emulator, tmp_path / "ledger.jsonl")
        run.creates("nfc-k3x9q2 twice")
        assert run.creates("nfc-k3x9q2 twice", answered=False) == "nfc-k3x9q2-twice-2"
        done = await run.clean_up()

        assert held(emulator) == {}
        assert len(done.deleted) == 2


async def test_a_name_without_the_prefix_is_ours_if_its_creation_was_answered(run: Run) -> None:
    before = neighbours(run.emulator)
    run.creates("xyz")
    done = await run.clean_up()

    assert held(run.emulator) == before
    assert [entry.id for entry in done.deleted] == ["xyz"]


async def test_a_name_without_the_prefix_and_without_an_answer_is_ours_if_it_has_traces_of_the_run(run: Run) -> None:
    before = neighbours(run.emulator)
    credentials = {"username": "user-nfc-k3x9q2-a", "scope": {}}
    run.creates("xyz", answered=False, credentials=credentials)
    run.ledger.created_soon("abc")  # never sent: its id was found to be taken, say
    run.ledger.refused("abc")
    done = await run.clean_up()

    assert held(run.emulator) == before
    assert [entry.id for entry in done.deleted] == ["xyz"]


async def test_one_that_may_be_anybodys_is_told_and_kept(run: Run) -> None:
    before = neighbours(run.emulator)
    run.ledger.created_soon("abc")
    done = await run.clean_up()

    assert held(run.emulator) == before
    assert not done.complete
    [(entry, reason)] = done.left
    assert entry.id == "abc"
    assert "somebody else's" in reason


async def test_an_id_without_the_prefix_that_somebody_else_has_by_now_is_kept(run: Run) -> None:
    run.creates("xyz")
    with Client(run.emulator.url, TOKEN) as client:
        assert client("DELETE", path_of(Place(), "xyz")).status == 200
    add(run.emulator, "XyZ")
    before = held(run.emulator)
    done = await run.clean_up()

    assert held(run.emulator) == before
    assert done.complete
    assert done.deleted == []


async def test_a_second_clean_up_finds_nothing_to_do_and_asks_nothing(run: Run) -> None:
    run.creates("nfc-k3x9q2 one")
    assert (await run.clean_up()).complete
    add(run.emulator, "nfc-k3x9q2 later")
    before = held(run.emulator)
    again = await run.clean_up()

    assert again.complete
    assert again.requests == 0
    assert held(run.emulator) == before


async def test_a_clean_up_that_is_interrupted_goes_on_where_it_stopped(run: Run) -> None:
    for number in range(4):
        run.creates(f"nfc-k3x9q2 {number}")
    fault = {"effect": "error", "operation": "delete-registry", "skip": 2, "status": 503}
    armed = Remote(run.emulator.url).ask("POST", "/faults", fault)
    first = await run.clean_up()
    Remote(run.emulator.url).ask("DELETE", f"/faults/{armed['id']}")

    assert not first.complete
    assert [reason for _, reason in first.left] == ["the target answers 503"] * 2
    second = await run.clean_up()
    assert second.complete
    assert len(first.deleted) + len(second.deleted) == 4
    assert held(run.emulator) == {}


@pytest.mark.parametrize("effect", ["reset", "empty", "truncate", "malformed"])
async def test_a_deletion_whose_answer_is_lost_is_done_all_the_same(run: Run, effect: str) -> None:
    run.creates("nfc-k3x9q2 one")
    fault = {"effect": effect, "operation": "delete-registry", "phase": "after", "times": 1}
    Remote(run.emulator.url).ask("POST", "/faults", fault)

    assert (await run.clean_up()).complete
    assert held(run.emulator) == {}


async def test_a_short_rate_limit_is_waited_for(aiohttp_server: Any, tmp_path: Path) -> None:
    asked: list[tuple[str, str, float]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.method, request.path, time.monotonic()))
        if len(asked) == 1:
            return web.json_response({}, status=429, headers={"Retry-After": "1"})
        return web.json_response({"data": {"credentials": []}})

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    server = await aiohttp_server(app)
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger.open(path, url=str(server.make_url("")).rstrip("/"), prefix=PREFIX, tokens={"main": TOKEN})
    ledger.created("nfc-k3x9q2-one", "nfc-k3x9q2-one")
    ledger.close()

    assert (await clean_up(path, OPTIONS)).complete
    assert [method for method, _, _ in asked] == ["DELETE", "DELETE", "GET"]
    assert asked[1][2] - asked[0][2] >= 1


async def test_a_long_rate_limit_is_told(tmp_path: Path) -> None:
    with Emulator(Settings(rate_limit="enforce", rate_limit_requests=3)) as emulator:
        run = Run(emulator, tmp_path / "ledger.jsonl")
        for number in range(3):
            run.creates(f"nfc-k3x9q2 {number}")
        done = await run.clean_up()

    assert not done.complete
    assert len(done.left) == 3
    assert "run the clean-up again in 60 minutes" in done.problems[0]


async def test_nothing_is_deleted_with_another_token_than_the_runs(run: Run) -> None:
    run.creates("nfc-k3x9q2 one")
    before = held(run.emulator)
    with pytest.raises(InvalidSettingError, match="NORTHFLANK_API_TOKEN: is not the token that the run"):
        await run.clean_up(Options(token="another-token"))

    assert held(run.emulator) == before


@pytest.mark.parametrize(
    ("options", "variable"),
    [
        pytest.param(Options(other_token=OTHER), "NORTHFLANK_API_TOKEN", id="main"),
        pytest.param(Options(token=TOKEN), "NORTHFLANK_API_OTHER_TOKEN", id="other"),
    ],
)
async def test_a_token_that_is_missing_is_asked_for(run: Run, options: Options, variable: str) -> None:
    for place in PLACES:
        run.creates("nfc-k3x9q2 one", place)
    before = held(run.emulator)
    with pytest.raises(InvalidSettingError, match=f"{variable}: is missing"):
        await run.clean_up(options)

    assert held(run.emulator) == before


async def test_made_up_tokens_are_made_again(emulator: Emulator, tmp_path: Path) -> None:
    path, made = tmp_path / "ledger.jsonl", made_token(PREFIX)
    ledger = Ledger.open(path, url=emulator.url, prefix=PREFIX, tokens={"main": made})
    with Client(emulator.url, made) as main, Client(emulator.url, TOKENS["wrong"]) as wrong:
        for account, client in (("main", main), ("wrong", wrong)):
            ledger.created_soon("nfc-k3x9q2 one", None, account)
            assert client("POST", path_of(Place()), {"name": "nfc-k3x9q2 one", "provider": "ecr"}).status == 200
    ledger.close()

    assert (await clean_up(path, Options())).complete
    assert held(emulator) == {}


async def test_a_target_that_is_gone_is_told_with_all_that_may_be_left(run: Run, tmp_path: Path) -> None:
    run.creates("nfc-k3x9q2 one")
    run.ledger.created_soon("nfc-k3x9q2 two")
    run.ledger.close()
    with socket.create_server(("127.0.0.1", 0)) as server:
        gone = f"http://127.0.0.1:{server.getsockname()[1]}"
    text = run.path.read_text(encoding="utf-8").replace(json.dumps(run.emulator.url), json.dumps(gone))
    run.path.write_text(text, encoding="utf-8")
    done = await clean_up(run.path, OPTIONS)

    assert not done.complete
    assert len(done.left) == 2
    [problem] = done.problems
    assert problem.startswith(f"Nobody answers at {gone} (")
    ledger = Ledger.read(run.path)
    ledger.close()
    assert not ledger.finished


async def test_a_target_that_dies_during_the_clean_up_is_not_asked_for_ever(run: Run) -> None:
    for number in range(20):
        run.creates(f"nfc-k3x9q2 {number}")
    Remote(run.emulator.url).ask("POST", "/faults", {"effect": "reset", "operation": "*", "skip": 3})
    done = await run.clean_up()

    assert len(done.deleted) == 3
    assert len(done.left) == 17
    assert "does not answer any more (connection" in done.problems[0]
    assert done.requests == 9


async def test_a_ledger_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingError, match="--clean-up: there is no ledger"):
        await clean_up(tmp_path / "none.jsonl", OPTIONS)


async def test_no_token_is_in_the_ledger_and_in_what_the_clean_up_tells(run: Run) -> None:
    run.creates("nfc-k3x9q2 one", Place(None, "other"))
    Remote(run.emulator.url).ask("POST", "/faults", {"effect": "error", "operation": "delete-registry"})
    done = await run.clean_up()

    assert done.left
    assert "canary" not in f"{done} {done.left} {run.path.read_text(encoding='utf-8')}"
