"""The report as one page of HTML, to be attached to a ticket: it holds all it needs, and asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from emulator.conformance.report import facts, sections
from emulator.conformance.report.elements import document, el
from emulator.conformance.report.facts import Facts, having
from emulator.conformance.report.words import plural
from emulator.conformance.verdicts import CHOSE, DIFFERS, NOT_OBSERVED

if TYPE_CHECKING:
    from emulator.conformance.run import Report

_STYLES: Final = ("look.css", "report.css")


def render(report: Report) -> str:
    """Return the page; everything that came from the target is text in it, and no script runs."""
    told = facts.from_report(report)
    return document(el("html", _head(told), _body(told), lang="en"))


def _head(told: Facts) -> Element:
    style = "\n".join(Path(__file__).with_name(name).read_text("utf-8") for name in _STYLES)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    sheet = Element("style")
    sheet.text = style
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", f"{told.headline}: {told.url}"),
        sheet,
    )


def _body(told: Facts) -> Element:
    return el("body", _header(told), el("main", *_main(told)), _footer(told))


def _header(told: Facts) -> Element:
    state = "failed" if told.failure is not None else "differs" if told.exit_code else "conforms"
    return el(
        "header",
        el("p", "Conformance report", class_="eyebrow"),
        el("h1", told.headline, data_state=state),
        el("p", told.url, class_="target"),
        el("p", told.failure, class_="failure") if told.failure is not None else None,
        _run(told),
    )


def _run(told: Facts) -> Element:
    made = f"{told.created} created, {told.deleted} deleted, {len(told.left)} left"
    entries = {
        "When": f"{told.when}, {told.seconds:.1f} s",
        "Requests": f"{told.used} of {told.budget}",
        "Credentials": made,
        "Names begin with": told.prefix,
        "Seed": str(told.seed),
    }
    return el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in entries.items()), class_="run")


def _main(told: Facts) -> Sequence[Element | None]:
    notes = [f"Left on the target: {entry}" for entry in told.left] + list(told.notes)
    listed = el("ul", *(el("li", note) for note in notes), class_="notes") if notes else None
    if told.failure is not None:
        return [listed]
    return [
        listed,
        sections.summary(told),
        sections.differences(having(told.rules, DIFFERS)),
        sections.choices(having(told.rules, CHOSE), told.switches),
        sections.not_observed(having(told.rules, NOT_OBSERVED)),
        sections.every_rule(told),
    ]


def _footer(told: Facts) -> Element:
    again = f"northflank-emulator check {shlex.quote(told.url)} --seed {told.seed} --budget {told.budget}"
    used = {rule.rule.basis for rule in told.rules} if told.failure is None else set()
    terms = [(basis, words) for basis, words in facts.MEANING.items() if basis in used]
    strict = " What the target chose counts with --strict only." if used else ""
    return el(
        "footer",
        el("h2", "How to read this"),
        el("dl", *(part for basis, words in terms for part in (el("dt", sections.basis(basis)), el("dd", words)))),
        el("p", f"Exit code {told.exit_code}: {facts.EXITS[told.exit_code]}.{strict}"),
        el("p", "Run it again with the same seed:"),
        el("pre", el("code", again)),
        el("p", f"northflank-emulator {told.version}, {plural(len(told.rules), 'rule')}.", class_="muted"),
    )
