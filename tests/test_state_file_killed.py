"""`--state-file` under `kill -9`: at any moment, again and again, with a client at work."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from emulator.tenancy import account_name
from tests.http_client import registries
from tests.processes import serving
from tests.wire import Client

ROUNDS: Final = 15
SEED: Final = 4
PROMISED: Final = 1.0
"""Seconds after which an acknowledged change has to be in the file."""
FILLER: Final = 4_000
"""Credentials that nobody touches: with them a save takes long enough to be hit."""
TIME: Final = "2026-11-24T05:24:06.120Z"
TEAMS: Final = (None, "team")

Key = tuple[str | None, str]
"""Team and id of a credential."""
State = dict[Key, str]
"""The password of each credential, which every change makes another."""


class Change(NamedTuple):
    """One change: the password that a credential got, None for its deletion; `at` is when the answer came."""

    key: Key
    password: str | None
    at: float


class Worker:
    """A client that changes things until the server is gone, and remembers what was acknowledged, and when."""

    def __init__(self, url: str, held: State, chance: random.Random) -> None:
        self._url = url
        self._chance = chance
        self._held = dict(held)
        self._stopped = False
        self.changes: list[Change] = []
        self._thread = threading.Thread(target=self._work)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let it stop after the answer that it waits for."""
        self._stopped = True
        self.join()

    def join(self) -> None:
        self._thread.join(timeout=30)
        assert not self._thread.is_alive()

    def _work(self) -> None:
        with Client(self._url, "t") as client:
            number = 0
            while not self._stopped:
                number += 1
                change = self._next(number)
                # Noted before it is sent: it may be in effect although the answer never comes.
                self.changes.append(change)
                try:
                    send(client, change, new=change.key not in self._held)
                except (OSError, http.client.HTTPException):
                    return
                self.changes[-1] = change._replace(at=time.monotonic())
                apply(change, self._held)

    def _next(self, number: int) -> Change:
        password = f"{self._chance.getrandbits(48):x}"
        if self._held and self._chance.random() < 0.6:
            key = self._chance.choice(list(self._held))
            return Change(key, password if self._chance.random() < 0.5 else None, float("inf"))
        key = (self._chance.choice(TEAMS), f"name-{self._chance.getrandbits(40):x}-{number}")
        return Change(key, password, float("inf"))


def send(client: Client, change: Change, *, new: bool) -> None:
    (team, name), password = change.key, change.password
    credentials: dict[str, Any] = {"username": "u", "password": password, "scope": {}}
    if password is None:
        answer = client("DELETE", registries(team, name))
    elif new:
        answer = client("POST", registries(team), {"name": name, "provider": "ecr", "credentials": credentials})
    else:
        answer = client("PATCH", registries(team, name), {"credentials": credentials})
    assert answer.status == 200, answer.text


def apply(change: Change, state: State) -> None:
    if change.password is None:
        del state[change.key]
    else:
        state[change.key] = change.password


def in_file(path: Path) -> State:
    """Return what the file has of the worker, once it is seen to be whole."""
    whole: dict[str, Any] = json.loads(path.read_bytes())
    assert whole["format"] == "northflank-emulator-state"
    assert len(whole["accounts"]["filler"]["credentials"]) == FILLER
    mine: Mapping[str, Any] = whole["accounts"].get(account_name("t"), {"credentials": [], "teams": {}})
    lists = {None: mine["credentials"], **mine["teams"]}
    return {(team, each["id"]): each["credentials"]["password"] for team, some in lists.items() for each in some}


def served(client: Client) -> State:
    """Return what the emulator answers for each of the worker's credentials."""
    state: State = {}
    for team in TEAMS:
        cursor: str | None = ""
        while cursor is not None:
            query = f"?per_page=100&cursor={cursor}" if cursor else "?per_page=100"
            page = client("GET", f"{registries(team)}{query}").json
            for item in page["data"]["credentials"]:
                one = client("GET", registries(team, item["id"])).json["data"]
                state[team, item["id"]] = one["credentials"]["password"]
            cursor = page["pagination"].get("cursor")
    return state


def possible(before: State, changes: list[Change], killed: float) -> list[State]:
    """Return the states that the file may have, given that everything acknowledged in time is in it."""
    state, states = dict(before), [dict(before)]
    for change in changes:
        apply(change, state)
        states.append(dict(state))
        if change.at <= killed - PROMISED:
            states = states[-1:]
    return states


def wait_for_a_save(half: Path) -> None:
    deadline = time.monotonic() + 10
    while not half.exists():
        assert time.monotonic() < deadline, "it never saves"


def fill(client: Client) -> None:
    credential = {
        "provider": "ecr",
        "registryUrl": "https://registry.example/" * 4,
        "createdAt": TIME,
        "updatedAt": TIME,
    }
    filler = [{"id": f"id-{number}", "name": f"id-{number}", **credential} for number in range(FILLER)]
    empty: dict[str, Any] = {"credentials": [], "teams": {}}
    accounts = {"filler": {"credentials": filler, "teams": {}}}
    state = {"format": "northflank-emulator-state", "version": 1, "template": empty, "accounts": accounts}
    assert client("PUT", "/_emulator/state", state).status == 200


def test_after_kill_9_at_any_moment_the_file_is_whole_and_has_all_that_is_a_second_old(tmp_path: Path) -> None:
    path, half = tmp_path / "state.json", tmp_path / ".state.json.tmp"
    with serving("--state-file", str(path)) as first, Client(first.url, "t") as client:
        fill(client)
        assert first.end() == (0, "", "")
    chance = random.Random(SEED)  # noqa: S311 - the same moments in every run
    never = threading.Event()
    held: State = {}
    hits, old_enough = 0, 0
    for turn in range(ROUNDS):
        with serving("--state-file", str(path)) as server:
            with Client(server.url, "t") as client:
                assert served(client) == held, f"round {turn}: what the file has is not what is served"
            worker = Worker(server.url, held, chance)
            worker.start()
            never.wait(chance.uniform(0.05, 1.3))
            if turn % 5 > 1:
                wait_for_a_save(half)
            if turn % 5 == 3:
                never.wait(chance.uniform(0, 0.02))  # at its end
            if turn % 5 == 4:
                worker.stop()  # what it changed last, during a save, has to be in the next one
                never.wait(PROMISED)
            killed = time.monotonic()
            server.process.kill()
            server.process.wait(timeout=30)
            worker.join()
        hits += half.exists()
        old_enough += sum(change.at <= killed - PROMISED for change in worker.changes)
        found = in_file(path)
        assert found in possible(held, worker.changes, killed), f"round {turn}: a change is lost, or one too many"
        held = found
    assert hits > 0, "no kill came in the middle of a save"
    assert old_enough > 0, "no change was old enough to have to be there"

    with serving("--state-file", str(path)) as last, Client(last.url, "t") as client:
        assert served(client) == held
        assert last.end() == (0, "", "")
    assert list(tmp_path.iterdir()) == [path]
