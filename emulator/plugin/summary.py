"""`--northflank-assumptions`: what the tests of a run relied on that is only assumed."""

from __future__ import annotations

import pytest

from emulator import contract
from emulator.plugin.watching import ASSUMPTIONS


class Summary:
    """Collects what each test's report says, of all workers of pytest-xdist too, and prints it at the end."""

    def __init__(self) -> None:
        self._tests = 0
        self._by_rule: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a test that had an account."""
        if report.when != "teardown":  # the reports before have only part of it
            return
        for name, used in report.user_properties:
            if name == ASSUMPTIONS:
                self._tests += 1
                for rule in filter(None, str(used).split(", ")):
                    self._by_rule[rule] = self._by_rule.get(rule, 0) + 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the rules, those that most tests relied on first."""
        terminalreporter.section("assumptions of the Northflank emulator")
        tests = "1 test" if self._tests == 1 else f"{self._tests} tests"
        if not self._by_rule:
            terminalreporter.line(f"Of {tests} with an account, none relied on a rule that is only assumed.")
            return
        rules = {rule["id"]: rule["says"] for rule in contract.load("contracts/rules.yaml")["rules"]}
        terminalreporter.line(f"Of {tests} with an account, so many relied on what is only assumed:")
        for rule, count in sorted(self._by_rule.items(), key=lambda entry: (-entry[1], entry[0])):
            terminalreporter.line(f"{count:5}  {rule}: {rules.get(rule, 'another version has it.')}")
