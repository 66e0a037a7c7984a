"""A `check` of an emulator that holds what others put there."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from pathlib import Path
from typing import Any, Final

from emulator import Emulator
from emulator.conformance.names import Names
from emulator.remote import Remote
from emulator.tenancy import account_name
from tests.conformance.command import held
from tests.processes import PROGRAM, clean_environment
from tests.wire import Client

TOKEN: Final = "canary-7f3a-main"
OTHER: Final = "canary-7f3a-other"
TEAM: Final = "a-team"
SEED: Final = 11


def fill(emulator: Emulator, prefix: str) -> None:
    """Put credentials of others into the account, a team of it and another account; some names are close to ours."""
    near = [prefix[:-1], f"{prefix[:-1]}0", f"my {prefix}", f"x{prefix}", "nfc", "abc", "a1b", prefix.replace("-", "")]
    body = {"provider": "ecr", "credentials": {"username": "u", "password": "kept-secret", "scope": {"pull": True}}}
    for token, places in ((TOKEN, ("", f"/teams/{TEAM}")), (OTHER, ("",))):
        with Client(emulator.url, token) as client:
            for place in places:
                for name in dict.fromkeys(near):
                    answer = client("POST", f"/v1{place}/integrations/registries", {"name": name, **body})
                    assert answer.status == 200, answer
    Remote(emulator.url).ask("POST", "/seed", {"count": 120, "seed": 3, "token": TOKEN})
    assert set(held(emulator)) == {
        f"{account_name(TOKEN)} ",
        f"{account_name(TOKEN)} {TEAM}",
        f"{account_name(OTHER)} ",
    }


class Checking:
    """A `check` as a process of its own, on an emulator that holds other things already."""

    def __init__(self, emulator: Emulator, folder: Path, *options: str) -> None:
        self.emulator = emulator
        self.folder = folder
        self.prefix = Names(SEED).prefix
        fill(emulator, self.prefix)
        self.before = json.dumps(held(emulator))
        self.environment = {
            "XDG_STATE_HOME": str(folder),
            "NORTHFLANK_API_TOKEN": TOKEN,
            "NORTHFLANK_API_OTHER_TOKEN": OTHER,
        }
        self.arguments = ["check", emulator.url, "--seed", str(SEED), "--team", TEAM, *options]

    @property
    def ledger(self) -> Path:
        return self.folder / "northflank-emulator" / "ledgers" / f"{self.prefix}.jsonl"

    def until(self, requests: int) -> subprocess.Popen[str]:
        """Start it; return once the emulator was asked so many times, or it has ended."""
        events = Remote(self.emulator.url).stream("/events")
        assert next(events) == ": listening"
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [*PROGRAM, *self.arguments], env=clean_environment(self.environment), stdout=pipe, stderr=pipe, text=True
        )
        # An event is what is waited for: without one after its end, nobody would see that there will be no more.
        threading.Thread(target=_tell_the_end, args=[process, self.emulator.url], daemon=True).start()
        seen = 0
        for line in events:
            seen += line == "event: request"
            if seen == requests or process.poll() is not None:
                break
        events.close()  # type: ignore[attr-defined]
        return process

    def assert_as_before(self) -> None:
        now, before = held(self.emulator), json.loads(self.before)
        assert {place: ids(items) for place, items in now.items()} == {place: ids(before[place]) for place in before}
        assert json.dumps(now) == self.before


def _tell_the_end(process: subprocess.Popen[str], url: str) -> None:
    process.wait()
    with contextlib.suppress(OSError), Client(url, "the-end") as client:
        client("GET", "/v1/")


def ids(items: list[Any]) -> list[str]:
    return [item["id"] for item in items]
