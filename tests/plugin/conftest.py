"""Test runs inside of a test: what a user of the plugin writes, and what pytest makes of it."""

from __future__ import annotations

import importlib
import pkgutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

import pytest

import emulator.api
import emulator.control
import emulator.handle
import emulator.plugin
import emulator.seeding
from emulator import Emulator, Northflank

OTHERS: Final = (
    "aiohttp",
    "anyio",
    "asyncio",
    "faker",
    "hypothesispytest",
    "pytest_cov",
    "schemathesis",
    "timeout",
    "xdist",
)
"""Plugins of this project's own environment that know of tests of other kinds."""

CLIENT: Final = '''
"""A client as a user of the plugin might have one: blocking, and with no library."""

import http.client
import json
from urllib.parse import urlsplit

REGISTRIES = "/v1/integrations/registries"


class ApiError(Exception):
    def __init__(self, status, text):
        self.status = status
        super().__init__(f"{status}: {text}")


def call(account, method="GET", path=REGISTRIES, body=None, token=None):
    connection = http.client.HTTPConnection(urlsplit(account.url).netloc, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {token or account.token}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise ApiError(answer.status, text)
        return json.loads(text)
    finally:
        connection.close()


def add(account, name="abc", **rest):
    return call(account, "POST", body={"name": name, "provider": "ecr", **rest})["data"]["id"]


def ids(account, **rest):
    return [item["id"] for item in call(account, **rest)["data"]["credentials"]]
'''

# After a run within this process pytester forgets the modules that came with it. What is loaded late would come again,
# as other classes than those that what stays knows; so it is loaded here.
for _package in (emulator.api, emulator.control, emulator.handle, emulator.plugin, emulator.seeding):
    for _module in pkgutil.iter_modules(_package.__path__, f"{_package.__name__}."):
        importlib.import_module(_module.name)
for _library in ("faker", "yaml"):
    importlib.import_module(_library)


class Project:
    """A folder with tests of a user, in which warnings are errors."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        pytester.makepyfile(client=CLIENT)
        self.ini()

    def ini(self, **options: str) -> None:
        """Write the configuration."""
        lines = [f"{name} = {value}" for name, value in {"filterwarnings": "error", **options}.items()]
        self._pytester.makeini("\n".join(["[pytest]", *lines]))

    def conftest(self, source: str) -> None:
        """Write the conftest."""
        self._pytester.makeconftest(textwrap.dedent(source))

    def test(self, source: str) -> None:
        """Write the tests."""
        imports = "import pytest\nfrom client import *\n"
        self._pytester.makepyfile(test_it=imports + textwrap.dedent(source))

    def write(self, path: str, source: str) -> None:
        """Write any other file, and the folders that it is in."""
        file = self._pytester.path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(source, "utf-8")

    def read(self, path: str) -> str:
        """Return the text of a file."""
        return (self._pytester.path / path).read_text("utf-8")

    def run(self, *options: str, beside: Sequence[str] = (), subprocess: bool = False) -> pytest.RunResult:
        """Run the tests, within this process or in one of their own.

        Args:
            options: on the command line.
            beside: which of OTHERS to load; without, none of them is there.
            subprocess: run them in a process of their own.
        """
        without = [f"no:{name}" for name in ("cacheprovider", *OTHERS) if name not in beside]
        run = self._pytester.runpytest_subprocess if subprocess else self._pytester.runpytest_inprocess
        return run("-ra", *(part for name in without for part in ("-p", name)), *options)

    def passes(
        self, source: str, *options: str, count: int = 1, beside: Sequence[str] = (), subprocess: bool = False
    ) -> pytest.RunResult:
        """Write and run tests that have to pass, as many as `count`."""
        self.test(source)
        result = self.run(*options, beside=beside, subprocess=subprocess)
        result.assert_outcomes(passed=count)
        return result


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("NORTHFLANK_EMULATOR_URL", "NORTHFLANK_EMULATOR_ADMIN_TOKEN", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    return Project(pytester)


@pytest.fixture
def account(live: Emulator) -> Iterator[Northflank]:
    """A handle of a new account, of the emulator that all these tests share."""
    handle = live.fresh()
    yield handle
    handle.restore()
