"""`northflank-emulator` in this process, and what an emulator holds."""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from emulator import Emulator, cli
from emulator.remote import Remote

FEW: Final = ("--only", "add.name.min-length", "--budget", "60")
"""Options of a run that takes a moment."""
CANARY: Final = "canary-7f3a"
VARIABLES: Final = ("NORTHFLANK_API_TOKEN", "NORTHFLANK_API_OTHER_TOKEN", "NORTHFLANK_API_LIMITED_TOKEN")


def held(emulator: Emulator) -> dict[str, list[object]]:
    """Return the credentials that the emulator holds, by account and team; places without any are left out."""
    state = Remote(emulator.url).ask("GET", "/state")
    places = {
        f"{account} {team}": items
        for account, content in state["accounts"].items()
        for team, items in [("", content["credentials"]), *content["teams"].items()]
    }
    return {place: items for place, items in places.items() if items}


def calls(emulator: Emulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Remote(emulator.url).ask("GET", "/requests")["requests"]
    return found


def ledgers(tmp_path: Path) -> list[Path]:
    return list(tmp_path.rglob("*.jsonl"))


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def run_command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], folder: Path
) -> Callable[..., tuple[int, str, str]]:
    """Return what runs the command, without a terminal, with `folder` for the user's state, and with no token."""

    def run(*arguments: str, environment: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["northflank-emulator", *arguments])
            patch.setattr(sys, "stdin", io.StringIO())
            for name in VARIABLES:
                patch.delenv(name, raising=False)
            for name, value in {"XDG_STATE_HOME": str(folder / "state"), **(environment or {})}.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as raised:
                cli.main()
        out, err = capfd.readouterr()
        return int(raised.value.code or 0), out, err

    return run
