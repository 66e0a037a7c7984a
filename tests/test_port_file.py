"""`--port-file`: other programs read the port from a file, which is there while requests are accepted."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from tests.processes import PROGRAM, clean_environment, serving
from tests.wire import Client


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "port"


def refused(path: Path | str) -> str:
    """What `serve` says of a port file that it cannot have; it must end with exit code 2."""
    command = [*PROGRAM, "serve", "--port", "0", "--port-file", str(path)]
    ended = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"northflank-emulator: --port-file: {path}: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_the_port_is_in_the_file_once_it_is_ready_and_the_file_goes_when_it_ends(file: Path) -> None:
    with serving("--port-file", str(file)) as served:
        text = file.read_text("ascii")
        assert text == f"{served.url.rpartition(':')[2]}\n"
        with Client(f"http://127.0.0.1:{int(text)}", "t") as client:
            assert client("GET", "/v1/").status == 200
        assert list(file.parent.iterdir()) == [file]
        assert served.end() == (0, "", "")
    assert list(file.parent.iterdir()) == []


def test_the_environment_names_the_file_as_well(file: Path) -> None:
    with serving(environment={"NORTHFLANK_EMULATOR_PORT_FILE": str(file)}) as served:
        assert file.read_text("ascii") == f"{served.url.rpartition(':')[2]}\n"


@pytest.mark.parametrize("left", ["", "41235\n", "8080"], ids=["empty-as-mktemp-makes-it", "of-a-killed-one", "bare"])
def test_a_file_that_holds_a_port_or_nothing_is_replaced(file: Path, left: str) -> None:
    file.write_text(left, "ascii")
    with serving("--port-file", str(file)) as served:
        assert file.read_text("ascii") == f"{served.url.rpartition(':')[2]}\n"
        assert served.end()[0] == 0
    assert not file.exists()


@pytest.mark.skipif(os.name == "nt", reason="other users are a matter of access lists there")
def test_programs_of_other_users_may_read_it_as_far_as_the_umask_lets_them(file: Path) -> None:
    umask = os.umask(0o022)
    try:
        with serving("--port-file", str(file)):
            assert stat.S_IMODE(file.stat().st_mode) == 0o644
    finally:
        os.umask(umask)


def test_after_kill_9_the_next_one_puts_its_own_port_in_place(file: Path) -> None:
    with serving("--port-file", str(file)) as served:
        served.end(signal.SIGKILL)
    assert file.exists()
    with serving("--port-file", str(file)) as served:
        assert file.read_text("ascii") == f"{served.url.rpartition(':')[2]}\n"


def test_of_two_that_share_a_file_the_first_to_end_leaves_the_port_of_the_other(file: Path) -> None:
    with serving("--port-file", str(file)) as first, serving("--port-file", str(file)) as second:
        assert first.end()[0] == 0
        assert file.read_text("ascii") == f"{second.url.rpartition(':')[2]}\n"


def test_what_a_link_points_at_is_replaced_and_not_the_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    with serving("--port-file", str(link)) as served:
        assert link.is_symlink()
        assert file.read_text("ascii") == f"{served.url.rpartition(':')[2]}\n"


def test_a_folder_that_is_not_there_refuses_to_start(tmp_path: Path) -> None:
    assert f"there is no folder {tmp_path / 'none'}; make it first" in refused(tmp_path / "none" / "port")


def test_a_file_with_something_else_in_it_refuses_to_start_and_stays_as_it_is(file: Path) -> None:
    file.write_text("my diary", "ascii")
    assert "holds something other than a port; name another file" in refused(file)
    assert file.read_text("ascii") == "my diary"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="has no devices in files")
def test_a_device_or_a_folder_refuses_to_start_and_stays(tmp_path: Path) -> None:
    for path in (Path("/dev/null"), tmp_path):
        assert "is no regular file; name another" in refused(path)
    assert Path("/dev/null").is_char_device()
    assert tmp_path.is_dir()


def test_a_place_where_nothing_can_be_written_refuses_to_start(file: Path) -> None:
    file.write_text("", "ascii")
    assert "cannot be written: " in refused(file / "below-a-file")


def test_health_finds_the_free_port_in_the_file(file: Path) -> None:
    environment = {"NORTHFLANK_EMULATOR_PORT": "0", "NORTHFLANK_EMULATOR_PORT_FILE": str(file)}

    def health() -> subprocess.CompletedProcess[str]:
        command = [*PROGRAM, "health"]
        return subprocess.run(
            command, env=clean_environment(environment), capture_output=True, text=True, timeout=60, check=False
        )

    for nothing in (None, ""):
        if nothing is not None:
            file.write_text(nothing, "ascii")
        answer = health()
        assert (answer.returncode, answer.stdout) == (1, "")
        assert answer.stderr == f"{file} has no port yet: nothing is ready\n"
    with serving(environment=environment) as served:
        answer = health()
        assert (answer.returncode, answer.stdout) == (0, f"{served.url} is healthy\n")
