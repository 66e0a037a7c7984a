"""The distribution in use: installed by a user who is not root, started from another folder, asked, and stopped."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.packaging.conftest import ROOT, Unprivileged, unprivileged_folder
from tests.packaging.dockerfile import copied_from_context, only, parse, variables

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),  # two installations, over the network
    pytest.mark.skipif(sys.platform == "win32", reason="speaks of signals, users and a POSIX shell"),
]

BUILD, FINAL = parse(ROOT / "Dockerfile")


@pytest.fixture(scope="module")
def installed(unprivileged: Unprivileged) -> Path:
    """`pip install .` in an empty environment: nothing locked, the newest versions that the ranges allow."""
    environment = unprivileged.folder / "environment"
    unprivileged.give("pyproject.toml", "README.md", "LICENSE", "contracts", "fixtures", "emulator")
    unprivileged.install([unprivileged.python, "-m", "venv", str(environment)])
    unprivileged.install([str(environment / "bin" / "pip"), "install", "--quiet", "."])
    # What runs must be what was installed.
    (unprivileged.folder / "emulator").rename(unprivileged.folder / "moved-away")
    (unprivileged.folder / "contracts").rename(unprivileged.folder / "moved-away-too")
    return environment / "bin"


@pytest.fixture(scope="module")
def image() -> Iterator[tuple[Unprivileged, dict[str, str]]]:
    """The image without a container engine: the build stage's own commands, carried out below a folder.

    Gives the user and the environment that the last stage sets.
    """
    with unprivileged_folder() as user:

        def inside(text: str) -> str:
            return re.sub(r"(?<![\w/])/(?=opt/|src\b)", f"{user.folder}/", text)

        workdir = Path(inside(only(BUILD, "WORKDIR").value))
        workdir.mkdir()
        (user.folder / "opt").mkdir()
        python = user.folder / "bin" / "python"
        python.parent.mkdir()
        python.symlink_to(user.python)
        user.own()
        search = f"{user.folder}/opt/emulator/bin:{python.parent}:{os.defpath}"
        for instruction in BUILD:
            if instruction.name == "RUN":
                user.install(["sh", "-c", f"export PATH={search}; {inside(instruction.value)}"], cwd=workdir)
            elif instruction.name == "COPY":
                for sources, _ in copied_from_context([instruction]):
                    Unprivileged(workdir, user.python, user.user).give(*sources)
        yield user, {**variables(FINAL), "PATH": search}


@contextmanager
def serving(process: subprocess.Popen[str]) -> Iterator[str]:
    """The URL of the ready line; the process is ended with SIGTERM, and must end well."""
    with process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            lines: list[str] = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("Ready on "):
                    yield line.split()[2]
                    break
            else:
                pytest.fail(f"no ready line:\n{''.join(lines)}{process.stderr.read()}")
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=5) == 0
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert isinstance(port, int)
        return port


def health(user: Unprivileged, command: list[str], settings: Mapping[str, str] | None = None) -> int:
    return user.run(command, variables=settings).returncode


def test_an_installed_emulator_serves_from_another_folder(installed: Path, unprivileged: Unprivileged) -> None:
    elsewhere = unprivileged.folder / "elsewhere"
    elsewhere.mkdir()
    command = str(installed / "northflank-emulator")

    with serving(unprivileged.start([command, "serve", "--port", "0"], cwd=elsewhere)) as url:
        assert health(unprivileged, [command, "health", "--url", url]) == 0
        with urllib.request.urlopen(f"{url}/v1/swagger-json") as answer:  # from the contract in the wheel
            assert answer.status == 200

    assert health(unprivileged, [command, "health", "--url", url]) == 1


def test_an_installed_emulator_takes_its_settings_from_the_environment(
    installed: Path, unprivileged: Unprivileged
) -> None:
    port = free_port()
    settings = {"NORTHFLANK_EMULATOR_PORT": str(port)}
    process = unprivileged.start([str(installed / "northflank-emulator"), "serve"], variables=settings)

    with serving(process) as url:
        assert url == f"http://127.0.0.1:{port}"


def test_python_m_emulator_is_the_same_command(installed: Path, unprivileged: Unprivileged) -> None:
    process = unprivileged.start([str(installed / "python"), "-m", "emulator", "serve", "--port", "0"])

    with serving(process) as url:
        assert health(unprivileged, [str(installed / "python"), "-m", "emulator", "health", "--url", url]) == 0


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_image_starts_without_arguments_becomes_healthy_and_ends_well(
    image: tuple[Unprivileged, dict[str, str]], log_format: str
) -> None:
    user, environment = image
    settings = {
        **environment,
        "NORTHFLANK_EMULATOR_PORT": str(free_port()),  # 8080 may be taken on this machine
        "NORTHFLANK_EMULATOR_LOG_FORMAT": log_format,
        "NORTHFLANK_EMULATOR_FIXTURE": "three-pages",
    }
    entry_point = [*only(FINAL, "ENTRYPOINT").words, *only(FINAL, "CMD").words]
    check = yaml.safe_load(only(FINAL, "HEALTHCHECK").value.partition(" CMD ")[2])
    launcher = ["/usr/bin/env"]  # finds a command by the image's PATH, as an engine does

    assert health(user, [*launcher, *check], settings) == 1
    with user.start([*launcher, *entry_point], variables=settings) as process:
        try:
            while health(user, [*launcher, *check], settings) != 0:
                assert process.poll() is None, process.communicate()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=5)
        finally:
            process.kill()

    assert (process.returncode, err) == (0, "")
    first, ready = out.splitlines()
    assert "from three-pages" in first
    assert (json.loads(ready)["event"] == "ready") if log_format == "json" else ready.startswith("Ready on http://")


@pytest.mark.parametrize(
    ("admin_token", "status"),
    [pytest.param("", 403, id="off-without-a-token"), pytest.param("letmein", 200, id="on-with-one")],
)
def test_the_image_opens_its_control_routes_only_to_an_admin_token(
    image: tuple[Unprivileged, dict[str, str]], admin_token: str, status: int
) -> None:
    user, environment = image
    port = free_port()
    settings = {
        **environment,
        "NORTHFLANK_EMULATOR_PORT": str(port),
        "NORTHFLANK_EMULATOR_ADMIN_TOKEN": admin_token,
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/_emulator/state", headers={"Authorization": "Bearer letmein"}
    )

    with serving(user.start(["/usr/bin/env", "northflank-emulator", "serve"], variables=settings)):
        try:
            with urllib.request.urlopen(request) as answer:
                found = answer.status
        except urllib.error.HTTPError as error:
            with error:
                found = error.code

    assert found == status


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_the_user_of_these_tests_is_not_root(unprivileged: Unprivileged) -> None:
    result = unprivileged.run(["grep", "^Uid:", "/proc/self/status"])

    assert result.stdout.split()[1] != "0"
