"""`northflank_strict`: a rejection that no test expected fails it."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

CARELESS = """
def test_careless(northflank):
    try:
        call(northflank, "POST", body={"name": "abc"})
    except ApiError:
        pass
"""


def test_without_it_a_rejection_is_the_clients_own_business(project: Project) -> None:
    project.passes(CARELESS)


@pytest.mark.parametrize("how", ["option", "ini", "marker"])
def test_with_it_the_test_fails_and_the_rule_is_told(project: Project, how: str) -> None:
    project.test(CARELESS if how != "marker" else f"@pytest.mark.northflank(strict=True){CARELESS}")
    if how == "ini":
        project.ini(northflank_strict="true")
    result = project.run(*(["--northflank-strict"] if how == "option" else []))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*POST /v1/integrations/registries -> 400",
            "*add.provider.required: New credentials need a provider.",
            "*northflank.expect_rejections()*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_marker_can_exempt_a_test(project: Project) -> None:
    project.passes(f"@pytest.mark.northflank(strict=False){CARELESS}", "--northflank-strict")


def test_what_is_expected_or_made_by_a_fault_does_not_fail(project: Project) -> None:
    project.passes(
        """
        def test_expected(northflank):
            with northflank.expect_rejections(400), pytest.raises(ApiError):
                call(northflank, "POST", body={"name": "abc"})

        def test_allowed(northflank):
            northflank.allow("add.*")
            with pytest.raises(ApiError):
                call(northflank, "POST", body={"name": "abc"})

        @pytest.mark.northflank(allow=[404])
        def test_marked(northflank):
            with pytest.raises(ApiError):
                call(northflank, path=f"{REGISTRIES}/nothing")

        def test_fault(northflank):
            northflank.fail_next(status=404)
            with pytest.raises(ApiError):
                ids(northflank)
        """,
        "--northflank-strict",
        count=4,
    )


def test_a_test_that_fails_anyway_is_told_once_with_what_was_asked(project: Project) -> None:
    project.test(
        """
        def test_fails(northflank):
            call(northflank, "POST", body={"name": "abc"})
        """
    )
    result = project.run("--northflank-strict")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*ApiError: 400*", "*northflank requests*", "POST * -> 400, add.provider.required"],
    )
    result.stdout.no_fnmatch_line("*did not expect*")


def test_what_other_fixtures_do_when_they_end_counts_too(project: Project) -> None:
    project.test(
        """
        @pytest.fixture
        def stored(northflank):
            yield
            with pytest.raises(ApiError):
                call(northflank, "DELETE", f"{REGISTRIES}/nothing")

        def test_it(stored):
            pass

        def test_another(northflank):
            pass
        """
    )
    result = project.run("--northflank-strict")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", "*DELETE * -> 404", "*common.registry.unknown: *"])


def test_a_test_that_is_skipped_is_skipped(project: Project) -> None:
    project.test(
        """
        def test_it(northflank):
            with pytest.raises(ApiError):
                call(northflank, "POST", body={})
            pytest.skip("not today")
        """
    )
    project.run("--northflank-strict").assert_outcomes(skipped=1)
