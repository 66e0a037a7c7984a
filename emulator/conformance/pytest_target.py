"""`pytest --northflank-target URL`: one test for each rule, and one check of the target for all of them.

A plugin of pytest calls `add_options` in its `pytest_addoption` and `configure` in its `pytest_configure`. The check
runs before the first test, in a thread of its own; under pytest-xdist it runs once, before the workers start, and they
are handed what came of it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import threading
from collections.abc import Iterator, Mapping, MutableSequence, Sequence
from concurrent.futures import Future
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import pytest

# pytest loads this for everybody who has the package installed: the rest is imported once a target is given.
if TYPE_CHECKING:
    from emulator.conformance.options import Options
    from emulator.conformance.report.facts import RuleFacts
    from emulator.conformance.run import Report

NAME: Final = "northflank-target"
_MARKER: Final = "northflank_target"
_HANDED: Final = "northflank_target"
_PLUGIN: Final = "northflank-target-check"


class DiffersError(Exception):
    """A rule differs, or the check could not run; the message is all there is to tell."""


def add_options(parser: pytest.Parser) -> None:
    """Add the options; without the first one the others mean nothing."""
    group = parser.getgroup("northflank", "northflank-emulator")
    group.addoption(
        f"--{NAME}",
        metavar="URL",
        help="Check whether the API at URL keeps the documented contract, one test a rule. The token is that of "
        "NORTHFLANK_API_TOKEN; pytest -k northflank-target runs these tests only.",
    )
    group.addoption(f"--{NAME}-budget", metavar="N", type=int, help="Most requests to send, deletions included [300].")
    group.addoption(
        f"--{NAME}-only",
        metavar="RULE",
        action="append",
        default=[],
        help="Only this rule, or those that match a pattern such as 'list.*'; may be given more than once.",
    )
    group.addoption(
        f"--{NAME}-yes",
        action="store_true",
        help="Agree to creating and deleting credentials on a target that is not on this machine.",
    )


def configure(config: pytest.Config) -> None:
    """Get ready to check the target, if there is one.

    Raises:
        pytest.UsageError: an option cannot be used.
    """
    config.addinivalue_line("markers", f"{_MARKER}: the rules of the contract, checked on --{NAME}")
    url = config.getoption(f"--{NAME}")
    if url is None:
        return
    from emulator.conformance.target import base_url, is_local
    from emulator.errors import EmulatorError

    try:
        base = base_url(url)
        filters = [given for given in (config.getoption(f"--{NAME}-only"), _named(config.args)) if given]
        rules = _chosen(filters)
    except EmulatorError as error:
        raise pytest.UsageError(f"--{NAME}: {error}") from None
    if not is_local(base) and base.startswith("http:"):
        raise pytest.UsageError(f"--{NAME}: {base} would get the token unencrypted; use https://.")
    if not is_local(base) and not config.getoption(f"--{NAME}-yes"):
        raise pytest.UsageError(
            f"--{NAME}: {base} is not on this machine, and the check creates and deletes credentials there; "
            f"add --{NAME}-yes to agree."
        )
    config.pluginmanager.register(TargetCheck(config, base, rules, narrowed=bool(filters)), _PLUGIN)


def _named(arguments: MutableSequence[str]) -> list[str]:
    """Take the ids of our tests out of pytest's arguments, where they would be files, and return their rules."""
    ours = [argument for argument in arguments if argument.partition("::")[0] == NAME]
    arguments[:] = [argument for argument in arguments if argument not in ours]
    return [argument.partition("::")[2] or "*" for argument in ours]


def _chosen(filters: Sequence[Sequence[str]]) -> list[str]:
    """Return the ids of the rules that match a pattern of each filter."""
    from emulator.conformance import rulebook
    from emulator.conformance.verdicts import MAX_TIME
    from emulator.errors import InvalidSettingError

    known = [*rulebook.load().rules, MAX_TIME]
    for pattern in itertools.chain(*filters):
        if not any(fnmatchcase(rule, pattern) for rule in known):
            raise InvalidSettingError("RULE", f"{pattern!r} matches no rule; `northflank-emulator rules` lists them")
    return [rule for rule in known if all(any(fnmatchcase(rule, one) for one in given) for given in filters)]


class TargetCheck:
    """The hooks of a run with a target.

    Args:
        config: of the run, or of one of its workers.
        url: base URL of the target.
        rules: ids of the rules to test.
        narrowed: they are not all there are, so that less has to be asked.
    """

    def __init__(self, config: pytest.Config, url: str, rules: Sequence[str], *, narrowed: bool) -> None:
        self._config = config
        self._narrowed = narrowed
        self._url = url
        self._rules = rules
        handed: Mapping[str, Any] | None = getattr(config, "workerinput", None)
        self._results: Mapping[str, Mapping[str, str]] | None = handed[_HANDED] if handed else None
        self._summary: list[str] = []

    def pytest_report_header(self) -> str:
        return f"{NAME}: {self._url}, rules: {len(self._rules)}"

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Check before a worker of pytest-xdist starts, and hand it what came of it."""
        node.workerinput[_HANDED] = self._checked()

    @pytest.hookimpl(tryfirst=True)  # before -k, -m and the like choose among them
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        collector = RuleCollector.from_parent(session, name=NAME, nodeid=NAME, check=self, rules=self._rules)
        report = session.ihook.pytest_make_collect_report(collector=collector)
        session.ihook.pytest_collectreport(report=report)
        items.extend(report.result)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Check before the first test, so that no test's time limit is for the whole of it."""
        if not self._config.option.collectonly and any(isinstance(item, RuleItem) for item in session.items):
            self._checked()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._summary:
            terminalreporter.section(NAME)
            for line in self._summary:
                terminalreporter.write_line(line)

    def result(self, rule: str) -> Mapping[str, str]:
        """Return what came of a rule: its `outcome`, and `text` to explain it."""
        return self._checked()[rule]

    def _checked(self) -> Mapping[str, Mapping[str, str]]:
        if self._results is None:
            self._results = self._check()
        return self._results

    def _check(self) -> dict[str, dict[str, str]]:
        from emulator.conformance.report import facts
        from emulator.conformance.report.words import visible
        from emulator.errors import EmulatorError

        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"{NAME}: checking {self._url} ...")
        options = self._options()
        try:
            told = facts.from_report(_run(self._url, options))
        except EmulatorError as error:
            raise pytest.UsageError(f"--{NAME}: {error}") from None
        left = [f"left on the target: {entry}" for entry in told.left]
        if options.ledger is not None and not left:
            options.ledger.unlink(missing_ok=True)
        elif options.ledger is not None:
            left.append(f"to delete it: northflank-emulator check --clean-up {options.ledger}")
        counted = f"{told.used} of {told.budget} requests, seed {told.seed}"
        self._summary = [visible(line) for line in (f"{told.url}: {counted}", *left, *told.notes)]
        results = {rule.rule.id: _result(rule) for rule in told.rules}
        untold = {"outcome": "skipped", "text": "nothing in this run looks at it"}
        if told.exit_code == 2:  # were these tests skipped, the run would succeed
            why = told.failure and visible(told.failure)
            reasons = {rule: why or f"{told.headline}: {result['text']}" for rule, result in results.items()}
            results = {rule: {"outcome": "failed", "text": reason} for rule, reason in reasons.items()}
            untold = {"outcome": "failed", "text": why or told.headline}
        return {rule: results.get(rule, untold) for rule in self._rules}

    def _options(self) -> Options:
        from emulator.conformance.ledger import default_path
        from emulator.conformance.names import Names
        from emulator.conformance.options import Options
        from emulator.conformance.target import is_local
        from emulator.conformance.verdicts import MAX_TIME

        seed = secrets.randbelow(1_000_000_000)
        budget = self._config.getoption(f"--{NAME}-budget")
        return Options(
            token=os.environ.get("NORTHFLANK_API_TOKEN"),
            other_token=os.environ.get("NORTHFLANK_API_OTHER_TOKEN"),
            limited_token=os.environ.get("NORTHFLANK_API_LIMITED_TOKEN"),
            seed=seed,
            only=tuple(rule for rule in self._rules if rule != MAX_TIME) if self._narrowed else (),
            ledger=None if is_local(self._url) else default_path(Names(seed).prefix),
            confirmed=self._config.getoption(f"--{NAME}-yes"),
            **({} if budget is None else {"budget": budget}),
        )


def _result(told: RuleFacts) -> dict[str, str]:
    from emulator.conformance import verdicts
    from emulator.conformance.report import words

    match told.outcome:
        case verdicts.DIFFERS:
            return {"outcome": "failed", "text": words.visible(words.failure(told))}
        case verdicts.NOT_OBSERVED:
            return {"outcome": "skipped", "text": words.visible(told.why or "")}
        case verdicts.CHOSE:
            return {"outcome": "passed", "text": words.visible(" ".join(words.choice(told)))}
        case _:
            return {"outcome": "passed", "text": ""}


def _run(url: str, options: Options) -> Report:
    """Check in a thread, as a test's event loop may be running in this one; on Ctrl-C it cleans up before it ends."""
    from emulator.conformance.run import check

    loop = asyncio.new_event_loop()
    task = loop.create_task(check(url, options))
    outcome: Future[Report] = Future()

    def work() -> None:
        try:
            outcome.set_result(loop.run_until_complete(task))
        except BaseException as error:  # noqa: BLE001 - it is raised in the other thread
            outcome.set_exception(error)
        finally:
            loop.close()

    thread = threading.Thread(target=work, name=NAME)
    thread.start()
    try:
        return outcome.result()
    except KeyboardInterrupt:
        loop.call_soon_threadsafe(task.cancel)
        raise
    finally:
        thread.join()


class RuleCollector(pytest.Collector):
    """The tests of a target, one a rule."""

    def __init__(self, *, check: TargetCheck, rules: Sequence[str], **rest: Any) -> None:
        super().__init__(**rest)
        self._check = check
        self._rules = rules
        self.add_marker(_MARKER)

    def collect(self) -> Iterator[pytest.Item]:
        return (RuleItem.from_parent(self, name=rule, check=self._check) for rule in self._rules)


class RuleItem(pytest.Item):
    """The test of one rule."""

    def __init__(self, *, check: TargetCheck, **rest: Any) -> None:
        super().__init__(**rest)
        self._check = check

    def runtest(self) -> None:
        result = self._check.result(self.name)
        text = result["text"]
        if result["outcome"] == "failed":
            raise DiffersError(text)
        if result["outcome"] == "skipped":
            pytest.skip(text)
        if text:
            self.user_properties.append(("northflank-choice", text))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value) if isinstance(excinfo.value, DiffersError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        return self.path, None, f"rule {self.name}"  # an id here would be shown with its dots turned into colons
