"""What the pytest plugin costs: a run that does not use it, the start of its server, and each test that uses it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.options import Options, progress
from tests.benchmarks.report import Row, Section, Target, Unit

_ROOT: Final = Path(__file__).parents[2]
_TESTS: Final = 500
_TIMED: Final = """
import time
import _pytest.config
import pytest
{before}
_pytest.config.get_config()  # what pytest has loaded by the time it loads plugins
started = time.perf_counter()
{timed}
print((time.perf_counter() - started) * 1e6)
{after}
"""
_IMPORT: Final = _TIMED.format(before="", timed="import emulator.pytest_plugin", after="")
_SERVER: Final = _TIMED.format(
    before="from contextlib import closing",
    timed="""
from emulator.plugin.servers import Servers
with closing(Servers()) as servers:
    servers.of({})
    print((time.perf_counter() - started) * 1e6)
    raise SystemExit
""",
    after="",
)
_BARE: Final = _TIMED.format(
    before="",
    timed="""
import asyncio
import threading
from aiohttp import web
import uvloop

async def start():
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()

loop = uvloop.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
asyncio.run_coroutine_threadsafe(start(), loop).result()
""",
    after="",
)

# The fixtures differ in what they do only; the first test of each kind also pays for what a session pays once.
_CONFTEST: Final = """
import time
import pytest

durations = {"northflank": [], "plain": []}

@pytest.fixture
def plain():
    yield object()

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    started = time.perf_counter()
    result = yield
    durations["northflank" if "northflank" in item.fixturenames else "plain"].append(time.perf_counter() - started)
    return result

def pytest_sessionfinish():
    print()
    for times in durations.values():
        print("each:", sum(times[10:]) / len(times[10:]) * 1e6)
"""
_CASES: Final = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_plain(plain, number): pass

@pytest.mark.parametrize("number", range({count}))
def test_northflank(northflank, number): pass
"""


def plugin(options: Options) -> list[Section]:
    """The three costs, each in processes of their own and in turns."""
    imports = [_microseconds(_IMPORT) for _ in range(options.rounds)]
    progress("plugin: import measured")
    servers, bares = [], []
    for _ in range(options.rounds):
        servers.append(_microseconds(_SERVER))
        bares.append(_microseconds(_BARE))
    progress("plugin: start of the server measured")
    tests = [_each_test() for _ in range(options.rounds)]
    strict = [_each_test("--northflank-strict") for _ in range(options.rounds)]
    progress("plugin: tests measured")
    over = [ours - theirs for ours, theirs in zip(servers, bares, strict=True)]
    return [
        Section(
            "pytest plugin",
            "without it",
            [
                Row("import", Unit.TIME, imports, (), Target(10_000)),
                Row("server fixture, start", Unit.TIME, servers, bares),
                Row("the same, over a bare aiohttp server in a thread", Unit.TIME, over, (), Target(150_000)),
                Row("set-up and tear-down of a test", Unit.TIME, tests, (), Target(1000)),
                # Which asks for the journal when the test ends, and again when its fixtures have.
                Row("the same with northflank_strict", Unit.TIME, strict),
            ],
        )
    ]


def _microseconds(script: str) -> float:
    return float(_run("-c", script).split()[-1])


def _each_test(*flags: str) -> float:
    """Return microseconds that a test with the fixture takes longer than one with a fixture that does nothing."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "conftest.py").write_text(_CONFTEST)
        Path(folder, "test_cases.py").write_text(_CASES.format(count=_TESTS))
        printed = _run("-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-c", os.devnull, *flags, folder)
    with_account, plain = (
        float(line.removeprefix("each:")) for line in printed.splitlines() if line.startswith("each:")
    )
    return with_account - plain


def _run(*arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NORTHFLANK_EMULATOR_")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"The plugin cannot be measured:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
