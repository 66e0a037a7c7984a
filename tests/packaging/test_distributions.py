"""What travels to a user: the files in the wheel and the sdist, and what they say of themselves."""

import email
import tarfile
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from emulator import __version__
from tests.packaging.conftest import ROOT

pytestmark = pytest.mark.slow


LEFT_BY_TOOLS = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


def files_below(folder: str) -> Iterator[str]:
    for path in (ROOT / folder).rglob("*"):
        if path.is_file() and LEFT_BY_TOOLS.isdisjoint(path.parts):
            yield path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> Iterator[zipfile.ZipFile]:
    (path,) = distributions.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def sdist_names(distributions: Path) -> set[str]:
    (path,) = distributions.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return email.message_from_bytes(wheel.read(f"northflank_emulator-{__version__}.dist-info/METADATA"))


def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    info = f"northflank_emulator-{__version__}.dist-info"
    data = {f"emulator/{name}" for folder in ("contracts", "fixtures") for name in files_below(folder)}

    assert set(wheel.namelist()) == {
        *files_below("emulator"),
        *data,
        f"{info}/METADATA",
        f"{info}/RECORD",
        f"{info}/WHEEL",
        f"{info}/entry_points.txt",
        f"{info}/licenses/LICENSE",
    }


@pytest.mark.parametrize(
    "name",
    [
        "emulator/py.typed",
        "emulator/contracts/openapi.yaml",
        "emulator/contracts/control.yaml",
        "emulator/contracts/rules.yaml",
        "emulator/__main__.py",
        "emulator/pytest_plugin.py",
        "emulator/testcontainers.py",
        "emulator/handle/__init__.py",
        "emulator/plugin/__init__.py",
        "emulator/checking/__init__.py",
        "emulator/conformance/__init__.py",
        "emulator/conformance/report/look.css",
        "emulator/conformance/report/report.css",
        "emulator/conformance/report/report.schema.json",
    ],
)
def test_the_wheel_holds_what_a_user_cannot_do_without(wheel: zipfile.ZipFile, name: str) -> None:
    assert name in wheel.namelist()


def test_the_wheel_runs_on_any_platform(distributions: Path) -> None:
    assert [path.name for path in distributions.glob("*.whl")] == [
        f"northflank_emulator-{__version__}-py3-none-any.whl"
    ]


def test_the_metadata_names_version_licence_and_python(metadata: Message) -> None:
    assert metadata["Name"] == "northflank-emulator"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"


def test_a_plain_install_stays_small(metadata: Message) -> None:
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    names = {line.split(";")[0].rstrip("0123456789.,<>=!~ ").lower() for line in required}

    assert names == {
        "aiohttp",
        "click",
        "faker",
        "marshmallow",
        "msgspec",
        "orjson",
        "pyyaml",
        "sortedcontainers",
        "uvloop",
    }


def test_what_only_some_need_is_an_extra(metadata: Message) -> None:
    assert set(metadata.get_all("Provides-Extra", [])) == {"conformance", "testcontainers"}


def test_the_command_and_the_plugin_are_declared(wheel: zipfile.ZipFile) -> None:
    entry_points = wheel.read(f"northflank_emulator-{__version__}.dist-info/entry_points.txt").decode()

    assert entry_points.split("\n\n") == [
        "[console_scripts]\nnorthflank-emulator = emulator.cli:main",
        "[pytest11]\nnorthflank = emulator.pytest_plugin\n",
    ]


@pytest.mark.parametrize("folder", ["tests", "contracts", "fixtures", "emulator", "requirements"])
def test_the_sdist_holds_the_sources_with_their_tests(sdist_names: set[str], folder: str) -> None:
    made = ("/node_modules/", "/.screenshots/")  # by tests, and ignored by git
    missing = {name for name in files_below(folder) if not any(part in name for part in made)} - sdist_names

    assert not missing


@pytest.mark.parametrize("name", ["LICENSE", "README.md", "Makefile", "pyproject.toml", "Dockerfile"])
def test_the_sdist_holds_what_building_and_testing_it_takes(sdist_names: set[str], name: str) -> None:
    assert name in sdist_names
