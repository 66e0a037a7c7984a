"""`check` on an account that holds other things: killed, stopped or lied to at any moment, it leaves it as it was."""

from __future__ import annotations

import random
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from emulator import Emulator
from emulator.checking import running
from emulator.conformance.names import Names
from emulator.conformance.run import check
from emulator.remote import Remote
from tests.conformance.checking import SEED, TEAM, Checking
from tests.conformance.command import run_command

HANG_UP: Final = getattr(signal, "SIGHUP", signal.SIGTERM)
ROUNDS: Final = 8

Run = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its signals are others")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command in this process; return exit code, stdout and stderr."""
    return run_command(monkeypatch, capfd, tmp_path)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def moments(count: int, seed: int) -> list[int]:
    """Return how many requests to wait for, spread over the run."""
    chance = random.Random(seed)  # noqa: S311 - the same moments in every run
    step = 240 // count
    return [1 + number * step + chance.randrange(step) for number in range(count)]


@pytest.mark.parametrize("requests", moments(ROUNDS, 6))
def test_killed_at_any_moment_a_clean_up_leaves_everything_as_it_was(
    run: Run, emulator: Emulator, tmp_path: Path, requests: int
) -> None:
    checking = Checking(emulator, tmp_path)
    with checking.until(requests) as process:
        process.kill()
        process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"
    assert checking.ledger.exists() or requests <= 1

    for _ in range(2):
        code, out, err = run("check", "--clean-up", str(checking.ledger), environment=checking.environment)
        assert (code, err) == (0, ""), out
        checking.assert_as_before()


@pytest.mark.parametrize(
    ("requests", "number"),
    list(zip(moments(4, 7), [signal.SIGINT, signal.SIGTERM, HANG_UP, signal.SIGINT], strict=True)),
)
def test_stopped_at_any_moment_it_cleans_up_by_itself(
    emulator: Emulator, tmp_path: Path, requests: int, number: signal.Signals
) -> None:
    checking = Checking(emulator, tmp_path)
    with checking.until(requests) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert process.returncode == 2, err
    assert out == ""
    assert "Traceback" not in err
    assert "Stopping: what the run created is deleted first" in err
    checking.assert_as_before()
    assert not checking.ledger.exists()


def test_a_second_ctrl_c_stops_at_once_and_names_the_ledger(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    checking = Checking(emulator, tmp_path)
    # From the twentieth on, each answer takes longer than anybody waits.
    fault = {"effect": "delay", "delayMs": 20_000, "operation": "*", "skip": 20}
    armed = Remote(emulator.url).ask("POST", "/faults", fault)
    with checking.until(20) as process:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        told = [process.stderr.readline(), process.stderr.readline()]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert "Stopping" in told[1], told
    assert process.returncode == 130
    assert out == ""
    assert f"check --clean-up {checking.ledger}" in err
    assert "Traceback" not in err
    assert checking.ledger.exists()

    Remote(emulator.url).ask("DELETE", f"/faults/{armed['id']}")
    code, out, err = run("check", "--clean-up", str(checking.ledger), environment=checking.environment)
    assert (code, err) == (0, ""), out
    checking.assert_as_before()


def test_a_target_that_dies_is_told_with_what_may_be_left(tmp_path: Path) -> None:
    with Emulator() as emulator:
        checking = Checking(emulator, tmp_path)
        process = checking.until(60)
    with process:
        out, err = process.communicate(timeout=30)

    assert process.returncode == 1, err
    assert "Exit 1: " in out
    assert "Traceback" not in out + err
    assert f"Try again with: northflank-emulator check --clean-up {checking.ledger}" in err
    assert checking.ledger.exists()


def test_a_whole_run_changes_and_deletes_only_what_it_created(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    checking = Checking(emulator, tmp_path)
    Remote(emulator.url).ask("DELETE", "/requests")
    code, out, err = run(*checking.arguments, environment=checking.environment)

    assert code == 0, out + err
    checking.assert_as_before()
    assert list(tmp_path.rglob("*.jsonl")) == []
    calls = Remote(emulator.url).ask("GET", "/requests")["requests"]
    unread = 1  # the one that is no well-formed HTTP
    assert f"{len(calls) + unread} requests" in err
    assert len(calls) + unread <= 300
    created: set[tuple[str, str]] = set()
    changed = 0
    for call in calls:
        collection, _, identifier = call["path"].removesuffix("/modify").partition("/registries")
        if call["method"] == "POST" and not identifier and call["status"] == 200:
            created.add((collection, call["answer"]["body"]["data"]["id"]))
        elif call["method"] in {"PATCH", "DELETE"} or call["path"].endswith("/modify"):
            changed += 1
            mine = identifier[1:].startswith(checking.prefix) or (collection, identifier[1:]) in created
            assert mine, f"{call['method']} {call['path']}"
    assert changed > 20
    assert {collection for collection, _ in created} >= {"/v1/integrations", f"/v1/teams/{TEAM}/integrations"}


@pytest.mark.parametrize("effect", ["reset", "truncate", "malformed", "empty"])
def test_creations_whose_answer_is_lost_are_deleted_too(
    run: Run, emulator: Emulator, tmp_path: Path, effect: str
) -> None:
    checking = Checking(emulator, tmp_path)
    fault = {"effect": effect, "phase": "after", "probability": 0.3, "seed": 4}
    for operation in ("add-registry", "add-team-registry"):
        Remote(emulator.url).ask("POST", "/faults", {**fault, "operation": operation})
    code, _, err = run(*checking.arguments, environment=checking.environment)

    assert code == 1
    assert "Traceback" not in err
    checking.assert_as_before()


def test_a_mistake_in_the_check_is_told_after_the_clean_up(
    run: Run, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checking = Checking(emulator, tmp_path)

    async def broken(*arguments: Any, **options: Any) -> None:
        options["progress"] = lambda now: 1 / (now.used < 40) and None
        await check(*arguments, **options)

    monkeypatch.setattr(running, "run_check", broken)
    code, out, err = run(*checking.arguments, environment=checking.environment)

    assert (code, out) == (2, "")
    assert "a mistake in it (ZeroDivisionError)" in err
    checking.assert_as_before()
    assert not checking.ledger.exists()


def test_secrets_are_in_nothing_that_is_told_or_written(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    checking = Checking(emulator, tmp_path, "--report", "json,junit,html", "--report-dir", str(tmp_path / "reports"))
    # Differences, so that there is something to tell, in answers that hold secrets too.
    for operation in ("get-registry", "list-registries", "add-registry", "update-registry"):
        fault = {"effect": "malformed", "probability": 0.4, "operation": operation, "phase": "after", "skip": 3}
        Remote(emulator.url).ask("POST", "/faults", fault)
    ledger = tmp_path / "kept.jsonl"
    limited = {"NORTHFLANK_API_LIMITED_TOKEN": "canary-7f3a-limited"}
    code, out, err = run(*checking.arguments, "--ledger", str(ledger), environment={**checking.environment, **limited})

    assert code == 1
    files = [ledger, *(tmp_path / "reports").iterdir()]
    assert len(files) == 4
    texts = {"stdout": out, "stderr": err, **{file.name: file.read_text(encoding="utf-8") for file in files}}
    made = re.compile(rf"\b[a-z]+-{checking.prefix}-[a-z0-9]{{10}}")
    assert made.search(Names(SEED).secret("user")), "this is how user names and passwords of a run look"
    for where, text in texts.items():
        assert text, where
        assert "canary-7f3a" not in text, where
        assert "kept-secret" not in text, where
        assert made.findall(text) == [], where
