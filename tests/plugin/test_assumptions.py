"""Which assumed rules a test relied on: to look at, to fail for, and as a summary of the run."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

RELIES = """
def test_relies(northflank):
    add(northflank, "abc")
    with pytest.raises(ApiError):
        add(northflank, "abc")
    assert "add.duplicate-name" in northflank.assumptions_used
"""
DOES_NOT = """
def test_does_not(northflank):
    call(northflank, path="/v1/login")
    assert northflank.assumptions_used == set()
"""


def test_a_test_can_ask_what_it_relied_on(project: Project) -> None:
    project.passes(RELIES + DOES_NOT, count=2)


def test_a_test_that_may_assume_nothing_fails_with_what_is_assumed(project: Project) -> None:
    project.test(f'pytestmark = pytest.mark.northflank(assumptions="fail")\n{RELIES}{DOES_NOT}')
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*add.duplicate-name: A name whose slug * Here duplicate-name is reject; it may as well be suffix.",
            "*POST /v1/integrations/registries -> 409",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("allow", ['"add.duplicate-name", "common.*", "add.timestamps"', '"add.*", "common.*"'])
def test_what_may_be_relied_on_can_be_said(project: Project, allow: str) -> None:
    project.passes(f'@pytest.mark.northflank(assumptions="fail", allow=[{allow}]){RELIES}')


def test_what_is_allowed_to_be_assumed_may_also_reject(project: Project) -> None:
    project.passes(
        f'@pytest.mark.northflank(assumptions="fail", strict=True, allow=["add.*", "common.*"]){RELIES}',
    )


@pytest.mark.parametrize("workers", [0, 2])
def test_a_summary_counts_the_tests_that_relied_on_each(project: Project, workers: int) -> None:
    project.test(RELIES + RELIES.replace("test_relies", "test_relies_too") + DOES_NOT + "def test_other(): pass")
    distributed = [f"-n{workers}"] if workers else []
    result = project.run(
        "--northflank-assumptions", *distributed, beside=["xdist"] if workers else [], subprocess=bool(workers)
    )
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "*assumptions of the Northflank emulator*",
            "Of 3 tests with an account, so many relied on what is only assumed:",
            "    2  add.duplicate-name: A name whose slug is the id of other credentials*",
        ]
    )


def test_a_summary_says_where_nothing_was_relied_on(project: Project) -> None:
    result = project.passes(DOES_NOT, "--northflank-assumptions")
    result.stdout.fnmatch_lines(["Of 1 test with an account, none relied on a rule that is only assumed."])


def test_without_the_option_there_is_no_summary(project: Project) -> None:
    project.passes(RELIES).stdout.no_fnmatch_line("*assumptions of the Northflank emulator*")
