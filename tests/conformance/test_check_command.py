"""`check` on the command line: what it asks, tells, writes and answers with; targets that are none."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from emulator import Emulator, create_app
from emulator.conformance.ledger import Ledger
from emulator.conformance.names import Names
from emulator.remote import Remote
from tests.conformance.command import CANARY, FEW, calls, closed_port, held, ledgers, run_command
from tests.processes import PROGRAM, clean_environment

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `check` in this process; return exit code, stdout and stderr. No token is given, and there is no terminal."""
    return run_command(monkeypatch, capfd, tmp_path)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def test_a_target_that_conforms_is_0_and_nothing_of_the_run_is_left(
    run: Run, emulator: Emulator, tmp_path: Path
) -> None:
    code, out, err = run("check", emulator.url, "--seed", "5", *FEW)

    assert code == 0, out
    assert "Exit 0: " in out
    first, last = err.splitlines()
    prefix = Names(5).prefix
    assert first.startswith(f"Checking {emulator.url}, with a made-up token: at most 60 requests")
    assert f"names start with {prefix}" in first
    assert str(tmp_path) in first, "the ledger is named"
    assert re.fullmatch(r"Done in [0-9.]+ s: [0-9]+ requests, [0-9]+ created, [0-9]+ deleted", last)
    assert held(emulator) == {}
    assert ledgers(tmp_path) == []
    assert any(call["method"] == "POST" for call in calls(emulator))


def test_a_target_that_differs_is_1(run: Run, emulator: Emulator) -> None:
    Remote(emulator.url).ask("POST", "/faults", {"effect": "error", "status": 500, "operation": "get-registry"})
    code, out, _ = run("check", emulator.url)

    assert code == 1
    assert "common.error.client-side" in out


def test_quiet_tells_only_the_report(run: Run, emulator: Emulator) -> None:
    code, out, err = run("check", emulator.url, "--quiet", *FEW)

    assert code == 0
    assert err == ""
    assert out


@pytest.mark.parametrize("end", ["/", "/v1", "/v1/"])
def test_the_url_may_end_as_people_copy_it(run: Run, emulator: Emulator, end: str) -> None:
    code, _, err = run("check", emulator.url + end, *FEW)

    assert code == 0
    assert err.startswith(f"Checking {emulator.url},")
    assert {call["path"][:4] for call in calls(emulator)} == {"/v1/"}


async def test_the_api_may_be_below_a_path(aiohttp_server: Any, tmp_path: Path) -> None:
    outer = web.Application()
    outer.add_subapp("/some/prefix", create_app())
    server = await aiohttp_server(outer)
    url = str(server.make_url("/some/prefix"))
    environment = {**clean_environment(), "XDG_STATE_HOME": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(*PROGRAM, "check", f"{url}/v1/", *FEW, env=environment, stderr=-1)
    _, err = await process.communicate()

    assert process.returncode == 0
    assert err.decode().startswith(f"Checking {url}")


def test_reports_are_written_as_asked_for(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    folder = tmp_path / "some" / "reports"
    code, *_ = run(
        "check", emulator.url, "--report", "json,junit", "--report", "html", "--report-dir", str(folder), *FEW
    )

    assert code == 0
    assert sorted(file.name for file in folder.iterdir()) == ["report.html", "report.json", "report.xml"]
    assert json.loads((folder / "report.json").read_bytes())
    assert "<testsuite" in (folder / "report.xml").read_text(encoding="utf-8")
    assert (folder / "report.html").read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html>")


def test_reports_go_to_a_folder_of_their_own_by_default(
    run: Run, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("check", emulator.url, "--report", "json", *FEW)

    assert [str(file) for file in Path("northflank-check").iterdir()] == ["northflank-check/report.json"]


def test_the_same_seed_sends_the_same_requests(run: Run) -> None:
    sent = []
    for _ in range(2):
        with Emulator() as emulator:
            run("check", emulator.url, "--seed", "9", *FEW)
            sent.append([(call["method"], call["path"], call["body"]) for call in calls(emulator)])
            assert sent[-1]

    assert sent[0] == sent[1]


def test_a_read_only_run_writes_nothing_and_keeps_no_ledger(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    code, _, err = run("check", emulator.url, "--read-only")

    assert code == 0
    assert "nothing is written" in err
    assert calls(emulator)
    assert {call["method"] for call in calls(emulator)} <= {"GET", "HEAD", "OPTIONS"}
    assert not list(tmp_path.rglob("northflank-emulator"))


def test_a_ledger_that_the_user_named_stays_and_is_finished(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    for _ in range(2):
        assert run("check", emulator.url, "--ledger", str(file), *FEW)[0] == 0
        ledger = Ledger.read(file)
        ledger.close()
        assert ledger.finished
        assert ledger.header.url == emulator.url

    code, out, err = run("check", "--clean-up", str(file))
    assert (code, err) == (0, "")
    assert out == f"{file} is finished: nothing of its run is left.\n"


def test_what_another_run_left_is_not_forgotten(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    ledger = Ledger.open(file, url=emulator.url, prefix="nfc-abcdef")
    ledger.created_soon("nfc-abcdef-000")
    ledger.close()
    code, out, err = run("check", emulator.url, "--ledger", str(file), *FEW)

    assert (code, out) == (2, "")
    assert f"check --clean-up {file}" in err
    assert calls(emulator) == []


def test_a_clean_up_prints_what_it_deleted(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    file, token = tmp_path / "mine.jsonl", f"token-{CANARY}"
    environment = {"NORTHFLANK_API_TOKEN": token}
    ledger = Ledger.open(file, url=emulator.url, prefix="nfc-abcdef", tokens={"main": token})
    ledger.created_soon("nfc-abcdef-000")
    Remote(emulator.url).ask("POST", "/seed", {"count": 3, "seed": 1, "token": token})
    before = held(emulator)
    body = json.dumps({"name": "nfc-abcdef-000", "provider": "ecr"}).encode()
    headers = [f"Authorization: Bearer {token}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines = ["POST /v1/integrations/registries HTTP/1.1", "Host: x", "Connection: close", *headers]
    with socket.create_connection(("127.0.0.1", int(emulator.url.rpartition(":")[2]))) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        assert b" 200 " in connection.recv(1000)
    ledger.close()

    code, out, err = run("check", "--clean-up", str(file))
    assert (code, out) == (2, "")
    assert "NORTHFLANK_API_TOKEN: is missing" in err
    code, out, err = run("check", "--clean-up", str(file), environment=environment)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "deleted nfc-abcdef-000 in the account"
    assert "Nothing of this run is left" in out
    assert held(emulator) == before


def test_a_clean_up_takes_the_url_from_the_ledger_alone(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    Ledger.open(file, url=emulator.url, prefix="nfc-abcdef").close()
    code, out, err = run("check", "http://127.0.0.1:1", "--clean-up", str(file))

    assert (code, out) == (2, "")
    assert "takes the URL from the ledger" in err
    assert calls(emulator) == []


def test_a_clean_up_that_fails_is_2_and_says_what_is_left(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    ledger = Ledger.open(file, url=closed_port(), prefix="nfc-abcdef")
    ledger.created("nfc-abcdef-000", "nfc-abcdef-000")
    ledger.close()
    code, out, err = run("check", "--clean-up", str(file))

    assert (code, out) == (2, "")
    assert "nfc-abcdef-000 in the account: not looked for yet" in err
    assert f"Try again with: northflank-emulator check --clean-up {file}" in err
    assert "Traceback" not in err


# Requests go to the emulator as to a proxy: so there is a host that is not this machine, and no network is needed.
ELSEWHERE = "http://api.example"


def elsewhere(emulator: Emulator, **more: str) -> dict[str, str]:
    return {"HTTP_PROXY": emulator.url, "http_proxy": emulator.url, "NORTHFLANK_API_TOKEN": f"t-{CANARY}", **more}


def test_nothing_is_sent_elsewhere_where_nobody_can_be_asked(run: Run, emulator: Emulator) -> None:
    code, out, err = run("check", ELSEWHERE, "--insecure-http", *FEW, environment=elsewhere(emulator))

    assert (code, out) == (2, "")
    assert err == f"northflank-emulator: --yes: is needed to write to {ELSEWHERE} where nobody can be asked\n"
    assert calls(emulator) == []


def test_with_yes_nobody_is_asked(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    code, _, err = run("check", ELSEWHERE, "--insecure-http", "--yes", *FEW, environment=elsewhere(emulator))

    assert code == 0, err
    assert err.startswith(f"Checking {ELSEWHERE}: at most 60 requests; names start with nfc-")
    assert any(call["method"] == "POST" for call in calls(emulator))
    assert held(emulator) == {}
    assert ledgers(tmp_path) == []


def test_to_read_nobody_has_to_agree(run: Run, emulator: Emulator) -> None:
    environment = elsewhere(emulator)
    code, *_ = run("check", ELSEWHERE, "--insecure-http", "--read-only", "--budget", "60", environment=environment)

    assert code == 0
    assert {call["method"] for call in calls(emulator)} <= {"GET", "HEAD", "OPTIONS"}


def test_a_run_that_takes_too_long_is_2_and_leaves_nothing(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    Remote(emulator.url).ask("POST", "/faults", {"effect": "delay", "delayMs": 60, "operation": "*"})
    code, _, _ = run("check", emulator.url, "--timeout", "0.8", "--quiet")

    assert code == 2
    assert any(call["method"] == "POST" for call in calls(emulator))
    assert held(emulator) == {}
    assert ledgers(tmp_path) == []


def test_the_rules_can_be_printed(run: Run) -> None:
    code, out, err = run("rules", "add.name.*", "--basis", "documented")
    assert (code, err) == (0, "")
    assert "add.name.min-length" in out
    assert "list." not in out

    code, out, _ = run("rules", "--format", "json", "add.name.min-length")
    assert [rule["id"] for rule in json.loads(out)["rules"]] == ["add.name.min-length"]

    code, out, _ = run("rules", "--format", "markdown")
    assert code == 0
    assert "add.name.min-length" in out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["foo.*"], "foo.*"), (["--basis", "guessed"], "documented"), (["--format", "pdf"], "table")],
)
def test_rules_that_there_are_not_are_told(run: Run, arguments: list[str], word: str) -> None:
    code, out, err = run("rules", *arguments)

    assert (code, out) == (2, "")
    assert word in err


def test_help_names_both_commands_and_loads_nothing_for_it() -> None:
    program = (
        "import sys, emulator.cli\n"
        "try: emulator.cli.cli(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith(('aiohttp', 'yaml', 'emulator.conformance'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert re.search("^  check  ", done.stdout, re.MULTILINE)
    assert re.search("^  rules  ", done.stdout, re.MULTILINE)
    assert done.stdout.splitlines()[-1] == "[]"
