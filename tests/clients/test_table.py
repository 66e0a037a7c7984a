from typing import Literal

import pytest

from . import table

ADD = table.Cell("curl", "add")


def report(
    outcome: Literal["passed", "failed", "skipped"], when: Literal["setup", "call", "teardown"]
) -> pytest.TestReport:
    properties = [(table.PROPERTY, "/".join(ADD))]
    return pytest.TestReport("test", ("test.py", 1, "test"), {}, outcome, None, when, user_properties=properties)


def measured(*reports: pytest.TestReport) -> table.Outcome | None:
    recorder = table.Recorder()
    for each in reports:
        recorder.pytest_runtest_logreport(each)
    return recorder.outcomes.get(ADD)


def test_a_cell_says_yes_only_when_every_test_of_it_passed() -> None:
    passing = [report("passed", "setup"), report("passed", "call"), report("passed", "teardown")]
    assert measured(*passing) == "passed"
    assert measured(*passing, report("passed", "setup"), report("failed", "call"), *passing) == "failed"
    assert measured(*passing, report("skipped", "setup")) == "skipped"
    assert measured(report("failed", "setup")) == "failed"
    assert measured(report("passed", "setup")) is None


def test_a_failed_test_shows_in_its_row_and_column() -> None:
    lines = table.render({ADD: "failed", table.Cell("js-client", "add"): "passed"}).splitlines()
    (row,) = [line for line in lines if line.startswith("| add ")]
    assert row == "| add | yes |  |  |  | fails |"


def test_what_is_written_between_the_markers_is_what_is_read_there() -> None:
    page = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"
    new = table.render({ADD: "passed"})
    written = table.BETWEEN_MARKERS.sub(lambda _: new, page)
    assert table.shown(written) == new
    assert written.startswith(f"before\n{table.BEGIN}\n|")
    assert written.endswith(f"\n{table.END}\nafter\n")


def test_the_readme_shows_what_this_run_measured(request: pytest.FixtureRequest) -> None:
    """Runs last; conftest.py sees to that."""
    shown = table.shown(table.README.read_text())
    if shown is None:
        pytest.skip(f"README.md has no {table.BEGIN} ... {table.END}")
    run = table.run_of(request.session)
    if not run.complete:
        pytest.skip("only a run of all client tests measures the table")
    assert shown == table.render(run.outcomes), "run `python -m tests.clients.table README.md`"
