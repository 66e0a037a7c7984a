"""For programs there is a report as JSON, and one as JUnit XML."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest

from emulator.conformance import rulebook
from emulator.conformance.report import as_json, junit
from emulator.conformance.run import Report
from tests.conformance.reported import HOSTILE, LIMITED, RULES, URL, all_conform, failed, mixed, report_of

SCHEMA: Final = json.loads(Path(as_json.__file__).with_name("report.schema.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(mixed, id="mixed"),
        pytest.param(lambda: mixed(HOSTILE, strict=True), id="strict"),
        pytest.param(lambda: report_of(all_conform()), id="conforming"),
        pytest.param(failed, id="failed"),
    ],
)
def test_the_json_keeps_its_schema(report: Callable[[], Report]) -> None:
    jsonschema_rs.validator_for(SCHEMA, validate_formats=True).validate(json.loads(as_json.render(report())))


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(lambda document: document.pop("seed"), id="missing"),
        pytest.param(lambda document: document.update(format=2), id="other-format"),
        pytest.param(lambda document: document["rules"][0].update(outcome="fine"), id="unknown-outcome"),
    ],
)
def test_the_schema_notices_what_is_wrong(break_it: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(as_json.render(mixed()))
    break_it(document)

    assert not jsonschema_rs.is_valid(SCHEMA, document)


def test_the_json_has_every_rule_in_the_order_of_the_rulebook() -> None:
    document = json.loads(as_json.render(mixed()))

    assert [rule["id"] for rule in document["rules"]] == RULES
    assert Counter(rule["outcome"] for rule in document["rules"]) == document["counts"]


def test_the_json_has_the_numbers_of_the_run() -> None:
    document = json.loads(as_json.render(mixed()))

    assert document["requests"] == {"used": 287, "budget": 300}
    assert document["credentials"] == {"created": 41, "deleted": 41, "left": ["nfc-k3x9q2-00a"]}
    assert document["exit"] == {"code": 1, "means": "at least one rule differs"}
    assert (document["seed"], document["started"]) == (7211, "2026-11-24T10:50:12+00:00")


def test_the_json_tells_a_choice_with_the_switch_that_repeats_it() -> None:
    rules = {rule["id"]: rule for rule in json.loads(as_json.render(mixed()))["rules"]}

    assert rules["add.duplicate-name"]["chosen"] == {
        "words": "The new credentials get the slug with -2, -3 and so on as their id.",
        "choice": "suffix",
        "asDefault": False,
        "assume": "duplicate-name=suffix",
    }
    assert rules["list.page-range"]["chosen"]["asDefault"] is True
    assert rules["list.order"]["chosen"]["choice"] is None


def cases(report: Report) -> dict[str, ET.Element]:
    return {case.attrib["name"]: case for case in ET.fromstring(junit.render(report)).iter("testcase")}  # noqa: S314 - ours


def test_junit_has_one_test_a_rule_under_its_operation() -> None:
    found = cases(mixed())

    assert list(found) == [
        rule for group in (*rulebook.OPERATIONS, "setting") for rule in RULES if rule.startswith(group)
    ]
    assert found["add.name.type"].attrib["classname"] == "northflank-conformance.add"
    assert len(found["add.name.type"]) == 0


def test_junit_tells_failures_skips_and_choices_apart() -> None:
    found = cases(mixed())

    failure = found["add.name.min-length"].find("failure")
    assert failure is not None
    assert failure.attrib == {"message": "expected a refusal, got status 200", "type": "documented"}
    assert "min length 3" in (failure.text or "")
    skipped = found["common.auth.permission"].find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == LIMITED
    assert found["add.duplicate-name"].findtext("system-out", "").startswith("The target chose: ")
    assert found["add.duplicate-name"].find("failure") is None


def test_junit_counts_what_it_holds() -> None:
    suites = ET.fromstring(junit.render(mixed()))  # noqa: S314 - ours

    for element in (suites, *suites):
        assert int(element.attrib["tests"]) == len(list(element.iter("testcase")))
        assert int(element.attrib["failures"]) == len(list(element.iter("failure")))
        assert int(element.attrib["skipped"]) == len(list(element.iter("skipped")))
    assert (suites.attrib["tests"], suites.attrib["failures"], suites.attrib["skipped"]) == (str(len(RULES)), "2", "3")


def test_in_junit_a_check_that_could_not_run_is_an_error() -> None:
    suites = ET.fromstring(junit.render(failed()))  # noqa: S314 - ours

    assert suites.attrib["errors"] == "1"
    assert [error.attrib["message"] for error in suites.iter("error")] == [f"Nobody answers at {URL}. Is it running?"]


def test_in_junit_text_of_the_target_is_text() -> None:
    failure = cases(mixed(HOSTILE))["add.name.min-length"].find("failure")

    assert failure is not None
    assert "</pre><script>alert(1)</script>" in failure.attrib["message"]
    assert r"\u001b[31m\u001c\u0000\u202e\ud800" in failure.attrib["message"]
