"""`--northflank-target`: what checks a target is loaded with it, and not without."""

from __future__ import annotations

from emulator import Emulator
from tests.plugin.conftest import Project


def test_its_other_options_come_with_it(project: Project) -> None:
    without = project.run("--help").stdout
    without.fnmatch_lines(["*--northflank-target=URL*"])
    without.no_fnmatch_line("*--northflank-target-only*")
    project.run("--northflank-target", "http://127.0.0.1:1", "--help").stdout.fnmatch_lines(
        ["*--northflank-target=URL*", "*--northflank-target-only=RULE*"]
    )


def test_a_target_that_cannot_be_one_is_told(project: Project) -> None:
    result = project.run("--northflank-target", "nonsense")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--northflank-target: *nonsense*"])


def test_the_tests_of_a_target_run_beside_ones_own(project: Project) -> None:
    with Emulator() as running:
        project.passes(
            "def test_it(northflank): add(northflank)",
            "--northflank-target",
            running.url,
            "--northflank-target-only",
            "add.name.min-length",
            count=2,
        )


def test_a_handle_checks_the_emulator_that_it_is_of(project: Project) -> None:
    project.test(
        """
        ONLY = ("add.name.*", "common.secrets")

        @pytest.mark.northflank(strict=True, assumptions="fail")
        def test_conforms(northflank):
            report = northflank.check(only=ONLY, seed=1)
            assert report.used > 0
            assert northflank.requests == []

        async def test_conforms_within_a_loop(northflank):
            northflank.check(only=ONLY, seed=1)

        def test_differs(northflank):
            northflank.assume(constraint_status="422", secrets="omit")
            northflank.check(only=ONLY, seed=1, strict=True)
        """
    )
    project.ini(asyncio_default_fixture_loop_scope="function", asyncio_mode="auto")
    result = project.run(beside=["asyncio"])
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*differs from what is documented:", "*common.secrets: *"])
