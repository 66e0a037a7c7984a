"""What `check` refuses to begin with, and where tokens come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator import Emulator
from tests.conformance.command import CANARY, FEW, calls, run_command

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `check` in this process; return exit code, stdout and stderr. No token is given, and there is no terminal."""
    return run_command(monkeypatch, capfd, tmp_path)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([], ["URL"], id="no-url"),
        pytest.param(["127.0.0.1:8080"], ["URL: '127.0.0.1:8080'", "http://127.0.0.1:8080"], id="no-scheme"),
        pytest.param(["ftp://127.0.0.1"], ["URL: 'ftp://127.0.0.1'"], id="ftp"),
        pytest.param(["http://["], ["URL: "], id="bad-host"),
        pytest.param([f"https://u:{CANARY}@x.example"], ["URL: ", "NORTHFLANK_API_TOKEN"], id="password-in-the-url"),
        pytest.param([f"{CANARY}@x"], ["URL: ", "NORTHFLANK_API_TOKEN"], id="user-in-no-url"),
        pytest.param([f"https://x.example?token={CANARY}"], ["URL: ", "query"], id="query"),
        pytest.param(["http://x.example", "--token", CANARY], ["--token"], id="token-as-argument"),
        pytest.param(["http://x.example", f"--token={CANARY}"], ["--token"], id="token-as-one-argument"),
        pytest.param(["http://x.example"], ["URL: http://x.example", "--insecure-http", "https://"], id="unencrypted"),
        pytest.param(["https://x.example"], ["NORTHFLANK_API_TOKEN: is not set", "--token-file"], id="no-token"),
        pytest.param(["URL", "--budget", "3"], ["--budget: 3", "10"], id="small-budget"),
        pytest.param(["URL", "--budget", "many"], ["--budget"], id="no-number"),
        pytest.param(
            ["URL", "--only", "add.nme.*"], ["--only: 'add.nme.*'", "northflank-emulator rules"], id="no-rule"
        ),
        pytest.param(["URL", "--phase", "all"], ["--phase", "probes"], id="no-phase"),
        pytest.param(["URL", "--report", "json,pdf"], ["--report: 'pdf'", "json, junit, html"], id="no-report"),
        pytest.param(["URL", "--max-time", "-1"], ["--max-time: -1"], id="negative"),
        pytest.param(["URL", "--timeout", "nan"], ["--timeout: nan"], id="nan"),
        pytest.param(["URL", "--token-file", "no/such"], ["--token-file: cannot read 'no/such'"], id="no-token-file"),
        pytest.param(["URL", "--ledger", "/proc/no/ledger"], ["--ledger: /proc/no/ledger"], id="no-ledger"),
        pytest.param(
            ["URL", "--report", "json", "--report-dir", "/proc/no"], ["--report-dir: /proc/no"], id="no-folder"
        ),
        pytest.param(["--clean-up", "no/such"], ["--clean-up: there is no ledger no/such"], id="no-such-ledger"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_sent(
    run: Run, emulator: Emulator, arguments: list[str], words: list[str]
) -> None:
    code, out, err = run("check", *[emulator.url if each == "URL" else each for each in arguments])

    assert (code, out) == (2, "")
    for word in words:
        assert word in err
    assert CANARY not in err
    assert "Traceback" not in err
    assert calls(emulator) == []


@pytest.mark.parametrize(
    "content", [b"", b" \n", f"two {CANARY}".encode(), f"{CANARY}\nX: y".encode(), f"{CANARY}\xff".encode("latin-1")]
)
def test_what_is_no_token_is_refused_and_never_shown(
    run: Run, emulator: Emulator, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    code, out, err = run("check", emulator.url, "--token-file", str(file))

    assert (code, out) == (2, "")
    assert err == f"northflank-emulator: --token-file: {file} holds no token: a token is one word of ASCII characters\n"
    assert calls(emulator) == []


def test_a_token_file_may_end_with_a_line_break(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a-token\n", encoding="utf-8")
    code, _, err = run("check", emulator.url, "--token-file", str(file), *FEW)

    assert code == 0
    assert "made-up" not in err


def test_two_accounts_want_two_tokens(run: Run, emulator: Emulator) -> None:
    environment = {"NORTHFLANK_API_TOKEN": CANARY, "NORTHFLANK_API_OTHER_TOKEN": CANARY}
    code, out, err = run("check", emulator.url, environment=environment)

    assert (code, out) == (2, "")
    assert "NORTHFLANK_API_OTHER_TOKEN: is the same token" in err
    assert CANARY not in err
