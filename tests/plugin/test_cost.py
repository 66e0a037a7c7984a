"""What the plugin costs a run that does not use it; how much time it takes is measured in tests/benchmarks."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from emulator import Emulator
from tests.plugin.conftest import Project

LOADED = """
import json, sys
import _pytest.config
import pytest
_pytest.config.get_config()
before = set(sys.modules)
import emulator.pytest_plugin
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_pytest_loads_it_as_northflank() -> None:
    (point,) = [point for point in entry_points(group="pytest11") if point.name == "northflank"]
    assert point.value == "emulator.pytest_plugin"


def test_it_loads_nothing_but_itself() -> None:
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", LOADED]))
    assert loaded == ["emulator", "emulator.pytest_plugin"]


def test_a_run_that_does_not_use_it_loads_no_more(project: Project) -> None:
    project.passes(
        """
        import sys

        def test_it():
            ours = {name for name in sys.modules if name.startswith("emulator")}
            assert ours == {"emulator", "emulator.pytest_plugin"}
            assert "aiohttp" not in sys.modules
        """,
        subprocess=True,
    )


def test_it_can_be_left_out(project: Project) -> None:
    project.test("def test_it(northflank): pass")
    result = project.run("-p", "no:northflank")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'northflank' not found*"])


def test_who_brings_a_running_emulator_loads_no_server(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator() as running:
        monkeypatch.setenv("NORTHFLANK_EMULATOR_URL", running.url)
        project.passes(
            """
            import sys

            @pytest.mark.northflank(count=2, freeze=True, strict=True)
            def test_it(northflank):
                assert len(ids(northflank)) == 2
                assert not sys.modules.keys() & {"aiohttp", "marshmallow", "yaml", "faker", "asyncio"}
            """,
            subprocess=True,
        )
