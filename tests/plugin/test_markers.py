"""`@pytest.mark.northflank(...)`."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project


def test_a_test_starts_with_what_its_marker_says(project: Project) -> None:
    project.passes(
        """
        from datetime import UTC, datetime

        @pytest.mark.northflank(fixture="one-of-each-provider")
        def test_fixture(northflank):
            assert len(ids(northflank)) == 8

        @pytest.mark.northflank(count=3, seed=7)
        def test_count(northflank):
            assert len(ids(northflank)) == 3

        @pytest.mark.northflank(freeze=True, assume={"duplicate-name": "suffix"})
        def test_switches(northflank):
            assert northflank.clock.frozen
            assert [add(northflank), add(northflank)] == ["abc", "abc-2"]

        @pytest.mark.northflank(freeze="2030-01-01T00:00:00Z")
        def test_time(northflank):
            assert northflank.clock.now == datetime(2030, 1, 1, tzinfo=UTC)

        def test_nothing(northflank):
            assert ids(northflank) == []
            assert not northflank.clock.frozen
            add(northflank)
            with pytest.raises(ApiError, match="409"):
                add(northflank)
        """,
        count=5,
    )


def test_markers_of_module_class_and_test_combine_and_the_nearest_wins(project: Project) -> None:
    project.passes(
        """
        pytestmark = pytest.mark.northflank(fixture="teams", assume={"duplicate-name": "suffix"})

        @pytest.mark.northflank(fixture="one-of-each-provider", assume={"secrets": "omit"})
        class TestThem:
            @pytest.mark.northflank(assume={"secrets": "return", "unknown_fields": "reject"})
            def test_it(self, northflank):
                assert len(ids(northflank)) == 8
                switches = northflank.remote.ask("GET", "/assumptions")
                assert switches["duplicate-name"]["value"] == "suffix"
                assert switches["secrets"]["value"] == "return"
                assert switches["unknown-fields"]["value"] == "reject"
        """
    )


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        pytest.param("fixtur='three-pages'", "'fixtur'*fixture, count, seed, assume", id="unknown key"),
        pytest.param("'three-pages'", "*fixture='three-pages'*", id="no key"),
        pytest.param("fixture='three-pags'", "*three-pages*", id="unknown fixture"),
        pytest.param("assume={'duplicate': 'x'}", "*duplicate-name*", id="unknown switch"),
        pytest.param("assume='duplicate-name=suffix'", '*{"duplicate-name": "suffix"}*', id="no mapping"),
        pytest.param("assumptions='forbid'", "*'fail' or 'allow'*", id="unknown way"),
        pytest.param("freeze='noon'", "*RFC 3339*", id="no time"),
    ],
)
def test_a_mistake_in_a_marker_is_told_with_its_remedy(project: Project, marker: str, words: str) -> None:
    project.test(
        f"""
        @pytest.mark.northflank({marker})
        def test_it(northflank):
            pass
        """
    )
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*@pytest.mark.northflank*{words}*"])
    result.stdout.no_fnmatch_line("*another exception*")


def test_what_a_wrong_marker_did_already_is_undone(project: Project) -> None:
    project.test(
        """
        @pytest.mark.northflank(assume={"duplicate-name": "suffix"}, freeze=True, fixture="nothing")
        def test_wrong(northflank):
            pass

        def test_it(northflank):
            assert not northflank.clock.frozen
            assert northflank.remote.ask("GET", "/assumptions")["duplicate-name"]["value"] == "reject"
        """
    )
    project.run().assert_outcomes(errors=1, passed=1)


def test_the_marker_is_registered(project: Project) -> None:
    project.test("@pytest.mark.northflank(count=1)\ndef test_it(northflank): pass")
    project.run("--strict-markers").assert_outcomes(passed=1)
    project.run("--markers").stdout.fnmatch_lines(["@pytest.mark.northflank(fixture, count,*"])
