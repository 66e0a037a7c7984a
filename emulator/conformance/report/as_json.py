"""The report for programs, as `report.schema.json` describes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from emulator.conformance.report import facts
from emulator.conformance.report.facts import FindingFacts, RuleFacts
from emulator.conformance.rulebook import Source
from emulator.conformance.verdicts import CHOSE, NOT_OBSERVED

if TYPE_CHECKING:
    from emulator.conformance.run import Report

FORMAT: Final = 1
"""Goes up when a program that reads the report could be led astray by what is new."""


def render(report: Report) -> str:
    """Return everything as JSON with a line break at its end; the same run gives the same text."""
    return json.dumps(document(report), indent=2) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Return the report as a value of JSON."""
    told = facts.from_report(report)
    return {
        "format": FORMAT,
        "tool": {"name": "northflank-emulator", "version": told.version},
        "target": told.url,
        "started": told.started,
        "seconds": round(told.seconds, 3),
        "seed": told.seed,
        "prefix": told.prefix,
        "requests": {"used": told.used, "budget": told.budget},
        "credentials": {"created": told.created, "deleted": told.deleted, "left": list(told.left)},
        "notes": list(told.notes),
        "failure": told.failure,
        "exit": {"code": told.exit_code, "means": facts.EXITS[told.exit_code]},
        "headline": told.headline,
        "counts": facts.counts(told.rules),
        "rules": [_rule(rule) for rule in told.rules],
    }


def _rule(told: RuleFacts) -> dict[str, Any]:
    rule = told.rule
    members: dict[str, Any] = {
        "id": rule.id,
        "operation": rule.group,
        "says": rule.says,
        "basis": rule.basis,
        "source": _source(rule.source),
        "outcome": told.outcome,
        "observations": told.observations,
        "differences": told.differences,
        "findings": _findings(told.findings),
    }
    if told.outcome == CHOSE or (told.chosen and not told.findings):
        members["chosen"] = {
            "words": told.chosen,
            "choice": told.choice,
            "asDefault": told.as_default,
            "assume": told.assume,
        }
    if told.outcome == NOT_OBSERVED:
        members["why"] = told.why
    return members


def _source(source: Source) -> dict[str, Any]:
    members = {"document": source.document, "title": source.title, "section": source.section}
    return {**members, "quote": source.quote} if source.quote else members


def _findings(findings: Sequence[FindingFacts]) -> list[dict[str, Any]]:
    return [
        {
            "expected": finding.expected,
            "got": finding.got,
            "purpose": finding.purpose,
            "request": finding.request,
            "status": finding.answered,
            "curl": finding.curl,
        }
        for finding in findings
    ]
