"""The report as JUnit XML, which GitLab, Jenkins and GitHub's reporters show: one test a rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from emulator.conformance.report import facts, words
from emulator.conformance.report.facts import Facts, RuleFacts
from emulator.conformance.report.words import visible
from emulator.conformance.verdicts import CHOSE, DIFFERS, NOT_OBSERVED

if TYPE_CHECKING:
    from emulator.conformance.run import Report

NAME: Final = "northflank-conformance"


def render(report: Report) -> str:
    """Return an XML document: a suite for each operation, a skipped test for each rule that was not observed."""
    told = facts.from_report(report)
    suites = Element("testsuites", name=NAME, time=f"{told.seconds:.3f}")
    if told.failure is not None:
        _failure(suites, told, told.failure)
    else:
        for group, rules in told.groups.items():
            _suite(suites, told, group, rules)
    _count(suites)
    indent(suites)
    text: str = tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _failure(suites: Element, told: Facts, failure: str) -> None:
    suite = SubElement(
        suites, "testsuite", name=f"{NAME}.check", timestamp=_timestamp(told), time=f"{told.seconds:.3f}"
    )
    case = SubElement(suite, "testcase", classname=f"{NAME}.check", name="the check could run", time="0.000")
    error = SubElement(case, "error", message=visible(failure), type="check")
    error.text = visible(failure)
    _count(suite)


def _suite(suites: Element, told: Facts, group: str, rules: Sequence[RuleFacts]) -> None:
    suite = SubElement(suites, "testsuite", name=f"{NAME}.{group}", timestamp=_timestamp(told), time="0.000")
    properties = SubElement(suite, "properties")
    run = {"target": told.url, "seed": told.seed, "requests": told.used, "budget": told.budget, "version": told.version}
    for name, value in run.items():
        SubElement(properties, "property", name=name, value=visible(str(value)))
    for rule in rules:
        _case(suite, group, rule)
    _count(suite)


def _case(suite: Element, group: str, told: RuleFacts) -> None:
    case = SubElement(suite, "testcase", classname=f"{NAME}.{group}", name=told.rule.id, time="0.000")
    if told.outcome == DIFFERS:
        first = next(iter(told.findings), None)
        message = f"expected {first.expected}, got {first.got}" if first else told.chosen
        SubElement(case, "failure", message=visible(message), type=told.rule.basis).text = visible(words.failure(told))
    elif told.outcome == NOT_OBSERVED:
        SubElement(case, "skipped", message=visible(told.why or ""))
    elif told.outcome == CHOSE:
        SubElement(case, "system-out").text = visible(" ".join(words.choice(told)))


def _count(element: Element) -> None:
    for name, tag in {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}.items():
        element.set(name, str(sum(1 for _ in element.iter(tag))))


def _timestamp(told: Facts) -> str:
    return told.started.partition("+")[0]  # the form has no zone
