"""`calibrate` and `check --profile` on the command line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest

from emulator import Emulator, Settings
from emulator.behaviour import DEFAULT
from emulator.profile import read
from emulator.remote import Remote
from tests.calibration.target import AllChoices, FreeTarget
from tests.calibration.test_outside import OrderedByEnds
from tests.conformance.command import CANARY, calls, held, ledgers, run_command
from tests.mutants.wire import serving

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    return run_command(monkeypatch, capfd, tmp_path)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(Settings(assume=DEFAULT.choose({"duplicate-name": "suffix"}))) as running:
        yield running


def test_it_writes_a_profile_tells_what_it_found_and_leaves_nothing(
    run: Run, emulator: Emulator, tmp_path: Path
) -> None:
    code, out, err = run("calibrate", emulator.url, "--seed", "3")

    assert code == 0, out + err
    assert err.startswith(f"Calibrating {emulator.url}, with a made-up token: at most 60 requests")
    assert "duplicate-name=suffix" in out
    assert "NOT DECIDED" in out
    assert "list.per_page.default: a page held all" in out
    assert out.splitlines()[-1] == "Written to profile.toml: serve --profile profile.toml does the same."
    profile = read("--profile", str(tmp_path / "profile.toml"))
    assert profile.target == emulator.url.removeprefix("http://")
    assert profile.choices["duplicate-name"] == "suffix"
    assert held(emulator) == {}
    assert ledgers(tmp_path) == []
    assert len(calls(emulator)) <= 60


def test_it_does_not_write_over_a_file_unless_it_may_and_asks_nothing_before(
    run: Run, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "profile.toml").write_text("kept", "utf-8")
    code, _, err = run("calibrate", emulator.url)
    assert code == 2
    assert "--output: profile.toml is there already; take another name, or --force" in err
    assert calls(emulator) == []
    assert (tmp_path / "profile.toml").read_text("utf-8") == "kept"
    assert run("calibrate", emulator.url, "--force")[0] == 0
    assert read("--profile", str(tmp_path / "profile.toml")).rules


def test_the_same_profile_but_for_day_and_digest_is_written_each_time(run: Run, emulator: Emulator) -> None:
    assert run("calibrate", emulator.url, "--seed", "1", "--output", "one.toml")[0] == 0
    assert run("calibrate", emulator.url, "--seed", "2", "--output", "two.toml")[0] == 0
    one, two = (read("--profile", name) for name in ("one.toml", "two.toml"))
    assert (one.choices, one.errors) == (two.choices, two.errors)


def test_diff_tells_what_the_target_did_and_no_longer_does(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    assert run("calibrate", emulator.url, "--output", "march.toml")[0] == 0
    code, out, _ = run("calibrate", emulator.url, "--diff", "march.toml")
    assert (code, out.splitlines()[-1].startswith("Nothing changed since ")) == (0, True)
    assert not (tmp_path / "profile.toml").exists()

    Remote(emulator.url).ask("PUT", "/assumptions", {"duplicate-name": "reject", "list-order": "name"})
    code, out, _ = run("calibrate", emulator.url, "--diff", "march.toml", "--output", "now.toml")
    assert code == 1
    assert "CHANGED SINCE" in out
    assert "add.duplicate-name: was suffix on" in out
    assert "list.order: was creation on" in out
    assert read("--profile", "now.toml").choices["list-order"] == "name"


def test_what_is_not_decided_any_more_is_no_change_and_what_no_alternative_has_is_one(run: Run) -> None:
    with target_at(FreeTarget(AllChoices())) as url:
        assert run("calibrate", url, "--output", "march.toml")[0] == 0
        code, out, _ = run("calibrate", url, "--diff", "march.toml", "--budget", "30")
        assert code == 0
        assert "KNOWN OF ONE OF THE TWO ONLY" in out
        assert "now it is not decided." in out
        assert out.splitlines()[-1].endswith(" of what is known both times.")
    with target_at(OrderedByEnds()) as url:
        code, out, _ = run("calibrate", url, "--diff", "march.toml")
        assert code == 1
        assert re.search("list.order: was creation on .*; now: A list is neither", out)


@contextlib.contextmanager
def target_at(target: FreeTarget) -> Iterator[str]:
    """Serve a target in a thread of its own, as the command has a loop of its own."""
    with asyncio.Runner() as runner, contextlib.ExitStack() as stack:
        started: Queue[str] = Queue()
        ended = asyncio.Event()

        async def serve() -> None:
            async with serving(target) as url:
                started.put(url)
                await ended.wait()

        loop = runner.get_loop()
        thread = threading.Thread(target=runner.run, args=(serve(),))
        thread.start()
        stack.callback(thread.join)
        stack.callback(loop.call_soon_threadsafe, ended.set)
        yield started.get(timeout=10)


def test_a_check_with_the_profile_finds_drift(run: Run, emulator: Emulator) -> None:
    assert run("calibrate", emulator.url)[0] == 0
    narrow = ("--only", "add.duplicate-name", "--only", "list.order", "--phase", "probes", "--seed", "4")
    arguments = ("check", emulator.url, *narrow, "--profile", "profile.toml")
    code, out, _ = run(*arguments)
    assert code == 0, out

    Remote(emulator.url).ask("PUT", "/assumptions", {"duplicate-name": "reject", "list-order": "newest-first"})
    code, out, _ = run(*arguments)
    assert code == 1
    assert "DIFFERS  add.duplicate-name" in out
    assert "DIFFERS  list.order" in out
    assert "live-verified" in out
    assert run("check", emulator.url, *narrow)[0] == 0, "without the profile these rules are only assumed"


def test_a_check_with_the_profile_finds_failures_that_are_told_in_another_way(run: Run, emulator: Emulator) -> None:
    assert run("calibrate", emulator.url)[0] == 0
    profile = read("--profile", "profile.toml")
    text = Path("profile.toml").read_text("utf-8")
    assert profile.errors["unknown-id"].id == "not-found"
    Path("profile.toml").write_text(text.replace('id = "not-found"', 'id = "was-another"'), "utf-8")
    narrow = ("--only", "common.error.*", "--only", "common.registry.unknown", "--phase", "probes")
    code, out, _ = run("check", emulator.url, *narrow, "--profile", "profile.toml")
    assert code == 1
    assert "common.error.ids" in out
    assert "was-another" in out


def test_a_repeated_deletion_that_a_profile_settles_is_no_defect(run: Run) -> None:
    with Emulator(Settings(assume=DEFAULT.choose({"repeated-delete": "success"}))) as emulator:
        assert run("calibrate", emulator.url)[0] == 0
        narrow = ("--only", "delete.*", "--phase", "probes")
        assert run("check", emulator.url, *narrow, "--profile", "profile.toml")[0] == 0
        assert run("check", emulator.url, *narrow)[0] == 1


def test_neither_tokens_nor_passwords_are_in_anything_that_is_written(run: Run, emulator: Emulator) -> None:
    code, out, err = run(
        *("calibrate", emulator.url, "--evidence", "evidence.jsonl"), environment={"NORTHFLANK_API_TOKEN": CANARY}
    )
    assert code == 0
    profile, evidence = (Path(name).read_text("utf-8") for name in ("profile.toml", "evidence.jsonl"))
    lines = [json.loads(line) for line in evidence.splitlines()]
    digests = {settled.evidence for settled in read("--profile", "profile.toml").rules.values()}
    assert {line["digest"] for line in lines} == digests
    for text in (out, err, profile, evidence):
        assert CANARY not in text
        assert "user-nfc" not in text
        assert "pass-nfc" not in text
    assert "nfc-" not in profile


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("http://127.0.0.1:1",), "Nobody answers"),
        (("http://example.invalid",), "unencrypted"),
        ((), "Missing argument"),
        (("https://example.invalid", "--token-file", "missing"), "cannot read"),
        (("http://127.0.0.1:1", "--diff", "missing.toml"), "--diff: cannot read"),
        (("http://127.0.0.1:1", "--output", "no/such/folder.toml"), "cannot be written to"),
    ],
)
def test_what_cannot_be_done_is_told_and_writes_nothing(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    code, _, err = run("calibrate", *arguments)
    assert code == 2
    assert told in err
    assert not (tmp_path / "profile.toml").exists()


def test_another_machine_is_asked_only_with_consent(run: Run) -> None:
    code, _, err = run("calibrate", "https://example.invalid", environment={"NORTHFLANK_API_TOKEN": CANARY})
    assert code == 2
    assert "--yes" in err
