"""`--state-file`: loaded at the start, saved after changes and on exit, never broken, never taken by two."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp.test_utils import TestClient, TestServer

from emulator import Emulator, Settings, create_app
from emulator.behaviour import DEFAULT
from emulator.errors import InvalidSettingError
from tests.conftest import EVERY_FIELD, REGISTRIES
from tests.http_client import registries
from tests.processes import PROGRAM, clean_environment, serving
from tests.wire import Client

SECRET: Final = "canary-9c40"
TIME: Final = "2026-11-24T05:24:06.120Z"
SMALL: Final[dict[str, Any]] = {"id": "abc", "name": "abc", "provider": "ecr", "createdAt": TIME, "updatedAt": TIME}
EMPTY: Final[dict[str, Any]] = {"credentials": [], "teams": {}}
STATE: Final = "/_emulator/state"


def state_of(**accounts: object) -> dict[str, Any]:
    return {"format": "northflank-emulator-state", "version": 1, "template": EMPTY, "accounts": accounts}


VALID: Final = json.dumps(state_of(acme={"credentials": [SMALL], "teams": {}})).encode()


def keeping(path: Path, **more: Any) -> Emulator:
    return Emulator(Settings(state_file=str(path), **more))


def eventually(condition: Callable[[], object]) -> None:
    """Wait until something is so, but not for ever."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        threading.Event().wait(0.01)


def ids_in(path: Path, team: str | None = None) -> list[str]:
    """Return the ids that the file has, of all accounts or of a team of theirs."""
    if not path.exists():
        return []
    accounts = json.loads(path.read_bytes())["accounts"].values()
    lists = [account["credentials"] if team is None else account["teams"].get(team, []) for account in accounts]
    return [credential["id"] for credentials in lists for credential in credentials]


def beside(path: Path) -> list[str]:
    """Return the names of all that is in the file's folder."""
    return sorted(entry.name for entry in path.parent.iterdir())


def traces(path: Path) -> tuple[object, ...]:
    """Return all that a write would change, in the file and beside it."""
    found = path.stat()
    return path.read_bytes(), found.st_mtime_ns, found.st_ino, found.st_mode, beside(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is to be, in a folder of its own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder / "state.json"


def test_what_is_remembered_of_deletions_outlives_the_program(path: Path) -> None:
    assume = DEFAULT.choose({"deleted-name": "taken"})
    for status in (200, 409):
        with keeping(path, assume=assume) as emulator, Client(emulator.url, "t") as client:
            assert client("POST", REGISTRIES, {"name": "abc", "provider": "ecr"}).status == status
            assert client("DELETE", f"{REGISTRIES}/abc").status == (200 if status == 200 else 404)


def test_what_is_stored_outlives_the_program(path: Path) -> None:
    with serving("--state-file", path.name, cwd=path.parent) as served:
        assert "nothing stored, kept in state.json," in served.banner[0]
        with Client(served.url, "t") as client:
            assert client("POST", REGISTRIES, EVERY_FIELD).status == 200
            assert client("POST", registries("team"), EVERY_FIELD).status == 200
            assert client("GET", REGISTRIES, token="other").status == 200
            before = client("GET", STATE).text
        assert served.end() == (0, "", "")
    assert path.read_text("utf-8") == before
    assert beside(path) == [path.name]

    environment = {"NORTHFLANK_EMULATOR_STATE_FILE": str(path)}
    with serving(environment=environment) as served, Client(served.url, "t") as client:
        assert f"2 credentials in 2 accounts, from {path}," in served.banner[0]
        assert client("GET", STATE).text == before


def test_a_change_is_saved_soon_and_only_its_owner_can_read_it(path: Path) -> None:
    with keeping(path) as emulator, Client(emulator.url, "t") as client:
        assert not path.exists()
        client("POST", REGISTRIES, EVERY_FIELD)
        eventually(lambda: ids_in(path) == ["every-field"])
        assert path.stat().st_mode & 0o777 == 0o600
        client("PATCH", f"{REGISTRIES}/every-field", {"credentials": {"password": SECRET, "scope": {}}})
        eventually(lambda: SECRET in path.read_text("utf-8"))
        client("DELETE", f"{REGISTRIES}/every-field")
        eventually(lambda: ids_in(path) == [])
        client("PUT", STATE, state_of(acme={"credentials": [SMALL], "teams": {"team": [SMALL]}}))
        eventually(lambda: ids_in(path) == ["abc"] == ids_in(path, "team"))
        assert client("POST", "/_emulator/reset").status == 200
        eventually(lambda: ids_in(path) == [])


def test_a_save_puts_another_file_in_place_so_that_no_reader_sees_half_of_one(path: Path) -> None:
    path.write_bytes(VALID)
    with keeping(path) as emulator, Client(emulator.url, "t") as client, path.open("rb") as earlier:
        client("POST", REGISTRIES, EVERY_FIELD)
        eventually(lambda: ids_in(path) == ["abc", "every-field"])
        assert earlier.read() == VALID


async def test_an_application_of_ones_own_keeps_its_state_too(path: Path) -> None:
    for expected in ([], ["every-field"]):
        app = create_app(Settings(state_file=str(path)))
        async with TestClient(TestServer(app)) as client:
            assert ids_in(path) == expected
            await client.post(REGISTRIES, json=EVERY_FIELD, headers={"Authorization": "Bearer t"})
    assert ids_in(path) == ["every-field"]


def test_nothing_is_written_while_nothing_changes(path: Path) -> None:
    with keeping(path) as emulator, Client(emulator.url, "t") as client:
        client("POST", REGISTRIES, EVERY_FIELD)
    before = traces(path)
    with keeping(path) as emulator, Client(emulator.url, "t") as client:
        during = {name for name in beside(path) if name != path.name}
        assert client("GET", REGISTRIES).json["pagination"]["count"] == 1
        assert client("POST", REGISTRIES, EVERY_FIELD).status == 409
        assert client("DELETE", f"{REGISTRIES}/unknown").status == 404
    assert traces(path) == before
    assert during == {".state.json.lock"}


def test_without_a_change_no_file_is_made(path: Path) -> None:
    with keeping(path):
        pass
    assert beside(path) == []


def test_a_link_stays_one_and_what_it_points_at_is_replaced(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    for expected in ([], ["every-field"]):
        with keeping(link) as emulator, Client(emulator.url, "t") as client:
            assert ids_in(path) == expected
            client("POST", REGISTRIES, EVERY_FIELD)
    assert link.is_symlink()
    assert not path.is_symlink()


def test_the_file_goes_before_the_fixture_and_reset_back_to_the_fixture(path: Path) -> None:
    path.write_text(json.dumps(state_of(acme={"credentials": [SMALL], "teams": {}})))
    with keeping(path, fixture="teams") as emulator, Client(emulator.url, "t") as client:
        assert client("GET", STATE).json == state_of(acme={"credentials": [SMALL], "teams": {}})
        client("POST", "/_emulator/reset")
        assert client("GET", REGISTRIES).json["pagination"]["count"] > 0


# What must not be taken for a state, and what is said of it.


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(VALID[:-20], "is not valid JSON (line 1, column", id="half"),
        pytest.param(VALID.replace(b"{", b"{\n", 1) + b"x", "is not valid JSON (line 2, column", id="more-behind"),
        pytest.param(b"\xff" + VALID, "is not UTF-8 (byte 0)", id="no-utf-8"),
        pytest.param(b'{"name": "' + SECRET.encode() + b'"}', "This is no state of this emulator", id="foreign"),
        pytest.param(b'"' + SECRET.encode() + b'"', "This is no state of this emulator", id="no-object"),
        pytest.param(VALID.replace(b'"version": 1', b'"version": 2'), "from a newer emulator", id="newer"),
        pytest.param(
            VALID.replace(b'"ecr"', b'"' + SECRET.encode() + b'"'),
            'accounts["acme"].credentials[0].provider: Must be one of',
            id="broken-rule",
        ),
    ],
)
def test_a_file_that_is_no_state_refuses_to_start_and_stays_as_it_is(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    path.chmod(0o640)
    before = traces(path)

    with pytest.raises(InvalidSettingError) as caught, keeping(path):
        pass

    assert traces(path) == before
    assert str(caught.value).startswith(f"--state-file: {path}: ")
    assert words in str(caught.value)
    assert SECRET not in str(caught.value)


def a_folder(path: Path) -> Path:
    path.mkdir()
    return path


def a_pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def below_a_file(path: Path) -> Path:
    path.write_bytes(VALID)
    return path / "state.json"


def a_loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def unreadable(path: Path) -> Path:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    path.write_bytes(VALID)
    path.chmod(0)
    return path


def in_a_read_only_folder(path: Path) -> Path:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    path.parent.chmod(0o500)
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(a_folder, "is a folder; name a file in it", id="folder"),
        pytest.param(a_pipe, "is no regular file", id="pipe"),
        pytest.param(lambda path: path.parent / "missing" / "state.json", "make it first", id="no-such-folder"),
        pytest.param(below_a_file, "cannot be saved there: Not a directory", id="below-a-file"),
        pytest.param(a_loop, "cannot be read: Too many levels of symbolic links", id="loop"),
        pytest.param(unreadable, "cannot be read: Permission denied", id="unreadable"),
        pytest.param(in_a_read_only_folder, "cannot be saved there: Permission denied", id="read-only"),
    ],
)
def test_a_path_that_cannot_keep_a_state_refuses_to_start(path: Path, make: Callable[[Path], Path], words: str) -> None:
    wrong = make(path)
    before = beside(path)
    with pytest.raises(InvalidSettingError) as caught, keeping(wrong):
        pass
    assert str(caught.value).startswith(f"--state-file: {wrong}: ")
    assert words in str(caught.value)
    assert beside(path) == before


def test_the_command_refuses_on_one_line_with_exit_code_2(path: Path) -> None:
    path.write_bytes(VALID[:-1])
    ended = subprocess.run(
        [*PROGRAM, "serve", "--port", "0", "--state-file", str(path)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"northflank-emulator: --state-file: {path}: is not valid JSON")
    assert ended.stderr.count("\n") == 1
    assert path.read_bytes() == VALID[:-1]


def test_two_emulators_never_keep_the_same_file(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "another-name.json"
    link.symlink_to(path)
    with keeping(path) as emulator, Client(emulator.url, "t") as client:
        for name in (path, link):
            with pytest.raises(InvalidSettingError, match="another emulator keeps its state there"), keeping(name):
                pass
        client("POST", REGISTRIES, EVERY_FIELD)
    with keeping(link) as emulator, Client(emulator.url, "t") as client:
        assert client("GET", REGISTRIES).json["pagination"]["count"] == 1
    assert beside(path) == [path.name]


def test_a_start_that_fails_for_another_reason_gives_the_file_back(path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        emulator = Emulator(Settings(state_file=str(path)), port=taken.getsockname()[1])
        with pytest.raises(InvalidSettingError, match="--port"):
            emulator.start()
    with keeping(path) as another, Client(another.url, "t") as client:
        assert client("GET", REGISTRIES).status == 200


def test_what_a_killed_emulator_left_half_written_is_removed_and_never_loaded(path: Path) -> None:
    left = path.with_name(".state.json.tmp")
    left.write_bytes(VALID)
    with keeping(path) as emulator, Client(emulator.url, "t") as client:
        assert not left.exists()
        assert client("GET", STATE).json["accounts"] == {}


# Saving that fails.


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was logged."""
    caplog.set_level(logging.WARNING, logger="emulator")
    return lambda: [record.getMessage() for record in caplog.records]


def test_a_save_that_fails_is_told_once_and_tried_until_it_works(path: Path, log: Callable[[], list[str]]) -> None:
    away = path.parent.with_name("away")
    with keeping(path) as emulator, Client(emulator.url, "t") as client:
        client("POST", REGISTRIES, EVERY_FIELD)
        eventually(lambda: ids_in(path) == ["every-field"])
        path.parent.rename(away)
        client("POST", REGISTRIES, {"name": "abc", "provider": "ecr"})
        eventually(log)
        client("POST", REGISTRIES, {"name": "abd", "provider": "ecr"})
        assert client("GET", REGISTRIES).json["pagination"]["count"] == 3
        away.rename(path.parent)
        eventually(lambda: ids_in(path) == ["every-field", "abc", "abd"])
    assert log() == [
        f"The state file {path} cannot be saved: No such file or directory. It is tried again until it works.",
        f"The state file {path} is saved again.",
    ]


def test_a_last_save_that_fails_is_told_and_leaves_the_earlier_state(path: Path, log: Callable[[], list[str]]) -> None:
    away = path.parent.with_name("away")
    with keeping(path) as emulator, Client(emulator.url, "t") as client:
        client("POST", REGISTRIES, EVERY_FIELD)
        eventually(lambda: ids_in(path) == ["every-field"])
        path.parent.rename(away)
        client("DELETE", f"{REGISTRIES}/every-field")
    assert log()[-1] == f"The state file {path} is not saved: what changed since its last save is lost."
    assert len(log()) == 2
    assert ids_in(away / path.name) == ["every-field"]


@pytest.mark.skipif(sys.platform != "linux", reason="sets a limit of another process")
def test_a_full_disk_costs_neither_the_earlier_state_nor_the_changes(path: Path) -> None:
    import resource

    with serving("--state-file", str(path)) as served, Client(served.url, "t") as client:
        client("POST", REGISTRIES, EVERY_FIELD)
        eventually(lambda: ids_in(path) == ["every-field"])
        earlier = path.read_bytes()
        _, most = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (len(earlier) + 10, -1))
        assert client("POST", REGISTRIES, {"name": "abc", "provider": "ecr"}).status == 200
        assert served.process.stderr is not None
        assert "cannot be saved: File too large." in served.process.stderr.readline()
        assert path.read_bytes() == earlier
        assert beside(path) == [".state.json.lock", "state.json"]
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (most, most))
        eventually(lambda: ids_in(path) == ["every-field", "abc"])
        code, _, err = served.end()
        assert code == 0
        assert err == f"The state file {path} is saved again.\n"
