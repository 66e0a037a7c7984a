"""The README's table of official clients and operations, made from what a test run measured.

`python -m tests.clients.table README.md` runs the tests of this folder and rewrites what stands between the markers.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal, NamedTuple

import pytest

FOLDER: Final = Path(__file__).parent
README: Final = FOLDER.parents[1] / "README.md"
BEGIN: Final = "<!-- clients:begin -->"
END: Final = "<!-- clients:end -->"
BETWEEN_MARKERS: Final = re.compile(f"(?<={BEGIN}\n).*?(?={END})", re.DOTALL)
TABLE_TEST: Final = "test_the_readme_shows_what_this_run_measured"

# Keys of the `client` and `operation` marks, in the order of the table's columns and rows.
CLIENTS: Final = ("js-client", "cli", "sdk", "sdk-async", "curl")
OPERATIONS: Final[Mapping[str, str]] = {
    "sign-in": "signs in with only the host changed",
    "add": "add",
    "list": "list",
    "all": "list, every page",
    "get": "get",
    "update": "update",
    "delete": "delete",
    "team": "all of these for a team",
    "errors": "errors, as the client reports them",
    "retry": "a lost connection, and the client's retries",
}
LEGEND: Final = (
    "“yes”: every test of it passed. Empty: the client has no such thing; of `curl`, only the documented line is run."
)

Outcome = Literal["passed", "failed", "skipped"]
WORDS: Final[Mapping[Outcome, str]] = {"passed": "yes", "failed": "fails", "skipped": "not run"}
WORST_FIRST: Final[Sequence[Outcome]] = ("failed", "skipped", "passed")


class Cell(NamedTuple):
    """One client doing one operation."""

    client: str
    operation: str


Outcomes = Mapping[Cell, Outcome]
# A report carries its cell in `user_properties`, which pytest-xdist hands on from its workers.
PROPERTY: Final = "official-client"
# The name under which conftest.py registers the recorder of a session.
RECORDER: Final = "official-clients"


def cell_of(item: pytest.Item) -> Cell | None:
    """Which cell a test measures, by its marks; None for a test that measures none.

    Raises:
        ValueError: a mark is missing or names a client or operation that the table does not have.
    """
    client, operation = item.get_closest_marker("client"), item.get_closest_marker("operation")
    if client is None and operation is None:
        return None
    cell = Cell(client.args[0] if client else "", operation.args[0] if operation else "")
    if cell.client not in CLIENTS or cell.operation not in OPERATIONS:
        raise ValueError(f"{item.nodeid}: {cell} is not in the table; the marks are client(NAME) and operation(NAME)")
    return cell


class Recorder:
    """Pytest plugin that keeps, for each cell, the worst outcome of its tests."""

    def __init__(self) -> None:
        self.outcomes: dict[Cell, Outcome] = {}
        self.deselected = False

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.deselected = self.deselected or any(cell_of(item) for item in items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        value = dict(report.user_properties).get(PROPERTY)
        # Of set-up and tear-down only trouble counts: a test that never got to its call did not pass.
        if value is None or (report.passed and report.when != "call"):
            return
        cell = Cell(*str(value).split("/"))
        self.outcomes[cell] = worst([self.outcomes.get(cell, "passed"), report.outcome])


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    return min(outcomes, key=WORST_FIRST.index)


class Run(NamedTuple):
    """What a test session measured; `complete` when every client test was part of it and none was skipped."""

    outcomes: Outcomes
    complete: bool


def run_of(session: pytest.Session) -> Run:
    recorder = session.config.pluginmanager.get_plugin(RECORDER)
    assert isinstance(recorder, Recorder)
    outcomes = dict(recorder.outcomes)
    if hasattr(session.config, "workerinput"):
        # Under pytest-xdist the other workers' outcomes are not known here. Taken as passed, for if they did not, the
        # whole run fails anyway.
        for cell in filter(None, map(cell_of, session.items)):
            outcomes.setdefault(cell, "passed")
    whole_files = {item.path for item in session.items} >= set(FOLDER.glob("test_*.py"))
    chosen = recorder.deselected or any("::" in argument for argument in session.config.args)
    return Run(outcomes, whole_files and not chosen and "skipped" not in outcomes.values())


def titles() -> list[str]:
    """The clients with the versions that ran, in the order of `CLIENTS`."""
    npm = json.loads((FOLDER / "js" / "package.json").read_text())["dependencies"]
    sdk = f"PyPI `northflank` {version('northflank')}"
    return [
        f"npm `@northflank/js-client` {npm['@northflank/js-client']}",
        f"npm `@northflank/cli` {npm['@northflank/cli']}",
        sdk,
        f"{sdk}, async",
        "`curl`",
    ]


def render(outcomes: Outcomes) -> str:
    """Markdown: a row an operation, a column a client, and a line that explains the words."""
    rows = [["", *titles()], ["---"] * (len(CLIENTS) + 1)]
    for operation, title in OPERATIONS.items():
        measured = [outcomes.get(Cell(client, operation)) for client in CLIENTS]
        rows.append([title, *(WORDS[outcome] if outcome else "" for outcome in measured)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + f"\n\n{LEGEND}\n"


def shown(readme: str) -> str | None:
    """What stands between the markers; None without markers."""
    found = BETWEEN_MARKERS.search(readme)
    return found and found.group()


def main(arguments: Sequence[str]) -> int:
    """Measure and rewrite; 0 written and all passed, 1 written with failures, 2 nothing written."""
    readme = Path(arguments[0]) if arguments else README
    text = readme.read_text()
    if shown(text) is None:
        print(f"{readme}: put the lines {BEGIN} and {END} where the table belongs")
        return 2
    recorder = Recorder()
    pytest.main([str(FOLDER), "--quiet", "-k", f"not {TABLE_TEST}"], plugins=[recorder])
    if not recorder.outcomes or "skipped" in recorder.outcomes.values():
        print(f"{readme}: not changed, because not every client ran (with CI=true the reason is an error)")
        return 2
    readme.write_text(BETWEEN_MARKERS.sub(lambda _: render(recorder.outcomes), text))
    return int("failed" in recorder.outcomes.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
